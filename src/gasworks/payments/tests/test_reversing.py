"""Taking payments back: who may, in which order, and exactly what comes back."""

import datetime as dt
import uuid

import pytest

from gasworks.customers.testing import make_agreement
from gasworks.foundation import approvals
from gasworks.foundation.reach import scope_for
from gasworks.foundation.testing.factories import NOW, TODAY, make_company, make_scope, make_staff
from gasworks.kernel.errors import Forbidden, NotThere
from gasworks.ledger.models import Entry, Posting
from gasworks.ledger.selectors import account_by_role, balance
from gasworks.payments import refusals, services
from gasworks.payments.models import Payment
from gasworks.payments.planning import plan_payment
from gasworks.payments.selectors import count_shift
from gasworks.payments.testing.factories import CashOffice, make_cash_office, pay
from gasworks.receivables.models import AgreementBalance, OpenItem
from gasworks.receivables.selectors import read_account, read_accounts
from gasworks.receivables.testing.factories import item_state, make_debt, system
from gasworks.receivables.types import LateFeeTerms

pytestmark = pytest.mark.django_db
State = Payment.State


@pytest.fixture
def office() -> CashOffice:
    return make_cash_office()


@pytest.fixture
def agreement(office: CashOffice) -> int:
    return make_agreement(office.company).id


def reverse(office: CashOffice, payment_id: int, **changed: object) -> int:
    values = {
        "scope": office.cashier,
        "payment_id": payment_id,
        "key": uuid.uuid4(),
        "reason": "收错户号",
        "today": TODAY,
        "now": NOW,
        "shift_id": office.shift.id,
        **changed,
    }
    return services.reverse_payment(**values)


def counts() -> tuple[int, int, int]:
    return Payment.objects.count(), Entry.objects.count(), Posting.objects.count()


def test_a_payment_is_withdrawn_in_the_own_open_shift(office: CashOffice, agreement: int) -> None:
    debt = make_debt(office.company, agreement, 1_000)
    taken = pay(office, agreement, tendered_fen=1_500, keep_surplus=True)
    reversal = reverse(office, taken.payment_ids[0])
    original, mirror = Payment.objects.get(pk=taken.payment_ids[0]), Payment.objects.get(pk=reversal)
    assert (original.state, original.reversed_by_id) == (State.REVERSED, reversal)
    assert (mirror.state, mirror.amount_fen, mirror.reverses_id, mirror.shift_id) == (
        State.REVERSAL,
        -1_500,
        original.id,
        office.shift.id,
    )
    assert item_state(debt.item_id) == (1_000, OpenItem.State.OPEN)
    account = read_account(scope=office.cashier, agreement_id=agreement)
    assert (account.balance_fen, account.advance_fen, account.owed_fen) == (1_000, 0, 1_000)
    assert count_shift(scope=office.cashier, shift_id=office.shift.id).cash_fen == 0
    assert pay(office, agreement, tendered_fen=1_000).amount_fen == 1_000


def test_the_same_key_reverses_once(office: CashOffice, agreement: int) -> None:
    make_debt(office.company, agreement, 1_000)
    taken = pay(office, agreement, tendered_fen=1_000)
    key = uuid.uuid4()
    first = reverse(office, taken.payment_ids[0], key=key)
    before = counts()
    assert reverse(office, taken.payment_ids[0], key=key) == first
    with pytest.raises(refusals.ReversedAlready):
        reverse(office, taken.payment_ids[0])
    with pytest.raises(refusals.ReversedAlready):
        reverse(office, first)
    assert counts() == before


def test_the_last_payment_is_reversed_first(office: CashOffice, agreement: int) -> None:
    make_debt(office.company, agreement, 1_000)
    first = pay(office, agreement, tendered_fen=400)
    second = pay(office, agreement, tendered_fen=600)
    before = counts()
    with pytest.raises(refusals.NotTheLastPayment):
        reverse(office, first.payment_ids[0])
    assert counts() == before
    reverse(office, second.payment_ids[0])
    reverse(office, first.payment_ids[0])
    assert AgreementBalance.objects.get(pk=agreement).balance_fen == 1_000


def test_later_it_takes_the_lead_and_the_cash_of_the_leads_drawer(office: CashOffice, agreement: int) -> None:
    make_debt(office.company, agreement, 1_000)
    taken = pay(office, agreement, tendered_fen=1_000)
    services.close_shift(scope=office.cashier, shift_id=office.shift.id, count={10_000: 2, 1_000: 1}, now=NOW)
    shift = services.open_shift(scope=office.lead, float_fen=5_000, today=TODAY, now=NOW)
    reverse(office, taken.payment_ids[0], scope=office.lead, shift_id=shift.id)
    cash = account_by_role(scope=office.lead, role="cash")
    assert balance(scope=office.lead, gl_id=cash, on=TODAY, party=office.shift.id) == 1_000
    assert balance(scope=office.lead, gl_id=cash, on=TODAY, party=shift.id) == -1_000
    assert count_shift(scope=office.lead, shift_id=shift.id).expected_fen == 4_000


