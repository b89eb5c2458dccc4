"""Meters go up, come off, are exchanged; both indexes stay."""

import datetime as dt

import pytest

from gasworks.customers.selectors import search
from gasworks.customers.testing import make_supply_point
from gasworks.foundation.models import Event
from gasworks.foundation.states import WrongState
from gasworks.foundation.testing.factories import NOW, TODAY, Company, make_company, make_scope
from gasworks.kernel.errors import Forbidden, StaleVersion
from gasworks.metering import services
from gasworks.metering.models import BookSeat, Installation, InstallationIndex, Meter, Reading
from gasworks.metering.services import books, meters
from gasworks.metering.testing import make_book, make_meter, make_model, make_reading, put_up_meter
from gasworks.metering.types import NewMeter

pytestmark = pytest.mark.django_db
D = dt.date


@pytest.fixture
def company() -> Company:
    return make_company()


@pytest.fixture
def hung(company: Company) -> Installation:
    installation = put_up_meter(company, make_supply_point(company), start_m3=100, serial="OLD1")
    make_reading(company, installation, D(2026, 2, 1), 180)
    return installation


def exchange(company: Company, hung: Installation, **changes: object) -> Installation:
    values = {
        "scope": make_scope("service_lead", company=company),
        "installation_id": hung.id,
        "seen": hung.version,
        "on": D(2026, 3, 5),
        "end": {1: 190_000},
        "meter": NewMeter("NEW1", make_model(company).id),
        "start": {1: 2_000},
        "reason": "expired",
        "now": NOW,
        "today": TODAY,
    }
    return services.exchange_meter(**(values | changes))  # type: ignore[arg-type]


def test_an_exchange_ends_one_meter_and_begins_the_next_on_one_day(company: Company, hung: Installation) -> None:
    new = exchange(company, hung)
    hung.refresh_from_db()
    assert (hung.to_on, hung.end_reason, new.from_on) == (D(2026, 3, 5), "expired", D(2026, 3, 5))
    assert InstallationIndex.objects.get(installation=hung).end_litres == 190_000
    assert InstallationIndex.objects.get(installation=new).start_litres == 2_000
    last, first = Reading.objects.filter(read_on=D(2026, 3, 5)).order_by("source").reverse()
    assert (last.source, last.index_litres, last.state) == (Reading.Source.REMOVAL, 190_000, Reading.State.APPROVED)
    assert (first.source, first.index_litres, first.state) == (Reading.Source.INSTALL, 2_000, Reading.State.APPROVED)
    assert Meter.objects.get(serial="OLD1").state == "removed"
    assert Meter.objects.get(serial="NEW1").state == "installed"
    assert Event.objects.filter(kind="metering.meter_exchanged").count() == 1


def test_the_counter_finds_the_new_meter_and_no_longer_the_old(company: Company, hung: Installation) -> None:
    exchange(company, hung)
    agent = make_scope("agent", company=company)
    assert [hit.supply_point_id for hit in search(scope=agent, text="NEW1")] == [hung.supply_point_id]
    assert search(scope=agent, text="OLD1") == []


def refuses(company: Company, hung: Installation, error: type[Exception], **changes: object) -> None:
    before = Reading.objects.count(), Meter.objects.count()
    with pytest.raises(error):
        exchange(company, hung, **changes)
    hung.refresh_from_db()
    assert hung.to_on is None
    assert (Reading.objects.count(), Meter.objects.count()) == before


@pytest.mark.parametrize(
    ("changes", "error"),
    [
        ({"end": {1: 179_000}}, meters.IndexFalls),
        ({"end": {}}, meters.IndexMissing),
        ({"end": {1: -1}}, meters.NegativeIndex),
        ({"start": {1: 100_000_000}}, meters.AboveCapacity),
        ({"on": D(2026, 1, 31)}, meters.DayBeforeLastReading),
        ({"on": D(2026, 3, 11)}, meters.InTheFuture),
        ({"on": D(2025, 1, 1)}, meters.OnSameDay),
        ({"seen": 7}, StaleVersion),
    ],
)
def test_an_exchange_that_cannot_be_leaves_nothing(
    company: Company, hung: Installation, changes: dict[str, object], error: type[Exception]
) -> None:
    refuses(company, hung, error, **changes)


