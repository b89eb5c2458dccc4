"""Readings at the start and end of a heating season: whose gas is priced by it, and who is not read near those days."""

import datetime as dt
from dataclasses import dataclass
from typing import Any, Final

from django.db import connection

from gasworks.foundation import parameters
from gasworks.foundation.scope import Scope
from gasworks.tariffs.selectors import Season, seasonal_plans, seasons

SEASON_READ_DAYS: Final = "usage.season_read_days"
MOST_SHOWN: Final = 500

_UNREAD: Final = """
SELECT p.id, p.number, pr.address, coalesce(b.name, ''), b.id, n.read_on, n.planned
  FROM usage_priceitem x
  JOIN customers_supplypoint p ON p.id = x.supply_point_id AND p.status = 'active'
  JOIN customers_premises pr ON pr.id = p.premises_id
  LEFT JOIN metering_bookseat s ON s.supply_point_id = p.id AND s.company_id = x.company_id
  LEFT JOIN metering_readingbook b ON b.id = s.book_id
  LEFT JOIN LATERAL (
      SELECT near.read_on, near.planned FROM (
          SELECT r.read_on, false AS planned FROM metering_bookround r WHERE r.book_id = b.id
          UNION ALL
          SELECT make_date(extract(year FROM m)::int, extract(month FROM m)::int, b.read_day), true
            FROM generate_series(date_trunc('month', %(edge)s::date) - interval '1 month',
                                 date_trunc('month', %(edge)s::date) + interval '1 month', interval '1 month') m
           WHERE b.id IS NOT NULL
             AND (b.parity = 'monthly' OR (b.parity = 'odd' AND extract(month FROM m)::int %% 2 = 1)
                  OR (b.parity = 'even' AND extract(month FROM m)::int %% 2 = 0)
                  OR (b.parity = 'quarter' AND extract(month FROM m)::int %% 3 = 0))
             AND NOT EXISTS (SELECT 1 FROM metering_bookround r WHERE r.book_id = b.id
                              AND r.month = extract(year FROM m)::int * 100 + extract(month FROM m)::int)
      ) near ORDER BY abs(near.read_on - %(edge)s::date) LIMIT 1) n ON true
 WHERE x.company_id = %(company)s AND x.plan_id = ANY(%(plans)s)
   AND x.from_on <= %(edge)s AND (x.to_on IS NULL OR x.to_on > %(edge)s)
   AND (n.read_on IS NULL OR abs(n.read_on - %(edge)s::date) > %(days)s)
 ORDER BY b.code NULLS FIRST, s.sequence, p.number
"""


@dataclass(frozen=True, slots=True)
class Edge:
    """The first day of a season or the first day after it: on it the gas changes its price."""

    season: Season
    on: dt.date
    begins: bool


@dataclass(frozen=True, slots=True)
class Unread:
    """``nearest_on`` is the book's round nearest to the edge; ``planned``: by its cycle, not opened yet."""

    supply_point_id: int
    number: str
    address: str
    book: str
    book_id: int | None
    nearest_on: dt.date | None
    planned: bool | None


def edges(*, scope: Scope, today: dt.date) -> list[Edge]:
    """Starts and ends of seasons from 60 days back to a year ahead, in order."""
    years = (today.year - 1, today.year, today.year + 1)
    found = [
        edge
        for one in seasons(scope=scope, years=years)
        for edge in (Edge(one, one.from_on, True), Edge(one, one.to_on, False))
    ]
    first, last = today - dt.timedelta(days=60), today + dt.timedelta(days=365)
    return sorted(
        (edge for edge in found if first <= edge.on <= last), key=lambda edge: (edge.on, edge.season.calendar)
    )


def unread(*, scope: Scope, edge: Edge) -> list[Unread]:
    """Supply points priced by the season whose book has no round near the day: these need a reading of their own."""
    scope.require("usage.view")
    places: dict[str, Any] = {
        "company": scope.company_id,
        "plans": seasonal_plans(scope=scope, calendar=edge.season.calendar),
        "edge": edge.on,
        "days": parameters.get(scope=scope, code=SEASON_READ_DAYS, on=edge.on),
    }
    with connection.cursor() as cursor:
        cursor.execute(_UNREAD, places)
        return [Unread(*row) for row in cursor.fetchall()]
