"""A small town that lives thirteen months through the services, each act by somebody who may do it.

Homes 0 to 9 have a story that is told and computed by hand in the test; all others burn a plain amount with a winter peak.
Two books: the first is read every month, the second in odd months. Prices are those of Guangzhou (320/400 m³ a calendar year,
3.45/4.14/5.18), and new ones come in the middle of May.
"""

import datetime as dt
import uuid
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, Final

from gasworks.billing import services as billing
from gasworks.billing.models import Bill
from gasworks.billing.selectors import run_progress
from gasworks.billing.types import SummaryRow
from gasworks.customers import services as customers
from gasworks.customers.testing.factories import make_opening
from gasworks.customers.types import NewCustomer
from gasworks.foundation import calendar
from gasworks.foundation.reach import scope_for
from gasworks.foundation.scope import Scope
from gasworks.foundation.testing.factories import Company, make_company, make_staff
from gasworks.invoicing import services as paper
from gasworks.invoicing.models import PaperBook
from gasworks.kernel.periods import add_months
from gasworks.metering import services as metering
from gasworks.metering.models import BookRound, Installation, Reading
from gasworks.metering.testing.factories import make_book, make_model, register_of
from gasworks.metering.types import NewInstallation, NewMeter, ReadingRow
from gasworks.payments import services as payments
from gasworks.payments.models import Payment
from gasworks.payments.planning import payable_fen, plan_payment
from gasworks.payments.selectors import count_shift
from gasworks.payments.services.shifts import FACES
from gasworks.receivables.selectors import read_accounts
from gasworks.receivables.testing.factories import open_receivables
from gasworks.tariffs import services as tariffs
from gasworks.tariffs.models import Plan
from gasworks.tariffs.packs import read_pack
from gasworks.tariffs.testing.factories import approve_version, make_version
from gasworks.usage.opening import NewUse, open_many

PLAN: Final = "guangzhou-home"
BEGIN: Final = dt.date(2025, 9, 1)
FIRST: Final = 202510
MONTHS: Final = tuple(add_months(FIRST, n) for n in range(13))
NEW_PRICES: Final = dt.date(2026, 5, 16)
FLOAT: Final = 50_000
WINTER: Final = (11, 12, 1, 2)
STEADY, MISSED, FIVE_HEADS, EXCHANGED, ROLLED, MISKEYED, PARTLY, AHEAD, TWICE, NEVER = range(10)
MISSED_IN: Final = 202601
EXCHANGED_IN: Final = 202603
MISKEYED_IN: Final = 202604
ROLLS_FROM: Final = 99_980


