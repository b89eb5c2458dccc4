"""Closing (销户): last index, final bill, the end of use and agreement; all of it or nothing.

Debts are paid and the deposit goes back before; the advance is set off against the final bill in the same act.
"""

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from gasworks.billing.services.finishing import NothingLeftToBill, final_bill
from gasworks.customers import services as customers
from gasworks.customers.selectors import agreement_of, holder_on, require_point, supply_point_detail
from gasworks.foundation import audit
from gasworks.foundation.acts import act_of
from gasworks.foundation.scope import Scope
from gasworks.kernel.errors import Refusal, gettext_noop
from gasworks.kernel.money import yuan
from gasworks.metering import services as metering
from gasworks.metering.selectors import installations_of
from gasworks.payments.services import lay_advance
from gasworks.receivables.selectors import deposit_held, read_account
from gasworks.receivables.services import lock_balances
from gasworks.usage import services as usage

RIGHT: Final = "casework.close"


class NobodyHoldsIt(Refusal):
    sentence = gettext_noop("Nobody holds this supply point on that day.")


class NoReason(Refusal):
    sentence = gettext_noop("Say why.")


class DepositHeld(Refusal):
    sentence = gettext_noop("A deposit of %(fen)s yuan is held. Give it back against its slip first, then close.")


class StillOwed(Refusal):
    sentence = gettext_noop(
        "%(fen)s yuan are owed beyond the advance. Take the payment or waive the debt first; the final bill comes after."
    )


class ItemsWait(Refusal):
    sentence = gettext_noop(
        "%(fen)s yuan are disputed or with the bank. Settle the dispute or note the bank's answer first."
    )


@dataclass(frozen=True, slots=True)
class Closed:
    """What closing came to. ``bill_id`` 0: nothing was left to bill. ``used_fen`` of the advance was laid on the final
    bill; what is still owed of it is paid at the counter, what is left of the advance is given back there."""

    agreement_id: int
    bill_id: int
    final_fen: int
    owed_fen: int
    advance_fen: int
    deposit_fen: int
    used_fen: int = 0


def close_account(
    *,
    scope: Scope,
    supply_point_id: int,
    on: dt.date,
    ends: Mapping[int, int],
    reason: str,
    today: dt.date,
    now: dt.datetime,
) -> Closed:
    """``ends`` is the last index in litres of each installation that still hangs there."""
    require_point(scope=scope, supply_point_id=supply_point_id, right=RIGHT)
    if not reason.strip():
        raise NoReason
    last = on - dt.timedelta(days=1)
    with act_of(scope):
        holder = holder_on(scope=scope, supply_point_id=supply_point_id, day=last)
        if holder is None:
            raise NobodyHoldsIt
        _refuse_unsettled(scope, holder.id)
        _take_meters_off(scope, supply_point_id, on, ends, reason, now, today)
        bill_id, final_fen = _final(scope, supply_point_id, on, today, now)
        usage.close_use(scope=scope, supply_point_id=supply_point_id, on=on, now=now)
        agreement = agreement_of(scope=scope, agreement_id=holder.id)
        customers.end_agreement(scope=scope, agreement_id=holder.id, seen=agreement.version, to_on=on, now=now)
        point = supply_point_detail(scope=scope, supply_point_id=supply_point_id).point
        customers.set_status(
            scope=scope, supply_point_id=supply_point_id, seen=point.version, act="close", on=on, now=now
        )
        used = lay_advance(scope=scope, agreement_id=holder.id, today=today, now=now)
        closed = closed_account(
            scope=scope, agreement_id=holder.id, bill_id=bill_id, final_fen=final_fen, used_fen=used
        )
        audit.record(
            scope=scope,
            act="casework.close",
            subject_kind="customers.supply_point",
            subject_id=supply_point_id,
            amount_fen=final_fen,
            detail={"on": on.isoformat(), "bill": bill_id, "reason": reason.strip()[:200]},
            now=now,
        )
    return closed


def closed_account(
    *, scope: Scope, agreement_id: int, bill_id: int = 0, final_fen: int = 0, used_fen: int = 0
) -> Closed:
    """What an agreement owes and what we hold of it."""
    account = read_account(scope=scope, agreement_id=agreement_id)
    return Closed(
        agreement_id,
        bill_id,
        final_fen,
        account.owed_fen,
        account.advance_fen,
        deposit_held(scope=scope, agreement_id=agreement_id),
        used_fen,
    )


def _refuse_unsettled(scope: Scope, agreement_id: int) -> None:
    lock_balances(scope=scope, agreement_ids=[agreement_id])
    account = read_account(scope=scope, agreement_id=agreement_id)
    waiting = account.owed_fen - account.payable_fen
    if waiting:
        raise ItemsWait(fen=yuan(waiting))
    if account.balance_fen > 0:
        raise StillOwed(fen=yuan(account.balance_fen))
    held = deposit_held(scope=scope, agreement_id=agreement_id)
    if held:
        raise DepositHeld(fen=yuan(held))


def _take_meters_off(
    scope: Scope, point: int, on: dt.date, ends: Mapping[int, int], reason: str, now: dt.datetime, today: dt.date
) -> None:
    for hung in installations_of(scope=scope, supply_point_id=point):
        installation = hung.installation
        if installation.to_on is None:
            metering.remove_meter(
                scope=scope,
                installation_id=installation.id,
                seen=installation.version,
                to_on=on,
                end={1: ends[installation.id]} if installation.id in ends else {},
                reason=reason,
                now=now,
                today=today,
            )


def _final(scope: Scope, point: int, on: dt.date, today: dt.date, now: dt.datetime) -> tuple[int, int]:
    """The final bill; (0, 0) where all gas up to the day was billed."""
    try:
        bill = final_bill(scope=scope, supply_point_id=point, on=on, today=today, now=now)
    except NothingLeftToBill:
        return 0, 0
    return bill.id, bill.amount_fen
