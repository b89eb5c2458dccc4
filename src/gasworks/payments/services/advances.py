"""Advances (预存款): used for what is owed, or given back."""

import datetime as dt
import uuid
from typing import Final

from django.db import connection, transaction

from gasworks.foundation import audit, events
from gasworks.foundation.request_keys import Answer, once
from gasworks.foundation.scope import Scope
from gasworks.kernel.money import yuan
from gasworks.ledger.selectors import accounts_by_role
from gasworks.ledger.services import head_office_day, post_entry
from gasworks.ledger.types import Draft, EntryKind, Leg, PostingPlace
from gasworks.payments.events import AdvanceRefunded, AdvanceUsed
from gasworks.payments.models import Channel, Payment
from gasworks.payments.refusals import (
    AmountsDoNotFit,
    ChannelNotInUse,
    MoreThanInDrawer,
    NotSoMuchAdvance,
    ReasonMissing,
)
from gasworks.payments.selectors import count_shift
from gasworks.payments.services.setup import COUNTER
from gasworks.payments.services.shifts import share_shift
from gasworks.receivables.allocation import allocate, draw
from gasworks.receivables.selectors import read_account
from gasworks.receivables.services import add_to_balance, allocate_items, lock_balances
from gasworks.receivables.types import Account, Allocation

TAKE: Final = "payments.take"
REVERSE: Final = "payments.reverse"
REFUND_KEYS: Final = "payments.refund"
AUTO_USE: Final = "payments.advance_auto_use"


@transaction.atomic
def use_advance(
    *, scope: Scope, agreement_id: int, today: dt.date, now: dt.datetime, chosen: frozenset[int] | None = None
) -> int:
    """Lay the advance against what is owed, oldest first; returns the fen used, nought when there is nothing to do.

    Posts at the head office. The balance does not change: both sides are the customer's.
    """
    scope.require(TAKE)
    return lay_advance(scope=scope, agreement_id=agreement_id, today=today, now=now, chosen=chosen)


def lay_advance(
    *, scope: Scope, agreement_id: int, today: dt.date, now: dt.datetime, chosen: frozenset[int] | None = None
) -> int:
    """The same inside a transaction whose own right was asked for: closing an account sets the final bill off."""
    place = head_office_day(scope=scope, today=today)
    lock_balances(scope=scope, agreement_ids=[agreement_id])
    account = read_account(scope=scope, agreement_id=agreement_id)
    laid = allocate(account.dues, account.advance_fen, chosen=chosen)
    used = laid.allocated_fen
    if not used:
        return 0
    drawn = draw(account.credits, used)
    entry_id = _post_use(scope, account, laid, place, now)
    allocate_items(scope=scope, entry_id=entry_id, shares=[*laid.shares, *drawn.shares])
    audit.record(
        scope=scope,
        act="payments.use_advance",
        subject_kind="customers.agreement",
        subject_id=agreement_id,
        amount_fen=used,
        detail={"entry": entry_id},
        now=now,
    )
    events.publish(AdvanceUsed(agreement_id=agreement_id, amount_fen=used), company_id=scope.company_id, now=now)
    return used


def refund_advance(
    *,
    scope: Scope,
    agreement_id: int,
    amount_fen: int,
    means: str,
    key: uuid.UUID,
    reason: str,
    shift_id: int,
    now: dt.datetime,
    channel: str = COUNTER,
) -> int:
    """Give back part of an advance from the actor's shift; returns the id of the refund. One key, one effect."""
    scope.require(REVERSE)
    if not reason.strip():
        raise ReasonMissing
    body = {"agreement": agreement_id, "amount_fen": amount_fen, "means": means, "shift": shift_id, "channel": channel}
    answer = once(
        scope=scope,
        channel=REFUND_KEYS,
        key=key,
        body=body,
        now=now,
        effect=lambda: _refund(scope, agreement_id, amount_fen, means, key, reason, shift_id, channel, now),
    )
    return int(answer["payment_id"])


