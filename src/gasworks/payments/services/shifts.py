"""Shifts: opened with a float on the outlet's posting day, closed (扎帐) by counting the drawer."""

import datetime as dt
from collections.abc import Mapping
from typing import Final

from django.db import IntegrityError, connection, transaction

from gasworks.foundation import audit, events
from gasworks.foundation.scope import NoOutlet, Scope
from gasworks.foundation.versions import save_versioned
from gasworks.kernel.errors import Forbidden, NotThere
from gasworks.kernel.money import yuan
from gasworks.ledger.selectors import accounts_by_role
from gasworks.ledger.services import hold_day, post_entry
from gasworks.ledger.types import Draft, EntryKind, Leg
from gasworks.payments.events import ShiftClosed
from gasworks.payments.models import Banking, Shift
from gasworks.payments.refusals import CountNotPossible, MoreThanInDrawer, ShiftNotOpen, ShiftOpenAlready
from gasworks.payments.selectors import count_shift

SHIFT: Final = "payments.shift"
DAY_END: Final = "payments.day_end"
SUBJECT: Final = "payments.shift"
FACES: Final = (10_000, 5_000, 2_000, 1_000, 500, 200, 100, 50, 20, 10, 5, 2, 1)


@transaction.atomic
def open_shift(*, scope: Scope, float_fen: int, today: dt.date, now: dt.datetime) -> Shift:
    """Open the actor's shift at their outlet. Its posting day is the outlet's open day, and stays that."""
    scope.require(SHIFT)
    if scope.outlet_id is None or scope.actor_id is None:
        raise NoOutlet
    if float_fen < 0:
        raise CountNotPossible(face=yuan(float_fen), count=1)
    if Shift.objects.filter(company_id=scope.company_id, cashier_id=scope.actor_id, state=Shift.State.OPEN).exists():
        raise ShiftOpenAlready
    day = hold_day(scope=scope, outlet_id=scope.outlet_id, today=today)
    try:
        with transaction.atomic():
            shift = Shift.objects.create(
                company_id=scope.company_id,
                outlet_id=scope.outlet_id,
                cashier_id=scope.actor_id,
                posting_day=day,
                float_fen=float_fen,
                opened_at=now,
            )
    except IntegrityError as error:
        raise ShiftOpenAlready from error
    _log(scope, "payments.open_shift", shift, float_fen, now)
    return shift


@transaction.atomic
def close_shift(*, scope: Scope, shift_id: int, count: Mapping[int, int], now: dt.datetime) -> Shift:
    """Close a shift. ``count`` says how many of each face (fen) lie in the drawer, float included.

    What differs from the books is posted to over and short (长短款) on the shift's own day. Waits for payments under way.
    """
    scope.require(SHIFT)
    counted = _counted(count)
    shift = lock_shift(scope=scope, shift_id=shift_id)
    if shift.cashier_id != scope.actor_id and not scope.may(DAY_END):
        raise Forbidden(right=DAY_END)
    expected = count_shift(scope=scope, shift_id=shift_id).expected_fen
    if counted != expected:
        _post_difference(scope, shift, counted - expected, now)
    closed = save_versioned(
        shift,
        seen_version=shift.version,
        changes={
            "state": Shift.State.CLOSED,
            "closed_at": now,
            "counted_fen": counted,
            "expected_fen": expected,
            "count_sheet": {str(face): number for face, number in sorted(count.items(), reverse=True) if number},
        },
    )
    _log(scope, "payments.close_shift", shift, counted, now, difference=counted - expected)
    events.publish(
        ShiftClosed(shift_id=shift.id, outlet_id=shift.outlet_id, difference_fen=counted - expected),
        company_id=scope.company_id,
        now=now,
    )
    return closed


@transaction.atomic
def bank_cash(*, scope: Scope, shift_id: int, amount_fen: int, slip_no: str, now: dt.datetime) -> Banking:
    """Bring cash of an open shift to the bank under the number of its slip (解款单)."""
    scope.require(SHIFT)
    shift = lock_shift(scope=scope, shift_id=shift_id)
    if shift.cashier_id != scope.actor_id and not scope.may(DAY_END):
        raise Forbidden(right=DAY_END)
    held = count_shift(scope=scope, shift_id=shift_id).expected_fen - shift.float_fen
    if not 0 < amount_fen <= held:
        raise MoreThanInDrawer(held=yuan(held))
    gl = accounts_by_role(scope=scope)
    with connection.cursor() as cursor:
        cursor.execute("SELECT nextval('payments_banking_id_seq')")
        (banking_id,) = cursor.fetchone()
    leg = Leg(gl["bank"], gl["cash"], amount_fen, credit_party=shift.id)
    draft = Draft(shift.outlet_id, shift.posting_day, EntryKind.BANKING, banking_id, (leg,))
    entry_id = post_entry(scope=scope, draft=draft, now=now)
    banking = Banking.objects.create(
        id=banking_id,
        company_id=scope.company_id,
        shift=shift,
        entry_id=entry_id,
        amount_fen=amount_fen,
        slip_no=slip_no,
        banked_by_id=scope.actor_id,
        at=now,
    )
    _log(scope, "payments.bank_cash", shift, amount_fen, now, slip=slip_no)
    return banking


def lock_shift(*, scope: Scope, shift_id: int) -> Shift:
    """The open shift, alone: no payment of it is under way and none begins until this transaction ends."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(payments_shift_key(%s))", [shift_id])
    shift = Shift.objects.filter(pk=shift_id, company_id=scope.company_id).first()
    if shift is None:
        raise NotThere(key=shift_id)
    if shift.state != Shift.State.OPEN:
        raise ShiftNotOpen
    return shift


def share_shift(*, scope: Scope, shift_id: int) -> Shift:
    """The actor's own open shift, held open until this transaction ends."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock_shared(payments_shift_key(%s))", [shift_id])
    shift = Shift.objects.filter(pk=shift_id, company_id=scope.company_id, cashier_id=scope.actor_id).first()
    if shift is None or shift.state != Shift.State.OPEN:
        raise ShiftNotOpen
    return shift


def _counted(count: Mapping[int, int]) -> int:
    for face, number in count.items():
        if face not in FACES or number < 0:
            raise CountNotPossible(face=yuan(face), count=number)
    return sum(face * number for face, number in count.items())


def _post_difference(scope: Scope, shift: Shift, difference_fen: int, now: dt.datetime) -> None:
    gl = accounts_by_role(scope=scope)
    over = Leg(gl["cash"], gl["cash_difference"], difference_fen, debit_party=shift.id)
    short = Leg(gl["cash_difference"], gl["cash"], -difference_fen, credit_party=shift.id)
    leg = over if difference_fen > 0 else short
    draft = Draft(shift.outlet_id, shift.posting_day, EntryKind.CASH_COUNT, shift.id, (leg,))
    post_entry(scope=scope, draft=draft, now=now)


def _log(scope: Scope, act: str, shift: Shift, amount_fen: int, now: dt.datetime, **detail: object) -> None:
    audit.record(
        scope=scope,
        act=act,
        subject_kind=SUBJECT,
        subject_id=shift.id,
        amount_fen=amount_fen,
        detail={"outlet": shift.outlet_id, "day": shift.posting_day.isoformat(), **detail},
        now=now,
    )
