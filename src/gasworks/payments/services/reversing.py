"""Taking a payment back: 撤销 in one's own open shift, 冲账 later; by mirror entries only, the last payment first."""

import datetime as dt
import uuid
from typing import Final

from django.db import connection, transaction

from gasworks.foundation import audit, events
from gasworks.foundation.approvals import Granted
from gasworks.foundation.request_keys import Answer, once
from gasworks.foundation.scope import Scope
from gasworks.invoicing.selectors import valid_sheets
from gasworks.kernel.errors import NotThere
from gasworks.ledger.selectors import account_by_role
from gasworks.ledger.services import head_office_day, post_entry, reverse_entry
from gasworks.ledger.types import Draft, EntryKind, Leg, PostingPlace
from gasworks.payments.events import PaymentReversed
from gasworks.payments.models import Payment, PaymentSheet, Shift
from gasworks.payments.refusals import (
    AdvanceUsedAlready,
    MoneyLaidAnew,
    NotTheLastPayment,
    PaperStillOut,
    ReasonMissing,
    ReversalNeedsApproval,
    ReversedAlready,
    ShiftNotOpen,
)
from gasworks.payments.services.shifts import share_shift
from gasworks.receivables.selectors import laid_anew
from gasworks.receivables.services import add_to_balance, cancel_items, lock_balances, take_back

WITHDRAW: Final = "payments.withdraw"
REVERSE: Final = "payments.reverse"
KEY_SPACE: Final = "payments.reverse"
APPROVAL: Final = "payments.reverse"
State = Payment.State


def reverse_payment(
    *,
    scope: Scope,
    payment_id: int,
    key: uuid.UUID,
    reason: str,
    today: dt.date,
    now: dt.datetime,
    shift_id: int | None = None,
) -> int:
    """Take back a whole payment; returns the id of the reversal. One key, one effect.

    In the actor's own open shift the right ``payments.withdraw`` is enough; anything later wants ``payments.reverse``,
    or an approval of that name. Cash comes out of ``shift_id``, the actor's open shift; other money goes back the way it
    came. Raises ReversedAlready, NotTheLastPayment, PaperStillOut, AdvanceUsedAlready, ReversalNeedsApproval, ShiftNotOpen.
    """
    if not reason.strip():
        raise ReasonMissing
    body = {"payment": payment_id, "reason": reason}
    answer = once(
        scope=scope,
        channel=KEY_SPACE,
        key=key,
        body=body,
        now=now,
        effect=lambda: _reverse(scope, payment_id, key, reason, shift_id, today, now, approved=False),
    )
    return int(answer["reversal_id"])


def carry_out_reversal(request: Granted, *, now: dt.datetime) -> int:
    """The approved reversal, under the asker's scope. The payload names reason, key, shift and business day."""
    payload = request.payload
    with transaction.atomic():
        answer = _reverse(
            request.scope,
            request.subject_id,
            uuid.UUID(payload["key"]),
            payload["reason"],
            payload.get("shift_id"),
            dt.date.fromisoformat(payload["today"]),
            now,
            approved=True,
        )
    return int(answer["reversal_id"])


def _reverse(
    scope: Scope,
    payment_id: int,
    key: uuid.UUID,
    reason: str,
    shift_id: int | None,
    today: dt.date,
    now: dt.datetime,
    *,
    approved: bool,
) -> Answer:
    payment = _payment(scope, payment_id)
    _refuse_without_right(scope, payment, shift_id, approved=approved)
    shift = None if payment.shift_id is None and shift_id is None else _own_shift(scope, shift_id)
    place = PostingPlace(shift.outlet_id, shift.posting_day) if shift else head_office_day(scope=scope, today=today)
    with connection.cursor() as cursor:
        cursor.execute("SELECT ledger_take_day(%s, %s, %s)", [scope.company_id, place.outlet_id, place.day])
    lock_balances(scope=scope, agreement_ids=[payment.agreement_id])
    payment = _payment(scope, payment_id)
    _refuse_reversal(scope, payment)
    reversal = _write(scope, payment, place, shift, key, now)
    audit.record(
        scope=scope,
        act="payments.reverse",
        subject_kind="payments.payment",
        subject_id=payment.id,
        amount_fen=-payment.amount_fen,
        now=now,
        detail={"reversal": reversal.id, "agreement": payment.agreement_id, "reason": reason[:200]},
    )
    events.publish(
        PaymentReversed(
            payment_id=payment.id,
            reversal_id=reversal.id,
            agreement_id=payment.agreement_id,
            amount_fen=payment.amount_fen,
        ),
        company_id=scope.company_id,
        now=now,
    )
    return {"reversal_id": reversal.id}


