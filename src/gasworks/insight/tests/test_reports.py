"""Figures of the reports, to the fen, and nothing of another company."""

import datetime as dt

import pytest

from gasworks.customers.testing.factories import make_agreement, make_supply_point
from gasworks.foundation.testing.factories import TODAY, make_company, make_scope
from gasworks.insight import selectors
from gasworks.insight.types import DayTakings, Takings
from gasworks.kernel.errors import Forbidden
from gasworks.kernel.periods import month_of
from gasworks.ledger import selectors as ledger
from gasworks.payments.testing.factories import CashOffice, make_cash_office, pay
from gasworks.receivables.testing.factories import make_debt

pytestmark = pytest.mark.django_db
A_DAY = dt.timedelta(days=1)


@pytest.fixture
def office() -> CashOffice:
    return make_cash_office()


def debt(office: CashOffice, fen: int, late: int, *, customer_type: str = "residential") -> int:
    """A household that owes ``fen`` since ``late`` days; returns its agreement."""
    point = make_supply_point(office.company, customer_type=customer_type)
    agreement = make_agreement(office.company, point)
    make_debt(office.company, agreement.id, fen, due_on=TODAY - late * A_DAY)
    return agreement.id


def test_debt_is_sorted_by_type_and_days_past_due(office: CashOffice) -> None:
    debt(office, 1_000, -5)
    debt(office, 2_000, 0)
    debt(office, 4_000, 1)
    debt(office, 8_000, 30)
    debt(office, 16_000, 31)
    debt(office, 32_000, 400)
    debt(office, 500, 100, customer_type="commercial")
    scope = make_scope("finance", company=office.company)

    found = {line.customer_type: line for line in selectors.ageing(scope=scope, on=TODAY)}

    assert found["residential"].buckets == (3_000, 12_000, 16_000, 0, 0, 32_000)
    assert found["residential"].agreements == 6
    assert found["commercial"].buckets == (0, 0, 0, 500, 0, 0)


def test_the_largest_debtor_stands_first_and_the_young_ones_can_be_left_out(office: CashOffice) -> None:
    debt(office, 1_000, 10)
    old = debt(office, 5_000, 100)
    large = debt(office, 9_000, 95)
    scope = make_scope("finance", company=office.company)

    found = selectors.debtors(scope=scope, on=TODAY, older_than=90)

    assert [(line.agreement_id, line.owed_fen) for line in found] == [(large, 9_000), (old, 5_000)]


def test_takings_count_a_channel_once_and_leave_no_day_out(office: CashOffice) -> None:
    pay(office, debt(office, 3_000, 1), tendered_fen=3_000)
    pay(office, debt(office, 4_000, 1), tendered_fen=5_000)
    scope = make_scope("finance", company=office.company)
    day = office.shift.posting_day

    by_channel = selectors.takings_by_channel(scope=scope, from_on=day, to_on=day + A_DAY)
    by_day = selectors.takings_by_day(scope=scope, from_on=day - A_DAY, to_on=day + A_DAY)

    assert by_channel == [Takings("营业厅", "Counter", 2, 7_000)]
    assert by_day == [DayTakings(day - A_DAY, 0), DayTakings(day, 7_000)]


def test_billed_and_collected_of_the_month_agree_with_the_trial_balance(office: CashOffice) -> None:
    pay(office, debt(office, 3_000, 1), tendered_fen=1_000)
    debt(office, 700, 1)
    scope = make_scope("finance", company=office.company)

    months = selectors.money_by_month(scope=scope, on=TODAY)

    newest = months[-1]
    assert (newest.month, newest.billed_fen, newest.collected_fen, newest.arrears_fen) == (
        month_of(TODAY),
        3_700,
        1_000,
        2_700,
    )
    accounts = {line.gl_id: line for line in ledger.trial_balance(scope=scope, on=TODAY)}
    assert accounts[ledger.account_by_role(scope=scope, role="gas_receivable")].balance_fen == newest.arrears_fen


def test_another_company_sees_none_of_it(office: CashOffice) -> None:
    pay(office, debt(office, 3_000, 40), tendered_fen=1_000)
    scope = make_scope("finance", company=make_company("别处燃气"))

    assert selectors.ageing(scope=scope, on=TODAY) == []
    assert selectors.debtors(scope=scope, on=TODAY) == []
    assert selectors.takings_by_channel(scope=scope, from_on=TODAY, to_on=TODAY + A_DAY) == []
    assert {month.arrears_fen for month in selectors.money_by_month(scope=scope, on=TODAY)} == {0}


def test_reports_need_their_right(office: CashOffice) -> None:
    with pytest.raises(Forbidden):
        selectors.ageing(scope=make_scope("sysadmin", company=office.company), on=TODAY)
