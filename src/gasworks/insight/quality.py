"""The quality board: how a month was read and billed, by branch, book and reader, and the rows behind each figure.

Read over all domains by a few aggregating statements; nothing is stored twice.
"""

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final

from django.db import connection

from gasworks.foundation.calendar import cycle_limits
from gasworks.foundation.scope import Scope
from gasworks.kernel.periods import add_months, month_start

VIEW: Final = "insight.view"
LEVELS: Final = ("branch", "book", "reader")
FIGURES: Final = ("estimated", "zero", "corrected", "outside", "disputed")

_BOOKS: Final = """
WITH due AS (
    SELECT s.book_id, count(*) AS n FROM metering_bookround o
      JOIN metering_bookseat s ON s.company_id = o.company_id AND s.book_id = o.book_id
      JOIN customers_supplypoint p ON p.id = s.supply_point_id AND p.status = 'active'
     WHERE o.company_id = %(company)s AND o.month = %(month)s GROUP BY 1),
guessed AS (
    SELECT s.book_id, count(*) AS n, count(*) FILTER (WHERE r.estimate_inputs ->> 'litres' = '0') AS zero
      FROM metering_reading r JOIN metering_installation i ON i.id = r.installation_id
      JOIN metering_bookseat s ON s.company_id = r.company_id AND s.supply_point_id = i.supply_point_id
     WHERE r.company_id = %(company)s AND r.month = %(month)s AND r.source = 7 AND r.state IN (1, 2, 3) GROUP BY 1),
replaced AS (
    SELECT s.book_id, count(*) AS n FROM metering_reading r JOIN metering_installation i ON i.id = r.installation_id
      JOIN metering_bookseat s ON s.company_id = r.company_id AND s.supply_point_id = i.supply_point_id
     WHERE r.company_id = %(company)s AND r.month = %(month)s AND r.state = 5 GROUP BY 1),
billed AS (
    SELECT s.book_id, count(*) FILTER (WHERE b.state IN (1, 2)) AS n,
           count(*) FILTER (WHERE b.state IN (1, 2) AND b.to_on - b.from_on BETWEEN %(low)s AND %(high)s) AS on_time,
           count(*) FILTER (WHERE b.state = 3) AS cancelled
      FROM billing_bill b JOIN metering_bookseat s ON s.company_id = b.company_id AND s.supply_point_id = b.supply_point_id
     WHERE b.company_id = %(company)s AND b.month = %(month)s AND b.kind = 1 AND b.state IN (1, 2, 3) GROUP BY 1),
disputed AS (
    SELECT s.book_id, count(*) AS n
      FROM receivables_openitem i
      JOIN billing_bill b ON b.company_id = i.company_id AND b.entry_id = i.source_id AND b.kind = 1
      JOIN metering_bookseat s ON s.company_id = b.company_id AND s.supply_point_id = b.supply_point_id
     WHERE i.company_id = %(company)s AND i.month = %(month)s AND i.disputed_at IS NOT NULL GROUP BY 1)
SELECT k.id, k.code || ' ' || k.name, k.branch_id, u.name, coalesce(k.reader_id, 0), coalesce(f.full_name, ''),
       coalesce(due.n, 0), coalesce(guessed.n, 0), coalesce(guessed.zero, 0),
       coalesce(replaced.n, 0) + coalesce(billed.cancelled, 0), coalesce(billed.n, 0), coalesce(billed.on_time, 0),
       coalesce(disputed.n, 0)
  FROM metering_readingbook k
  JOIN foundation_orgunit u ON u.id = k.branch_id
  LEFT JOIN foundation_staff f ON f.id = k.reader_id
  LEFT JOIN due ON due.book_id = k.id
  LEFT JOIN guessed ON guessed.book_id = k.id
  LEFT JOIN replaced ON replaced.book_id = k.id
  LEFT JOIN billed ON billed.book_id = k.id
  LEFT JOIN disputed ON disputed.book_id = k.id
 WHERE k.company_id = %(company)s AND (due.n IS NOT NULL OR billed.n IS NOT NULL OR guessed.n IS NOT NULL)
 ORDER BY k.code
"""

