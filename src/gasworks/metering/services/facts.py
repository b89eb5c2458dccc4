"""What is known of registers before a batch of new readings: one statement for the rows, one for their few books."""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from django.db import connection

from gasworks.foundation.scope import Scope
from gasworks.metering.checks import Facts, Past
from gasworks.metering.types import ReadingRow

_SQL: Final = (Path(__file__).parent.parent / "sql" / "reading_facts.sql").read_text()

_BOOKS: Final = """
SELECT b.id, b.reader_id, o.read_on
  FROM metering_readingbook b
  LEFT JOIN metering_bookround o ON o.company_id = b.company_id AND o.book_id = b.id AND o.month = %(month)s
 WHERE b.company_id = %(company)s AND b.id = ANY(%(books)s::bigint[])
"""
Books = dict[int, tuple[int | None, dt.date | None]]
"""Reader, and day of the month's round, by book."""
_NO_BOOK: Final = (None, None)


@dataclass(frozen=True, slots=True)
class Known:
    """The facts of one row, and who may touch it."""

    facts: Facts
    branch_id: int
    book_id: int | None
    reader_id: int | None


def read_facts(
    scope: Scope, rows: Sequence[ReadingRow], month: int | None, *, estimates: bool = False
) -> dict[int, Known]:
    """Facts by the row's place in ``rows``. Meters of another company, or unknown ones, are missing from the answer.

    The neighbours in time are actual readings; ``estimates`` takes estimates for neighbours too.
    """
    with connection.cursor() as cursor:
        cursor.execute(
            _SQL,
            {
                "company": scope.company_id,
                "estimates": estimates,
                "place": list(range(len(rows))),
                "installation": [row.installation_id for row in rows],
                "register": [row.register_id for row in rows],
                "day": [row.read_on for row in rows],
            },
        )
        records = cursor.fetchall()
        books = _books(cursor, scope, {record[-1] for record in records}, month)
    return {record[0]: _known(record, books) for record in records}


def _books(cursor: Any, scope: Scope, wanted: set[int | None], month: int | None) -> Books:
    cursor.execute(
        _BOOKS,
        {"company": scope.company_id, "month": month or 0, "books": [book for book in wanted if book is not None]},
    )
    return {book: (reader, round_on) for book, reader, round_on in cursor.fetchall()}


def _known(record: tuple[Any, ...], books: Books) -> Known:
    _, from_on, to_on, capacity, last_on, last, next_on, following, taken, usual, branch, book = record
    reader, round_on = books.get(book, _NO_BOOK)
    return Known(
        Facts(
            from_on=from_on,
            to_on=to_on,
            capacity_litres=capacity,
            previous=_past(last_on, last),
            following=_past(next_on, following),
            day_taken=taken,
            usual_per_day=usual,
            round_on=round_on,
        ),
        branch,
        book,
        reader,
    )


def _past(day: dt.date | None, litres: int | None) -> Past | None:
    return None if day is None or litres is None else Past(day, litres)
