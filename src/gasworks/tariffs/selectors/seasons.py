"""Seasons: what the price orders say of a calendar, and the dates that were set for single years."""

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass, replace

from gasworks.foundation.scope import Scope
from gasworks.foundation.words import listed
from gasworks.rating.data import read_calendars
from gasworks.rating.types import SeasonCalendar
from gasworks.tariffs.models import PlanVersion, SeasonDates


@dataclass(frozen=True, slots=True)
class Season:
    """A season of one year. ``set_id`` is the row that set it, None: by the yearly rule of the price order.

    ``name`` says whose season it is: the plans that go by it.
    """

    calendar: str
    name: str
    from_on: dt.date
    to_on: dt.date
    document_no: str
    set_id: int | None


def calendar_codes(*, scope: Scope) -> list[str]:
    """Calendars of the approved price orders."""
    scope.require("tariffs.view")
    return sorted(_calendars(_approved(scope)))


def seasonal_plans(*, scope: Scope, calendar: str) -> list[int]:
    """Plans that price gas of this season otherwise, by an approved version."""
    rows = _approved(scope)
    return sorted({row.plan_id for row in rows if calendar in {s["season"] for s in row.content.get("seasonal", ())}})


def seasons(*, scope: Scope, years: Iterable[int]) -> list[Season]:
    """The seasons that begin in these years, by calendar and year."""
    scope.require("tariffs.view")
    given = {(row.calendar, row.from_on.year): row for row in set_dates(scope.company_id)}
    orders = _approved(scope)
    names = _names(orders)
    return [
        _season(calendar, names[calendar.code], year, given.get((calendar.code, year)))
        for _code, calendar in sorted(_calendars(orders).items())
        for year in sorted(years)
    ]


def set_dates(company_id: int) -> list[SeasonDates]:
    return list(SeasonDates.objects.filter(company_id=company_id).order_by("calendar", "from_on"))


def with_dates(calendars: Iterable[SeasonCalendar], rows: Iterable[SeasonDates]) -> list[SeasonCalendar]:
    """Calendars with the dates that were set; these win over what the order itself lists for the year."""
    given: dict[str, dict[int, tuple[dt.date, dt.date]]] = {}
    for row in rows:
        given.setdefault(row.calendar, {})[row.from_on.year] = (row.from_on, row.to_on)
    return [_dated(calendar, given.get(calendar.code, {})) for calendar in calendars]


def _dated(calendar: SeasonCalendar, given: dict[int, tuple[dt.date, dt.date]]) -> SeasonCalendar:
    known = {begin.year: (begin, end) for begin, end in calendar.dated} | given
    return replace(calendar, dated=tuple(known[year] for year in sorted(known)))


def _season(calendar: SeasonCalendar, name: str, year: int, row: SeasonDates | None) -> Season:
    if row is not None:
        return Season(calendar.code, name, row.from_on, row.to_on, row.document_no, row.id)
    by_order = {begin.year: (begin, end) for begin, end in calendar.dated}
    crosses = calendar.to_day <= calendar.from_day
    rule = (dt.date(year, *calendar.from_day), dt.date(year + crosses, *calendar.to_day))
    begin, end = by_order.get(year, rule)
    return Season(calendar.code, name, begin, end, "", None)


def _calendars(orders: Iterable[PlanVersion]) -> dict[str, SeasonCalendar]:
    found = (c for row in orders for c in read_calendars(row.content, place=f"plan {row.plan.code}"))
    return {calendar.code: calendar for calendar in found}


def _names(orders: Iterable[PlanVersion]) -> dict[str, str]:
    """The plans of each calendar, by name."""
    plans: dict[str, set[str]] = {}
    for row in orders:
        for calendar in row.content["calendars"]:
            plans.setdefault(calendar["code"], set()).add(row.plan.name)
    return {code: listed(sorted(found)) for code, found in plans.items()}


def _approved(scope: Scope) -> list[PlanVersion]:
    rows = PlanVersion.objects.filter(
        company_id=scope.company_id, state=PlanVersion.State.APPROVED, content__has_key="calendars"
    )
    return list(rows.select_related("plan").order_by("from_on"))