def test_a_known_meter_number_and_a_foreign_branch_are_refused(company: Company, hung: Installation) -> None:
    refuses(company, hung, meters.MeterKnown, meter=NewMeter("OLD1", make_model(company).id))
    away = make_scope("service_lead", company=company, over=company.other_branch)
    refuses(company, hung, Forbidden, scope=away)


def test_a_meter_that_rolled_over_may_end_low(company: Company) -> None:
    hung = put_up_meter(company, make_supply_point(company), start_m3=99_900)
    exchange(company, hung, end={1: 12_000}, rolled_over=True)
    last = Reading.objects.get(installation=hung, source=Reading.Source.REMOVAL)
    assert (last.index_litres, last.kind) == (12_000, Reading.Kind.ROLLOVER)


def test_a_reading_of_the_same_day_gives_way_to_the_last_index(company: Company, hung: Installation) -> None:
    same = make_reading(company, hung, D(2026, 3, 5), 188, approve=False)
    exchange(company, hung)
    replaced = Reading.objects.get(pk=same.reading_id)
    assert replaced.state == Reading.State.REPLACED
    assert replaced.replaced_by.index_litres == 190_000


def test_a_meter_from_stock_goes_up_once(company: Company) -> None:
    meter = make_meter(company, serial="STOCK1")
    scope = make_scope("reading_lead", company=company)

    def put_up(point_id: int) -> Installation:
        return services.install_meter(
            scope=scope,
            supply_point_id=point_id,
            meter=meter.id,
            from_on=D(2026, 3, 1),
            start={1: 0},
            now=NOW,
            today=TODAY,
        )

    put_up(make_supply_point(company).id)
    with pytest.raises(WrongState):
        put_up(make_supply_point(company).id)


def test_taking_off_the_last_meter_leaves_no_key(company: Company, hung: Installation) -> None:
    services.remove_meter(
        scope=make_scope("reading_lead", company=company),
        installation_id=hung.id,
        seen=hung.version,
        to_on=D(2026, 3, 5),
        end={1: 185_000},
        reason="demolished",
        now=NOW,
        today=TODAY,
    )
    assert search(scope=make_scope("agent", company=company), text="OLD1") == []


def test_seats_stand_in_one_book_and_in_order(company: Company) -> None:
    points = [make_supply_point(company) for _ in range(3)]
    lead = make_scope("reading_lead", company=company)
    first = make_book(company, supply_points=points)
    second = make_book(company)
    services.assign_seats(scope=lead, book_id=second.id, supply_point_ids=[points[1].id], now=NOW)
    walk = BookSeat.objects.filter(book=first).order_by("sequence")
    assert list(walk.values_list("supply_point_id", "sequence")) == [(points[0].id, 10), (points[2].id, 30)]
    a, c = BookSeat.objects.filter(book=first).order_by("sequence").values_list("id", flat=True)
    services.reorder_seats(scope=lead, book_id=first.id, seen=first.version, seat_ids=[c, a], now=NOW)
    assert list(BookSeat.objects.filter(book=first).order_by("sequence").values_list("id", flat=True)) == [c, a]
    with pytest.raises(StaleVersion):
        services.reorder_seats(scope=lead, book_id=first.id, seen=first.version, seat_ids=[a, c], now=NOW)
    with pytest.raises(books.WalkChanged):
        services.reorder_seats(scope=lead, book_id=first.id, seen=first.version + 1, seat_ids=[a], now=NOW)
    services.move_seat(scope=lead, book_id=first.id, seen=first.version + 1, seat_id=a, place=1, now=NOW)
    assert list(BookSeat.objects.filter(book=first).order_by("sequence").values_list("id", flat=True)) == [a, c]


def test_a_book_takes_only_supply_points_of_its_branch(company: Company) -> None:
    away = make_supply_point(company, branch_id=company.other_branch.id)
    book = make_book(company)
    with pytest.raises(books.SeatsOfOtherBranches):
        services.assign_seats(
            scope=make_scope("reading_lead", company=company, over=company.unit),
            book_id=book.id,
            supply_point_ids=[away.id],
            now=NOW,
        )
    assert not BookSeat.objects.exists()
