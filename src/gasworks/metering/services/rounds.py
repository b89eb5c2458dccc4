"""Rounds: each book that is due in an accounting month, from not started to bills issued."""

import datetime as dt
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from django.db import connection
from django.db.models import F

from gasworks.foundation.scope import Scope
from gasworks.foundation.versions import save_versioned
from gasworks.kernel.errors import Refusal, gettext_noop
from gasworks.metering.models import BookRound, ReadingBook
from gasworks.metering.services._within import act_of, locked, note, note_batch
from gasworks.metering.services.cycles import change_cycles, is_due
from gasworks.metering.services.readings import APPROVE, KEY, approve_readings, who_walks
from gasworks.metering.states import ROUND

Parity = ReadingBook.Parity
BOOKS: Final = "metering.books"


# The partial index of readings to review leads; estimates and readings wait alike, installing and removing indexes do not.
_WAITING: Final = """
SELECT s.book_id, r.id, r.state = 2
  FROM metering_reading r
  JOIN metering_installation i ON i.company_id = r.company_id AND i.id = r.installation_id
  JOIN metering_bookseat s ON s.company_id = i.company_id AND s.supply_point_id = i.supply_point_id
 WHERE r.company_id = %(company)s AND r.month = %(month)s AND r.state IN (1, 2) AND r.source NOT IN (9, 10)
   AND s.book_id = ANY(%(books)s::bigint[])
 ORDER BY r.id
"""


class FlaggedReadingsWait(Refusal):
    sentence = gettext_noop("%(count)d flagged readings of this book still wait. Approve or reject them one by one.")


def open_rounds(*, scope: Scope, month: int, now: dt.datetime) -> int:
    """Plan every due book of one's branches that has no round in this month yet. Returns how many were opened."""
    scope.require(BOOKS)
    with act_of(scope):
        change_cycles(scope, month, now)
        due = [parity for parity in Parity.values if is_due(parity, month)]
        books = ReadingBook.objects.filter(company_id=scope.company_id, parity__in=due)
        branches = scope.branches_for(BOOKS)
        if branches is not None:
            books = books.filter(branch_id__in=branches)
        planned = set(
            BookRound.objects.filter(company_id=scope.company_id, month=month).values_list("book_id", flat=True)
        )
        rows = [
            BookRound(
                company_id=scope.company_id,
                book=book,
                month=month,
                read_on=dt.date(month // 100, month % 100, book.read_day),
            )
            for book in books
            if book.id not in planned
        ]
        BookRound.objects.bulk_create(rows, batch_size=2000, ignore_conflicts=True)
        note_batch(scope, "open_rounds", "round", now, {"month": month, "count": len(rows)})
    return len(rows)


def submit_round(*, scope: Scope, round_id: int, seen: int, now: dt.datetime) -> BookRound:
    """The reader hands the book in; what was not read is on the list of missed reads."""
    scope.require(KEY)
    return _move(scope, round_id, seen, "submit", KEY, now)


def reopen_round(*, scope: Scope, round_id: int, seen: int, now: dt.datetime) -> BookRound:
    scope.require(APPROVE)
    return _move(scope, round_id, seen, "reopen", APPROVE, now)


def approve_round(*, scope: Scope, round_id: int, seen: int, now: dt.datetime) -> BookRound:
    """Accept every unflagged reading of the book in this month; refused while flagged ones wait."""
    scope.require(APPROVE)
    with act_of(scope):
        row = locked(BookRound, round_id, scope)
        scope.require_change(row.book.branch_id, APPROVE)
        waiting = _waiting_by_book(scope, row.month, [row.book_id])[row.book_id]
        flagged = sum(odd for _key, odd in waiting)
        if flagged:
            raise FlaggedReadingsWait(count=flagged)
        if waiting:
            approve_readings(scope=scope, reading_ids=[key for key, _odd in waiting], now=now)
        return _move(scope, round_id, seen, "approve", APPROVE, now)


@dataclass(frozen=True, slots=True)
class Moved:
    """How many books of a month took a step at once, and how many could not: flagged readings wait in them."""

    moved: int
    waiting: int = 0


def submit_rounds(*, scope: Scope, month: int, now: dt.datetime) -> Moved:
    """Hand in every book of one's branches in which reading has begun, as remote reading does for a whole city at once."""
    scope.require(APPROVE)
    with act_of(scope):
        rows = _of_branches(scope, month, BookRound.State.READING)
        return Moved(_move_all(scope, month, rows, "submit", now))


def approve_rounds(*, scope: Scope, month: int, now: dt.datetime) -> Moved:
    """Accept every handed-in book of one's branches in which no flagged reading waits; the others stay as they are."""
    scope.require(APPROVE)
    with act_of(scope):
        rows = _of_branches(scope, month, BookRound.State.REVIEW)
        waiting = _waiting_by_book(scope, month, [row.book_id for row in rows])
        free = [row for row in rows if not any(flagged for _key, flagged in waiting[row.book_id])]
        clean = [key for row in free for key, _flagged in waiting[row.book_id]]
        if clean:
            approve_readings(scope=scope, reading_ids=clean, now=now)
        return Moved(_move_all(scope, month, free, "approve", now), len(rows) - len(free))


def _of_branches(scope: Scope, month: int, state: str) -> list[BookRound]:
    """The rounds of a month in one state, locked, of the branches in which one may accept."""
    rows = BookRound.objects.select_for_update(of=("self",)).filter(
        company_id=scope.company_id, month=month, state=state
    )
    branches = scope.branches_for(APPROVE)
    if branches is not None:
        rows = rows.filter(book__branch_id__in=branches)
    return list(rows.order_by("id"))


def _waiting_by_book(scope: Scope, month: int, books: Sequence[int]) -> defaultdict[int, list[tuple[int, bool]]]:
    """Readings of a month that are not accepted yet, as (id, flagged), by the book of their present seat."""
    found: defaultdict[int, list[tuple[int, bool]]] = defaultdict(list)
    with connection.cursor() as cursor:
        cursor.execute(_WAITING, {"company": scope.company_id, "month": month, "books": list(books)})
        for book, key, flagged in cursor.fetchall():
            found[book].append((key, flagged))
    return found


def _move_all(scope: Scope, month: int, rows: Sequence[BookRound], act: str, now: dt.datetime) -> int:
    """One step for many rounds of the same state, in one statement."""
    if not rows:
        return 0
    after = ROUND.after(rows[0].state, act)
    keys = [row.id for row in rows]
    BookRound.objects.filter(company_id=scope.company_id, id__in=keys).update(state=after, version=F("version") + 1)
    note_batch(scope, "move_rounds", "round", now, {"act": act, "month": month, "count": len(keys)})
    return len(keys)


def mark_issued(*, scope: Scope, month: int, book_ids: Sequence[int], now: dt.datetime) -> int:
    """Billing has issued the bills of these books: approved rounds become «bills issued». Returns how many."""
    with act_of(scope):
        rows = BookRound.objects.filter(
            company_id=scope.company_id, month=month, book_id__in=list(book_ids), state=BookRound.State.APPROVED
        )
        return rows.update(state=BookRound.State.ISSUED, issued_at=now, version=F("version") + 1)


def _move(scope: Scope, round_id: int, seen: int, act: str, right: str, now: dt.datetime) -> BookRound:
    with act_of(scope):
        row = locked(BookRound, round_id, scope)
        scope.require_change(row.book.branch_id, right)
        who_walks(scope, row.book)
        saved = save_versioned(row, seen_version=seen, changes={"state": ROUND.after(row.state, act)})
        note(scope, "move_round", saved, now, {"act": act, "month": row.month})
    return saved
