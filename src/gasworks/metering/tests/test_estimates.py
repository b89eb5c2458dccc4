"""Missed reads estimated as a set: what is written, what must be read instead, and what comes in from elsewhere."""

import datetime as dt
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import translation

from gasworks.customers.models import SupplyPoint
from gasworks.customers.testing import make_supply_point
from gasworks.foundation.testing.factories import NOW, Company, make_company, make_scope, make_staff
from gasworks.kernel.errors import Forbidden
from gasworks.metering import services
from gasworks.metering.models import Installation, Reading, SpecialRead
from gasworks.metering.services.valves import OpenedBeforeClosed, ValveClosedAlready
from gasworks.metering.testing import make_book, make_reading, put_up_meter, register_of
from gasworks.metering.types import Flag, NamedReading, ReadingRow
from gasworks.metering.wording import estimate_story

pytestmark = pytest.mark.django_db
D = dt.date
MARCH, TODAY = 202603, D(2026, 3, 10)
Source, State = Reading.Source, Reading.State


@pytest.fixture
def company() -> Company:
    return make_company()


def home(company: Company, reads: list[tuple[dt.date, int]], **more: Any) -> Installation:
    """A meter since 2024-12-31 with its accepted actual readings in m³."""
    hung = put_up_meter(company, make_supply_point(company, **more), from_on=D(2024, 12, 31))
    for day, m3 in reads:
        make_reading(company, hung, day, m3)
    return hung


YEAR = [
    (D(2025, 1, 1), 0),
    (D(2025, 2, 1), 62),
    (D(2025, 3, 1), 90),
    (D(2025, 4, 1), 121),
    (D(2026, 1, 1), 300),
    (D(2026, 2, 1), 360),
]


def planned(company: Company, *hung: Installation) -> int:
    """The book of these meters with its round of March, planned for the 1st."""
    book = make_book(company, supply_points=[one.supply_point for one in hung])
    services.open_rounds(scope=make_scope("reading_lead", company=company), month=MARCH, now=NOW)
    return book.id


def make(company: Company, book: int = 0, month: int = MARCH, today: dt.date = TODAY) -> Any:
    scope = make_scope("reading_lead", company=company)
    return services.make_estimates(scope=scope, month=month, book_id=book, now=NOW, today=today)


def estimates(hung: Installation) -> list[Reading]:
    return list(Reading.objects.filter(installation=hung, source=Source.ESTIMATED).order_by("read_on"))


def test_a_missed_read_gets_an_estimate_with_method_and_inputs(company: Company) -> None:
    hung = home(company, YEAR)
    book = planned(company, hung)
    found = make(company, book)
    (reading,) = estimates(hung)
    assert (found.made, found.special) == (1, 0)
    assert (reading.read_on, reading.index_litres, reading.month) == (D(2026, 3, 1), 388_000, MARCH)
    assert (reading.state, reading.flags, reading.estimate_method) == (State.KEYED, 0, "last_year")
    assert reading.estimate_inputs["base_litres"] == 28_000
    with translation.override("zh-hans"):
        told = estimate_story(reading.estimate_method, reading.estimate_inputs)
    assert told == "去年同期：2025-02-01 至 2025-03-01 用气 28 m³，本次按 28 天计"


def test_the_preview_says_the_same_and_writes_nothing(company: Company) -> None:
    book = planned(company, home(company, YEAR), home(company, []))
    lead = make_scope("reading_lead", company=company)
    lines = services.preview_estimates(scope=lead, month=MARCH, book_id=book, today=TODAY)
    assert [(line.method, line.litres, line.refusal) for line in lines] == [
        ("last_year", 28_000, ""),
        ("", None, "no-basis"),
    ]
    assert not Reading.objects.filter(source=Source.ESTIMATED).exists()
    assert not SpecialRead.objects.exists()


def test_a_second_go_estimates_nothing_again(company: Company) -> None:
    hung = home(company, YEAR)
    book = planned(company, hung)
    make(company, book)
    assert make(company, book).made == 0
    assert len(estimates(hung)) == 1


