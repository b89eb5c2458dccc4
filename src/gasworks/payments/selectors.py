"""Reads of payments: shifts, drawers, payments and what they paid."""

import datetime as dt
import uuid
from collections.abc import Sequence
from typing import Any, Final

from django.db import connection
from django.db.models import F, QuerySet

from gasworks.foundation.prepared import number, prepared
from gasworks.foundation.scope import Scope
from gasworks.invoicing.selectors import printed_sheet
from gasworks.invoicing.types import PrintedSheet
from gasworks.kernel.errors import NotThere
from gasworks.payments.models import Channel, Payment, PaymentSheet, Shift
from gasworks.payments.types import PaidItem, PaymentView, ShiftCount

VIEW: Final = "payments.view"

_OWN_SHIFT = "SELECT id FROM payments_shift WHERE company_id = %s AND cashier_id = %s AND state = 'open'"
_MEANS = """
SELECT p.means, count(*) FILTER (WHERE p.state IN (1, 2)), sum(p.amount_fen)::bigint, count(*) FILTER (WHERE p.state = 3)
  FROM payments_payment p WHERE p.company_id = %s AND p.shift_id = %s GROUP BY p.means ORDER BY p.means
"""
_BANKED = "SELECT COALESCE(sum(amount_fen), 0)::bigint FROM payments_banking WHERE company_id = %s AND shift_id = %s"
_ITEMS = """
SELECT a.entry_id, i.id, t.name, t.name_en, i.month, a.amount_fen, CASE WHEN e.kind = 1 THEN e.source END
  FROM receivables_allocation a
  JOIN receivables_openitem i ON i.id = a.item_id
  JOIN receivables_feetype t ON t.id = i.fee_type_id
  JOIN ledger_entry e ON e.id = i.source_id
 WHERE a.company_id = %s AND a.entry_id = ANY(%s) AND i.gross_fen > 0
 ORDER BY a.entry_id, a.seq
"""


def open_shift_of(*, scope: Scope) -> Shift | None:
    """The actor's own open shift, wherever it is."""
    found = Shift.objects.filter(company_id=scope.company_id, cashier_id=scope.actor_id, state=Shift.State.OPEN)
    return next(iter(found.select_related("outlet")), None)


def open_shift_id(*, scope: Scope) -> int | None:
    """The same, its number only: what each payment at the counter asks."""
    with prepared() as cursor:
        cursor.execute(_OWN_SHIFT, [str(scope.company_id), number(scope.actor_id)])
        row = cursor.fetchone()
    return row[0] if row else None


def shifts(*, scope: Scope, outlet_id: int | None = None, day: dt.date | None = None) -> QuerySet[Shift]:
    """Shifts of the company, newest first, for lists."""
    scope.require(VIEW)
    found = Shift.objects.filter(company_id=scope.company_id).select_related("outlet", "cashier").order_by("-id")
    if outlet_id is not None:
        found = found.filter(outlet_id=outlet_id)
    return found.filter(posting_day=day) if day is not None else found


def count_shift(*, scope: Scope, shift_id: int) -> ShiftCount:
    """What should be in the drawer, and what was taken by each means: (means, payments, net fen)."""
    shift = Shift.objects.filter(pk=shift_id, company_id=scope.company_id).first()
    if shift is None:
        raise NotThere(key=shift_id)
    with connection.cursor() as cursor:
        cursor.execute(_MEANS, [scope.company_id, shift_id])
        rows = cursor.fetchall()
        cursor.execute(_BANKED, [scope.company_id, shift_id])
        (banked,) = cursor.fetchone()
    return ShiftCount(
        shift_id=shift_id,
        float_fen=shift.float_fen,
        cash_fen=sum(fen for means, _, fen, _ in rows if means == Payment.Means.CASH),
        banked_fen=banked,
        by_means=tuple((means, count, fen) for means, count, fen, _ in rows),
        reversed_count=sum(row[3] for row in rows),
    )


def channels(*, scope: Scope) -> list[Channel]:
    return list(Channel.objects.filter(company_id=scope.company_id, active=True).order_by("id"))


def payments(*, scope: Scope) -> QuerySet[Payment]:
    """Payments of the company, newest first, for lists; filter by agreement, shift or posting day."""
    scope.require(VIEW)
    return Payment.objects.filter(company_id=scope.company_id).order_by("-id")


def late_channel_payments(*, scope: Scope, from_on: dt.date, to_on: dt.date) -> QuerySet[Payment]:
    """Acknowledged payments whose channel day was closed here already when they came: booked on a later day."""
    scope.require(VIEW)
    found = Payment.objects.filter(company_id=scope.company_id, posting_day__gte=from_on, posting_day__lt=to_on)
    return found.filter(channel_on__lt=F("posting_day")).order_by("-id")


def payments_of_key(*, scope: Scope, key: uuid.UUID) -> list[int]:
    """The payments that one request took, in the order of their agreements."""
    found = Payment.objects.filter(company_id=scope.company_id, key=key).exclude(state=Payment.State.REVERSAL)
    return list(found.order_by("id").values_list("id", flat=True))


def papers_of(*, scope: Scope, payment_ids: Sequence[int]) -> list[PrintedSheet]:
    """The sheets that showed these payments, newest first, void and jammed ones too."""
    links = PaymentSheet.objects.filter(company_id=scope.company_id, payment_id__in=payment_ids)
    sheet_ids = sorted(set(links.values_list("sheet_id", flat=True)), reverse=True)
    return [printed_sheet(scope=scope, sheet_id=key) for key in sheet_ids]


def payments_on_sheet(*, scope: Scope, sheet_id: int) -> list[int]:
    """The payments that a sheet shows."""
    links = PaymentSheet.objects.filter(company_id=scope.company_id, sheet_id=sheet_id)
    return list(links.order_by("payment_id").values_list("payment_id", flat=True))


def payment_views(*, scope: Scope, payment_ids: Sequence[int]) -> list[PaymentView]:
    """Payments with what they paid, as pages and receipts show them, in the order asked for. Three queries."""
    rows = Payment.objects.filter(company_id=scope.company_id, id__in=payment_ids).select_related(
        "channel", "outlet", "taken_by"
    )
    found = {row.id: row for row in rows}
    missing = [key for key in payment_ids if key not in found]
    if missing:
        raise NotThere(key=missing[0])
    items = _items_by_entry(scope, [row.entry_id for row in found.values()])
    return [_view(found[key], items.get(found[key].entry_id, ())) for key in payment_ids]


def _items_by_entry(scope: Scope, entry_ids: Sequence[int]) -> dict[int, tuple[PaidItem, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(_ITEMS, [scope.company_id, list(entry_ids)])
        rows = cursor.fetchall()
    found: dict[int, list[PaidItem]] = {}
    for entry_id, *item in rows:
        found.setdefault(entry_id, []).append(PaidItem(*item))
    return {entry_id: tuple(items) for entry_id, items in found.items()}


def _view(row: Any, items: tuple[PaidItem, ...]) -> PaymentView:
    return PaymentView(
        payment_id=row.id,
        agreement_id=row.agreement_id,
        key=row.key,
        at=row.at,
        posting_day=row.posting_day,
        means=row.means,
        channel=row.channel.name,
        outlet_name=row.outlet.name,
        cashier_name=row.taken_by.full_name if row.taken_by else "",
        amount_fen=row.amount_fen,
        tendered_fen=row.tendered_fen,
        advance_fen=row.advance_fen,
        state=row.state,
        items=items,
    )
