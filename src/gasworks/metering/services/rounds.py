"""Rounds: each book that is due in an accounting month, from not started to bills issued."""

import datetime as dt
from collections.abc import Sequence
from typing import Any, Final

from django.db.models import F, QuerySet

from gasworks.foundation.scope import Scope
from gasworks.foundation.versions import save_versioned
from gasworks.kernel.errors import Refusal, gettext_noop
from gasworks.metering.models import BookRound, BookSeat, Installation, Reading, ReadingBook
from gasworks.metering.services._within import act_of, locked, note, note_batch
from gasworks.metering.services.cycles import change_cycles, is_due
from gasworks.metering.services.readings import APPROVE, KEY, approve_readings, who_walks
from gasworks.metering.states import ROUND

Parity = ReadingBook.Parity
BOOKS: Final = "metering.books"


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
        mine = readings_of_round(row)
        flagged = mine.filter(state=Reading.State.REVIEW).count()
        if flagged:
            raise FlaggedReadingsWait(count=flagged)
        clean = list(mine.filter(state=Reading.State.KEYED).values_list("id", flat=True))
        if clean:
            approve_readings(scope=scope, reading_ids=clean, now=now)
        return _move(scope, round_id, seen, "approve", APPROVE, now)


def mark_issued(*, scope: Scope, month: int, book_ids: Sequence[int], now: dt.datetime) -> int:
    """Billing has issued the bills of these books: approved rounds become «bills issued». Returns how many."""
    with act_of(scope):
        rows = BookRound.objects.filter(
            company_id=scope.company_id, month=month, book_id__in=list(book_ids), state=BookRound.State.APPROVED
        )
        return rows.update(state=BookRound.State.ISSUED, issued_at=now, version=F("version") + 1)


def readings_of_round(row: BookRound) -> QuerySet[Reading]:
    """The readings of a book's present seats in the month of a round, as a queryset."""
    return Reading.objects.filter(
        company_id=row.company_id,
        month=row.month,
        installation__in=_installations(row),
        state__in=(Reading.State.KEYED, Reading.State.REVIEW, Reading.State.APPROVED),
    ).exclude(source__in=(Reading.Source.INSTALL, Reading.Source.REMOVAL))


def _installations(row: BookRound) -> Any:
    seats = BookSeat.objects.filter(company_id=row.company_id, book_id=row.book_id).values("supply_point_id")
    return Installation.objects.filter(company_id=row.company_id, supply_point_id__in=seats).values("id")


def _move(scope: Scope, round_id: int, seen: int, act: str, right: str, now: dt.datetime) -> BookRound:
    with act_of(scope):
        row = locked(BookRound, round_id, scope)
        scope.require_change(row.book.branch_id, right)
        who_walks(scope, row.book)
        saved = save_versioned(row, seen_version=seen, changes={"state": ROUND.after(row.state, act)})
        note(scope, "move_round", saved, now, {"act": act, "month": row.month})
    return saved
