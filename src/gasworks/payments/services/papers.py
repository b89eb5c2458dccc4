"""Receipts and invoices of payments: one sheet may show many; a payment has at most one valid sheet."""

import datetime as dt
from collections.abc import Sequence
from typing import Final

from django.db import transaction

from gasworks.foundation.scope import Scope
from gasworks.invoicing import services as invoicing
from gasworks.invoicing.selectors import valid_sheets
from gasworks.invoicing.types import Part, PrintedSheet
from gasworks.kernel.errors import NotThere
from gasworks.payments.models import Payment, PaymentSheet
from gasworks.payments.refusals import NotPrintable, PaperOutAlready
from gasworks.payments.selectors import payment_views

PRINT: Final = "invoicing.print"


@transaction.atomic
def print_receipt(
    *, scope: Scope, payment_ids: Sequence[int], book_id: int, number: int, now: dt.datetime
) -> PrintedSheet:
    """Print payments on the sheet that lies in the printer; ``number`` is what the clerk sees on it.

    A sheet of an invoice book also invoices the items that were paid (INV-1). Raises PaperOutAlready, NotPrintable,
    NotYourBook, NumberNotNext, BookUsedUp, InvoicedAlready; then no number is consumed.
    """
    scope.require(PRINT)
    rows = _lock(scope, payment_ids)
    links = PaymentSheet.objects.filter(company_id=scope.company_id, payment_id__in=payment_ids)
    if valid_sheets(scope=scope, sheet_ids=list(links.values_list("sheet_id", flat=True))):
        raise PaperOutAlready
    sheet = invoicing.print_sheet(
        scope=scope,
        book_id=book_id,
        number=number,
        amount_fen=sum(row.amount_fen for row in rows),
        parts=_parts(scope, payment_ids),
        now=now,
    )
    _link(scope, payment_ids, sheet.sheet_id)
    return sheet


@transaction.atomic
def reprint_receipt(
    *, scope: Scope, sheet_id: int, book_id: int, number: int, reason: str, jammed: bool, now: dt.datetime
) -> PrintedSheet:
    """Void (or mark as jammed) a sheet and print the same payments on the next number."""
    scope.require(PRINT)
    links = PaymentSheet.objects.filter(company_id=scope.company_id, sheet_id=sheet_id)
    payment_ids = list(links.order_by("payment_id").values_list("payment_id", flat=True))
    if not payment_ids:
        raise NotThere(key=sheet_id)
    _lock(scope, payment_ids)
    sheet = invoicing.reprint(
        scope=scope, sheet_id=sheet_id, book_id=book_id, number=number, reason=reason, jammed=jammed, now=now
    )
    _link(scope, payment_ids, sheet.sheet_id)
    return sheet


def _lock(scope: Scope, payment_ids: Sequence[int]) -> list[Payment]:
    found = Payment.objects.select_for_update(of=("self",)).filter(company_id=scope.company_id, id__in=payment_ids)
    rows = list(found.order_by("id"))
    if len(rows) != len(set(payment_ids)) or not rows:
        raise NotThere(key=", ".join(str(key) for key in payment_ids))
    if any(row.state != Payment.State.TAKEN for row in rows):
        raise NotPrintable
    return rows


def _parts(scope: Scope, payment_ids: Sequence[int]) -> list[Part]:
    """What the payments paid, summed by item."""
    sums: dict[int, int] = {}
    for view in payment_views(scope=scope, payment_ids=payment_ids):
        for item in view.items:
            sums[item.item_id] = sums.get(item.item_id, 0) + item.amount_fen
    return [Part(item_id, fen) for item_id, fen in sorted(sums.items())]


def _link(scope: Scope, payment_ids: Sequence[int], sheet_id: int) -> None:
    PaymentSheet.objects.bulk_create(
        PaymentSheet(company_id=scope.company_id, payment_id=key, sheet_id=sheet_id) for key in sorted(set(payment_ids))
    )
