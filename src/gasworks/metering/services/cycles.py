"""The reading cycle of a book: monthly, odd or even months, quarterly. It changes by a plan that a second person approves.

A cycle changed from one day to the next is how a home gets two bills in one month, or one of thirteen. So a book that has
been read changes only from a month on that is not open yet, after a simulation that the approver sees.
"""

import datetime as dt
from collections.abc import Callable, Iterator, Mapping
from typing import Any, Final

from gasworks.foundation import approvals
from gasworks.foundation.approvals import Granted
from gasworks.foundation.models import Approval
from gasworks.foundation.scope import Scope
from gasworks.kernel.errors import NotThere, Refusal, gettext_noop
from gasworks.kernel.periods import add_months
from gasworks.metering.models import BookRound, CycleChange, ReadingBook
from gasworks.metering.services._within import act_of, locked, note

RIGHT: Final = "metering.books"
GRANT: Final = "metering.approve_cycle"
APPROVAL: Final = "metering.cycle"
SUBJECT: Final = "metering.book"
Parity = ReadingBook.Parity


class CycleIsPlanned(Refusal):
    """A cycle that jumps makes intervals nobody wanted."""

    sentence = gettext_noop("This book has been read. Its cycle is changed by a plan that somebody else approves.")


class SameCycle(Refusal):
    sentence = gettext_noop("The book is read like that already.")


class MonthIsOpen(Refusal):
    sentence = gettext_noop("The rounds of %(month)s are open already. Choose a later month.")


class PlannedAlready(Refusal):
    sentence = gettext_noop("Another change of this book is planned from %(month)s.")


def is_due(parity: str, month: int) -> bool:
    """Whether a book of this parity is read in accounting month YYYYMM. Quarters end in 3, 6, 9, 12."""
    number = month % 100
    return {
        Parity.MONTHLY.value: True,
        Parity.ODD.value: number % 2 == 1,
        Parity.EVEN.value: number % 2 == 0,
        Parity.QUARTER.value: number % 3 == 0,
    }[parity]


def planned_reads(
    *, read_day: int, parity_in: Callable[[int], str], first_month: int, months: int
) -> Iterator[tuple[int, dt.date]]:
    """(accounting month, planned day) of the rounds from a month on; ``parity_in`` says how the book is read then."""
    for step in range(months):
        month = add_months(first_month, step)
        if is_due(parity_in(month), month):
            yield month, dt.date(month // 100, month % 100, read_day)


def ask_for_cycle(
    *,
    scope: Scope,
    book_id: int,
    parity: str,
    from_month: int,
    reason: str,
    figures: Mapping[str, Any],
    now: dt.datetime,
) -> Approval:
    """Ask a second person for another cycle from a month on. ``figures`` is the simulation that they see."""
    with act_of(scope):
        book = _changeable(scope, book_id, parity, from_month)
        payload = {"parity": parity, "from_month": from_month, "reason": reason.strip(), "figures": dict(figures)}
        return approvals.ask(
            scope=scope,
            kind=APPROVAL,
            subject_kind=SUBJECT,
            subject_id=book.id,
            reason=reason,
            payload=payload,
            now=now,
        )


def plan_granted(granted: Granted, *, now: dt.datetime) -> CycleChange:
    """Somebody else approved: the change stands until its month opens."""
    scope, asked = granted.scope, granted.payload
    with act_of(scope):
        book = _changeable(scope, granted.subject_id, asked["parity"], asked["from_month"])
        row = CycleChange.objects.create(
            company_id=scope.company_id,
            book=book,
            before=book.parity,
            after=asked["parity"],
            from_month=asked["from_month"],
            reason=asked["reason"][:200],
            figures=asked["figures"],
            asked_by_id=scope.actor_id,
            granted_by_id=granted.granted_by,
        )
        note(scope, "plan_cycle", book, now, {"from_month": row.from_month, "to": row.after})
    return row


def drop_cycle(*, scope: Scope, change_id: int, now: dt.datetime) -> CycleChange:
    """Take a planned change back before its month opens."""
    with act_of(scope):
        row = locked(CycleChange, change_id, scope)
        scope.require_change(row.book.branch_id, RIGHT)
        if row.state != CycleChange.State.PLANNED:
            raise NotThere(key=change_id)
        _end(row, CycleChange.State.DROPPED)
        note(scope, "drop_cycle", row.book, now, {"from_month": row.from_month})
    return row


def change_cycles(scope: Scope, month: int, now: dt.datetime) -> int:
    """The month opens: carry out what was planned from it on. Returns how many books changed."""
    waiting = CycleChange.objects.filter(
        company_id=scope.company_id, state=CycleChange.State.PLANNED, from_month__lte=month
    )
    rows = list(waiting.select_related("book").select_for_update(of=("self",)).order_by("id"))
    for row in rows:
        ReadingBook.objects.filter(pk=row.book_id).update(parity=row.after, version=row.book.version + 1)
        _end(row, CycleChange.State.DONE)
        note(scope, "change_cycle", row.book, now, {"from_month": row.from_month, "to": row.after})
    return len(rows)


def refuse_unplanned(book: ReadingBook, parity: str) -> None:
    """A book that has rounds is not changed from one day to the next."""
    rounds = BookRound.objects.filter(company_id=book.company_id, book=book)
    if parity != book.parity and rounds.exists():
        raise CycleIsPlanned


def _changeable(scope: Scope, book_id: int, parity: str, from_month: int) -> ReadingBook:
    book = locked(ReadingBook, book_id, scope)
    scope.require_change(book.branch_id, RIGHT)
    if parity == book.parity:
        raise SameCycle
    opened = BookRound.objects.filter(company_id=scope.company_id, book=book, month__gte=from_month)
    last = opened.order_by("-month").first()
    if last is not None:
        raise MonthIsOpen(month=f"{last.month // 100}-{last.month % 100:02d}")
    standing = CycleChange.objects.filter(
        company_id=scope.company_id, book=book, state=CycleChange.State.PLANNED
    ).first()
    if standing is not None:
        raise PlannedAlready(month=f"{standing.from_month // 100}-{standing.from_month % 100:02d}")
    return book


def _end(row: CycleChange, state: str) -> None:
    row.state = state
    row.version += 1
    row.save(update_fields=["state", "version"])
