"""The cycle of a book changes by a plan: simulated, approved by a second person, begun with its month. Days are exact."""

import datetime as dt

import pytest
from django.db import IntegrityError, transaction
from django.urls import reverse

from gasworks.billing.cycles import TierYear, intervals_after, simulate_cycle
from gasworks.billing.models import Bill, Hold
from gasworks.billing.services import preview_run
from gasworks.billing.testing.factories import Home, bill, make_home, make_town
from gasworks.foundation import approvals, calendar, parameters
from gasworks.foundation.testing.factories import NOW, TODAY, make_scope, make_staff
from gasworks.kernel.errors import Forbidden
from gasworks.metering import services as metering
from gasworks.metering.models import BookRound, CycleChange, ReadingBook
from gasworks.metering.services.cycles import CycleIsPlanned, MonthIsOpen, PlannedAlready, SameCycle
from gasworks.metering.testing.factories import make_book

pytestmark = pytest.mark.django_db
D = dt.date


@pytest.fixture
def town():
    return make_town(rules=True)


@pytest.fixture
def book(town):
    """A monthly book with three homes; two were read on 1 March, one was missed since 1 January."""
    homes = [make_home(town, begin=D(2025, 12, 1)) for _ in range(3)]
    for home in homes[:2]:
        home.read(D(2026, 3, 1), 30)
    homes[2].read(D(2026, 1, 1), 10, month=202601)
    found = make_book(town.company, supply_points=[home.point for home in homes])
    metering.open_rounds(scope=town.scope, month=202603, now=NOW)
    return found


def lead(town):
    return make_scope("reading_lead", company=town.company)


def ask(town, book, parity="even", from_month=202604, scope=None):
    return metering.ask_for_cycle(
        scope=scope or lead(town),
        book_id=book.id,
        parity=parity,
        from_month=from_month,
        reason="合并单双月",
        figures={},
        now=NOW,
    )


def grant(town, request):
    manager = make_scope("manager", company=town.company)
    return approvals.grant(scope=manager, approval_id=request.id, seen=request.version, now=NOW)


def test_intervals_are_counted_from_each_homes_last_reading():
    days = [one.days for one in intervals_after(D(2026, 3, 1), [D(2026, 2, 1), D(2026, 4, 1), D(2026, 6, 1)])]
    assert days == [31, 61]


def test_the_simulation_says_which_homes_get_which_days(town, book):
    """Even months from April: read on 1 April as before, then on 1 June. The home missed since January waits 90 days."""
    found = simulate_cycle(scope=lead(town), book_id=book.id, parity="even", from_month=202604, today=TODAY)
    assert (found.homes, found.low, found.high) == (3, 25, 90)
    assert found.days == ((31, 2, False), (90, 1, False))
    found = simulate_cycle(scope=lead(town), book_id=book.id, parity="quarter", from_month=202604, today=TODAY)
    assert found.days == ((92, 2, True), (151, 1, True))
    assert found.outside_count == 3


def test_the_simulation_says_how_the_tier_year_moves():
    """A tier year that begins with the first reading from 1 January on: in even months that is the one of 1 February."""
    year = {"kind": "year", "boundary": "by_closing_reading"}
    town = make_town(
        content={"ladder": {"tiers": [{"upto_m3": 300, "price": "3.00"}, {"price": "3.60"}], "period": year}}
    )
    homes = [make_home(town, begin=D(2025, 12, 1)) for _ in range(2)]
    for home in homes:
        home.read(D(2026, 3, 1), 30)
    book = make_book(town.company, supply_points=[home.point for home in homes])
    found = simulate_cycle(scope=lead(town), book_id=book.id, parity="even", from_month=202604, today=TODAY)
    assert found.tier_years == (TierYear(town.plan.name, 2, D(2027, 1, 1), D(2027, 2, 1)),)


def test_a_second_person_approves_and_the_change_begins_with_its_month(town, book):
    grant(town, ask(town, book, "odd", 202605))
    (plan,) = CycleChange.objects.all()
    assert (plan.before, plan.after, plan.from_month, plan.state) == ("monthly", "odd", 202605, "planned")
    metering.open_rounds(scope=town.scope, month=202604, now=NOW)
    assert ReadingBook.objects.get(pk=book.id).parity == "monthly"
    metering.open_rounds(scope=town.scope, month=202605, now=NOW)
    metering.open_rounds(scope=town.scope, month=202606, now=NOW)
    assert ReadingBook.objects.get(pk=book.id).parity == "odd"
    assert CycleChange.objects.get().state == "done"
    months = BookRound.objects.filter(book=book).order_by("month").values_list("month", flat=True)
    assert list(months) == [202603, 202604, 202605]


def test_nobody_approves_their_own_change_and_a_dropped_plan_does_nothing(town, book):
    scope = lead(town)
    request = ask(town, book, scope=scope)
    with pytest.raises(Forbidden):
        approvals.grant(scope=scope, approval_id=request.id, seen=request.version, now=NOW)
    grant(town, request)
    with pytest.raises(PlannedAlready):
        ask(town, book, "odd", 202605)
    metering.drop_cycle(scope=scope, change_id=CycleChange.objects.get().id, now=NOW)
    metering.open_rounds(scope=town.scope, month=202604, now=NOW)
    assert ReadingBook.objects.get(pk=book.id).parity == "monthly"


