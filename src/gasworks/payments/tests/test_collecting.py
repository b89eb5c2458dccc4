"""A whole collection file at once: the same books as its rows one by one, each row once, the bad ones refused alone."""

import datetime as dt
import uuid
from collections import Counter
from typing import Any

import pytest
from django.db import transaction
from hypothesis import given, settings
from hypothesis import strategies as st

from gasworks.customers.testing import make_agreement
from gasworks.foundation.models import AuditAct, Event, RequestKey
from gasworks.foundation.testing.factories import NOW, TODAY, Company, make_company, make_scope
from gasworks.kernel.errors import Forbidden, NotThere
from gasworks.ledger.models import Entry, GlAccount, Posting
from gasworks.payments import refusals, services
from gasworks.payments.models import Channel, Payment
from gasworks.payments.services import collecting
from gasworks.payments.types import Collected, CollectedAnswer
from gasworks.receivables.models import AgreementBalance, Allocation, LateFeeLink, OpenItem
from gasworks.receivables.services import AmountNotPositive
from gasworks.receivables.testing.factories import agree, item_state, make_debt, open_receivables, system

pytestmark = pytest.mark.django_db

Debt = tuple[int, int, str]
"""Fen, days until it falls due, fee."""


@pytest.fixture
def company() -> Company:
    return ready()


def ready() -> Company:
    company = make_company()
    open_receivables(company)
    services.install_channels(scope=system(company))
    return company


def collect(company: Company, *rows: Collected, channel: str = "wechat") -> list[CollectedAnswer]:
    return services.take_collection(scope=system(company), channel=channel, rows=rows, today=TODAY, now=NOW)


def row(reference: str, agreement_id: int | None, fen: int, *, payer: str = "") -> Collected:
    return Collected(reference, agreement_id, fen, TODAY, payer)


def written() -> tuple[int, ...]:
    kinds = (Payment, Entry, Posting, Allocation, OpenItem, RequestKey, AuditAct, Event)
    return tuple(kind.objects.count() for kind in kinds)


def balance(agreement_id: int) -> int:
    return AgreementBalance.objects.get(pk=agreement_id).balance_fen


def test_thousands_need_no_more_statements_than_two(company: Company, django_assert_max_num_queries: Any) -> None:
    agreements = [make_agreement(company).id for _ in range(30)]
    for key in agreements:
        make_debt(company, key, 1_000)
    with django_assert_max_num_queries(8):
        answers = collect(company, *[row(f"W{key}", key, 1_500) for key in agreements])
    assert [(one.surplus_fen, one.replayed, one.refusal) for one in answers] == [(500, False, None)] * 30
    assert len({one.payment_id for one in answers}) == 30
    assert [balance(key) for key in agreements] == [-500] * 30
    fact = Event.objects.get(kind="payments.payment_taken")
    assert (fact.payload["agreement_ids"], fact.payload["amount_fen"]) == (agreements, 45_000)
    act = AuditAct.objects.get(act="payments.take_collection")
    assert (act.amount_fen, act.detail["payments"], act.subject_id) == (45_000, 30, answers[0].payment_id)
    payment = Payment.objects.get(pk=answers[3].payment_id)
    assert (payment.agreement_id, payment.amount_fen, payment.tendered_fen, payment.advance_fen) == (
        agreements[3],
        1_500,
        1_500,
        500,
    )
    assert (payment.outlet_id, payment.channel_on, payment.means, payment.shift_id) == (
        company.head_office.id,
        TODAY,
        "online",
        None,
    )


def test_a_bad_row_is_refused_by_itself(company: Company) -> None:
    first, second = make_agreement(company).id, make_agreement(company).id
    foreign = make_agreement(make_company("外地燃气")).id
    debt = make_debt(company, first, 1_000)
    answers = collect(
        company,
        row("1", first, 1_000),
        row("2", foreign, 1_000),
        row("3", None, 1_000, payer="00099999"),
        row("4", second, 0),
        row("1", second, 700),
        row("", second, 700),
        row("5", second, 700),
    )
    refused = [type(one.refusal) if one.refusal else None for one in answers]
    assert refused == [
        None,
        NotThere,
        refusals.NobodyHolds,
        AmountNotPositive,
        refusals.ReferenceTwice,
        refusals.ReferenceMissing,
        None,
    ]
    assert "00099999" in str(answers[2].refusal)
    assert item_state(debt.item_id) == (0, OpenItem.State.PAID)
    assert sorted(Payment.objects.values_list("agreement_id", "amount_fen")) == sorted([(first, 1_000), (second, 700)])


