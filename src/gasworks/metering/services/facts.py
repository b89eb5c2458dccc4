"""What is known of registers before a batch of new readings: one statement for the whole batch."""

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
                "month": month or 0,
                "estimates": estimates,
                "place": list(range(len(rows))),
                "installation": [row.installation_id for row in rows],
                "register": [row.register_id for row in rows],
                "day": [row.read_on for row in rows],
            },
        )
        return {record[0]: _known(record) for record in cursor.fetchall()}


def _known(record: tuple[Any, ...]) -> Known:
    _, from_on, to_on, capacity, last_on, last, next_on, following, taken, usual, round_on, *reach = record
    branch, book, reader = reach
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