def _write(
    scope: Scope, payment: Payment, place: PostingPlace, shift: Shift | None, key: uuid.UUID, now: dt.datetime
) -> Payment:
    with connection.cursor() as cursor:
        cursor.execute("SELECT nextval('payments_payment_id_seq')")
        (reversal_id,) = cursor.fetchone()
    mirror = reverse_entry(
        scope=scope,
        entry_id=payment.entry_id,
        kind=EntryKind.PAYMENT_REVERSAL,
        source=reversal_id,
        place=place,
        now=now,
    )
    if payment.means == Payment.Means.CASH and shift is not None and shift.id != payment.shift_id:
        _move_cash(scope, payment, shift, reversal_id, now)
    late_fees = take_back(scope=scope, entry_id=payment.entry_id, mirror_id=mirror)
    add_to_balance(scope=scope, agreement_id=payment.agreement_id, delta_fen=payment.amount_fen)
    for fee in late_fees:
        _cancel_late_fee(scope, fee.item_id, fee.entry_id, place, now)
    reversal = Payment.objects.create(
        id=reversal_id,
        company_id=scope.company_id,
        agreement_id=payment.agreement_id,
        entry_id=mirror,
        outlet_id=place.outlet_id,
        shift=shift,
        channel_id=payment.channel_id,
        means=payment.means,
        posting_day=place.day,
        amount_fen=-payment.amount_fen,
        tendered_fen=-payment.amount_fen,
        advance_fen=-payment.advance_fen,
        key=key,
        state=State.REVERSAL,
        reverses=payment,
        taken_by_id=scope.actor_id,
        at=now,
    )
    Payment.objects.filter(pk=payment.id).update(state=State.REVERSED, reversed_by_id=reversal_id)
    return reversal


def _move_cash(scope: Scope, payment: Payment, shift: Shift, source: int, now: dt.datetime) -> None:
    """The mirror gives the first shift's cash back on paper; the notes came out of this one's drawer."""
    cash = account_by_role(scope=scope, role="cash")
    leg = Leg(cash, cash, payment.amount_fen, debit_party=payment.shift_id, credit_party=shift.id)
    draft = Draft(shift.outlet_id, shift.posting_day, EntryKind.SHIFT_TRANSFER, source, (leg,))
    post_entry(scope=scope, draft=draft, now=now)


def _cancel_late_fee(scope: Scope, item_id: int, entry_id: int, place: PostingPlace, now: dt.datetime) -> None:
    """A late fee that was charged with the payment goes with it; it is reckoned anew when the item is paid."""
    undone = reverse_entry(
        scope=scope, entry_id=entry_id, kind=EntryKind.CHARGE_CANCEL, source=item_id, place=place, now=now
    )
    cancel_items(scope=scope, item_ids=[item_id], entry_id=undone, now=now)


def _refuse_without_right(scope: Scope, payment: Payment, shift_id: int | None, *, approved: bool) -> None:
    own = payment.shift_id is not None and payment.shift_id == shift_id and payment.taken_by_id == scope.actor_id
    if own or approved:
        scope.require(WITHDRAW)
    elif not scope.may(REVERSE):
        scope.require(WITHDRAW)
        raise ReversalNeedsApproval


def _refuse_reversal(scope: Scope, payment: Payment) -> None:
    if payment.state != State.TAKEN:
        raise ReversedAlready
    later = Payment.objects.filter(
        company_id=scope.company_id,
        agreement_id=payment.agreement_id,
        id__gt=payment.id,
        state__in=(State.TAKEN, State.REFUND),
    )
    if later.exists():
        raise NotTheLastPayment
    sheets = PaymentSheet.objects.filter(company_id=scope.company_id, payment=payment).values_list(
        "sheet_id", flat=True
    )
    if valid_sheets(scope=scope, sheet_ids=list(sheets)):
        raise PaperStillOut
    if laid_anew(scope=scope, entry_id=payment.entry_id):
        raise MoneyLaidAnew
    if payment.advance_fen and _advance_left(payment) != payment.advance_fen:
        raise AdvanceUsedAlready


def _advance_left(payment: Payment) -> int:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT COALESCE(sum(-open_fen), 0) FROM receivables_openitem WHERE source_id = %s AND gross_fen < 0",
            [payment.entry_id],
        )
        return int(cursor.fetchone()[0])


def _payment(scope: Scope, payment_id: int) -> Payment:
    found = Payment.objects.filter(pk=payment_id, company_id=scope.company_id).first()
    if found is None:
        raise NotThere(key=payment_id)
    return found


def _own_shift(scope: Scope, shift_id: int | None) -> Shift:
    if shift_id is None:
        raise ShiftNotOpen
    return share_shift(scope=scope, shift_id=shift_id)
