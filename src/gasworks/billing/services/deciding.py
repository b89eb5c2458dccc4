"""What a person decides about single bills: a held one is released or discarded, an issued one is cancelled."""

import datetime as dt
from collections.abc import Sequence
from typing import Any, Final

from django.db import connection
from django.db.models import Sum

from gasworks.billing.events import BillsCancelled, BillsDiscarded, BillsReleased
from gasworks.billing.models import Bill, Hold
from gasworks.billing.run.outsort import KINDS
from gasworks.billing.wording import rule_name
from gasworks.foundation import approvals, audit, events, parameters
from gasworks.foundation.acts import act_of
from gasworks.foundation.approvals import Granted
from gasworks.foundation.scope import Scope
from gasworks.kernel.errors import NotThere, Refusal, gettext_noop
from gasworks.kernel.money import yuan
from gasworks.ledger.services import head_office_day, reverse_entry
from gasworks.ledger.types import EntryKind, PostingPlace
from gasworks.receivables.selectors import fee_type_by_code, items_of_entry
from gasworks.receivables.services import book_charges, cancel_items
from gasworks.receivables.types import NewCharge
from gasworks.usage import services as usage
from gasworks.usage.hands import take_hands
from gasworks.usage.selectors import groups_of_source

RELEASE: Final = "billing.release"
CANCEL: Final = "billing.cancel"
GAS: Final = "gas"
RERATE: Final = "rerate"
BILL: Final = "billing.bill"
FREE_RELEASE: Final = "billing.release_free_fen"
FREE_COUNT: Final = "billing.release_free_count"
DUE_AFTER_DAYS: Final = 30
MOST_AT_ONCE: Final = 2_000

_FACTS: Final = {
    "billing.release": BillsReleased,
    "billing.discard": BillsDiscarded,
    "billing.cancel": BillsCancelled,
}

BILLS: Final = 1
"""``usage.Movement.Source.BILL``"""

_LATER = """
SELECT DISTINCT m.source FROM usage_groupmember g
JOIN metering_installation i ON i.supply_point_id = g.supply_point_id
JOIN usage_movement m ON m.installation_id = i.id AND m.source_kind = 1 AND m.live
WHERE g.company_id = %(company)s AND g.group_id = ANY(%(groups)s)
  AND m.source > %(after)s AND m.source <> ALL(%(bills)s) ORDER BY 1
"""


class NoReason(Refusal):
    sentence = gettext_noop("Say why.")


class NothingChosen(Refusal):
    sentence = gettext_noop("Choose at least one bill.")


class TooManyChosen(Refusal):
    sentence = gettext_noop("At most %(most)d bills at once.")


class NotHeld(Refusal):
    sentence = gettext_noop("%(count)d of the bills are not held any more. Load the page again.")


class ReleaseNeedsApproval(Refusal):
    sentence = gettext_noop("Together these bills are more than %(limit)s yuan. Ask a second person to release them.")
    status = 403


class ReleaseOfManyNeedsApproval(Refusal):
    sentence = gettext_noop("More than %(limit)d bills at once. Ask a second person to release them.")
    status = 403


class MustBeDiscarded(Refusal):
    sentence = gettext_noop("A bill that is held as «%(rule)s» cannot go out. Discard it and correct the reading.")


class NotIssued(Refusal):
    sentence = gettext_noop("Only an issued bill can be cancelled.")


class NotTheNewest(Refusal):
    sentence = gettext_noop("A later bill of the same ladder group stands on this one. Cancel that one first.")


class PaidOrInvoiced(Refusal):
    sentence = gettext_noop("Money or paper lies on this bill. Reverse the payment and void the paper first.")


def release_bills(*, scope: Scope, bill_ids: Sequence[int], today: dt.date, now: dt.datetime) -> int:
    """Send held bills out: entry, open item and balance, on the posting day of the release. Returns the fen issued.

    Raises ReleaseNeedsApproval, ReleaseOfManyNeedsApproval above the limits of one person.
    """
    scope.require(RELEASE)
    most = parameters.get(scope=scope, code=FREE_COUNT, on=today)
    if scope.bounded and len(set(bill_ids)) > most:
        raise ReleaseOfManyNeedsApproval(limit=most)
    limit = parameters.get(scope=scope, code=FREE_RELEASE, on=today)
    if scope.bounded and sum_of(scope, bill_ids) > limit:
        raise ReleaseNeedsApproval(limit=yuan(limit))
    return _release(scope, bill_ids, today, now)


