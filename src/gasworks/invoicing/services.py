"""Paper: books handed out, returned and written off; sheets printed, jammed, voided. A number is consumed at print."""

import datetime as dt
from collections.abc import Sequence
from typing import Final

from django.db import IntegrityError, transaction
from django.utils.translation import gettext_lazy as _

from gasworks.foundation import audit
from gasworks.foundation.models import Staff
from gasworks.foundation.scope import Scope
from gasworks.foundation.states import StateMachine, labels, register
from gasworks.foundation.versions import Seen, save_versioned
from gasworks.invoicing.models import PaperBook, Sheet, SheetItem
from gasworks.invoicing.selectors import as_printed, shown_number
from gasworks.invoicing.types import Part, PrintedSheet
from gasworks.kernel.errors import Forbidden, NotThere, Refusal, gettext_noop
from gasworks.receivables.services import mark_invoiced

BOOKS: Final = "invoicing.books"
PRINT: Final = "invoicing.print"
State = PaperBook.State

BOOK: Final = register(
    StateMachine(
        name="invoicing.book",
        states=labels(State),
        acts={
            "hand_out": _("Hand out"),
            "take_back": _("Take back"),
            "return": _("Return"),
            "write_off": _("Write off"),
        },
        table={
            (State.STOCK, "hand_out"): State.OUT,
            (State.OUT, "take_back"): State.STOCK,
            (State.OUT, "return"): State.RETURNED,
            (State.RETURNED, "write_off"): State.WRITTEN_OFF,
        },
    )
)


class NumbersTaken(Refusal):
    sentence = gettext_noop("Some of these numbers belong to another book.")


class NumbersBackwards(Refusal):
    sentence = gettext_noop("The last number is before the first.")


class NotYourBook(Refusal):
    sentence = gettext_noop("This book was not handed out to you here.")


class BookUsedUp(Refusal):
    sentence = gettext_noop("The book is used up. Take the next one.")


class NumberNotNext(Refusal):
    sentence = gettext_noop("The next number of the book is %(next)s. Compare it with the paper in the printer.")


class SheetNotValid(Refusal):
    sentence = gettext_noop("This sheet is void or jammed already.")


class ReasonMissing(Refusal):
    sentence = gettext_noop("Say why.")


class SheetsLeft(Refusal):
    sentence = gettext_noop("%(count)d sheets of the book are unused. Account for them first.")


@transaction.atomic
def receive_book(
    *, scope: Scope, kind: str, prefix: str, first_no: int, last_no: int, width: int, outlet_id: int, now: dt.datetime
) -> PaperBook:
    """Take a run of numbered paper into an outlet's stock."""
    scope.require(BOOKS)
    if last_no < first_no or first_no < 0:
        raise NumbersBackwards
    try:
        with transaction.atomic():
            book = PaperBook.objects.create(
                company_id=scope.company_id,
                kind=kind,
                prefix=prefix,
                first_no=first_no,
                last_no=last_no,
                next_no=first_no,
                width=width,
                outlet_id=outlet_id,
            )
    except IntegrityError as error:
        raise NumbersTaken from error
    _log(scope, "invoicing.receive_book", book, now)
    return book


@transaction.atomic
def hand_out(*, scope: Scope, book_id: int, holder_id: int, seen: int | Seen, now: dt.datetime) -> PaperBook:
    """领用: give a book to a person."""
    scope.require(BOOKS)
    book = _book(scope, book_id)
    if not Staff.objects.filter(pk=holder_id, home__company_id=scope.company_id, is_active=True).exists():
        raise NotThere(key=holder_id)
    return _move(scope, book, "hand_out", seen, now, holder_id=holder_id)


@transaction.atomic
def take_back(*, scope: Scope, book_id: int, seen: int | Seen, now: dt.datetime) -> PaperBook:
    """A book comes back into stock with sheets left, for somebody else."""
    scope.require(BOOKS)
    return _move(scope, _book(scope, book_id), "take_back", seen, now, holder_id=None)


@transaction.atomic
def return_book(*, scope: Scope, book_id: int, seen: int | Seen, now: dt.datetime) -> PaperBook:
    """缴销: the stubs of a book are returned; what is unused is spoilt, sheet by sheet, before."""
    scope.require(BOOKS)
    book = _book(scope, book_id)
    left = book.last_no - book.next_no + 1
    if left:
        raise SheetsLeft(count=left)
    return _move(scope, book, "return", seen, now)


@transaction.atomic
def write_off(*, scope: Scope, book_id: int, seen: int | Seen, now: dt.datetime) -> PaperBook:
    """核销: the returned book was checked against its sheets."""
    scope.require(BOOKS)
    return _move(scope, _book(scope, book_id), "write_off", seen, now)


@transaction.atomic
def print_sheet(
    *,
    scope: Scope,
    book_id: int,
    number: int,
    amount_fen: int,
    parts: Sequence[Part] = (),
    now: dt.datetime,
    reprint_of: int | None = None,
) -> PrintedSheet:
    """Consume the number that lies in the printer. ``parts`` are invoiced by an invoice sheet; a receipt has none.

    INV-1: no fen of an item is invoiced twice; an item that has not so much left refuses the whole sheet.
    """
    scope.require(PRINT)
    book = _next_in(scope, book_id, number)
    sheet = _consume(scope, book, Sheet.State.PRINTED, amount_fen, now, reprint_of=reprint_of)
    if book.kind == PaperBook.Kind.INVOICE and parts:
        mark_invoiced(scope=scope, parts=[(part.item_id, part.amount_fen) for part in parts])
        SheetItem.objects.bulk_create(
            SheetItem(company_id=scope.company_id, sheet=sheet, item_id=part.item_id, amount_fen=part.amount_fen)
            for part in parts
        )
    _log_sheet(scope, "invoicing.print", book, sheet, now)
    return as_printed(sheet, book)


