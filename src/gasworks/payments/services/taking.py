"""Taking money: key, locks, check, and all rows in one database call (DESIGN §7)."""

import datetime as dt
import time
import uuid
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

from django.db import DatabaseError, connection, transaction

from gasworks.foundation.request_keys import body_hash
from gasworks.foundation.scope import Scope
from gasworks.ledger.services import head_office_day
from gasworks.ledger.types import PostingPlace
from gasworks.payments.models import Shift
from gasworks.payments.planning import plan_payment
from gasworks.payments.refusals import (
    RETRY_STATES,
    AmountsDoNotFit,
    CashNeedsShift,
    PlanIsStale,
    ShiftNotOpen,
    sqlstate,
)
from gasworks.payments.services.setup import COUNTER
from gasworks.payments.services.writing import Means, Request, write_payments
from gasworks.payments.types import PaymentPlan, PlanLine, Taken
from gasworks.receivables.selectors import read_accounts, terms_of_overdue
from gasworks.receivables.services import Charged, book_late_fees
from gasworks.receivables.types import NewLateFee, Share

Answer = TypeVar("Answer")
TAKE = "payments.take"
TRIES = 5


class _Replayed(Exception):
    """The key was known: late fees charged on the way are rolled back."""

    def __init__(self, taken: Taken) -> None:
        self.taken = taken


def take_payment(
    *,
    scope: Scope,
    plan: PaymentPlan,
    key: uuid.UUID,
    means: str,
    tendered_fen: int,
    shift_id: int | None = None,
    channel: str = COUNTER,
    channel_on: dt.date | None = None,
    today: dt.date,
    now: dt.datetime,
    body: dict[str, Any] | None = None,
) -> Taken:
    """Carry out a plan. One key, one effect: the same key and body get the first answer again.

    Counter: ``shift_id`` is the actor's own open shift, which fixes outlet and posting day. Other channels have none
    and post at the head office; ``channel_on`` is their business day. ``tendered_fen`` − plan = change, for cash only.
    ``body`` is what the key is bound to; left out, it is the plan itself.
    Raises PlanIsStale, ItemWithBank, ShiftNotOpen, AmountsDoNotFit, ChannelNotInUse, CashNeedsShift,
    KeyUsedForAnotherBody, NotThere. On a refusal nothing is written.
    """
    scope.require(TAKE)
    if means == "cash" and shift_id is None:
        raise CashNeedsShift
    if channel == COUNTER and shift_id is None:
        raise ShiftNotOpen
    if not plan.lines:
        raise AmountsDoNotFit
    lines = sorted(plan.lines, key=lambda line: line.agreement_id)
    request = _Request(scope, key, means, tendered_fen, shift_id, channel, channel_on, today, now)
    digest = body_hash(body if body is not None else _body(lines, means, tendered_fen, channel))
    if any(line.late_fees for line in lines):
        return _pay_with_late_fees(request, lines, digest)
    return retried(lambda: _pay(request, lines, digest))


def take_amount(
    *,
    scope: Scope,
    agreement_id: int,
    amount_fen: int,
    key: uuid.UUID,
    means: str,
    channel: str,
    channel_on: dt.date | None = None,
    shift_id: int | None = None,
    today: dt.date,
    now: dt.datetime,
    body: dict[str, Any] | None = None,
) -> Taken:
    """Take an amount that a channel has already accepted: dues in order, the rest into the advance.

    It is planned anew when what is open changes meanwhile, so an acknowledged payment is never turned away for that.
    ``body`` is what the key is bound to; left out, it is agreement, amount, means and channel.
    """
    if body is None:
        body = {"agreement": agreement_id, "amount_fen": amount_fen, "means": means, "channel": channel}
    if amount_fen <= 0:
        raise AmountsDoNotFit
    for attempt in range(TRIES):
        accounts = read_accounts(scope=scope, agreement_ids=[agreement_id])
        terms = terms_of_overdue(scope=scope, owed={agreement_id: accounts[0].dues}, on=today)
        plan = plan_payment(accounts, amount_fen, on=today, keep_surplus=True, terms=terms)
        try:
            return take_payment(
                scope=scope,
                plan=plan,
                key=key,
                means=means,
                tendered_fen=amount_fen,
                shift_id=shift_id,
                channel=channel,
                channel_on=channel_on,
                today=today,
                now=now,
                body=body,
            )
        except PlanIsStale:
            if attempt == TRIES - 1:
                raise
    raise AssertionError("the last try has returned or raised")


def take_advance(
    *,
    scope: Scope,
    agreement_id: int,
    amount_fen: int,
    tendered_fen: int,
    key: uuid.UUID,
    means: str,
    shift_id: int | None = None,
    channel: str = COUNTER,
    today: dt.date,
    now: dt.datetime,
) -> Taken:
    """Take money into the advance (预存) and leave what is owed as it is."""
    plan = PaymentPlan((PlanLine(agreement_id, (), amount_fen),))
    return take_payment(
        scope=scope,
        plan=plan,
        key=key,
        means=means,
        tendered_fen=tendered_fen,
        shift_id=shift_id,
        channel=channel,
        today=today,
        now=now,
    )