def ask_release(*, scope: Scope, bill_ids: Sequence[int], reason: str, today: dt.date, now: dt.datetime) -> Any:
    """Ask a second person to let these bills go out together."""
    scope.require(RELEASE)
    with act_of(scope):
        bills = _held(scope, bill_ids)
        _refuse_undiscardable(scope, bills)
        return approvals.ask(
            scope=scope,
            kind=RELEASE,
            subject_kind=BILL,
            subject_id=bills[0].id,
            reason=reason,
            payload={"bills": [bill.id for bill in bills], "today": today.isoformat()},
            amount_fen=sum(bill.amount_fen for bill in bills),
            now=now,
        )


def carry_out_release(request: Granted, *, now: dt.datetime) -> int:
    """The approved release, under the asker's scope."""
    request.scope.require(RELEASE)
    return _release(request.scope, request.payload["bills"], dt.date.fromisoformat(request.payload["today"]), now)


def release_at_once(scope: Scope, bill: Bill, today: dt.date, now: dt.datetime) -> None:
    """The money of a bill that another act has just written and answered for: a back-bill, a final bill."""
    _release(scope, [bill.id], today, now)
    bill.refresh_from_db()


def sum_of(scope: Scope, bill_ids: Sequence[int]) -> int:
    found = Bill.objects.filter(company_id=scope.company_id, pk__in=list(bill_ids))
    return int(found.aggregate(fen=Sum("amount_fen"))["fen"] or 0)


def _release(scope: Scope, bill_ids: Sequence[int], today: dt.date, now: dt.datetime) -> int:
    with act_of(scope):
        bills = _held(scope, bill_ids)
        _refuse_undiscardable(scope, bills)
        place = head_office_day(scope=scope, today=today)
        due_on = today + dt.timedelta(days=DUE_AFTER_DAYS)
        entries = _post(scope, bills, place, due_on, now)
        for bill in bills:
            bill.state, bill.entry_id = Bill.State.ISSUED, entries.get(bill.id)
            bill.posting_day, bill.due_on = place.day, due_on
        Bill.objects.bulk_update(bills, ["state", "entry_id", "posting_day", "due_on"])
        _settle(scope, bills, "released", now)
        _note(scope, "billing.release", bills, "", now)
    return sum(bill.amount_fen for bill in bills)


def discard_bills(*, scope: Scope, bill_ids: Sequence[int], reason: str, now: dt.datetime) -> int:
    """Throw held bills away: the volume goes back to the ladder, later bills of the group are held to be rated again.

    Returns how many later bills that are.
    """
    scope.require(RELEASE)
    _refuse_silence(reason)
    with act_of(scope):
        bills = _held(scope, bill_ids)
        later = _put_back(scope, bills)
        for bill in bills:
            bill.state = Bill.State.DISCARDED
        Bill.objects.bulk_update(bills, ["state"])
        _settle(scope, bills, "discarded", now)
        _hold_again(scope, later)
        _note(scope, "billing.discard", bills, reason, now)
    return len(later)


def cancel_bill(*, scope: Scope, bill_id: int, reason: str, today: dt.date, now: dt.datetime) -> int | None:
    """Take back the newest, unpaid bill of its ladder group by a mirror entry; returns the entry (None: a bill of zero)."""
    scope.require(CANCEL)
    _refuse_silence(reason)
    with act_of(scope):
        bill = _locked(scope, [bill_id])[0]
        if bill.state != Bill.State.ISSUED:
            raise NotIssued
        _take_hands(scope, [bill])
        if _later(scope, [bill]):
            raise NotTheNewest
        mirror = _mirror(scope, bill, today, now)
        _put_back(scope, [bill])
        bill.state, bill.cancel_entry_id = Bill.State.CANCELLED, mirror
        bill.save(update_fields=["state", "cancel_entry_id"])
        _settle(scope, [bill], "cancelled", now)
        _note(scope, "billing.cancel", [bill], reason, now)
    return mirror


def _mirror(scope: Scope, bill: Bill, today: dt.date, now: dt.datetime) -> int | None:
    if bill.entry_id is None:
        return None
    items = items_of_entry(scope=scope, entry_id=bill.entry_id)
    if not all(item.untouched for item in items):
        raise PaidOrInvoiced
    place = head_office_day(scope=scope, today=today)
    mirror = reverse_entry(
        scope=scope, entry_id=bill.entry_id, kind=EntryKind.BILL_CANCEL, source=bill.id, place=place, now=now
    )
    cancel_items(scope=scope, item_ids=[item.item_id for item in items], entry_id=mirror, now=now)
    return mirror


