"""Working days, and accounting months that follow each other without gap or overlap."""

import datetime as dt

import pytest

from gasworks.foundation import calendar, parameters
from gasworks.foundation.calendar import (
    CUT_OFF,
    EarlierMonthOpen,
    HolidayKnown,
    MonthClosed,
    MonthMissing,
    MonthNotNext,
    day_after_cut_off,
)
from gasworks.foundation.models import AccountingMonth
from gasworks.foundation.scope import Scope
from gasworks.foundation.states import WrongState
from gasworks.foundation.testing.factories import NOW, TODAY, Company, make_company, make_scope
from gasworks.kernel.errors import Forbidden, StaleVersion

DAY = dt.date


@pytest.fixture
def city() -> Company:
    return make_company()


@pytest.fixture
def lead(city: Company) -> Scope:
    return make_scope("billing_lead", company=city)


def _move(scope: Scope, month: int, *acts: str) -> AccountingMonth:
    row = calendar.find_month(scope=scope, month=month)
    for act in acts:
        row = calendar.move_month(scope=scope, month=month, act=act, seen=row.version, now=NOW)
    return row


@pytest.mark.parametrize(
    ("month", "cut_off", "first_day_after"),
    [
        (202603, 25, DAY(2026, 3, 26)),
        (202602, 31, DAY(2026, 3, 1)),
        (202602, 29, DAY(2026, 3, 1)),
        (202802, 29, DAY(2028, 3, 1)),
        (202612, 31, DAY(2027, 1, 1)),
        (202603, 1, DAY(2026, 3, 2)),
    ],
)
def test_the_cut_off_day_ends_the_month(month: int, cut_off: int, first_day_after: DAY) -> None:
    assert day_after_cut_off(month, cut_off) == first_day_after


@pytest.mark.django_db
def test_with_cut_off_25_march_runs_from_26_february_to_25_march(city: Company, lead: Scope) -> None:
    system = Scope.system("set-up", company_id=city.id)
    parameters.change(scope=system, code=CUT_OFF, value=25, from_on=DAY(2026, 1, 1), seen=0, today=TODAY, now=NOW)
    row = calendar.open_month(scope=lead, month=202603, now=NOW)
    assert (row.from_on, row.to_on) == (DAY(2026, 2, 26), DAY(2026, 3, 26))
    for day, month in (
        (DAY(2026, 2, 25), None),
        (DAY(2026, 2, 26), row),
        (DAY(2026, 3, 25), row),
        (DAY(2026, 3, 26), None),
    ):
        assert calendar.month_for_day(scope=lead, day=day) == month


@pytest.mark.django_db
def test_a_new_cut_off_leaves_no_gap(city: Company, lead: Scope) -> None:
    calendar.open_month(scope=lead, month=202603, now=NOW)
    system = Scope.system("set-up", company_id=city.id)
    parameters.change(scope=system, code=CUT_OFF, value=20, from_on=DAY(2026, 4, 1), seen=0, today=TODAY, now=NOW)
    row = calendar.open_month(scope=lead, month=202604, now=NOW)
    assert (row.from_on, row.to_on) == (DAY(2026, 4, 1), DAY(2026, 4, 21))


@pytest.mark.django_db
def test_months_open_one_after_the_other_over_the_new_year(lead: Scope) -> None:
    calendar.open_month(scope=lead, month=202612, now=NOW)
    for wrong in (202612, 202613, 202702):
        with pytest.raises(MonthNotNext):
            calendar.open_month(scope=lead, month=wrong, now=NOW)
    assert calendar.open_month(scope=lead, month=202701, now=NOW).from_on == DAY(2027, 1, 1)


@pytest.mark.django_db
def test_a_closed_month_takes_nothing_and_an_unknown_one_neither(lead: Scope) -> None:
    calendar.open_month(scope=lead, month=202603, now=NOW)
    assert calendar.require_open_month(scope=lead, month=202603).month == 202603
    _move(lead, 202603, "issue", "close")
    with pytest.raises(MonthClosed):
        calendar.require_open_month(scope=lead, month=202603)
    with pytest.raises(MonthMissing):
        calendar.require_open_month(scope=lead, month=202604)


@pytest.mark.django_db
def test_months_close_in_their_order(lead: Scope) -> None:
    for month in (202603, 202604):
        calendar.open_month(scope=lead, month=month, now=NOW)
    with pytest.raises(EarlierMonthOpen) as refused:
        _move(lead, 202604, "issue", "close")
    assert refused.value.params == {"month": "2026-03"}
    _move(lead, 202603, "issue", "close")
    assert _move(lead, 202604, "close").state == "closed"


@pytest.mark.django_db
def test_an_open_month_is_issued_before_it_is_closed(lead: Scope) -> None:
    calendar.open_month(scope=lead, month=202603, now=NOW)
    with pytest.raises(WrongState):
        _move(lead, 202603, "close")
    assert _move(lead, 202603, "issue", "reopen", "issue").state == "issued"


@pytest.mark.django_db
def test_the_second_of_two_closers_is_told(lead: Scope) -> None:
    calendar.open_month(scope=lead, month=202603, now=NOW)
    calendar.move_month(scope=lead, month=202603, act="issue", seen=1, now=NOW)
    with pytest.raises(StaleVersion):
        calendar.move_month(scope=lead, month=202603, act="close", seen=1, now=NOW)


@pytest.mark.django_db
def test_only_a_billing_lead_of_the_whole_company_opens_months(city: Company) -> None:
    for scope in (
        make_scope("billing_clerk", company=city),
        make_scope("billing_lead", company=city, over=city.branch),
    ):
        with pytest.raises(Forbidden):
            calendar.open_month(scope=scope, month=202603, now=NOW)


@pytest.mark.django_db
def test_weekends_are_free_unless_the_notice_says_that_they_are_worked(lead: Scope) -> None:
    saturday, monday = DAY(2026, 2, 14), DAY(2026, 2, 16)
    assert not calendar.is_working_day(scope=lead, day=saturday)
    calendar.add_holiday(scope=lead, day=saturday, name="春节调休", works=True, now=NOW)
    calendar.add_holiday(scope=lead, day=monday, name="春节", works=False, now=NOW)
    assert calendar.is_working_day(scope=lead, day=saturday)
    assert not calendar.is_working_day(scope=lead, day=monday)
    assert calendar.next_working_day(scope=lead, day=DAY(2026, 2, 15)) == DAY(2026, 2, 17)
    with pytest.raises(HolidayKnown):
        calendar.add_holiday(scope=lead, day=monday, name="春节", works=False, now=NOW)
    calendar.remove_holiday(scope=lead, day=monday, now=NOW)
    assert calendar.is_working_day(scope=lead, day=monday)