_WHERE: Final = """
  JOIN metering_readingbook k ON k.id = s.book_id
 WHERE s.company_id = %(company)s AND (%(branch)s = 0 OR k.branch_id = %(branch)s)
   AND (%(book)s = 0 OR k.id = %(book)s) AND (%(reader)s < 0 OR coalesce(k.reader_id, 0) = %(reader)s)
"""
_READINGS: Final = (
    """
SELECT p.id, p.number, m.address, k.code, r.read_on, r.index_litres, r.estimate_method, r.estimate_inputs::text, r.note
  FROM metering_reading r JOIN metering_installation i ON i.id = r.installation_id
  JOIN customers_supplypoint p ON p.id = i.supply_point_id JOIN customers_premises m ON m.id = p.premises_id
  JOIN metering_bookseat s ON s.company_id = r.company_id AND s.supply_point_id = i.supply_point_id
"""
    + _WHERE
    + " AND r.company_id = %(company)s AND r.month = %(month)s AND {which} ORDER BY k.code, s.sequence, r.id LIMIT %(limit)s"
)
_BILLS: Final = (
    """
SELECT p.id, p.number, m.address, k.code, b.to_on, b.litres, '', (b.to_on - b.from_on)::text, b.id::text
  FROM billing_bill b JOIN customers_supplypoint p ON p.id = b.supply_point_id
  JOIN customers_premises m ON m.id = p.premises_id
  JOIN metering_bookseat s ON s.company_id = b.company_id AND s.supply_point_id = b.supply_point_id
"""
    + _WHERE
    + """ AND b.company_id = %(company)s AND b.month = %(month)s AND b.kind = 1 AND {which}
 ORDER BY k.code, s.sequence, b.id LIMIT %(limit)s"""
)
_WHICH: Final = {
    "estimated": ((_READINGS, "r.source = 7 AND r.state IN (1, 2, 3)"),),
    "zero": ((_READINGS, "r.source = 7 AND r.state IN (1, 2, 3) AND r.estimate_inputs ->> 'litres' = '0'"),),
    "corrected": ((_READINGS, "r.state = 5"), (_BILLS, "b.state = 3")),
    "outside": ((_BILLS, "b.state IN (1, 2) AND NOT b.to_on - b.from_on BETWEEN %(low)s AND %(high)s"),),
    "disputed": (
        (
            _BILLS,
            "EXISTS (SELECT 1 FROM receivables_openitem i WHERE i.company_id = b.company_id"
            " AND i.source_id = b.entry_id AND i.disputed_at IS NOT NULL)",
        ),
    ),
}


@dataclass(slots=True)
class Quality:
    """Figures of one branch, book or reader. ``due`` supply points to be read; ``on_time`` bills within the cycle limits;
    ``disputed`` bills that their customers disputed, settled since or not.
    """

    key: int
    label: str
    due: int = 0
    estimated: int = 0
    zero: int = 0
    corrected: int = 0
    bills: int = 0
    on_time: int = 0
    disputed: int = 0

    @property
    def outside(self) -> int:
        return self.bills - self.on_time

    def add(self, figures: tuple[int, ...]) -> None:
        due, estimated, zero, corrected, bills, on_time, disputed = figures
        self.due += due
        self.estimated += estimated
        self.zero += zero
        self.corrected += corrected
        self.bills += bills
        self.on_time += on_time
        self.disputed += disputed


@dataclass(frozen=True, slots=True)
class Board:
    lines: tuple[Quality, ...]
    total: Quality
    low: int
    high: int


@dataclass(frozen=True, slots=True)
class Behind:
    """One row behind a figure: an estimate or a replaced reading, or (``bill`` > 0) a bill with its days."""

    supply_point_id: int
    number: str
    address: str
    book: str
    on: dt.date
    litres: int
    method: str = ""
    inputs: str = ""
    note: str = ""
    bill: int = 0
    days: int = 0


@dataclass(frozen=True, slots=True)
class Place:
    """What is looked into; zero is everything, and ``reader`` −1 (0: books without a reader)."""

    branch: int = 0
    book: int = 0
    reader: int = -1


_KEY: Final[dict[str, Callable[[tuple[Any, ...]], tuple[int, str]]]] = {
    "book": lambda row: (row[0], row[1]),
    "branch": lambda row: (row[2], row[3]),
    "reader": lambda row: (row[4], row[5]),
}


def quality_board(*, scope: Scope, month: int, level: str = "branch") -> Board:
    """The figures of an accounting month, one line per branch, book or reader."""
    low, high = _limits(scope, month)
    rows = _rows(scope, _BOOKS, month=month, low=low, high=high)
    lines: dict[int, Quality] = {}
    total = Quality(0, "")
    for row in rows:
        key, label = _KEY[level](row)
        lines.setdefault(key, Quality(key, label)).add(row[6:])
        total.add(row[6:])
    return Board(tuple(lines.values()), total, low, high)


def rows_behind(*, scope: Scope, month: int, figure: str, place: Place, limit: int | None) -> list[Behind]:
    """The readings or bills that a figure counts, in the order of the walks."""
    low, high = _limits(scope, month)
    places = {"branch": place.branch, "book": place.book, "reader": place.reader}
    found: list[Behind] = []
    for statement, which in _WHICH[figure]:
        rows = _rows(scope, statement.replace("{which}", which), month=month, low=low, high=high, limit=limit, **places)
        is_bill = statement is _BILLS
        for *common, method, more, note in rows:
            if is_bill:
                found.append(Behind(*common, bill=int(note), days=int(more)))
            else:
                found.append(Behind(*common, method=method, inputs=more or "", note=note))
    return found


def _limits(scope: Scope, month: int) -> tuple[int, int]:
    return cycle_limits(scope=scope, on=month_start(add_months(month, 1)) - dt.timedelta(days=1))


def _rows(scope: Scope, statement: str, **places: Any) -> list[tuple[Any, ...]]:
    scope.require(VIEW)
    with connection.cursor() as cursor:
        cursor.execute(statement, {"company": scope.company_id, **places})
        return cursor.fetchall()