def _refund(
    scope: Scope,
    agreement_id: int,
    amount_fen: int,
    means: str,
    key: uuid.UUID,
    reason: str,
    shift_id: int,
    channel: str,
    now: dt.datetime,
) -> Answer:
    shift = share_shift(scope=scope, shift_id=shift_id)
    channel_id = Channel.objects.filter(company_id=scope.company_id, code=channel).values_list("id", flat=True).first()
    if channel_id is None:
        raise ChannelNotInUse
    with connection.cursor() as cursor:
        cursor.execute("SELECT ledger_take_day(%s, %s, %s)", [scope.company_id, shift.outlet_id, shift.posting_day])
    lock_balances(scope=scope, agreement_ids=[agreement_id])
    account = read_account(scope=scope, agreement_id=agreement_id)
    if amount_fen <= 0:
        raise AmountsDoNotFit
    if amount_fen > account.advance_fen:
        raise NotSoMuchAdvance(advance=yuan(account.advance_fen))
    cash = means == Payment.Means.CASH
    held = count_shift(scope=scope, shift_id=shift_id).expected_fen
    if cash and amount_fen > held:
        raise MoreThanInDrawer(held=yuan(held))
    with connection.cursor() as cursor:
        cursor.execute("SELECT nextval('payments_payment_id_seq')")
        (payment_id,) = cursor.fetchone()
    gl = accounts_by_role(scope=scope)
    money, party = (gl["cash"], shift.id) if cash else (gl["channel_transit"], channel_id)
    leg = Leg(gl["advance"], money, amount_fen, agreement_id, party)
    draft = Draft(shift.outlet_id, shift.posting_day, EntryKind.REFUND, payment_id, (leg,))
    entry_id = post_entry(scope=scope, draft=draft, now=now)
    allocate_items(scope=scope, entry_id=entry_id, shares=draw(account.credits, amount_fen).shares)
    add_to_balance(scope=scope, agreement_id=agreement_id, delta_fen=amount_fen)
    Payment.objects.create(
        id=payment_id,
        company_id=scope.company_id,
        agreement_id=agreement_id,
        entry_id=entry_id,
        outlet_id=shift.outlet_id,
        shift=shift,
        channel_id=channel_id,
        means=means,
        posting_day=shift.posting_day,
        amount_fen=-amount_fen,
        tendered_fen=-amount_fen,
        advance_fen=-amount_fen,
        key=key,
        state=Payment.State.REFUND,
        taken_by_id=scope.actor_id,
        at=now,
    )
    audit.record(
        scope=scope,
        act="payments.refund_advance",
        subject_kind="payments.payment",
        subject_id=payment_id,
        amount_fen=-amount_fen,
        detail={"agreement": agreement_id, "reason": reason[:200]},
        now=now,
    )
    events.publish(
        AdvanceRefunded(payment_id=payment_id, agreement_id=agreement_id, amount_fen=amount_fen),
        company_id=scope.company_id,
        now=now,
    )
    return {"payment_id": payment_id}


def _post_use(scope: Scope, account: Account, laid: Allocation, place: PostingPlace, now: dt.datetime) -> int:
    """Debit the advance, credit each receivable account. The source is the entry's own number, drawn from its sequence."""
    accounts = {due.item_id: due.receivable_gl for due in account.dues}
    sums: dict[int, int] = {}
    for share in laid.shares:
        sums[accounts[share.item_id]] = sums.get(accounts[share.item_id], 0) + share.amount_fen
    advance = accounts_by_role(scope=scope)["advance"]
    party = account.agreement_id
    legs = tuple(Leg(advance, gl, fen, party, party) for gl, fen in sorted(sums.items()))
    with connection.cursor() as cursor:
        cursor.execute("SELECT nextval('ledger_entry_id_seq')")
        (source,) = cursor.fetchone()
    draft = Draft(place.outlet_id, place.day, EntryKind.ADVANCE_USE, source, legs)
    return post_entry(scope=scope, draft=draft, now=now)
