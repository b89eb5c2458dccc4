"""Special reads: meters that may not be estimated any more, or must be read on a day of their own, wait for a reader."""

import datetime as dt
from collections.abc import Mapping, Sequence
from typing import Any, Final, NamedTuple

from django.db import connection
from psycopg.types.json import Json

from gasworks.foundation.scope import Scope
from gasworks.kernel.periods import month_of
from gasworks.metering.estimating import PRICE_CHANGES
from gasworks.metering.services._within import act_of, note_batch

BOOKS: Final = "metering.books"

# A meter already on the list stays there as it is: one visit serves both.
_PUT: Final = """
INSERT INTO metering_specialread (company_id, installation_id, book_id, month, reason, params, asked_at, asked_by_id)
SELECT %(company)s, k.installation, k.book, %(month)s, k.reason, k.params, %(now)s, %(actor)s
FROM unnest(%(installations)s::bigint[], %(books)s::bigint[], %(reasons)s::text[], %(params)s::jsonb[])
     AS k (installation, book, reason, params)
ON CONFLICT DO NOTHING
"""
_HUNG: Final = """
SELECT i.id, s.book_id
  FROM metering_installation i
  JOIN metering_bookseat s ON s.company_id = i.company_id AND s.supply_point_id = i.supply_point_id
  JOIN metering_readingbook b ON b.id = s.book_id
 WHERE i.company_id = %(company)s AND i.to_on IS NULL AND i.supply_point_id = ANY(%(points)s::bigint[])
   AND (%(branches)s::bigint[] IS NULL OR b.branch_id = ANY(%(branches)s::bigint[]))
"""


class Wanted(NamedTuple):
    """A meter that must be read specially, and why: a reason's code with what it tells of."""

    installation_id: int
    book_id: int
    reason: str
    params: Mapping[str, Any]


def put_on_list(scope: Scope, wanted: Sequence[Wanted], *, month: int, now: dt.datetime) -> int:
    """How many of them were not on the list of special reads yet."""
    if not wanted:
        return 0
    with connection.cursor() as cursor:
        cursor.execute(
            _PUT,
            {
                "company": scope.company_id,
                "month": month,
                "now": now,
                "actor": scope.actor_id,
                "installations": [one.installation_id for one in wanted],
                "books": [one.book_id for one in wanted],
                "reasons": [one.reason for one in wanted],
                "params": [Json(one.params) for one in wanted],
            },
        )
        return int(cursor.rowcount)


def ask_for_reads(*, scope: Scope, supply_point_ids: Sequence[int], on: dt.date, now: dt.datetime) -> int:
    """Put the meters of these supply points on the list of special reads, for a day on which their price changes.

    Only in the branches where one may change books, and only what stands in a book. Returns how many were put there.
    """
    scope.require(BOOKS)
    branches = scope.branches_for(BOOKS)
    told = {"on": on.isoformat()}
    places: dict[str, Any] = {
        "company": scope.company_id,
        "points": list(supply_point_ids),
        "branches": None if branches is None else sorted(branches),
    }
    with act_of(scope):
        with connection.cursor() as cursor:
            cursor.execute(_HUNG, places)
            wanted = [Wanted(meter, book, PRICE_CHANGES, told) for meter, book in cursor.fetchall()]
        count = put_on_list(scope, wanted, month=month_of(on), now=now)
        note_batch(scope, "ask_for_reads", "reading", now, told | {"count": count})
    return count


def close_special_reads(scope: Scope, read: Mapping[int, dt.date]) -> None:
    """Actual readings arrived (installation → day): their meters leave the list."""
    if not read:
        return
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE metering_specialread s SET done_on = k.day FROM unnest(%s::bigint[], %s::date[]) AS k (installation, day)"
            " WHERE s.company_id = %s AND s.installation_id = k.installation AND s.done_on IS NULL",
            [list(read), list(read.values()), scope.company_id],
        )
