"""The status board of the reading desk, and what was not read."""

from pathlib import Path
from typing import Any, Final

from django.db import connection
from django.db.models import Count

from gasworks.foundation.scope import Scope
from gasworks.kernel.errors import NotThere
from gasworks.metering.models import BookRound
from gasworks.metering.states import ROUND
from gasworks.metering.types import MissedRead, RoundProgress

_SQL: Final = Path(__file__).parent.parent / "sql"
_BOARD: Final = (_SQL / "board.sql").read_text(encoding="utf-8")
_MISSED: Final = (_SQL / "missed.sql").read_text(encoding="utf-8")
PAGE: Final = 50
MISSED_PAGE: Final = 200


def board(
    *,
    scope: Scope,
    month: int,
    state: str = "",
    branch_id: int = 0,
    reader_id: int = 0,
    after: str = "",
    size: int = PAGE,
) -> list[RoundProgress]:
    """Rounds of a month in the order of their codes, behind code ``after``."""
    with connection.cursor() as cursor:
        cursor.execute(
            _BOARD,
            {
                "company": scope.company_id,
                "month": month,
                "state": state,
                "branch": branch_id,
                "reader": reader_id,
                "after": after,
                "size": size,
            },
        )
        return [RoundProgress(*row) for row in cursor.fetchall()]


def missed_reads(
    *,
    scope: Scope,
    month: int,
    book_id: int = 0,
    branch_id: int = 0,
    after: tuple[int, int] = (0, -1),
    size: int = MISSED_PAGE,
) -> list[MissedRead]:
    """Supply points due in the month without a reading, in the order of the walks behind (book, sequence) ``after``."""
    with connection.cursor() as cursor:
        cursor.execute(
            _MISSED,
            {
                "company": scope.company_id,
                "month": month,
                "book": book_id,
                "branch": branch_id,
                "after_book": after[0],
                "after_seat": after[1],
                "size": size,
            },
        )
        return [MissedRead(*row) for row in cursor.fetchall()]


def round_counts(*, scope: Scope, month: int) -> dict[str, int]:
    """How many books stand in each state."""
    rows = BookRound.objects.filter(company_id=scope.company_id, month=month)
    found = dict(rows.values_list("state").annotate(count=Count("id")))
    return {state: found.get(state, 0) for state in BookRound.State.values}


def months_with_rounds(*, scope: Scope) -> list[int]:
    rows = BookRound.objects.filter(company_id=scope.company_id).order_by("-month")
    return list(rows.values_list("month", flat=True).distinct()[:36])


def round_of(*, scope: Scope, book_id: int, month: int) -> BookRound:
    found = BookRound.objects.filter(company_id=scope.company_id, book_id=book_id, month=month).first()
    if found is None:
        raise NotThere(key=f"{month // 100}-{month % 100:02d}")
    return found


def round_states() -> dict[str, Any]:
    """What the states of a round are called."""
    return dict(ROUND.states)