def test_what_may_not_be_estimated_goes_on_the_list_until_it_is_read(company: Company) -> None:
    hung = home(company, [])
    book = planned(company, hung)
    assert make(company, book).special == 1
    task = SpecialRead.objects.get()
    assert (task.installation_id, task.reason, task.month, task.done_on) == (hung.id, "no-basis", MARCH, None)
    assert make(company, book).special == 1
    assert SpecialRead.objects.count() == 1
    make_reading(company, hung, D(2026, 3, 5), 12, month=MARCH)
    assert SpecialRead.objects.get().done_on == D(2026, 3, 5)


def test_homes_of_the_book_lend_their_median_to_one_without_a_past(company: Company) -> None:
    near = [home(company, [(D(2026, 2, 1), 100), (D(2026, 3, 1), 100 + used)]) for used in (14, 28, 56)]
    for hung in near:
        Reading.objects.filter(installation=hung, read_on=D(2026, 3, 1)).update(note="")
    shop = home(company, [(D(2026, 2, 1), 100), (D(2026, 3, 1), 900)], customer_type="commercial")
    new = put_up_meter(company, make_supply_point(company), from_on=D(2026, 2, 1))
    book = planned(company, *near, shop, new)
    make(company, book)
    (reading,) = estimates(new)
    assert (reading.estimate_method, reading.index_litres) == ("neighbours", 28_000)
    assert reading.estimate_inputs["per_day_litres"] == 1_000
    assert (reading.estimate_inputs["where"], reading.estimate_inputs["neighbours"]) == ("book", 3)


def test_a_new_meter_leans_on_the_one_that_hung_here_before(company: Company) -> None:
    hung = home(company, YEAR)
    point = hung.supply_point
    services.exchange_meter(
        scope=make_scope("reading_lead", company=company),
        installation_id=hung.id,
        seen=hung.version,
        meter=services.register_meter(scope=make_scope("reading_lead", company=company), new=_new(company), now=NOW).id,
        on=D(2026, 2, 1),
        end={1: 360_000},
        start={1: 5_000},
        reason="expired",
        now=NOW,
        today=TODAY,
    )
    book = planned(company, hung)
    make(company, book)
    reading = Reading.objects.get(installation__supply_point=point, source=Source.ESTIMATED)
    assert (reading.estimate_method, reading.index_litres) == ("last_year", 33_000)


def _new(company: Company) -> Any:
    from gasworks.metering.testing import make_model
    from gasworks.metering.types import NewMeter

    return NewMeter("NEW-77", make_model(company).id)


def test_a_closed_valve_is_estimated_at_zero_month_after_month(company: Company) -> None:
    hung = home(company, YEAR)
    book = planned(company, hung)
    lead = make_scope("reading_lead", company=company)
    closure = services.close_valve(
        scope=lead, supply_point_id=hung.supply_point_id, from_on=D(2026, 1, 20), reason="住户长期外出", now=NOW
    )
    make(company, book)
    services.open_rounds(scope=lead, month=202604, now=NOW)
    make(company, book, 202604, D(2026, 4, 10))
    services.open_rounds(scope=lead, month=202605, now=NOW)
    make(company, book, 202605, D(2026, 5, 10))
    assert [(r.index_litres, r.estimate_method) for r in estimates(hung)] == [(360_000, "closed")] * 3
    with pytest.raises(ValveClosedAlready):
        services.close_valve(
            scope=lead, supply_point_id=hung.supply_point_id, from_on=D(2026, 2, 1), reason="x", now=NOW
        )
    with pytest.raises(OpenedBeforeClosed):
        services.open_valve(scope=lead, closure_id=closure.id, to_on=D(2026, 1, 20), now=NOW)


def test_an_empty_home_is_zero_once_and_then_must_be_read(company: Company) -> None:
    """The 227,200 homes: the second zero in a row is no reading but a task."""
    hung = home(company, [(D(2025, 1, 1), 0), (D(2025, 2, 1), 0), (D(2025, 5, 1), 0), (D(2026, 2, 1), 0)])
    book = planned(company, hung)
    make(company, book)
    services.open_rounds(scope=make_scope("reading_lead", company=company), month=202604, now=NOW)
    assert make(company, book, 202604, D(2026, 4, 10)).special == 1
    assert [r.index_litres for r in estimates(hung)] == [0]
    assert SpecialRead.objects.get().reason == "zero-twice"