def test_a_cashier_asks_and_the_lead_grants(office: CashOffice, agreement: int) -> None:
    make_debt(office.company, agreement, 1_000)
    taken = pay(office, agreement, tendered_fen=1_000)
    services.close_shift(scope=office.cashier, shift_id=office.shift.id, count={10_000: 2, 1_000: 1}, now=NOW)
    shift = services.open_shift(scope=office.cashier, float_fen=5_000, today=TODAY, now=NOW)
    with pytest.raises(refusals.ReversalNeedsApproval):
        reverse(office, taken.payment_ids[0], shift_id=shift.id)
    asked = approvals.ask(
        scope=office.cashier,
        kind="payments.reverse",
        subject_kind="payments.payment",
        subject_id=taken.payment_ids[0],
        amount_fen=1_000,
        reason="收错户号",
        now=NOW,
        payload={"key": str(uuid.uuid4()), "reason": "收错户号", "shift_id": shift.id, "today": TODAY.isoformat()},
    )
    approvals.grant(scope=office.lead, approval_id=asked.id, seen=asked.version, now=NOW)
    assert Payment.objects.get(pk=taken.payment_ids[0]).state == State.REVERSED
    assert AgreementBalance.objects.get(pk=agreement).balance_fen == 1_000


def test_a_payment_with_valid_paper_stays(office: CashOffice, agreement: int) -> None:
    from gasworks.invoicing.services import void_sheet
    from gasworks.invoicing.testing.factories import make_book

    make_debt(office.company, agreement, 1_000)
    taken = pay(office, agreement, tendered_fen=1_000)
    book = make_book(office.company, office.lead, holder=office.cashier)
    sheet = services.print_receipt(
        scope=office.cashier, payment_ids=taken.payment_ids, book_id=book.id, number=book.next_no, now=NOW
    )
    with pytest.raises(refusals.PaperStillOut):
        reverse(office, taken.payment_ids[0])
    void_sheet(scope=office.cashier, sheet_id=sheet.sheet_id, reason="退款", now=NOW)
    reverse(office, taken.payment_ids[0])


def test_an_advance_that_was_used_keeps_its_payment(office: CashOffice, agreement: int) -> None:
    taken = pay(office, agreement, tendered_fen=1_000, keep_surplus=True)
    make_debt(office.company, agreement, 300)
    assert services.use_advance(scope=office.cashier, agreement_id=agreement, today=TODAY, now=NOW) == 300
    before = counts()
    with pytest.raises(refusals.AdvanceUsedAlready):
        reverse(office, taken.payment_ids[0])
    assert counts() == before


def test_money_of_a_channel_goes_back_through_the_channel(office: CashOffice, agreement: int) -> None:
    scope = system(office.company)
    make_debt(office.company, agreement, 1_000)
    taken = services.take_amount(
        scope=scope,
        agreement_id=agreement,
        amount_fen=1_000,
        key=uuid.uuid4(),
        means="online",
        channel="wechat",
        today=TODAY,
        now=NOW,
    )
    reversal = reverse(office, taken.payment_ids[0], scope=scope, shift_id=None)
    mirror = Payment.objects.get(pk=reversal)
    assert (mirror.means, mirror.shift_id, mirror.outlet_id) == ("online", None, office.company.head_office.id)
    transit = account_by_role(scope=scope, role="channel_transit")
    assert balance(scope=scope, gl_id=transit, on=TODAY) == 0


def test_a_late_fee_goes_with_its_payment(office: CashOffice, agreement: int) -> None:
    debt = make_debt(office.company, agreement, 10_000, due_on=TODAY - dt.timedelta(days=10))
    accounts = read_accounts(scope=office.cashier, agreement_ids=[agreement])
    plan = plan_payment(accounts, 10_200, on=TODAY, terms=LateFeeTerms(rate_e6=2_000))
    taken = services.take_payment(
        scope=office.cashier,
        plan=plan,
        key=uuid.uuid4(),
        means="cash",
        tendered_fen=10_200,
        shift_id=office.shift.id,
        today=TODAY,
        now=NOW,
    )
    reverse(office, taken.payment_ids[0])
    account = read_account(scope=office.cashier, agreement_id=agreement)
    assert (account.balance_fen, [due.item_id for due in account.dues]) == (10_000, [debt.item_id])


def test_who_may_not_gets_no_further(office: CashOffice, agreement: int) -> None:
    make_debt(office.company, agreement, 1_000)
    taken = pay(office, agreement, tendered_fen=1_000)
    before = counts()
    with pytest.raises(Forbidden):
        reverse(office, taken.payment_ids[0], scope=make_scope("auditor", company=office.company))
    foreign = make_company("外地燃气")
    with pytest.raises(NotThere):
        reverse(office, taken.payment_ids[0], scope=scope_for(make_staff("cash_lead", company=foreign)))
    with pytest.raises(refusals.ReasonMissing):
        reverse(office, taken.payment_ids[0], reason=" ")
    assert counts() == before


def test_an_advance_is_given_back_from_the_drawer(office: CashOffice, agreement: int) -> None:
    pay(office, agreement, tendered_fen=5_000, keep_surplus=True)
    shift = services.open_shift(scope=office.lead, float_fen=10_000, today=TODAY, now=NOW)
    values = {
        "scope": office.lead,
        "agreement_id": agreement,
        "means": "cash",
        "reason": "销户",
        "shift_id": shift.id,
        "now": NOW,
    }
    with pytest.raises(refusals.NotSoMuchAdvance):
        services.refund_advance(amount_fen=5_001, key=uuid.uuid4(), **values)
    services.refund_advance(amount_fen=2_000, key=uuid.uuid4(), **values)
    account = read_account(scope=office.lead, agreement_id=agreement)
    assert (account.balance_fen, account.advance_fen) == (-3_000, 3_000)
    assert count_shift(scope=office.lead, shift_id=shift.id).expected_fen == 8_000
    with pytest.raises(Forbidden):
        services.refund_advance(amount_fen=1, key=uuid.uuid4(), **{**values, "scope": office.cashier})
