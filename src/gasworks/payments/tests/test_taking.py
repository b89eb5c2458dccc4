"""Money at the counter and by channels: exact rows, change, surplus, and refusals that write nothing."""

import datetime as dt
import uuid

import pytest
from django.db import IntegrityError, ProgrammingError, connection, transaction

from gasworks.customers.testing import make_agreement
from gasworks.foundation.models import AuditAct, Event, RequestKey
from gasworks.foundation.request_keys import KeyUsedForAnotherBody
from gasworks.foundation.testing.factories import NOW, TODAY, make_company, make_scope
from gasworks.kernel.errors import Forbidden, NotThere
from gasworks.ledger.models import Entry, GlAccount, Posting
from gasworks.payments import refusals, services
from gasworks.payments.models import Payment
from gasworks.payments.planning import plan_payment
from gasworks.payments.selectors import late_channel_payments, payment_views
from gasworks.payments.testing.factories import CashOffice, make_cash_office, pay
from gasworks.payments.types import PaymentPlan, PlanLine
from gasworks.receivables import services as receivables
from gasworks.receivables.models import AgreementBalance, OpenItem
from gasworks.receivables.selectors import read_account, read_accounts
from gasworks.receivables.testing.factories import allocations, item_state, make_debt, system
from gasworks.receivables.types import Share

pytestmark = pytest.mark.django_db


@pytest.fixture
def office() -> CashOffice:
    return make_cash_office()


@pytest.fixture
def agreement(office: CashOffice) -> int:
    return make_agreement(office.company).id


def balance(agreement_id: int) -> int:
    return AgreementBalance.objects.get(pk=agreement_id).balance_fen


def postings(entry_id: int) -> list[tuple[str, int | None, str, int | None, int]]:
    codes = dict(GlAccount.objects.values_list("id", "role"))
    rows = Posting.objects.filter(entry_id=entry_id).order_by("seq")
    return [(codes[p.debit_gl_id], p.debit_party, codes[p.credit_gl_id], p.credit_party, p.amount_fen) for p in rows]


def written() -> tuple[int, int, int, int]:
    return Payment.objects.count(), Entry.objects.count(), RequestKey.objects.count(), AuditAct.objects.count()


def test_a_bill_is_paid_in_cash_with_change(office: CashOffice, agreement: int) -> None:
    debt = make_debt(office.company, agreement, 10_900)
    taken = pay(office, agreement, tendered_fen=20_000)
    assert (taken.amount_fen, taken.change_fen, taken.surplus_fen, taken.replayed) == (10_900, 9_100, 0, False)
    (entry,) = taken.entry_ids
    assert postings(entry) == [("cash", office.shift.id, "gas_receivable", agreement, 10_900)]
    assert allocations(entry) == [(debt.item_id, 10_900)]
    assert item_state(debt.item_id) == (0, OpenItem.State.PAID)
    assert balance(agreement) == 0
    payment = Payment.objects.get()
    assert (payment.amount_fen, payment.tendered_fen, payment.posting_day, payment.outlet_id, payment.taken_by_id) == (
        10_900,
        20_000,
        TODAY,
        office.company.outlet.id,
        office.cashier.actor_id,
    )
    act = AuditAct.objects.get(act="payments.take")
    assert (act.subject_id, act.amount_fen, act.actor_id) == (payment.id, 10_900, office.cashier.actor_id)
    fact = Event.objects.get(kind="payments.payment_taken")
    assert fact.payload == {
        "payment_ids": [payment.id],
        "agreement_ids": [agreement],
        "amount_fen": 10_900,
        "channel": "counter",
    }


def test_a_part_payment_pays_the_oldest_first(office: CashOffice, agreement: int) -> None:
    new = make_debt(office.company, agreement, 5_000, due_on=TODAY)
    old = make_debt(office.company, agreement, 3_000, due_on=TODAY - dt.timedelta(days=60))
    taken = pay(office, agreement, tendered_fen=4_000)
    assert (taken.amount_fen, taken.change_fen) == (4_000, 0)
    assert item_state(old.item_id) == (0, OpenItem.State.PAID)
    assert item_state(new.item_id) == (4_000, OpenItem.State.OPEN)
    assert balance(agreement) == 4_000