def test_an_imported_second_zero_waits_for_a_person(company: Company) -> None:
    hung = home(company, YEAR)
    lead = make_scope("reading_lead", company=company)
    number = SupplyPoint.objects.get(pk=hung.supply_point_id).number

    def bring(day: dt.date, m3: int) -> Reading:
        row = NamedReading(number, day, m3 * 1000, estimated_by="旧系统零估")
        answer = services.record_named(
            scope=lead, rows=[row], source=Source.ESTIMATED, month=day.year * 100 + day.month, now=NOW, today=day
        )[0]
        return Reading.objects.get(pk=answer.reading_id)

    first, second = bring(D(2026, 3, 1), 360), bring(D(2026, 4, 1), 360)
    assert (first.flags, first.state) == (Flag.ZERO, State.REVIEW)
    assert (second.flags, second.state) == (Flag.ZERO | Flag.ZERO_AGAIN, State.REVIEW)
    assert second.estimate_inputs == {"said": "旧系统零估", "litres": 0}
    high = bring(D(2026, 5, 1), 600)
    assert high.flags & Flag.ABOVE_PEAK
    assert high.flags & Flag.MANY_ESTIMATES


def test_an_actual_index_below_an_estimate_is_not_odd_and_is_accepted(company: Company) -> None:
    """388 was estimated, 375 is read: above the last actual 360, so it rises; billing settles the difference."""
    hung = home(company, YEAR)
    make(company, planned(company, hung))
    row = ReadingRow(hung.id, register_of(hung).id, D(2026, 3, 9), 375_000)
    lead = make_scope("reading_lead", company=company)
    answer = services.record_readings(
        scope=lead, rows=[row], source=Source.MANUAL, month=202603, now=NOW, today=TODAY, approve=True
    )[0]
    assert (answer.refusal, answer.flags & Flag.LOWER, answer.flags & Flag.ABOVE_NEXT) == ("", 0, 0)
    below = ReadingRow(hung.id, register_of(hung).id, D(2026, 3, 10), 359_000)
    odd = services.record_readings(scope=lead, rows=[below], source=Source.MANUAL, now=NOW, today=TODAY)[0]
    assert odd.flags & Flag.LOWER


def test_estimates_of_a_thousand_homes_take_the_same_statements_as_of_ten(company: Company) -> None:
    def statements(count: int) -> int:
        hung = [home(company, YEAR[-2:]) for _ in range(count)]
        book = planned(company, *hung)
        scope = make_scope("reading_lead", company=company)
        with CaptureQueriesContext(
            connection,
        ) as seen:
            services.make_estimates(scope=scope, month=MARCH, book_id=book, now=NOW, today=TODAY)
        return len(seen)

    assert statements(3) == statements(12)


def test_a_reader_and_a_foreign_branch_estimate_nothing(company: Company) -> None:
    hung = home(company, YEAR)
    book = planned(company, hung)
    with pytest.raises(Forbidden):
        services.make_estimates(
            scope=make_scope("reader", company=company), month=MARCH, book_id=book, now=NOW, today=TODAY
        )
    assert make(make_company("湖城燃气"), book).made == 0
    assert estimates(hung) == []


def test_the_clerk_sees_method_inputs_and_refusals_then_estimates(client: Client, company: Company) -> None:
    client.force_login(make_staff("reading_lead", company=company))
    hung, bare = home(company, YEAR), home(company, [])
    book = planned(company, hung, bare)
    text = client.get(reverse("metering:missed") + "?month=2026-03").content.decode()
    assert "估抄这些" in text
    text = client.get(reverse("metering:estimates") + f"?month=2026-03&book={book}").content.decode()
    assert "去年同期" in text
    assert "没有一种方法有足够的实抄数据" in text
    answer = client.post(reverse("metering:estimate"), {"month": "2026-03", "book": book}, follow=True)
    assert "已估抄 1 户" in answer.content.decode()
    assert len(estimates(hung)) == 1
    assert "专项抄表" in client.get(reverse("metering:special")).content.decode()
    panel = client.get(reverse("metering:of_point", args=[hung.supply_point_id])).content.decode()
    assert "去年同期：" in panel
