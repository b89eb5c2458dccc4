"""Any order of billing, paying, correcting and re-billing ends where billing right the first time ends."""

import datetime as dt
import os
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from django.db import transaction
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from gasworks.billing import services
from gasworks.billing.models import Bill, BillLine, RebillPart
from gasworks.billing.rebill.blocks import Block
from gasworks.billing.services import rebilling
from gasworks.billing.testing.factories import Town, bill, make_home, make_town
from gasworks.foundation import parameters
from gasworks.foundation.invariants import runner
from gasworks.foundation.testing.factories import NOW, TODAY
from gasworks.metering.models import Reading
from gasworks.payments import services as payments
from gasworks.payments.models import Payment
from gasworks.payments.planning import payable_fen, plan_payment
from gasworks.payments.refusals import MoneyLaidAnew
from gasworks.receivables import bank, waiving
from gasworks.receivables.late_fee import late_fee, settle_part
from gasworks.receivables.late_terms import agree_late_fee
from gasworks.receivables.models import AgreementBalance, AllocationOrigin, LateFeeLink, OpenItem
from gasworks.receivables.selectors import late_fee_terms, read_account, read_accounts
from gasworks.receivables.types import LateFeeTerms
from gasworks.usage import services as usage
from gasworks.usage.models import Ladder, Movement

pytestmark = pytest.mark.django_db
MONTHS = (202601, 202602, 202603, 202604, 202605)


def moment(day: dt.date) -> dt.datetime:
    return dt.datetime(day.year, day.month, day.day, 4, tzinfo=dt.UTC)


@contextmanager
def tried_out() -> Iterator[None]:
    """One example: written, looked at, and gone."""
    with transaction.atomic():
        yield
        transaction.set_rollback(True)


