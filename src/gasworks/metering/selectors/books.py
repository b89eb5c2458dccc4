"""A reading book: its walk, and the lines that the grid shows of a month."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from django.db import connection

from gasworks.foundation.scope import Scope
from gasworks.kernel.errors import NotThere
from gasworks.metering.models import BookRound, BookSeat, CycleChange, ReadingBook
from gasworks.metering.types import GridLine

GRID_SIZE: Final = 200
_GRID: Final = (Path(__file__).parent.parent / "sql" / "grid_lines.sql").read_text(encoding="utf-8")


@dataclass(frozen=True, slots=True)
class BookDetail:
    book: ReadingBook
    seats: int
    rounds: list[BookRound]

    def round_in(self, month: int) -> BookRound | None:
        return next((one for one in self.rounds if one.month == month), None)


def book_detail(*, scope: Scope, book_id: int) -> BookDetail:
    book = (
        ReadingBook.objects.filter(pk=book_id, company_id=scope.company_id).select_related("branch", "reader").first()
    )
    if book is None:
        raise NotThere(key=book_id)
    seats = BookSeat.objects.filter(company_id=scope.company_id, book=book).count()
    rounds = BookRound.objects.filter(company_id=scope.company_id, book=book).order_by("-month")[:13]
    return BookDetail(book, seats, list(rounds))


def book_choices(*, scope: Scope, right: str = "") -> list[tuple[int, str]]:
    """The books of the branches in which a right changes something, by code; without a right all of the company."""
    rows = ReadingBook.objects.filter(company_id=scope.company_id).order_by("code")
    branches = scope.branches_for(right) if right else None
    if branches is not None:
        rows = rows.filter(branch_id__in=branches)
    return [(book.id, book.code if book.name == book.code else f"{book.code} {book.name}") for book in rows]


def seats_of(*, scope: Scope, book_id: int) -> list[BookSeat]:
    """The walk of a book in order."""
    rows = BookSeat.objects.filter(company_id=scope.company_id, book_id=book_id)
    return list(rows.select_related("supply_point__premises").order_by("sequence", "id"))


def grid_lines(
    *, scope: Scope, book_id: int, month: int, after: int = -1, size: int = GRID_SIZE, missing_only: bool = False
) -> list[GridLine]:
    """The lines of a book's walk behind sequence ``after``, with the reading of the month where there is one."""
    with connection.cursor() as cursor:
        cursor.execute(
            _GRID,
            {
                "company": scope.company_id,
                "book": book_id,
                "month": month,
                "after": after,
                "size": size,
                "missing": missing_only,
            },
        )
        return [GridLine(*row) for row in cursor.fetchall()]


def without_book(*, scope: Scope, limit: int = 200) -> list[dict[str, Any]]:
    """Supply points with a meter and without a seat: a work list for whoever plans the walks."""
    with connection.cursor() as cursor:
        cursor.execute(
            """
            SELECT p.id, p.number, m.address, p.branch_id FROM metering_installation n
            JOIN customers_supplypoint p ON p.id = n.supply_point_id
            JOIN customers_premises m ON m.id = p.premises_id
            WHERE n.company_id = %s AND n.to_on IS NULL AND p.status <> 'closed'
              AND NOT EXISTS (SELECT FROM metering_bookseat s
                              WHERE s.company_id = n.company_id AND s.supply_point_id = n.supply_point_id)
            ORDER BY n.id LIMIT %s""",
            [scope.company_id, limit],
        )
        return [
            {"id": key, "number": number, "address": address, "branch_id": branch}
            for key, number, address, branch in cursor.fetchall()
        ]


def parity_choices() -> list[tuple[str, Any]]:
    """How a book may be read, with its words."""
    return list(ReadingBook.Parity.choices)


def cycle_changes(*, scope: Scope, book_id: int) -> list[CycleChange]:
    """Planned and past changes of a book's cycle, the newest first."""
    rows = CycleChange.objects.filter(company_id=scope.company_id, book_id=book_id)
    return list(rows.select_related("asked_by", "granted_by").order_by("-id")[:20])


def parity_of(*, scope: Scope, supply_point_id: int) -> int:
    """In which months the supply point's book is read, as rating numbers it: 0 monthly, 1 odd, 2 even, 3 quarter."""
    seat = BookSeat.objects.filter(company_id=scope.company_id, supply_point_id=supply_point_id)
    parity = seat.values_list("book__parity", flat=True).first()
    return [str(value) for value in ReadingBook.Parity.values].index(parity) if parity else 0