def test_the_surplus_becomes_an_advance(office: CashOffice, agreement: int) -> None:
    make_debt(office.company, agreement, 3_000)
    taken = pay(office, agreement, tendered_fen=5_000, keep_surplus=True)
    assert (taken.amount_fen, taken.change_fen, taken.surplus_fen) == (5_000, 0, 2_000)
    assert sorted(postings(taken.entry_ids[0])) == [
        ("cash", office.shift.id, "advance", agreement, 2_000),
        ("cash", office.shift.id, "gas_receivable", agreement, 3_000),
    ]
    account = read_account(scope=office.cashier, agreement_id=agreement)
    assert (account.balance_fen, account.advance_fen, account.dues) == (-2_000, 2_000, ())


def test_several_fee_types_credit_their_own_accounts(office: CashOffice, agreement: int) -> None:
    make_debt(office.company, agreement, 3_000)
    make_debt(office.company, agreement, 500, fee_code="waste")
    taken = pay(office, agreement, tendered_fen=3_500)
    assert sorted(postings(taken.entry_ids[0])) == [
        ("cash", office.shift.id, "collected_receivable", agreement, 500),
        ("cash", office.shift.id, "gas_receivable", agreement, 3_000),
    ]


def test_several_supply_points_are_paid_at_once(office: CashOffice) -> None:
    first, second = make_agreement(office.company).id, make_agreement(office.company).id
    make_debt(office.company, first, 1_000)
    make_debt(office.company, second, 2_000)
    taken = pay(office, first, second, tendered_fen=5_000)
    assert (len(taken.payment_ids), taken.amount_fen, taken.change_fen) == (2, 3_000, 2_000)
    assert list(Payment.objects.order_by("id").values_list("agreement_id", "amount_fen", "tendered_fen")) == [
        (first, 1_000, 1_000),
        (second, 2_000, 4_000),
    ]
    assert (balance(first), balance(second)) == (0, 0)
    assert Event.objects.filter(kind="payments.payment_taken").count() == 1


def test_an_advance_is_taken_without_touching_debts(office: CashOffice, agreement: int) -> None:
    debt = make_debt(office.company, agreement, 1_000)
    taken = services.take_advance(
        scope=office.cashier,
        agreement_id=agreement,
        amount_fen=5_000,
        tendered_fen=5_000,
        key=uuid.uuid4(),
        means="cash",
        shift_id=office.shift.id,
        today=TODAY,
        now=NOW,
    )
    assert taken.surplus_fen == 5_000
    assert item_state(debt.item_id) == (1_000, OpenItem.State.OPEN)
    assert balance(agreement) == -4_000


def test_an_advance_is_taken_from_a_customer_who_never_owed(office: CashOffice, agreement: int) -> None:
    taken = pay(office, agreement, tendered_fen=700, keep_surplus=True)
    assert (taken.surplus_fen, balance(agreement)) == (700, -700)


def test_the_same_key_gives_the_same_answer_and_writes_nothing(office: CashOffice, agreement: int) -> None:
    make_debt(office.company, agreement, 1_000)
    accounts = read_accounts(scope=office.cashier, agreement_ids=[agreement])
    plan = plan_payment(accounts, 1_000, on=TODAY)
    key = uuid.uuid4()

    def take() -> object:
        return services.take_payment(
            scope=office.cashier,
            plan=plan,
            key=key,
            means="cash",
            tendered_fen=1_000,
            shift_id=office.shift.id,
            today=TODAY,
            now=NOW,
        )

    first = take()
    before = written()
    again = take()
    assert again.replayed
    assert again.payment_ids == first.payment_ids
    assert written() == before


def test_the_same_key_with_another_body_is_refused(office: CashOffice, agreement: int) -> None:
    make_debt(office.company, agreement, 1_000)
    key = uuid.uuid4()
    pay(office, agreement, tendered_fen=600, key=key)
    before = written()
    with pytest.raises(KeyUsedForAnotherBody):
        pay(office, agreement, tendered_fen=400, key=key)
    assert written() == before