def test_the_same_row_again_gets_the_same_answer_and_no_money_twice(company: Company) -> None:
    first, second = make_agreement(company).id, make_agreement(company).id
    rows = [row("1", first, 1_000), row("2", second, 2_000)]
    taken = collect(company, *rows)
    before = written()
    again = collect(company, *rows)
    assert [one.payment_id for one in again] == [one.payment_id for one in taken]
    assert all(one.replayed for one in again)
    assert collect(company, rows[1])[0].replayed
    assert written() == before
    (known, new) = collect(company, rows[0], row("3", second, 300))
    assert (known.payment_id, known.replayed, new.replayed) == (taken[0].payment_id, True, False)
    assert balance(second) == -2_300


def test_a_number_used_for_another_payment_is_refused(company: Company) -> None:
    agreement = make_agreement(company).id
    collect(company, row("1", agreement, 1_000))
    before = written()
    (alone,) = collect(company, row("1", agreement, 900))
    assert isinstance(alone.refusal, refusals.ReferenceUsed)
    assert written() == before
    among, other = collect(company, row("1", agreement, 900), row("2", agreement, 100))
    assert isinstance(among.refusal, refusals.ReferenceUsed)
    assert other.payment_id
    assert collect(company, row("1", agreement, 900), channel="bank")[0].payment_id, "each channel has its own numbers"


def test_the_first_answer_holds_after_the_holder_has_changed(company: Company) -> None:
    old, new = make_agreement(company).id, make_agreement(company).id
    (taken,) = collect(company, row("1", old, 1_000, payer="00012345"))
    (again,) = collect(company, row("1", new, 1_000, payer="00012345"))
    (nobody,) = collect(company, row("1", None, 1_000, payer="00012345"), row("2", new, 1, payer="00012345"))[:1]
    assert [again.payment_id, nobody.payment_id] == [taken.payment_id] * 2
    assert Payment.objects.filter(agreement_id=new).count() == 1


def test_what_changes_meanwhile_is_planned_anew(company: Company, monkeypatch: pytest.MonkeyPatch) -> None:
    """Our first read is of before somebody paid at the counter: half by half the file goes through."""
    agreements = [make_agreement(company).id for _ in range(5)]
    debts = [make_debt(company, key, 1_000) for key in agreements]
    read = collecting.payable_dues
    old = [read(scope=system(company), agreement_ids=agreements)]
    services.take_amount(
        scope=system(company),
        agreement_id=agreements[2],
        amount_fen=400,
        key=uuid.uuid4(),
        means="online",
        channel="alipay",
        today=TODAY,
        now=NOW,
    )
    monkeypatch.setattr(collecting, "payable_dues", lambda **asked: old.pop() if old else read(**asked))
    answers = collect(company, *[row(f"W{key}", key, 1_000) for key in agreements])
    assert [one.surplus_fen for one in answers] == [0, 0, 400, 0, 0]
    assert [item_state(debt.item_id)[0] for debt in debts] == [0] * 5
    assert [balance(key) for key in agreements] == [0, 0, -400, 0, 0]


def test_a_counter_is_no_channel_and_a_channel_out_of_use_takes_nothing(company: Company) -> None:
    agreement = make_agreement(company).id
    before = written()
    with pytest.raises(refusals.ChannelNotInUse):
        collect(company, row("1", agreement, 1_000), channel="counter")
    Channel.objects.filter(company_id=company.id, code="wechat").update(active=False)
    with pytest.raises(refusals.ChannelNotInUse):
        collect(company, row("1", agreement, 1_000))
    assert written() == before


def test_a_file_is_taken_by_the_cash_lead_and_finance_and_by_nobody_else(company: Company) -> None:
    agreement = make_agreement(company).id
    for role in ("cash_lead", "finance"):
        scope = make_scope(role, company=company)
        (answer,) = services.take_collection(
            scope=scope, channel="bank", rows=[row(role, agreement, 100)], today=TODAY, now=NOW
        )
        assert Payment.objects.get(pk=answer.payment_id).taken_by_id == scope.actor_id
    for role in ("cashier", "billing_lead", "auditor"):
        with pytest.raises(Forbidden):
            services.take_collection(
                scope=make_scope(role, company=company), channel="bank", rows=[], today=TODAY, now=NOW
            )