class Story:
    """A household over five months, with a clock that only goes on."""

    def __init__(self, uses: list[int]) -> None:
        self.town = make_town()
        payments.install_channels(scope=self.town.scope)
        agree_late_fee(
            scope=self.town.scope,
            from_on=dt.date(2026, 1, 1),
            steps=[(1, 500)],
            grace_days=0,
            base="due",
            grace_counts=True,
            cap_e4=10_000,
            basis="供用气合同",
            today=TODAY,
            now=NOW,
        )
        self.home = make_home(self.town, begin=dt.date(2026, 1, 1))
        self.truth = uses
        self.today = dt.date(2026, 1, 1)
        self.billed = 0
        self.paid: list[tuple[dt.date, int]] = []

    @property
    def agreement(self) -> int:
        return self.home.agreement.id

    def read_on(self, number: int) -> dt.date:
        return dt.date(2026, MONTHS[number] % 100 + 1, 1)

    def bill(self, wrong: int) -> None:
        """The next month, by an index that is off by ``wrong`` m³."""
        if self.billed == len(MONTHS):
            return
        day = self.read_on(self.billed)
        self.today = max(self.today, day)
        index = max(self.index(self.billed - 1), sum(self.truth[: self.billed + 1]) + wrong)
        self.home.read(day, index, month=MONTHS[self.billed])
        run = services.start_run(
            scope=self.town.scope,
            month=MONTHS[self.billed],
            today=self.today,
            now=moment(self.today),
            due_on=day + dt.timedelta(days=10),
        )
        services.carry_out(scope=self.town.scope, run_id=run.id, clock=lambda: moment(self.today), today=self.today)
        self.billed += 1

    def index(self, number: int) -> int:
        if number < 0:
            return 0
        found = Reading.objects.get(
            installation=self.home.installation, read_on=self.read_on(number), state=Reading.State.APPROVED
        )
        return int(found.index_litres // 1000)

    def pay(self, days: int, share: int) -> None:
        """A part of what settles today, ``share`` hundredths of it; never more, so nothing goes to the advance."""
        self.today += dt.timedelta(days=days)
        accounts = read_accounts(scope=self.town.scope, agreement_ids=[self.agreement])
        terms = late_fee_terms(scope=self.town.scope, agreement_ids=[self.agreement])
        fen = payable_fen(accounts, on=self.today, terms=terms) * share // 100
        if not fen:
            return
        plan = plan_payment(accounts, fen, on=self.today, keep_surplus=True, terms=terms)
        if any(line.surplus_fen for line in plan.lines):
            return
        payments.take_payment(
            scope=self.town.scope,
            plan=plan,
            key=uuid.uuid4(),
            means="online",
            tendered_fen=plan.amount_fen,
            channel="wechat",
            today=self.today,
            now=moment(self.today),
        )
        self.paid.append((self.today, plan.amount_fen))

    def correct(self, number: int) -> None:
        """The true index in place of the one that was keyed, if its neighbours let it."""
        if number >= self.billed:
            return
        true = sum(self.truth[: number + 1])
        after = self.index(number + 1) if number + 1 < self.billed else 10**6
        if not self.index(number - 1) <= true <= after or true == self.index(number):
            return
        day = self.read_on(number)
        Reading.objects.filter(installation=self.home.installation, read_on=day, state=Reading.State.APPROVED).update(
            state=Reading.State.REPLACED
        )
        self.home.read(day, true, month=MONTHS[number])

    def rebill(self, since: dt.date) -> None:
        self.today += dt.timedelta(days=1)
        try:
            done = rebilling.draft_rebill(
                scope=self.town.scope,
                target="point",
                chosen={"point": self.home.point.id, "since": since.isoformat()},
                cause="reading",
                reason="抄表更正",
                today=self.today,
                now=moment(self.today),
            )
        except rebilling.NothingToRebill:
            return
        parameters_free(self.town)
        if self.begins_above_its_reading(since):
            self.refused(done)
            return
        rebilling.start_rebill(scope=self.town.scope, rebill_id=done.id, today=self.today, now=moment(self.today))

    def begins_above_its_reading(self, since: dt.date) -> bool:
        """The bill before stands on an index that was corrected to less: from here on there is gas below zero."""
        billed = Movement.objects.filter(installation=self.home.installation, live=True, counts_only=False)
        before = billed.filter(to_on__lte=since).order_by("to_on").last()
        first = billed.filter(to_on__gt=since).order_by("to_on").first()
        if before is None or first is None:
            return False
        read = Reading.objects.get(
            installation=self.home.installation, read_on=first.to_on, state=Reading.State.APPROVED
        )
        return bool(read.index_litres < before.to_index)

    def refused(self, rebill: Any) -> None:
        """It says why, and changes nothing; an earlier start puts it right."""
        bills = self.bills()
        with pytest.raises(rebilling.AllBlocked):
            rebilling.start_rebill(scope=self.town.scope, rebill_id=rebill.id, today=self.today, now=moment(self.today))
        part = RebillPart.objects.get(rebill=rebill)
        assert [why for _bill, why in part.problems] == [Block.NEGATIVE]
        assert self.bills() == bills

    def put_all_right(self) -> None:
        while self.billed < len(MONTHS):
            self.bill(0)
        for _time in MONTHS:
            for number in range(len(MONTHS)):
                self.correct(number)

    def bills(self) -> list[Any]:
        rows = Bill.objects.filter(agreement_id=self.agreement, state=Bill.State.ISSUED).order_by("month")
        return [
            (
                one.month,
                one.from_on,
                one.to_on,
                one.litres,
                one.amount_fen,
                one.left_litres,
                list(
                    BillLine.objects.filter(bill=one)
                    .order_by("seq")
                    .values_list("seq", "version_id", "tier", "litres", "price_e4", "amount_fen")
                ),
            )
            for one in rows
        ]

    def late_fees(self) -> int:
        items = OpenItem.objects.filter(agreement_id=self.agreement, fee_type__code="late_fee").exclude(state=5)
        return sum(item.gross_fen for item in items)

    def made_advance(self) -> bool:
        """Whether a re-billing left money over: it waits in the advance, where a replay would lay it on the next bill."""
        return OpenItem.objects.filter(agreement_id=self.agreement, gross_fen__lt=0).exists()

    def replayed_late_fees(self) -> int:
        """The dated balance once more, by hand: each receipt settles the oldest dues, each part with its fee of that day."""
        dues = [
            [item.due_on, item.gross_fen]
            for item in OpenItem.objects.filter(agreement_id=self.agreement, fee_type__code="gas")
            .exclude(state=5)
            .order_by("due_on", "id")
        ]
        charged = 0
        terms = LateFeeTerms(500)
        for day, fen in self.paid:
            for due in dues:
                part, fee = settle_part(fen, due[1], lambda part, due=due, day=day: late_fee(part, due[0], day, terms))
                fen -= part + fee
                charged += fee
                due[1] -= part
        return charged


def parameters_free(town: Town) -> None:
    """These stories are about bills; two persons are another test."""
    if parameters.get(scope=town.scope, code=rebilling.FREE_LIMIT, on=TODAY) < 10**9:
        parameters.change(
            scope=town.scope,
            code=rebilling.FREE_LIMIT,
            value=10**10,
            from_on=dt.date(2026, 1, 1),
            seen=0,
            today=TODAY,
            now=NOW,
        )


def refused_invariants() -> list[str]:
    """All of them; AUD-1 alone is left out, because factories put up homes in nobody's name."""
    return [finding.code for finding in runner.check_all() if not finding.holds and finding.code != "AUD-1"]


steps = st.lists(
    st.one_of(
        st.tuples(st.just("bill"), st.integers(-30, 60)),
        st.tuples(st.just("pay"), st.integers(1, 25), st.sampled_from([30, 70, 100, 100])),
        st.tuples(st.just("correct"), st.integers(0, 4)),
        st.tuples(st.just("rebill"), st.integers(0, 4)),
    ),
    min_size=4,
    max_size=14,
)


@settings(
    max_examples=200 if os.environ.get("GASWORKS_FULL") == "1" else 5,
    phases=(Phase.explicit, Phase.generate),
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(uses=st.lists(st.integers(0, 260), min_size=5, max_size=5), acts=steps)
def test_any_order_of_acts_ends_where_billing_right_the_first_time_ends(uses, acts):
    with tried_out():
        story = Story(uses)
        for act, *how in acts:
            if act == "rebill":
                story.rebill(story.read_on(how[0]) - dt.timedelta(days=3))
            else:
                getattr(story, act)(*how)
        story.put_all_right()
        story.rebill(dt.date(2026, 1, 2))
        right = make_home(story.town, begin=dt.date(2026, 1, 1))
        for number, month in enumerate(MONTHS):
            right.read(story.read_on(number), sum(uses[: number + 1]), month=month)
            bill(story.town, month)
        clean = Story.bills(_Only(right.agreement.id))
        assert story.bills() == clean
        paid = sum(fen for _day, fen in story.paid)
        owed = AgreementBalance.objects.get(pk=story.agreement).balance_fen
        assert owed - story.late_fees() == sum(row[4] for row in clean) - paid
        if not story.made_advance():
            assert story.late_fees() == story.replayed_late_fees()
        assert not refused_invariants()


class _Only:
    def __init__(self, agreement: int) -> None:
        self.agreement = agreement


def late_story() -> Story:
    """120 m³ (360.00) billed for January where 100 was right, and paid 20 days late at 0.05 % a day: 3.60 of late fee."""
    story = Story([100, 50, 50, 50, 50])
    story.bill(20)
    story.pay(30, 100)
    return story


def test_money_paid_late_on_a_bill_too_high_comes_back_with_its_late_fee():
    story = late_story()
    assert (story.paid[0][1], story.late_fees()) == (36360, 360)
    story.correct(0)
    story.rebill(dt.date(2026, 1, 5))
    account = read_account(scope=story.town.scope, agreement_id=story.agreement)
    assert story.late_fees() == 300 == story.replayed_late_fees()
    assert (account.owed_fen, account.advance_fen, account.balance_fen) == (0, 6060, -6060)
    assert not refused_invariants()


def test_from_above_a_lowered_reading_nothing_is_billed_again_and_from_before_it_all_is():
    """January was billed to 160 m³ where 100 were right, February to 160 where 120 were: 120 lie below January's bill."""
    story = Story([100, 20, 50, 50, 50])
    story.bill(60)
    story.bill(0)
    story.correct(0)
    story.correct(1)
    february = story.read_on(1) - dt.timedelta(days=3)
    assert story.begins_above_its_reading(february)
    story.rebill(february)
    assert [row[3] for row in story.bills()] == [160_000, 0]
    story.rebill(dt.date(2026, 1, 5))
    assert [row[3] for row in story.bills()] == [100_000, 20_000]
    assert not refused_invariants()


def test_a_second_rebilling_still_knows_when_the_money_came():
    story = late_story()
    story.correct(0)
    story.rebill(dt.date(2026, 1, 5))
    story.rebill(dt.date(2026, 1, 5))
    assert story.late_fees() == 300
    assert AgreementBalance.objects.get(pk=story.agreement).balance_fen == -6060
    assert AllocationOrigin.objects.exists()
    assert not refused_invariants()


def test_a_payment_whose_money_was_laid_anew_is_not_reversed():
    story = late_story()
    story.correct(0)
    story.rebill(dt.date(2026, 1, 5))
    payment = Payment.objects.get()
    with pytest.raises(MoneyLaidAnew):
        payments.reverse_payment(
            scope=story.town.scope, payment_id=payment.id, key=uuid.uuid4(), reason="x", today=TODAY, now=NOW
        )
    payment.refresh_from_db()
    assert payment.state == Payment.State.TAKEN
    assert AgreementBalance.objects.get(pk=story.agreement).balance_fen == -6060


def test_homes_on_one_ladder_are_billed_again_together_and_in_order():
    town = make_town()
    parameters_free(town)
    one, other = make_home(town, begin=dt.date(2026, 1, 1)), make_home(town, begin=dt.date(2026, 1, 1))
    usage.join_ladder(
        scope=town.scope, supply_point_id=other.point.id, group_id=one.group_id, on=dt.date(2026, 1, 2), now=NOW
    )
    for month in (1, 2):
        for home, m3 in ((one, 180), (other, 140)):
            home.read(dt.date(2026, month + 1, 1), month * m3, month=202600 + month)
        bill(town, 202600 + month)
    before = [(row.supply_point_id, row.month, row.amount_fen) for row in Bill.objects.order_by("id")]
    done = rebilling.draft_rebill(
        scope=town.scope,
        target="bill",
        chosen={"bill": Bill.objects.order_by("id").first().id},
        cause="other",
        reason="复核",
        today=TODAY,
        now=NOW,
    )
    rebilling.start_rebill(scope=town.scope, rebill_id=done.id, today=TODAY, now=NOW)
    rows = Bill.objects.filter(state=Bill.State.ISSUED).order_by("id")
    assert [(row.supply_point_id, row.month, row.amount_fen) for row in rows] == before
    assert Bill.objects.filter(state=Bill.State.CANCELLED).count() == 4
    assert Ladder.objects.exclude(litres=0).get().litres == 640_000
    assert not refused_invariants()


def test_a_waiver_falls_with_its_bill_and_is_not_turned_into_money():
    """Of a bill of 360.00 that should be 300.00, 50.00 is waived and 310.00 paid late; the bill is made again."""
    story = Story([100, 50, 50, 50, 50])
    story.bill(20)
    item = OpenItem.objects.get(agreement_id=story.agreement)
    waiver = waiving.waive(
        scope=story.town.scope,
        item_id=item.id,
        kind="discount",
        amount_fen=5_000,
        reason="服务补偿",
        today=story.today,
        now=moment(story.today),
    )
    story.pay(30, 100)
    assert story.paid[0][1] == 31_000 + 310
    story.correct(0)
    story.rebill(dt.date(2026, 1, 5))
    waiver.refresh_from_db()
    account = read_account(scope=story.town.scope, agreement_id=story.agreement)
    assert (waiver.state, waiver.undone_reason) == (2, "The bill was made again.")
    assert story.late_fees() == 300 == story.replayed_late_fees()
    assert (account.owed_fen, account.advance_fen) == (0, 31_310 - 30_000 - 300)
    assert not refused_invariants()


def test_a_waived_late_fee_is_reckoned_anew_with_its_bill():
    """20 days late on 360.00: 3.60 is charged and waived in part; the bill made again starts with a clean late fee."""
    story = Story([100, 50, 50, 50, 50])
    story.bill(20)
    story.today += dt.timedelta(days=30)
    item = OpenItem.objects.get(agreement_id=story.agreement)
    waiving.waive(
        scope=story.town.scope,
        item_id=item.id,
        kind="late_fee",
        amount_fen=100,
        reason="首次",
        today=story.today,
        now=moment(story.today),
    )
    assert (story.late_fees(), AgreementBalance.objects.get(pk=story.agreement).balance_fen) == (360, 36_260)
    story.correct(0)
    story.rebill(dt.date(2026, 1, 5))
    account = read_account(scope=story.town.scope, agreement_id=story.agreement)
    assert (story.late_fees(), account.owed_fen, [due.late_until for due in account.dues]) == (0, 30_000, [None])
    assert not refused_invariants()


def test_days_with_the_bank_stay_free_of_late_fee_when_the_bill_is_made_again():
    """Due on 11 February, with the bank until the 21st, paid ten days later: 10 days at 0.05 %, of 360.00 and of 300.00."""
    story = Story([100, 50, 50, 50, 50])
    story.bill(20)
    item = OpenItem.objects.get(agreement_id=story.agreement)
    days = {"from_on": item.due_on, "to_on": dt.date(2026, 2, 21)}
    story.today = dt.date(2026, 2, 21)
    bank.freeze(
        scope=story.town.scope,
        item_id=item.id,
        note="托1",
        today=story.today,
        now=moment(story.today),
        **days,
    )
    story.pay(10, 100)
    assert (story.paid[0], story.late_fees()) == ((dt.date(2026, 3, 3), 36_000 + 180), 180)
    story.correct(0)
    story.rebill(dt.date(2026, 1, 5))
    new = OpenItem.objects.get(agreement_id=story.agreement, fee_type__code="gas", state=OpenItem.State.PAID)
    assert (new.gross_fen, new.due_on, new.frozen) == (30_000, item.due_on, [*days.values()])
    assert story.late_fees() == 150
    assert not refused_invariants()


def test_a_payment_that_was_reversed_brings_no_money_to_the_new_bill():
    story = late_story()
    payment = Payment.objects.get()
    payments.reverse_payment(
        scope=story.town.scope,
        payment_id=payment.id,
        key=uuid.uuid4(),
        reason="退回",
        today=story.today,
        now=moment(story.today),
    )
    story.paid.clear()
    story.correct(0)
    story.rebill(dt.date(2026, 1, 5))
    account = read_account(scope=story.town.scope, agreement_id=story.agreement)
    assert (account.owed_fen, account.advance_fen, story.late_fees()) == (30_000, 0, 0)
    assert not refused_invariants()


def test_a_bill_paid_in_parts_pays_the_late_fee_of_each_part():
    """360.00: 101.80 on the 20th day late, the rest on the 40th; 0.05 % a day of what stood open."""
    story = Story([120, 50, 50, 50, 50])
    story.bill(0)
    story.pay(30, 28)
    first = story.paid[0][1]
    story.pay(20, 100)
    assert first == 36_360 * 28 // 100
    assert [(link.part_fen, link.item.gross_fen) for link in LateFeeLink.objects.order_by("item_id")] == [
        (10_079, 101),
        (25_921, 518),
    ]
    assert story.late_fees() == 101 + 518 == story.replayed_late_fees()
    assert not refused_invariants()
