"""Reading books and the walk through them."""

import datetime as dt
from collections.abc import Sequence
from typing import Any, Final

from django.db import connection
from django.db.models import Max

from gasworks.customers import selectors as customers
from gasworks.customers.services import NotABranch
from gasworks.foundation.bulk import copy_rows
from gasworks.foundation.models import OrgUnit, Staff
from gasworks.foundation.scope import Scope
from gasworks.foundation.versions import Seen, save_versioned
from gasworks.kernel.errors import NotThere, Refusal, gettext_noop
from gasworks.metering.models import BookSeat, ReadingBook
from gasworks.metering.services._within import act_of, locked, note
from gasworks.metering.services.cycles import refuse_unplanned

RIGHT: Final = "metering.books"
STEP: Final = 10
"""Sequence numbers leave gaps, so that a new seat fits between two others."""


class BookCodeTaken(Refusal):
    sentence = gettext_noop("The book code %(code)s is taken.")


class SeatsOfOtherBranches(Refusal):
    sentence = gettext_noop("%(count)d of the supply points belong to another branch than the book.")


class WalkChanged(Refusal):
    sentence = gettext_noop("The walk of this book was changed by somebody else. Load the page again.")


class NotAReader(Refusal):
    sentence = gettext_noop("The reader of a book works in your company.")


def create_book(
    *,
    scope: Scope,
    branch_id: int,
    code: str,
    name: str,
    now: dt.datetime,
    parity: str = "monthly",
    read_day: int = 1,
    reader_id: int | None = None,
) -> ReadingBook:
    scope.require_change(branch_id, RIGHT)
    if not OrgUnit.objects.filter(pk=branch_id, company_id=scope.company_id, kind=OrgUnit.Kind.BRANCH).exists():
        raise NotABranch
    _require_reader(scope, reader_id)
    with act_of(scope):
        if ReadingBook.objects.filter(company_id=scope.company_id, code=code).exists():
            raise BookCodeTaken(code=code)
        book = ReadingBook.objects.create(
            company_id=scope.company_id,
            branch_id=branch_id,
            code=code,
            name=name,
            parity=parity,
            read_day=read_day,
            reader_id=reader_id,
        )
        note(scope, "create_book", book, now, {"code": code})
    return book


def change_book(
    *, scope: Scope, book_id: int, seen: int | Seen, changes: dict[str, Any], now: dt.datetime
) -> ReadingBook:
    """Another name, day or reader. The branch of a book does not change: its seats belong there.

    The cycle changes here only before the first round; afterwards by a plan (``cycles``).
    """
    with act_of(scope):
        book = locked(ReadingBook, book_id, scope)
        scope.require_change(book.branch_id, RIGHT)
        refuse_unplanned(book, changes.get("parity", book.parity))
        reader = changes.get("reader")
        _require_reader(scope, reader.id if reader else changes.get("reader_id"))
        saved = save_versioned(book, seen_version=seen, changes=changes)
        note(scope, "change_book", saved, now, {"fields": sorted(changes)})
    return saved


def assign_seats(*, scope: Scope, book_id: int, supply_point_ids: Sequence[int], now: dt.datetime) -> int:
    """Put supply points at the end of the walk; those of another book leave it. Returns how many."""
    wanted = list(dict.fromkeys(supply_point_ids))
    with act_of(scope):
        book = locked(ReadingBook, book_id, scope)
        scope.require_change(book.branch_id, RIGHT)
        _require_points(scope, book, wanted)
        BookSeat.objects.filter(company_id=scope.company_id, supply_point_id__in=wanted).delete()
        last = last_sequence(book)
        copy_rows(
            BookSeat,
            ("company", "book", "supply_point", "sequence"),
            ((scope.company_id, book.id, point, last + (i + 1) * STEP) for i, point in enumerate(wanted)),
        )
        note(scope, "assign_seats", book, now, {"count": len(wanted)})
    return len(wanted)


def leave_book(*, scope: Scope, book_id: int, supply_point_ids: Sequence[int], now: dt.datetime) -> int:
    """Take supply points out of a book; they are then listed as without a book."""
    with act_of(scope):
        book = locked(ReadingBook, book_id, scope)
        scope.require_change(book.branch_id, RIGHT)
        gone, _ = BookSeat.objects.filter(
            company_id=scope.company_id, book=book, supply_point_id__in=list(supply_point_ids)
        ).delete()
        note(scope, "leave_book", book, now, {"count": gone})
    return gone


def reorder_seats(*, scope: Scope, book_id: int, seen: int, seat_ids: Sequence[int], now: dt.datetime) -> ReadingBook:
    """Give the walk a new order: every seat of the book, in the order in which it is walked."""
    with act_of(scope):
        book = locked(ReadingBook, book_id, scope)
        scope.require_change(book.branch_id, RIGHT)
        present = set(BookSeat.objects.filter(company_id=scope.company_id, book=book).values_list("id", flat=True))
        if present != set(seat_ids) or len(present) != len(seat_ids):
            raise WalkChanged
        saved = save_versioned(book, seen_version=seen, changes={})
        _write_order(seat_ids)
        note(scope, "reorder_seats", saved, now, {"count": len(seat_ids)})
    return saved


def move_seat(*, scope: Scope, book_id: int, seen: int, seat_id: int, place: int, now: dt.datetime) -> ReadingBook:
    """Move one seat to a place of the walk (1 is the first)."""
    rows = BookSeat.objects.filter(company_id=scope.company_id, book_id=book_id).order_by("sequence", "id")
    order = [key for key in rows.values_list("id", flat=True) if key != seat_id]
    if len(order) == rows.count():
        raise NotThere(key=seat_id)
    order.insert(min(max(place - 1, 0), len(order)), seat_id)
    return reorder_seats(scope=scope, book_id=book_id, seen=seen, seat_ids=order, now=now)


def last_sequence(book: ReadingBook) -> int:
    found = BookSeat.objects.filter(company_id=book.company_id, book=book).aggregate(last=Max("sequence"))
    return found["last"] or 0


def _write_order(seat_ids: Sequence[int]) -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE metering_bookseat s SET sequence = i.place * %s"
            " FROM unnest(%s::bigint[]) WITH ORDINALITY AS i (id, place) WHERE s.id = i.id",
            [STEP, list(seat_ids)],
        )


def _require_points(scope: Scope, book: ReadingBook, wanted: Sequence[int]) -> None:
    found = customers.branches_of(scope=scope, supply_point_ids=wanted)
    missing = [point for point in wanted if point not in found]
    if missing:
        raise NotThere(key=missing[0])
    strange = sum(branch != book.branch_id for branch in found.values())
    if strange:
        raise SeatsOfOtherBranches(count=strange)


def _require_reader(scope: Scope, reader_id: int | None) -> None:
    if reader_id is None:
        return
    staff = Staff.objects.filter(pk=reader_id).select_related("home").first()
    if staff is None or scope.company_id not in (staff.home.company_id, staff.home_id):
        raise NotAReader
