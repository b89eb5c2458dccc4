"""Reads of paper: books, sheets, what is still valid."""

from collections.abc import Sequence
from typing import Final

from django.db.models import Count, Q, QuerySet

from gasworks.foundation.scope import Scope
from gasworks.invoicing.models import PaperBook, Sheet
from gasworks.invoicing.types import BookCount, PrintedSheet
from gasworks.kernel.errors import NotThere

VIEW: Final = "invoicing.view"


def books(*, scope: Scope, outlet_id: int | None = None) -> QuerySet[PaperBook]:
    """Books of the company, newest first, for lists."""
    scope.require(VIEW)
    found = PaperBook.objects.filter(company_id=scope.company_id).select_related("outlet", "holder").order_by("-id")
    return found if outlet_id is None else found.filter(outlet_id=outlet_id)


def book_in_hand(*, scope: Scope, kind: str = PaperBook.Kind.RECEIPT) -> PaperBook | None:
    """The book that the actor prints from now: handed out to them, at their outlet, with sheets left; oldest first."""
    found = PaperBook.objects.filter(
        company_id=scope.company_id,
        holder_id=scope.actor_id,
        outlet_id=scope.outlet_id,
        kind=kind,
        state=PaperBook.State.OUT,
    )
    return next((book for book in found.order_by("id") if book.next_no <= book.last_no), None)


def sheets(*, scope: Scope, book_id: int | None = None) -> QuerySet[Sheet]:
    scope.require(VIEW)
    found = Sheet.objects.filter(company_id=scope.company_id).select_related("book", "printed_by").order_by("-id")
    return found if book_id is None else found.filter(book_id=book_id)


def valid_sheets(*, scope: Scope, sheet_ids: Sequence[int]) -> list[int]:
    """Those of the sheets that still count: printed, neither jammed nor void."""
    found = Sheet.objects.filter(company_id=scope.company_id, id__in=sheet_ids, state=Sheet.State.PRINTED)
    return list(found.order_by("id").values_list("id", flat=True))


def printed_sheet(*, scope: Scope, sheet_id: int) -> PrintedSheet:
    sheet = Sheet.objects.filter(pk=sheet_id, company_id=scope.company_id).select_related("book").first()
    if sheet is None:
        raise NotThere(key=sheet_id)
    return as_printed(sheet, sheet.book)


def as_printed(sheet: Sheet, book: PaperBook) -> PrintedSheet:
    return PrintedSheet(
        sheet_id=sheet.id,
        book_id=book.id,
        kind=book.kind,
        shown_number=shown_number(book, sheet.number),
        number=sheet.number,
        amount_fen=sheet.amount_fen,
        state=sheet.state,
        printed_at=sheet.printed_at,
    )


def shown_number(book: PaperBook, number: int) -> str:
    """The number as it stands on the pre-printed paper."""
    return f"{book.prefix}{number:0{book.width}d}"


def count_book(*, scope: Scope, book_id: int) -> BookCount:
    book = PaperBook.objects.filter(pk=book_id, company_id=scope.company_id).first()
    if book is None:
        raise NotThere(key=book_id)
    by_state = Sheet.objects.filter(company_id=scope.company_id, book=book).aggregate(
        printed=Count("id", filter=Q(state=Sheet.State.PRINTED)),
        jammed=Count("id", filter=Q(state=Sheet.State.JAMMED)),
        void=Count("id", filter=Q(state=Sheet.State.VOID)),
    )
    return BookCount(book_id=book_id, total=book.last_no - book.first_no + 1, **by_state)