@dataclass(frozen=True, slots=True)
class _Request:
    """What stays the same while a payment is tried again."""

    scope: Scope
    key: uuid.UUID
    means: str
    tendered_fen: int
    shift_id: int | None
    channel: str
    channel_on: dt.date | None
    today: dt.date
    now: dt.datetime


def _pay(request: _Request, lines: list[PlanLine], digest: bytes) -> Taken:
    """One statement. Inside somebody's transaction it gets a savepoint, so that a refusal leaves that one usable."""
    if connection.in_atomic_block:
        with transaction.atomic():
            return _call(request, lines, digest)
    return _call(request, lines, digest)


def _call(request: _Request, lines: list[PlanLine], digest: bytes) -> Taken:
    asked = Request(request.key, digest, lines, request.tendered_fen, request.channel_on)
    by = Means(request.means, request.channel, request.shift_id)
    return taken_of(write_payments(scope=request.scope, requests=[asked], by=by, today=request.today, now=request.now))


def retried(pay: Callable[[], Answer]) -> Answer:
    """Deadlock and serialization failures are tried again, at most five times, with a growing pause."""
    for attempt in range(1, TRIES + 1):
        try:
            return pay()
        except DatabaseError as error:
            if sqlstate(error) not in RETRY_STATES or attempt == TRIES or connection.in_atomic_block:
                raise
            time.sleep(0.01 * attempt)
    raise AssertionError("the last try has returned or raised")


def _pay_with_late_fees(request: _Request, lines: list[PlanLine], digest: bytes) -> Taken:
    """Charge the late fees and pay them in one transaction; when the key was known, nothing of it stays."""

    def pay() -> Taken:
        with transaction.atomic():
            charged = with_fees_charged(
                scope=request.scope, lines=lines, place=_place(request), today=request.today, now=request.now
            )
            taken = _pay(request, charged, digest)
            if taken.replayed:
                raise _Replayed(taken)
            return taken

    try:
        return retried(pay)
    except _Replayed as known:
        return known.taken


def with_fees_charged(
    *, scope: Scope, lines: Sequence[PlanLine], place: PostingPlace, today: dt.date, now: dt.datetime
) -> list[PlanLine]:
    """Each late fee becomes an item of its own, and a share of this payment. In the transaction of the payment."""
    owed = [
        NewLateFee(line.agreement_id, fee.item_id, fee.amount_fen, _part_of(line, fee.item_id), today)
        for line in lines
        for fee in line.late_fees
    ]
    charged = iter(book_late_fees(scope=scope, owed=owed, place=place, now=now))
    return [_with_shares(line, [next(charged) for _ in line.late_fees]) for line in lines]


def _part_of(line: PlanLine, item_id: int) -> int:
    return sum(share.amount_fen for share in line.shares if share.item_id == item_id)


def _with_shares(line: PlanLine, charged: Sequence[Charged]) -> PlanLine:
    if not charged:
        return line
    paid = [Share(one.item_id, one.gross_fen, one.gross_fen) for one in charged]
    return PlanLine(line.agreement_id, (*line.shares, *paid), line.surplus_fen)


def _place(request: _Request) -> PostingPlace:
    """Where the payment will post: the shift's outlet and day, or the head office's open day."""
    if request.shift_id is None:
        return head_office_day(scope=request.scope, today=request.today)
    shift = Shift.objects.filter(pk=request.shift_id, company_id=request.scope.company_id).first()
    if shift is None:
        raise ShiftNotOpen
    return PostingPlace(shift.outlet_id, shift.posting_day)


def _body(lines: list[PlanLine], means: str, tendered_fen: int, channel: str) -> dict[str, Any]:
    return {
        "lines": [
            [
                line.agreement_id,
                line.surplus_fen,
                [[s.item_id, s.seen_fen, s.amount_fen] for s in line.shares],
                [[f.item_id, f.amount_fen] for f in line.late_fees],
            ]
            for line in lines
        ],
        "means": means,
        "tendered_fen": tendered_fen,
        "channel": channel,
    }


def taken_of(answer: dict[str, Any]) -> Taken:
    """The answer of the payment function, as it is stored under the key."""
    return Taken(
        payment_ids=tuple(answer["payments"]),
        entry_ids=tuple(answer["entries"]),
        amount_fen=answer["amount_fen"],
        tendered_fen=answer["tendered_fen"],
        surplus_fen=answer["surplus_fen"],
        posting_day=dt.date.fromisoformat(answer["posting_day"]),
        replayed=answer["replayed"],
    )