def test_a_preview_says_beforehand_what_will_be_refused(company: Company) -> None:
    agreement = make_agreement(company).id
    collect(company, row("1", agreement, 1_000))
    before = written()
    found = services.refused_beforehand(
        scope=system(company),
        channel="wechat",
        rows=[
            row("1", agreement, 1_000),
            row("1", agreement, 1_000),
            row("2", None, 5, payer="7"),
            row("3", agreement, -1),
            row("4", agreement, 1),
        ],
    )
    assert [type(one) if one else None for one in found] == [
        refusals.TakenAlready,
        refusals.ReferenceTwice,
        refusals.NobodyHolds,
        AmountNotPositive,
        None,
    ]
    assert written() == before


debts = st.tuples(st.integers(1, 5_000), st.integers(-70, 10), st.sampled_from(["gas", "gas", "waste"]))
homes = st.lists(st.lists(debts, max_size=3), min_size=1, max_size=4)
payments = st.lists(st.tuples(st.integers(0, 3), st.integers(1, 9_000)), min_size=1, max_size=8)


@settings(max_examples=25)
@given(homes=homes, paid=payments, rate_e6=st.sampled_from([0, 500, 3_000]))
def test_a_file_leaves_the_same_books_as_its_rows_one_by_one(
    homes: list[list[Debt]], paid: list[tuple[int, int]], rate_e6: int
) -> None:
    with transaction.atomic():
        at_once = books(homes, paid, rate_e6, one_by_one=False)
        alone = books(homes, paid, rate_e6, one_by_one=True)
        transaction.set_rollback(True)
    assert at_once == alone


def books(homes: list[list[Debt]], paid: list[tuple[int, int]], rate_e6: int, *, one_by_one: bool) -> Any:
    """The rows taken in a town of their own, and what its books then say, in words that both towns share."""
    company = ready()
    if rate_e6:
        agree(company, rate_e6)
    agreements = [make_agreement(company).id for _ in homes]
    for agreement, owed in zip(agreements, homes, strict=True):
        for fen, days, fee in owed:
            make_debt(company, agreement, fen, due_on=TODAY + dt.timedelta(days=days), fee_code=fee)
    rows = [row(f"W{place}", agreements[who % len(homes)], fen) for place, (who, fen) in enumerate(paid)]
    if one_by_one:
        for one in rows:
            services.take_amount(
                scope=system(company),
                agreement_id=one.agreement_id or 0,
                amount_fen=one.amount_fen,
                key=uuid.uuid4(),
                means="online",
                channel="wechat",
                channel_on=one.channel_on,
                today=TODAY,
                now=NOW,
            )
    else:
        assert all(answer.payment_id for answer in collect(company, *rows))
    return [told(company, agreement) for agreement in agreements], ledger_sums(company)


def told(company: Company, agreement: int) -> Any:
    items = list(OpenItem.objects.filter(company_id=company.id, agreement_id=agreement).order_by("id"))
    place = {item.id: number for number, item in enumerate(items)}
    entries = list(
        Payment.objects.filter(agreement_id=agreement)
        .order_by("id")
        .values_list("entry_id", "amount_fen", "advance_fen")
    )
    laid = [
        [(place[one.item_id], one.amount_fen) for one in Allocation.objects.filter(entry_id=entry).order_by("seq")]
        for entry, _amount, _advance in entries
    ]
    links = LateFeeLink.objects.filter(item_id__in=place).order_by("item_id")
    return (
        [(i.fee_type.code, i.due_on, i.gross_fen, i.tax_fen, i.open_fen, i.state) for i in items],
        [(amount, advance) for _entry, amount, advance in entries],
        laid,
        [(place[link.item_id], place[link.principal_id], link.part_fen, link.until_on) for link in links],
        balance(agreement) if AgreementBalance.objects.filter(pk=agreement).exists() else 0,
    )


def ledger_sums(company: Company) -> Counter[tuple[str, str, int]]:
    codes = dict(GlAccount.objects.filter(company_id=company.id).values_list("id", "code"))
    rows = Posting.objects.filter(company_id=company.id).values_list("debit_gl_id", "credit_gl_id", "amount_fen")
    return Counter((codes[debit], codes[credit], fen) for debit, credit, fen in rows)
