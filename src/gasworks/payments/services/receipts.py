"""Receipts on pre-printed paper: which sheet shows which payments. One sheet may cover many payments of one customer."""

import datetime as dt
from collections.abc import Sequence

from django.db import transaction

from gasworks.foundation.scope import Scope
from gasworks.invoicing import services as invoicing
from gasworks.invoicing.selectors import valid_sheets
from gasworks.invoicing.types import PrintedSheet
from gasworks.kernel.errors import NotThere, Refusal, gettext_noop
from gasworks.payments.models import Payment, PaymentSheet


class ReceiptOut(Refusal):
    sentence = gettext_noop("A valid receipt of this payment is out already. Void it, or print it again.")


class NotToBePrinted(Refusal):
    sentence = gettext_noop("Only money that was taken gets a receipt; a payment taken back does not.")


@transaction.atomic
def print_receipt(
    *, scope: Scope, payment_ids: Sequence[int], book_id: int, number: int, now: dt.datetime
) -> PrintedSheet:
    """Consume the next sheet of the actor's book for these payments."""
    payments = list(
        Payment.objects.select_for_update(of=("self",)).filter(company_id=scope.company_id, id__in=payment_ids)
    )
    if not payments or len(payments) != len(set(payment_ids)):
        raise NotThere(key=", ".join(map(str, payment_ids)))
    if any(payment.state != Payment.State.TAKEN for payment in payments):
        raise NotToBePrinted
    if sheets_of(scope=scope, payment_ids=payment_ids):
        raise ReceiptOut
    sheet = invoicing.print_sheet(
        scope=scope, book_id=book_id, number=number, amount_fen=sum(p.amount_fen for p in payments), now=now
    )
    _link(scope, sheet, payment_ids)
    return sheet


@transaction.atomic
def reprint_receipt(
    *, scope: Scope, sheet_id: int, book_id: int, number: int, reason: str, jammed: bool, now: dt.datetime
) -> PrintedSheet:
    """Void the sheet and show the same payments on the next one."""
    shown = payments_on(scope=scope, sheet_id=sheet_id)
    sheet = invoicing.reprint(
        scope=scope, sheet_id=sheet_id, book_id=book_id, number=number, reason=reason, jammed=jammed, now=now
    )
    _link(scope, sheet, shown)
    return sheet


def sheets_of(*, scope: Scope, payment_ids: Sequence[int]) -> list[int]:
    """Valid sheets of these payments."""
    found = PaymentSheet.objects.filter(company_id=scope.company_id, payment_id__in=payment_ids)
    return valid_sheets(scope=scope, sheet_ids=list(found.values_list("sheet_id", flat=True)))


def all_sheets_of(*, scope: Scope, payment_id: int) -> list[int]:
    """Every sheet that this payment was ever shown on, oldest first."""
    found = PaymentSheet.objects.filter(company_id=scope.company_id, payment_id=payment_id)
    return list(found.order_by("sheet_id").values_list("sheet_id", flat=True))


def payments_on(*, scope: Scope, sheet_id: int) -> list[int]:
    found = PaymentSheet.objects.filter(company_id=scope.company_id, sheet_id=sheet_id)
    return list(found.order_by("id").values_list("payment_id", flat=True))


def _link(scope: Scope, sheet: PrintedSheet, payment_ids: Sequence[int]) -> None:
    PaymentSheet.objects.bulk_create(
        PaymentSheet(company_id=scope.company_id, payment_id=payment_id, sheet_id=sheet.sheet_id)
        for payment_id in payment_ids
    )