def test_a_stale_plan_is_refused(office: CashOffice, agreement: int) -> None:
    debt = make_debt(office.company, agreement, 1_000)
    pay(office, agreement, tendered_fen=400)
    before = written()
    stale = PaymentPlan((PlanLine(agreement, (Share(debt.item_id, 1_000, 1_000),), 0),))
    with pytest.raises(refusals.PlanIsStale):
        services.take_payment(
            scope=office.cashier,
            plan=stale,
            key=uuid.uuid4(),
            means="cash",
            tendered_fen=1_000,
            shift_id=office.shift.id,
            today=TODAY,
            now=NOW,
        )
    assert written() == before
    assert balance(agreement) == 600


def test_an_item_of_somebody_else_is_stale(office: CashOffice, agreement: int) -> None:
    other = make_debt(office.company, make_agreement(office.company).id, 1_000)
    plan = PaymentPlan((PlanLine(agreement, (Share(other.item_id, 1_000, 1_000),), 0),))
    with pytest.raises(refusals.PlanIsStale):
        services.take_payment(
            scope=office.cashier,
            plan=plan,
            key=uuid.uuid4(),
            means="cash",
            tendered_fen=1_000,
            shift_id=office.shift.id,
            today=TODAY,
            now=NOW,
        )


def test_what_is_with_the_bank_is_not_taken(office: CashOffice, agreement: int) -> None:
    debt = make_debt(office.company, agreement, 1_000)
    receivables.reserve(scope=system(office.company), item_ids=[debt.item_id], batch_id=1, on=TODAY, now=NOW)
    plan = PaymentPlan((PlanLine(agreement, (Share(debt.item_id, 1_000, 1_000),), 0),))
    with pytest.raises(refusals.ItemWithBank):
        services.take_payment(
            scope=office.cashier,
            plan=plan,
            key=uuid.uuid4(),
            means="cash",
            tendered_fen=1_000,
            shift_id=office.shift.id,
            today=TODAY,
            now=NOW,
        )
    receivables.release(scope=system(office.company), batch_id=1, on=TODAY, now=NOW)
    assert pay(office, agreement, tendered_fen=1_000).amount_fen == 1_000


def test_no_change_on_money_that_is_not_cash(office: CashOffice, agreement: int) -> None:
    make_debt(office.company, agreement, 1_000)
    before = written()
    with pytest.raises(refusals.AmountsDoNotFit):
        pay(office, agreement, tendered_fen=2_000, means="card")
    with pytest.raises(refusals.AmountsDoNotFit):
        pay(office, agreement, tendered_fen=0)
    assert written() == before
    taken = pay(office, agreement, tendered_fen=1_000, means="card")
    channel = Payment.objects.get().channel_id
    assert postings(taken.entry_ids[0]) == [("channel_transit", channel, "gas_receivable", agreement, 1_000)]


def test_money_needs_the_cashiers_own_open_shift(office: CashOffice, agreement: int) -> None:
    make_debt(office.company, agreement, 1_000)
    accounts = read_accounts(scope=office.cashier, agreement_ids=[agreement])
    plan = plan_payment(accounts, 1_000, on=TODAY)
    before = written()
    for scope, shift_id in [(office.lead, office.shift.id), (office.cashier, None), (office.cashier, 10**9)]:
        with pytest.raises((refusals.ShiftNotOpen, refusals.CashNeedsShift)):
            services.take_payment(
                scope=scope,
                plan=plan,
                key=uuid.uuid4(),
                means="cash",
                tendered_fen=1_000,
                shift_id=shift_id,
                today=TODAY,
                now=NOW,
            )
    assert written() == before


def test_who_has_no_right_takes_nothing(office: CashOffice, agreement: int) -> None:
    with pytest.raises(Forbidden):
        services.take_amount(
            scope=make_scope("auditor", company=office.company),
            agreement_id=agreement,
            amount_fen=1,
            key=uuid.uuid4(),
            means="online",
            channel="wechat",
            today=TODAY,
            now=NOW,
        )


def test_a_foreign_agreement_is_not_there(office: CashOffice) -> None:
    foreign = make_agreement(make_company("外地燃气"))
    before = written()
    plan = PaymentPlan((PlanLine(foreign.id, (), 100),))
    with pytest.raises(NotThere):
        services.take_payment(
            scope=office.cashier,
            plan=plan,
            key=uuid.uuid4(),
            means="cash",
            tendered_fen=100,
            shift_id=office.shift.id,
            today=TODAY,
            now=NOW,
        )
    assert written() == before


