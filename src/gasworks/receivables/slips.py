"""Deposit slips (押金条): issued when the deposit is paid in, and the only thing against which it is given back."""

import datetime as dt
from typing import Final

from django.db import transaction

from gasworks.foundation import audit, events
from gasworks.foundation.acts import act_of, locked
from gasworks.foundation.scope import Scope
from gasworks.kernel.errors import NotThere, Refusal, gettext_noop
from gasworks.ledger.selectors import accounts_by_role
from gasworks.ledger.services import head_office_day, post_entry
from gasworks.ledger.types import Draft, EntryKind, Leg
from gasworks.receivables.events import DepositReturned
from gasworks.receivables.models import DepositSlip, FeeType, OpenItem
from gasworks.receivables.services import lock_balances

RIGHT: Final = "receivables.deposit"
SUBJECT: Final = "receivables.depositslip"


class NotAPaidDeposit(Refusal):
    sentence = gettext_noop("A slip is issued for a deposit that is paid in full and has none yet.")


class SlipNumberNotFit(Refusal):
    sentence = gettext_noop("Give the number of the slip; each is used once.")


class NotThisSlip(Refusal):
    sentence = gettext_noop("The number is not that of this slip. The deposit goes back only against its own slip.")


class ReturnedAlready(Refusal):
    sentence = gettext_noop("This deposit was given back before.")


class NoReceiver(Refusal):
    sentence = gettext_noop("Say to whom and to which account it goes.")


def issue_slip(*, scope: Scope, item_id: int, number: str, now: dt.datetime) -> DepositSlip:
    """The slip of a paid deposit, by the number printed on it."""
    scope.require(RIGHT)
    number = number.strip()
    with transaction.atomic():
        item = OpenItem.objects.filter(pk=item_id, company_id=scope.company_id).select_related("fee_type").first()
        if item is None:
            raise NotThere(key=item_id)
        lock_balances(scope=scope, agreement_ids=[item.agreement_id])
        paid = item.fee_type.kind == FeeType.Kind.DEPOSIT and item.state == OpenItem.State.PAID
        if not paid or DepositSlip.objects.filter(item_id=item_id).exists():
            raise NotAPaidDeposit
        if not number or DepositSlip.objects.filter(company_id=scope.company_id, number=number).exists():
            raise SlipNumberNotFit
        slip = DepositSlip.objects.create(
            company_id=scope.company_id,
            number=number,
            item=item,
            agreement_id=item.agreement_id,
            amount_fen=item.gross_fen,
            issued_by_id=scope.actor_id,
            issued_at=now,
        )
        _note(scope, "receivables.issue_slip", slip, slip.amount_fen, now)
    return slip


def return_deposit(
    *, scope: Scope, slip_id: int, number: str, receiver: str, today: dt.date, now: dt.datetime
) -> DepositSlip:
    """Give the whole deposit back through the bank against its slip; it is never used for what is owed."""
    scope.require(RIGHT)
    with act_of(scope):
        slip = locked(DepositSlip, slip_id, scope)
        if slip.state != DepositSlip.State.HELD:
            raise ReturnedAlready
        if number.strip() != slip.number:
            raise NotThisSlip
        if not receiver.strip():
            raise NoReceiver
        gl = accounts_by_role(scope=scope)
        place = head_office_day(scope=scope, today=today)
        leg = Leg(gl["deposit"], gl["bank"], slip.amount_fen, slip.agreement_id)
        draft = Draft(place.outlet_id, place.day, EntryKind.DEPOSIT_RETURN, slip.id, (leg,))
        slip.returned_entry_id = post_entry(scope=scope, draft=draft, now=now)
        slip.state, slip.returned_by_id, slip.returned_at = DepositSlip.State.RETURNED, scope.actor_id, now
        slip.returned_to = receiver.strip()[:120]
        slip.version += 1
        slip.save()
        _note(scope, "receivables.return_deposit", slip, -slip.amount_fen, now)
        fact = DepositReturned(agreement_id=slip.agreement_id, slip_id=slip.id, amount_fen=slip.amount_fen)
        events.publish(fact, company_id=scope.company_id, now=now)
    return slip


def find_slip(*, scope: Scope, slip_id: int) -> DepositSlip:
    found = DepositSlip.objects.filter(company_id=scope.company_id, pk=slip_id)
    slip = found.select_related("agreement__supply_point", "agreement__customer").first()
    if slip is None:
        raise NotThere(key=slip_id)
    return slip


def slip_of(*, scope: Scope, item_id: int) -> DepositSlip | None:
    return DepositSlip.objects.filter(company_id=scope.company_id, item_id=item_id).first()


def _note(scope: Scope, act: str, slip: DepositSlip, fen: int, now: dt.datetime) -> None:
    detail = {"number": slip.number, "agreement": slip.agreement_id}
    audit.record(scope=scope, act=act, subject_kind=SUBJECT, subject_id=slip.id, amount_fen=fen, detail=detail, now=now)