def test_a_book_that_was_read_is_not_changed_from_one_day_to_the_next(town, book):
    with pytest.raises(CycleIsPlanned):
        metering.change_book(scope=town.scope, book_id=book.id, seen=book.version, changes={"parity": "odd"}, now=NOW)
    with pytest.raises(MonthIsOpen):
        ask(town, book, "odd", 202603)
    with pytest.raises(SameCycle):
        ask(town, book, "monthly", 202604)
    assert ReadingBook.objects.get(pk=book.id).parity == "monthly"
    new = make_book(town.company)
    metering.change_book(scope=town.scope, book_id=new.id, seen=new.version, changes={"parity": "odd"}, now=NOW)
    assert ReadingBook.objects.get(pk=new.id).parity == "odd"


def test_chongqing_a_cycle_of_7_days_and_one_of_13_months_are_held_and_counted_in_the_preview():
    town = make_town(rules=True)
    short: Home = make_home(town, begin=D(2026, 2, 22))
    long: Home = make_home(town, begin=D(2025, 1, 30))
    fine: Home = make_home(town, begin=D(2026, 2, 1))
    for home in (short, long, fine):
        home.read(D(2026, 3, 1), 12)
    found = preview_run(scope=town.scope, month=202603)
    assert (found.bills, found.held, found.holds["cycle"]) == (3, 2, 2)
    bill(town, 202603)
    held = Bill.objects.filter(state=Bill.State.HELD)
    assert {one.supply_point_id for one in held} == {short.point.id, long.point.id}
    assert sorted((one.to_on - one.from_on).days for one in held) == [7, 395]
    assert set(Hold.objects.values_list("rule", flat=True)) == {"cycle"}


def test_the_limits_of_a_cycle_are_parameters_with_history(town):
    home = make_home(town, begin=D(2026, 2, 10))
    home.read(D(2026, 3, 1), 12)
    assert preview_run(scope=town.scope, month=202603).holds["cycle"] == 1
    parameters.change(scope=town.scope, code=calendar.CYCLE_MIN, value=19, from_on=TODAY, seen=0, today=TODAY, now=NOW)
    assert preview_run(scope=town.scope, month=202603).holds["cycle"] == 0
    assert calendar.cycle_limits(scope=town.scope, on=D(2026, 3, 9)) == (25, 90)
    assert calendar.cycle_limits(scope=town.scope, on=D(2026, 3, 31)) == (19, 90)


def test_chongqing_11_200_homes_cannot_get_two_bills_in_one_month_when_the_cycle_changes(town):
    """Read on 1 March and, after the change, on 28 March: the second run passes over, and the database refuses the rest."""
    home = make_home(town, begin=D(2026, 2, 1))
    home.read(D(2026, 3, 1), 12)
    bill(town, 202603)
    home.read(D(2026, 3, 9), 20, month=202603)
    bill(town, 202603)
    first = Bill.objects.get()
    assert first.litres == 12_000
    with pytest.raises(IntegrityError, match="bill_one_regular"), transaction.atomic():
        Bill.objects.create(
            company_id=first.company_id,
            agreement_id=first.agreement_id,
            supply_point_id=first.supply_point_id,
            state=Bill.State.HELD,
            month=202603,
            from_on=first.to_on,
            to_on=D(2026, 3, 9),
            posting_day=TODAY,
            due_on=TODAY,
            litres=0,
            amount_fen=0,
        )
    assert Bill.objects.count() == 1


def test_a_month_with_unissued_books_or_held_bills_does_not_close(town, book):
    months = {row.month: row for row in calendar.months(scope=town.scope)}
    for month in (202512, 202601, 202602):
        row = calendar.move_month(scope=town.scope, month=month, act="issue", seen=1, now=NOW)
        calendar.move_month(scope=town.scope, month=month, act="close", seen=row.version, now=NOW)
    short = make_home(town, begin=D(2026, 2, 22))
    short.read(D(2026, 3, 1), 12)
    bill(town, 202603)
    row = calendar.move_month(scope=town.scope, month=202603, act="issue", seen=months[202603].version, now=NOW)
    open_things = {one.route: one.count for one in calendar.unfinished(scope=town.scope, month=202603)}
    assert open_things == {"metering:board": 1, "billing:held": 1}
    with pytest.raises(calendar.MonthUnfinished):
        calendar.move_month(scope=town.scope, month=202603, act="close", seen=row.version, now=NOW)
    assert calendar.find_month(scope=town.scope, month=202603).state == "issued"


def test_the_lead_simulates_and_asks_on_the_screen(client, town, book):
    staff = make_staff("reading_lead", company=town.company)
    client.force_login(staff)
    page = client.get(reverse("metering:book", args=[book.id])).content.decode()
    assert reverse("billing:cycle", args=[book.id]) in page
    asked = {"parity": "quarter", "from_month": "2026-12", "reason": "改季抄"}
    text = client.post(reverse("billing:cycle", args=[book.id]), {**asked, "simulate": ""}).content.decode()
    assert "改变抄表周期" in text
    assert not CycleChange.objects.exists()
    answer = client.post(reverse("billing:cycle", args=[book.id]), {**asked, "ask": ""})
    assert answer.status_code == 302
    assert approvals.my_requests(scope=make_scope_of(staff)).count() == 1


def make_scope_of(staff):
    from gasworks.foundation.reach import scope_for

    return scope_for(staff)