def test_a_channel_posts_at_the_head_office_and_keeps_the_surplus(office: CashOffice, agreement: int) -> None:
    make_debt(office.company, agreement, 1_000)
    taken = services.take_amount(
        scope=system(office.company),
        agreement_id=agreement,
        amount_fen=1_500,
        key=uuid.uuid4(),
        means="online",
        channel="wechat",
        channel_on=TODAY,
        today=TODAY,
        now=NOW,
    )
    payment = Payment.objects.get()
    assert (payment.outlet_id, payment.shift_id, payment.advance_fen) == (office.company.head_office.id, None, 500)
    assert (taken.surplus_fen, balance(agreement)) == (500, -500)


def test_an_acknowledged_payment_of_a_closed_day_goes_to_the_next_and_is_listed(
    office: CashOffice, agreement: int
) -> None:
    make_debt(office.company, agreement, 1_000)
    scope = system(office.company)
    tomorrow = TODAY + dt.timedelta(days=1)
    services.end_head_office_day(scope=scope, today=tomorrow, now=NOW)
    services.take_amount(
        scope=scope,
        agreement_id=agreement,
        amount_fen=1_000,
        key=uuid.uuid4(),
        means="online",
        channel="bank",
        channel_on=TODAY,
        today=tomorrow,
        now=NOW,
    )
    payment = Payment.objects.get()
    assert payment.posting_day == tomorrow
    listed = late_channel_payments(scope=scope, from_on=TODAY, to_on=tomorrow + dt.timedelta(days=1))
    assert [row.id for row in listed] == [payment.id]


def test_the_receipt_knows_what_was_paid(office: CashOffice, agreement: int) -> None:
    debt = make_debt(office.company, agreement, 1_000)
    taken = pay(office, agreement, tendered_fen=2_000)
    (view,) = payment_views(scope=office.cashier, payment_ids=taken.payment_ids)
    assert [(item.item_id, item.fee_name, item.amount_fen) for item in view.items] == [(debt.item_id, "燃气费", 1_000)]
    assert (view.change_fen, view.channel) == (1_000, "营业厅")


def test_late_fee_is_charged_and_paid_with_its_item(office: CashOffice, agreement: int) -> None:
    from gasworks.receivables.types import LateFeeTerms

    debt = make_debt(office.company, agreement, 100_000, due_on=TODAY - dt.timedelta(days=10))
    accounts = read_accounts(scope=office.cashier, agreement_ids=[agreement])
    plan = plan_payment(accounts, 102_000, on=TODAY, terms=LateFeeTerms(rate_e6=2_000))
    assert plan.amount_fen == 102_000
    key = uuid.uuid4()
    for replayed in (False, True):
        taken = services.take_payment(
            scope=office.cashier,
            plan=plan,
            key=key,
            means="cash",
            tendered_fen=102_000,
            shift_id=office.shift.id,
            today=TODAY,
            now=NOW,
        )
        assert (taken.amount_fen, taken.replayed) == (102_000, replayed)
    assert sorted(postings(taken.entry_ids[0])) == [
        ("cash", office.shift.id, "gas_receivable", agreement, 100_000),
        ("cash", office.shift.id, "late_fee_receivable", agreement, 2_000),
    ]
    assert OpenItem.objects.exclude(id=debt.item_id).get().gross_fen == 2_000
    assert balance(agreement) == 0


def test_a_payment_is_never_changed(office: CashOffice, agreement: int) -> None:
    make_debt(office.company, agreement, 1_000)
    pay(office, agreement, tendered_fen=1_000)
    with connection.cursor() as cursor:
        for statement in ("UPDATE payments_payment SET amount_fen = 1", "DELETE FROM payments_payment"):
            with pytest.raises(ProgrammingError, match="permission denied"), transaction.atomic():
                cursor.execute(statement)
    assert Payment.objects.get().amount_fen == 1_000


def test_a_payment_that_does_not_fit_its_entry_is_refused(office: CashOffice, agreement: int) -> None:
    make_debt(office.company, agreement, 1_000)
    pay(office, agreement, tendered_fen=1_000)
    payment = Payment.objects.get()
    payment.pk, payment.key = None, uuid.uuid4()
    with pytest.raises(IntegrityError, match="PAY-1"), transaction.atomic():
        payment.save(force_insert=True)
