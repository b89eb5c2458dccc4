"""Shifts and days: one posting day, a counted drawer, and a day end that waits for every shift."""

import datetime as dt
import uuid

import pytest
from django.db import IntegrityError, connection, transaction

from gasworks.customers.testing import make_agreement
from gasworks.foundation.models import DayDigest
from gasworks.foundation.scope import NoOutlet
from gasworks.foundation.testing.factories import NOW, TODAY, make_scope
from gasworks.kernel.errors import Forbidden
from gasworks.ledger.models import OutletDay
from gasworks.ledger.selectors import account_by_role, balance
from gasworks.payments import refusals, services
from gasworks.payments.models import Shift
from gasworks.payments.selectors import count_shift, open_shift_of
from gasworks.payments.testing.factories import CashOffice, make_cash_office, pay
from gasworks.receivables.testing.factories import make_debt, system

pytestmark = pytest.mark.django_db
TOMORROW = TODAY + dt.timedelta(days=1)


@pytest.fixture
def office() -> CashOffice:
    return make_cash_office(float_fen=20_000)


def cash(office: CashOffice, role: str = "cash") -> int:
    return balance(scope=office.lead, gl_id=account_by_role(scope=office.lead, role=role), on=TODAY)


def test_a_cashier_has_one_open_shift(office: CashOffice) -> None:
    with pytest.raises(refusals.ShiftOpenAlready):
        services.open_shift(scope=office.cashier, float_fen=0, today=TODAY, now=NOW)
    assert open_shift_of(scope=office.cashier).id == office.shift.id


def test_who_works_at_no_outlet_opens_no_shift(office: CashOffice) -> None:
    scope = make_scope("cash_lead", company=office.company, home=office.company.branch, over=office.company.branch)
    with pytest.raises(NoOutlet):
        services.open_shift(scope=scope, float_fen=0, today=TODAY, now=NOW)


@pytest.mark.parametrize(
    ("count", "difference"),
    [({10_000: 2, 1_000: 1}, 0), ({10_000: 2, 1_000: 1, 100: 3}, 300), ({10_000: 2, 500: 1}, -500)],
)
def test_the_drawer_is_counted_and_the_difference_is_posted(
    office: CashOffice, count: dict[int, int], difference: int
) -> None:
    agreement = make_agreement(office.company).id
    make_debt(office.company, agreement, 1_000)
    pay(office, agreement, tendered_fen=5_000)
    closed = services.close_shift(scope=office.cashier, shift_id=office.shift.id, count=count, now=NOW)
    assert (closed.state, closed.expected_fen, closed.counted_fen) == (Shift.State.CLOSED, 21_000, 21_000 + difference)
    assert cash(office) == 1_000 + difference
    assert cash(office, "cash_difference") == -difference
    assert closed.counted_fen == office.shift.float_fen + cash(office)


@pytest.mark.parametrize("count", [{300: 1}, {100: -1}])
def test_an_impossible_count_is_refused(office: CashOffice, count: dict[int, int]) -> None:
    with pytest.raises(refusals.CountNotPossible):
        services.close_shift(scope=office.cashier, shift_id=office.shift.id, count=count, now=NOW)
    assert Shift.objects.get().state == Shift.State.OPEN


def test_a_closed_shift_takes_nothing_and_is_not_closed_again(office: CashOffice) -> None:
    agreement = make_agreement(office.company).id
    make_debt(office.company, agreement, 1_000)
    services.close_shift(scope=office.cashier, shift_id=office.shift.id, count={10_000: 2}, now=NOW)
    with pytest.raises(refusals.ShiftNotOpen):
        pay(office, agreement, tendered_fen=1_000)
    with pytest.raises(refusals.ShiftNotOpen):
        services.close_shift(scope=office.cashier, shift_id=office.shift.id, count={10_000: 2}, now=NOW)
    with pytest.raises(IntegrityError, match="shift_fixed"), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("UPDATE payments_shift SET state = 'open'")


def test_another_cashier_does_not_close_it_but_the_lead_may(office: CashOffice) -> None:
    with pytest.raises(Forbidden):
        services.close_shift(
            scope=make_scope("cashier", company=office.company), shift_id=office.shift.id, count={10_000: 2}, now=NOW
        )
    services.close_shift(scope=office.lead, shift_id=office.shift.id, count={10_000: 2}, now=NOW)


def test_cash_goes_to_the_bank_up_to_what_was_taken(office: CashOffice) -> None:
    agreement = make_agreement(office.company).id
    make_debt(office.company, agreement, 1_000)
    pay(office, agreement, tendered_fen=1_000)
    with pytest.raises(refusals.MoreThanInDrawer):
        services.bank_cash(scope=office.cashier, shift_id=office.shift.id, amount_fen=1_001, slip_no="A1", now=NOW)
    services.bank_cash(scope=office.cashier, shift_id=office.shift.id, amount_fen=900, slip_no="A1", now=NOW)
    assert (cash(office), cash(office, "bank")) == (100, 900)
    assert count_shift(scope=office.cashier, shift_id=office.shift.id).expected_fen == 20_100


def test_the_day_ends_when_every_shift_is_closed_and_moves_the_posting_day(office: CashOffice) -> None:
    with pytest.raises(refusals.ShiftsStillOpen):
        services.end_day(scope=office.lead, now=NOW)
    services.close_shift(scope=office.cashier, shift_id=office.shift.id, count={10_000: 2}, now=NOW)
    again = services.open_shift(scope=office.cashier, float_fen=0, today=TODAY, now=NOW)
    assert again.posting_day == TODAY
    services.close_shift(scope=office.cashier, shift_id=again.id, count={}, now=NOW)
    assert services.end_day(scope=office.lead, now=NOW) == TODAY
    evening = services.open_shift(scope=office.cashier, float_fen=0, today=TODAY, now=NOW)
    assert evening.posting_day == TOMORROW


def test_midnight_moves_no_posting_day(office: CashOffice) -> None:
    night = services.open_shift(scope=office.lead, float_fen=0, today=TOMORROW, now=NOW + dt.timedelta(days=1))
    assert night.posting_day == TODAY


def test_a_cashier_ends_no_day(office: CashOffice) -> None:
    with pytest.raises(Forbidden):
        services.end_day(scope=office.cashier, now=NOW)


def test_an_outlet_without_an_open_day_has_nothing_to_end(office: CashOffice) -> None:
    services.close_shift(scope=office.cashier, shift_id=office.shift.id, count={10_000: 2}, now=NOW)
    services.end_day(scope=office.lead, now=NOW)
    with pytest.raises(refusals.NothingToEnd):
        services.end_day(scope=office.lead, now=NOW)


def test_the_head_offices_day_ends_by_timer_once_it_is_over(office: CashOffice) -> None:
    scope = system(office.company)
    agreement = make_agreement(office.company).id
    services.take_amount(
        scope=scope,
        agreement_id=agreement,
        amount_fen=500,
        key=uuid.uuid4(),
        means="online",
        channel="wechat",
        today=TODAY,
        now=NOW,
    )
    assert services.end_head_office_day(scope=scope, today=TODAY, now=NOW) is None
    assert services.end_head_office_day(scope=scope, today=TOMORROW, now=NOW) == TODAY
    assert not DayDigest.objects.exists(), "the counter's day is still open"
    assert OutletDay.objects.filter(outlet=office.company.head_office, closed_at__isnull=False).count() == 1