def first_of(month: int) -> dt.date:
    return dt.date(month // 100, month % 100, 1)


def moment(day: dt.date, hour: int = 2) -> dt.datetime:
    return dt.datetime(day.year, day.month, day.day, hour, tzinfo=dt.UTC)


@dataclass(slots=True)
class Home:
    """``counter`` is what its meter shows, in m³, if it never rolled over and was never exchanged."""

    no: int
    number: str
    agreement_id: int
    installation_id: int
    register_id: int
    group_id: int
    odd: bool
    counter: int = 0
    offset: int = 0
    """What the hanging meter shows less ``counter``."""

    def burns(self, month: int) -> int:
        """m³ in the month before the first of ``month``."""
        if self.no in (STEADY, MISSED, FIVE_HEADS):
            return 100
        if self.no < 10:
            return 30
        before = add_months(month, -1) % 100
        return (8 + self.no % 23) * (2 if before in WINTER else 1)


@dataclass
class Town:
    size: int
    company: Company = field(default_factory=make_company)
    homes: list[Home] = field(default_factory=list)
    counted_fen: int = 0
    """Cash found in the drawers at closing, without the floats, and what was brought to the bank before."""
    previews: list[tuple[tuple[Any, ...], tuple[Any, ...]]] = field(default_factory=list)

    @cached_property
    def system(self) -> Scope:
        return Scope.system("journey", company_id=self.company.id)

    @cached_property
    def people(self) -> dict[str, Scope]:
        """Everybody holds their role over the whole company, so that the reach is not what is tried here."""
        roles = ("reading_lead", "billing_lead", "cashier", "cash_lead", "finance")
        at = {"cashier": self.company.outlet, "cash_lead": self.company.outlet}
        return {
            role: scope_for(make_staff(role, company=self.company, over=at.get(role, self.company.unit)))
            for role in roles
        }

    def settle(self) -> None:
        """Chart, fees, channels, hold rules, prices, two books, and the homes move in."""
        open_receivables(self.company)
        payments.install_channels(scope=self.system)
        billing.install_hold_rules(scope=self.system)
        tariffs.load_pack(scope=self.system, code="guangzhou", now=moment(BEGIN))
        monthly = make_book(self.company, parity="monthly", read_day=1)
        odd = make_book(self.company, parity="odd", read_day=1)
        model = make_model(self.company)
        names = [make_opening(from_on=BEGIN, customer=NewCustomer(name=f"住户{no}")) for no in range(self.size)]
        opened = customers.open_many(scope=self.system, branch_id=self.company.branch.id, rows=names, now=moment(BEGIN))
        hung = metering.install_many(
            scope=self.system,
            rows=[
                NewInstallation(
                    one.supply_point_id, f"M{no:06d}", model.id, BEGIN, 1000 * (ROLLS_FROM if no == ROLLED else 0),
                    book_id=odd.id if self.is_odd(no) else monthly.id, sequence=no + 1,
                )
                for no, one in enumerate(opened)
            ],
            now=moment(BEGIN),
            today=BEGIN,
        )  # fmt: skip
        uses = [NewUse(one.supply_point_id, PLAN, BEGIN, 5 if no == FIVE_HEADS else 3) for no, one in enumerate(opened)]
        groups = open_many(scope=self.system, rows=uses, now=moment(BEGIN))
        for no, (one, meter, group) in enumerate(zip(opened, hung, groups, strict=True)):
            offset = ROLLS_FROM if no == ROLLED else 0
            self.homes.append(
                Home(
                    no,
                    one.number,
                    one.agreement_id,
                    meter.installation_id,
                    meter.register_id,
                    group,
                    self.is_odd(no),
                    offset=offset,
                )
            )

    def is_odd(self, no: int) -> bool:
        """Every third home from the tenth on is read in odd months."""
        return no >= 10 and no % 3 == 1

    def raise_prices(self) -> None:
        (content,) = [v.content for p in read_pack("guangzhou").plans if p.code == PLAN for v in p.versions]
        tiers = [{"upto_m3": 320, "price": "3.60"}, {"upto_m3": 400, "price": "4.32"}, {"price": "5.40"}]
        changed = {**content, "change": "by_day", "ladder": {**content["ladder"], "tiers": tiers}}
        plan = Plan.objects.get(company_id=self.company.id, code=PLAN)
        approve_version(make_version(plan, changed, from_on=NEW_PRICES, document_no="穗发改〔2026〕99号"))

    def live(self, month: int) -> None:
        """One month: read on the first, bill on the second, take money on the fifth and sixth, end the days."""
        day = first_of(month)
        calendar.open_month(scope=self.people["billing_lead"], month=month, now=moment(day))
        self.read(month)
        self.bill(month, day + dt.timedelta(days=1))
        if month == MISKEYED_IN:
            self.put_right(month, day + dt.timedelta(days=2))
        self.collect(month, day + dt.timedelta(days=4))
        if month == EXCHANGED_IN:
            self.exchange(day + dt.timedelta(days=14))
        while payments.end_head_office_day(
            scope=self.system, today=first_of(add_months(month, 1)), now=moment(day + dt.timedelta(days=20))
        ):
            pass

    # --- reading ---------------------------------------------------------------------------------------------------

    def read(self, month: int) -> None:
        day, lead = first_of(month), self.people["reading_lead"]
        now = moment(day)
        metering.open_rounds(scope=lead, month=month, now=now)
        for home in self.homes:
            home.counter += home.burns(month)
        due = [home for home in self.homes if self.is_read(home, month)]
        answers = metering.record_readings(
            scope=lead, rows=[self._row(home, day) for home in due], source=Reading.Source.MANUAL, month=month,
            now=now, today=day,
        )  # fmt: skip
        assert [answer.refusal for answer in answers if not answer.accepted] == []
        odd = [answer.reading_id for answer in answers if answer.flags]
        if odd:
            metering.approve_readings(scope=lead, reading_ids=odd, now=now)
        for key, seen in list(
            BookRound.objects.filter(company_id=self.company.id, month=month).values_list("id", "version")
        ):
            handed = metering.submit_round(scope=lead, round_id=key, seen=seen, now=now)
            metering.approve_round(scope=lead, round_id=key, seen=handed.version, now=now)

    def is_read(self, home: Home, month: int) -> bool:
        if home.odd and month % 2 == 0:
            return False
        if home.no == MISSED and month == MISSED_IN:
            return False
        return home.no < 10 or (home.no * 7 + month) % 29 != 0

    def _row(self, home: Home, day: dt.date) -> ReadingRow:
        shown = home.counter + home.offset
        rolls = home.no == ROLLED and day == first_of(FIRST)
        if home.no == ROLLED:
            shown %= 100_000
        if home.no == MISKEYED and day == first_of(MISKEYED_IN):
            shown += 50
        kind = Reading.Kind.ROLLOVER if rolls else Reading.Kind.NORMAL
        return ReadingRow(home.installation_id, home.register_id, day, shown * 1000, kind)

    def exchange(self, day: dt.date) -> None:
        """The old meter of the exchanged home has burnt 12 m³ since the first; the new one begins at 5."""
        home = self.homes[EXCHANGED]
        hung = Installation.objects.get(pk=home.installation_id)
        put_up = metering.exchange_meter(
            scope=self.people["reading_lead"], installation_id=hung.id, seen=hung.version, on=day,
            end={1: (home.counter + 12) * 1000}, meter=NewMeter("X000003", hung.meter.model_id), start={1: 5_000},
            reason="life", now=moment(day), today=day,
        )  # fmt: skip
        home.installation_id, home.register_id = put_up.id, register_of(put_up).id
        home.offset = 5 - (home.counter + 12)

    # --- billing ---------------------------------------------------------------------------------------------------

    def bill(self, month: int, day: dt.date) -> None:
        """Preview, run, release all that is held. What the preview said is what the run did."""
        lead, now = self.people["billing_lead"], moment(day)
        said = billing.preview_run(scope=lead, month=month)
        run = billing.start_run(scope=lead, month=month, today=day, now=now)
        billing.carry_out(scope=lead, run_id=run.id, clock=lambda: now, today=day)
        done = run_progress(scope=lead, run_id=run.id)
        told = {key: tuple(row) for key, row in said.summary.items()}
        self.previews.append(
            (
                (said.bills, said.held, len(said.problems), told),
                (done.bills, done.held_bills, done.problems, added_up((*done.issued, *done.held))),
            )
        )
        held = list(
            Bill.objects.filter(company_id=self.company.id, state=Bill.State.HELD)
            .order_by("id")
            .values_list("id", flat=True)
        )
        if held:
            billing.release_bills(scope=lead, bill_ids=held, today=day, now=now)

    def put_right(self, month: int, day: dt.date) -> None:
        """50 m³ too much were keyed: the newest unpaid bill is cancelled, the reading corrected, the month run again."""
        home, lead, now = self.homes[MISKEYED], self.people["billing_lead"], moment(day)
        wrong = Bill.objects.get(agreement_id=home.agreement_id, month=month, state=Bill.State.ISSUED)
        billing.cancel_bill(scope=lead, bill_id=wrong.id, reason="抄错", today=day, now=now)
        reader = self.people["reading_lead"]
        keyed = Reading.objects.get(installation_id=home.installation_id, read_on=first_of(month), state=3)
        put = metering.correct_reading(
            scope=reader, reading_id=keyed.id, index_litres=home.counter * 1000, reason="抄错", now=now, today=day
        )
        assert put.accepted, put
        metering.approve_readings(scope=reader, reading_ids=[put.reading_id], now=now)
        self.bill(month, day)

    # --- money -----------------------------------------------------------------------------------------------------

    def collect(self, month: int, day: dt.date) -> None:
        """The counter in the day, the channels on the next one; the drawer is counted and the outlet's day ends."""
        self._counter(month, day)
        later = day + dt.timedelta(days=1)
        for number, channel in enumerate(("wechat", "alipay", "bank")):
            mine = [home for home in self.homes if home.no >= 10 and home.no % 4 == number]
            self._pay_all(mine, month, later, channel)

    def _pay_all(self, homes: list[Home], month: int, day: dt.date, channel: str) -> None:
        for home in homes:
            owed = self._owed(home, day)
            if owed:
                payments.take_amount(
                    scope=self.system, agreement_id=home.agreement_id, amount_fen=owed, key=self._key(channel, month, home),
                    means="transfer" if channel == "bank" else "online", channel=channel, channel_on=day, today=day,
                    now=moment(day),
                )  # fmt: skip

    def _counter(self, month: int, day: dt.date) -> None:
        cashier, now = self.people["cashier"], moment(day)
        shift = payments.open_shift(scope=cashier, float_fen=FLOAT, today=day, now=now)
        for home in self.homes:
            if home.no < 10 or home.no % 4 == 3:
                self._at_the_counter(home, month, day, shift.id)
        self._paper(month, day, shift.id)
        in_drawer = count_shift(scope=cashier, shift_id=shift.id).expected_fen
        banked = (in_drawer - FLOAT) // 2
        if banked:
            payments.bank_cash(scope=cashier, shift_id=shift.id, amount_fen=banked, slip_no=f"J{month}", now=now)
        closed = payments.close_shift(scope=cashier, shift_id=shift.id, count=faces(in_drawer - banked), now=now)
        assert closed.counted_fen == closed.expected_fen
        self.counted_fen += closed.counted_fen - FLOAT
        payments.end_day(scope=self.people["cash_lead"], outlet_id=shift.outlet_id, now=now)

    def _at_the_counter(self, home: Home, month: int, day: dt.date, shift_id: int) -> None:
        owed = self._owed(home, day)
        if not owed or home.no == NEVER:
            return
        means = ("cash", "card", "qr")[home.no % 3]
        if home.no == PARTLY and month != MONTHS[-1]:
            self._take(home, month, day, shift_id, owed // 2, "cash")
        elif home.no == AHEAD and month == MONTHS[0]:
            self._take(home, month, day, shift_id, owed + 100_000, "cash", keep=True)
        elif home.no == TWICE and month == MONTHS[2]:
            taken = self._take(home, month, day, shift_id, owed, "cash")
            payments.reverse_payment(
                scope=self.people["cashier"], payment_id=taken.payment_ids[0], key=uuid.uuid5(uuid.NAMESPACE_OID, "back"),
                reason="收错户", today=day, now=moment(day), shift_id=shift_id,
            )  # fmt: skip
            self._take(home, month, day, shift_id, owed, "card", again="again")
        else:
            self._take(home, month, day, shift_id, owed, means)

    def _take(
        self,
        home: Home,
        month: int,
        day: dt.date,
        shift_id: int,
        fen: int,
        means: str,
        *,
        keep: bool = False,
        again: str = "",
    ) -> Any:
        accounts = read_accounts(scope=self.people["cashier"], agreement_ids=[home.agreement_id])
        plan = plan_payment(accounts, fen, on=day, keep_surplus=keep)
        return payments.take_payment(
            scope=self.people["cashier"], plan=plan, key=self._key(again, month, home), means=means, tendered_fen=fen,
            shift_id=shift_id, today=day, now=moment(day),
        )  # fmt: skip

    def _owed(self, home: Home, day: dt.date) -> int:
        return payable_fen(read_accounts(scope=self.system, agreement_ids=[home.agreement_id]), on=day)

    def _key(self, channel: str, month: int, home: Home) -> uuid.UUID:
        return uuid.uuid5(uuid.NAMESPACE_OID, f"{self.company.id}/{channel}/{month}/{home.no}")

    def _paper(self, month: int, day: dt.date, shift_id: int) -> None:
        """The first payment of each shift gets a receipt; in the first month it is torn, voided and printed again."""
        cashier, now = self.people["cashier"], moment(day)
        first = min(self._payments_of(shift_id), default=None)
        if first is None:
            return
        sheet = payments.print_receipt(
            scope=cashier, payment_ids=[first], book_id=self.book.id, number=self.next_sheet, now=now
        )
        self.next_sheet += 1
        if month == MONTHS[0]:
            payments.reprint_receipt(
                scope=cashier, sheet_id=sheet.sheet_id, book_id=self.book.id, number=self.next_sheet, reason="撕破",
                jammed=False, now=now,
            )  # fmt: skip
            self.next_sheet += 1

    def _payments_of(self, shift_id: int) -> list[int]:
        return list(Payment.objects.filter(shift_id=shift_id, state=Payment.State.TAKEN).values_list("id", flat=True))

    @cached_property
    def book(self) -> PaperBook:
        lead = self.people["cash_lead"]
        book = paper.receive_book(
            scope=lead, kind=PaperBook.Kind.RECEIPT, prefix="J", first_no=1, last_no=50, width=8,
            outlet_id=self.company.outlet.id, now=moment(BEGIN),
        )  # fmt: skip
        self.next_sheet = 1
        holder = self.people["cashier"].actor_id
        assert holder is not None
        return paper.hand_out(scope=lead, book_id=book.id, holder_id=holder, seen=book.version, now=moment(BEGIN))


def added_up(rows: Sequence[SummaryRow]) -> dict[tuple[str, int], tuple[int, int, int]]:
    """(homes, litres, fen) by (type, tier), issued and held together, as the preview tells it."""
    found: dict[tuple[str, int], tuple[int, int, int]] = {}
    for row in rows:
        homes, litres, fen = found.get((row.customer_type, row.tier), (0, 0, 0))
        found[row.customer_type, row.tier] = (homes + row.homes, litres + row.litres, fen + row.amount_fen)
    return found


def faces(fen: int) -> dict[int, int]:
    """How many of each note and coin, largest first."""
    count: dict[int, int] = {}
    for face in FACES:
        count[face], fen = divmod(fen, face)
    return count


def lived(size: int) -> Town:
    """The town after thirteen months. The new prices are approved two weeks before they begin."""
    town = Town(size)
    town.settle()
    assert town.book.id
    assert len(town.people) == 5
    for month in MONTHS:
        if month == 202605:
            town.raise_prices()
        town.live(month)
    return town