@transaction.atomic
def spoil_next(*, scope: Scope, book_id: int, number: int, reason: str, now: dt.datetime) -> PrintedSheet:
    """The paper jammed or tore before anything was on it: its number is consumed all the same."""
    scope.require(PRINT)
    if not reason.strip():
        raise ReasonMissing
    book = _next_in(scope, book_id, number)
    sheet = _consume(scope, book, Sheet.State.JAMMED, 0, now, reason=reason)
    _log_sheet(scope, "invoicing.jam", book, sheet, now)
    return as_printed(sheet, book)


@transaction.atomic
def void_sheet(*, scope: Scope, sheet_id: int, reason: str, now: dt.datetime, jammed: bool = False) -> PrintedSheet:
    """票据作废: the paper is back and void (or came out ``jammed``); what it invoiced may be invoiced again."""
    scope.require(PRINT)
    if not reason.strip():
        raise ReasonMissing
    sheet = Sheet.objects.select_for_update(of=("self",)).filter(pk=sheet_id, company_id=scope.company_id).first()
    if sheet is None:
        raise NotThere(key=sheet_id)
    if sheet.state != Sheet.State.PRINTED:
        raise SheetNotValid
    if sheet.printed_by_id != scope.actor_id and not scope.may(BOOKS):
        raise Forbidden(right=BOOKS)
    sheet.state = Sheet.State.JAMMED if jammed else Sheet.State.VOID
    sheet.void_reason, sheet.voided_by_id, sheet.voided_at = reason[:200], scope.actor_id, now
    sheet.save(update_fields=["state", "void_reason", "voided_by", "voided_at"])
    parts = SheetItem.objects.filter(company_id=scope.company_id, sheet=sheet).values_list("item_id", "amount_fen")
    mark_invoiced(scope=scope, parts=[(item, -fen) for item, fen in parts])
    book = PaperBook.objects.get(pk=sheet.book_id)
    _log_sheet(scope, "invoicing.jam" if jammed else "invoicing.void", book, sheet, now, reason=reason[:200])
    return as_printed(sheet, book)


@transaction.atomic
def reprint(
    *, scope: Scope, sheet_id: int, book_id: int, number: int, reason: str, jammed: bool, now: dt.datetime
) -> PrintedSheet:
    """Void a sheet and print the same again on the next number."""
    parts = [
        Part(item, fen)
        for item, fen in SheetItem.objects.filter(company_id=scope.company_id, sheet_id=sheet_id).values_list(
            "item_id", "amount_fen"
        )
    ]
    old = void_sheet(scope=scope, sheet_id=sheet_id, reason=reason, now=now, jammed=jammed)
    return print_sheet(
        scope=scope,
        book_id=book_id,
        number=number,
        amount_fen=old.amount_fen,
        parts=parts,
        now=now,
        reprint_of=sheet_id,
    )


def _book(scope: Scope, book_id: int) -> PaperBook:
    book = PaperBook.objects.select_for_update().filter(pk=book_id, company_id=scope.company_id).first()
    if book is None:
        raise NotThere(key=book_id)
    return book


def _move(scope: Scope, book: PaperBook, act: str, seen: int | Seen, now: dt.datetime, **changes: object) -> PaperBook:
    changed = save_versioned(book, seen_version=seen, changes={"state": BOOK.after(book.state, act), **changes})
    _log(scope, f"invoicing.{act}_book", changed, now)
    return changed


def _next_in(scope: Scope, book_id: int, number: int) -> PaperBook:
    """The actor's book, locked, with ``number`` as its next sheet."""
    book = _book(scope, book_id)
    if book.state != State.OUT or book.holder_id != scope.actor_id:
        raise NotYourBook
    if book.next_no > book.last_no:
        raise BookUsedUp
    if number != book.next_no:
        raise NumberNotNext(next=shown_number(book, book.next_no))
    return book


def _consume(
    scope: Scope,
    book: PaperBook,
    state: str,
    amount_fen: int,
    now: dt.datetime,
    *,
    reprint_of: int | None = None,
    reason: str = "",
) -> Sheet:
    sheet = Sheet.objects.create(
        company_id=scope.company_id,
        book=book,
        number=book.next_no,
        state=state,
        amount_fen=amount_fen,
        reprint_of_id=reprint_of,
        printed_by_id=scope.actor_id,
        printed_at=now,
        void_reason=reason[:200],
    )
    PaperBook.objects.filter(pk=book.pk).update(next_no=book.next_no + 1)
    return sheet


def _log(scope: Scope, act: str, book: PaperBook, now: dt.datetime) -> None:
    numbers = f"{shown_number(book, book.first_no)}–{shown_number(book, book.last_no)}"
    audit.record(
        scope=scope,
        act=act,
        subject_kind="invoicing.book",
        subject_id=book.id,
        detail={"numbers": numbers, "holder": book.holder_id},
        now=now,
    )


def _log_sheet(scope: Scope, act: str, book: PaperBook, sheet: Sheet, now: dt.datetime, **detail: object) -> None:
    audit.record(
        scope=scope,
        act=act,
        subject_kind="invoicing.sheet",
        subject_id=sheet.id,
        amount_fen=sheet.amount_fen,
        detail={"number": shown_number(book, sheet.number), **detail},
        now=now,
    )