def _post(
    scope: Scope, bills: Sequence[Bill], place: PostingPlace, due_on: dt.date, now: dt.datetime
) -> dict[int, int]:
    """Entries, open items and balances of the bills that are not zero; the entry of each bill."""
    owing = [bill for bill in bills if bill.amount_fen]
    if not owing:
        return {}
    charges = [NewCharge(bill.agreement_id, bill.amount_fen, due_on, bill.month, bill.id) for bill in owing]
    fee = fee_type_by_code(scope=scope, code=GAS)
    booked = book_charges(scope=scope, fee=fee, charges=charges, place=place, kind=EntryKind.BILL, now=now)
    return {bill.id: charge.entry_id for bill, charge in zip(owing, booked, strict=True)}


def _held(scope: Scope, bill_ids: Sequence[int]) -> list[Bill]:
    bills = _locked(scope, bill_ids)
    gone = sum(bill.state != Bill.State.HELD for bill in bills)
    if gone:
        raise NotHeld(count=gone)
    _take_hands(scope, bills)
    return bills


def _locked(scope: Scope, bill_ids: Sequence[int]) -> list[Bill]:
    """The bills in id order, held against any other decision until the transaction ends."""
    wanted = sorted(set(bill_ids))
    if not wanted:
        raise NothingChosen
    if len(wanted) > MOST_AT_ONCE:
        raise TooManyChosen(most=MOST_AT_ONCE)
    rows = Bill.objects.select_for_update().filter(company_id=scope.company_id, pk__in=wanted)
    bills = list(rows.order_by("id"))
    if len(bills) != len(wanted):
        raise NotThere(key=wanted[0] if len(wanted) == 1 else f"{len(wanted) - len(bills)}")
    return bills


def _groups(scope: Scope, bills: Sequence[Bill]) -> list[int]:
    return groups_of_source(company_id=scope.company_id, source_kind=BILLS, sources=[bill.id for bill in bills])


def _take_hands(scope: Scope, bills: Sequence[Bill]) -> None:
    with connection.cursor() as cursor:
        take_hands(cursor, company_id=scope.company_id, groups=_groups(scope, bills))


def _put_back(scope: Scope, bills: Sequence[Bill]) -> list[int]:
    """Give the bills' volume back to their ladders; the later live bills of the same groups."""
    later = _later(scope, bills)
    usage.take_back(scope=scope, source_kind=BILLS, sources=[bill.id for bill in bills])
    return later


def _later(scope: Scope, bills: Sequence[Bill]) -> list[int]:
    ids = [bill.id for bill in bills]
    with connection.cursor() as cursor:
        cursor.execute(
            _LATER, {"company": scope.company_id, "groups": _groups(scope, bills), "after": min(ids), "bills": ids}
        )
        return [key for (key,) in cursor.fetchall()]


def _hold_again(scope: Scope, bill_ids: Sequence[int]) -> None:
    Hold.objects.bulk_create(
        (Hold(company_id=scope.company_id, bill_id=key, rule=RERATE) for key in bill_ids), ignore_conflicts=True
    )


def _settle(scope: Scope, bills: Sequence[Bill], outcome: str, now: dt.datetime) -> None:
    Hold.objects.filter(
        company_id=scope.company_id, bill_id__in=[bill.id for bill in bills], settled_at__isnull=True
    ).update(settled_at=now, settled_by_id=scope.actor_id, settled_as=outcome)


def _refuse_undiscardable(scope: Scope, bills: Sequence[Bill]) -> None:
    """What is held for a reason that no release can mend: a negative volume, a bill to be rated again."""
    barred = [code for code, kind in KINDS.items() if kind.needs_discard] + [RERATE]
    hold = Hold.objects.filter(
        company_id=scope.company_id, bill_id__in=[bill.id for bill in bills], rule__in=barred, settled_at__isnull=True
    ).first()
    if hold is not None:
        raise MustBeDiscarded(rule=rule_name(hold.rule))


def _refuse_silence(reason: str) -> None:
    if not reason.strip():
        raise NoReason


def _note(scope: Scope, act: str, bills: Sequence[Bill], reason: str, now: dt.datetime) -> None:
    """One act a bill, one fact for all."""
    for bill in bills:
        audit.record(
            scope=scope,
            act=act,
            subject_kind="billing.bill",
            subject_id=bill.id,
            amount_fen=bill.amount_fen,
            detail={"reason": reason[:200]} if reason else {},
            now=now,
        )
    fact = _FACTS[act]([bill.id for bill in bills])
    events.publish(fact, company_id=scope.company_id, now=now)
