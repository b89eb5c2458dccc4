"""What a person decides about single bills: a held one is released or discarded, an issued one is cancelled."""

import datetime as dt
from collections.abc import Sequence
from typing import Final

from django.db import connection

from gasworks.billing.events import BillsCancelled, BillsDiscarded, BillsReleased
from gasworks.billing.models import Bill, Hold
from gasworks.billing.run.outsort import KINDS
from gasworks.billing.wording import rule_name
from gasworks.foundation import audit, events
from gasworks.foundation.acts import act_of
from gasworks.foundation.scope import Scope
from gasworks.kernel.errors import NotThere, Refusal, gettext_noop
from gasworks.kernel.money import tax_inside
from gasworks.ledger.services import head_office_day, post_entries, reverse_entry
from gasworks.ledger.types import Draft, EntryKind, Leg, PostingPlace
from gasworks.receivables.models import FeeType, OpenItem
from gasworks.receivables.selectors import fee_type_by_code, tax_on
from gasworks.receivables.services import add_to_balance, cancel_items, lock_balances
from gasworks.usage.hands import take_hands

RELEASE: Final = "billing.release"
CANCEL: Final = "billing.cancel"
GAS: Final = "gas"
RERATE: Final = "rerate"
DUE_AFTER_DAYS: Final = 30
MOST_AT_ONCE: Final = 2_000

_FACTS: Final = {
    "billing.release": BillsReleased,
    "billing.discard": BillsDiscarded,
    "billing.cancel": BillsCancelled,
}

_GROUPS = """
SELECT DISTINCT l.group_id FROM usage_movement m JOIN usage_ladder l ON l.id = m.ladder_id
WHERE m.source = ANY(%s) AND m.source_kind = 1 ORDER BY 1
"""
_PUT_BACK = "UPDATE usage_movement SET live = false WHERE source = ANY(%s) AND source_kind = 1 AND live"
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


class MustBeDiscarded(Refusal):
    sentence = gettext_noop("A bill that is held as «%(rule)s» cannot go out. Discard it and correct the reading.")


class NotIssued(Refusal):
    sentence = gettext_noop("Only an issued bill can be cancelled.")


class NotTheNewest(Refusal):
    sentence = gettext_noop("A later bill of the same ladder group stands on this one. Cancel that one first.")


class PaidOrInvoiced(Refusal):
    sentence = gettext_noop("Money or paper lies on this bill. Reverse the payment and void the paper first.")


def release_bills(*, scope: Scope, bill_ids: Sequence[int], today: dt.date, now: dt.datetime) -> int:
    """Send held bills out: entry, open item and balance, on the posting day of the release. Returns the fen issued."""
    scope.require(RELEASE)
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
    items = list(OpenItem.objects.filter(company_id=scope.company_id, source_id=bill.entry_id))
    if any(item.state != OpenItem.State.OPEN or item.open_fen != item.gross_fen or item.invoiced_fen for item in items):
        raise PaidOrInvoiced
    place = head_office_day(scope=scope, today=today)
    mirror = reverse_entry(
        scope=scope, entry_id=bill.entry_id, kind=EntryKind.BILL_CANCEL, source=bill.id, place=place, now=now
    )
    cancel_items(scope=scope, item_ids=[item.id for item in items], entry_id=mirror)
    return mirror


def _post(
    scope: Scope, bills: Sequence[Bill], place: PostingPlace, due_on: dt.date, now: dt.datetime
) -> dict[int, int]:
    """Entries and open items of the bills that are not zero; the entry of each bill."""
    owing = [bill for bill in bills if bill.amount_fen]
    if not owing:
        return {}
    fee = fee_type_by_code(scope=scope, code=GAS)
    rate_e4, _code = tax_on(scope=scope, fee_type_id=fee.id, on=place.day)
    tax = {bill.id: tax_inside(bill.amount_fen, rate_e4) if fee.tax_gl_id else 0 for bill in owing}
    drafts = [
        Draft(place.outlet_id, place.day, EntryKind.BILL, bill.id, _legs(fee, bill, tax[bill.id])) for bill in owing
    ]
    entries = post_entries(scope=scope, drafts=drafts, now=now)
    OpenItem.objects.bulk_create(
        OpenItem(
            company_id=scope.company_id,
            agreement_id=bill.agreement_id,
            fee_type_id=fee.id,
            source_id=entry,
            month=bill.month,
            due_on=due_on,
            net_fen=bill.amount_fen - tax[bill.id],
            tax_fen=tax[bill.id],
            gross_fen=bill.amount_fen,
            open_fen=bill.amount_fen,
        )
        for bill, entry in zip(owing, entries, strict=True)
    )
    lock_balances(scope=scope, agreement_ids=[bill.agreement_id for bill in owing])
    for bill in owing:
        add_to_balance(scope=scope, agreement_id=bill.agreement_id, delta_fen=bill.amount_fen)
    return {bill.id: entry for bill, entry in zip(owing, entries, strict=True)}


def _legs(fee: FeeType, bill: Bill, tax_fen: int) -> tuple[Leg, ...]:
    net = Leg(fee.receivable_gl_id, fee.income_gl_id, bill.amount_fen - tax_fen, debit_party=bill.agreement_id)
    if not tax_fen:
        return (net,)
    taxed = Leg(fee.receivable_gl_id, fee.tax_gl_id, tax_fen, debit_party=bill.agreement_id)  # type: ignore[arg-type]
    return (net, taxed)


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


def _groups(bills: Sequence[Bill]) -> list[int]:
    with connection.cursor() as cursor:
        cursor.execute(_GROUPS, [[bill.id for bill in bills]])
        return [key for (key,) in cursor.fetchall()]


def _take_hands(scope: Scope, bills: Sequence[Bill]) -> None:
    with connection.cursor() as cursor:
        take_hands(cursor, company_id=scope.company_id, groups=_groups(bills))


def _put_back(scope: Scope, bills: Sequence[Bill]) -> list[int]:
    """Give the bills' volume back to their ladders; the later live bills of the same groups."""
    later = _later(scope, bills)
    with connection.cursor() as cursor:
        cursor.execute(_PUT_BACK, [[bill.id for bill in bills]])
    return later


def _later(scope: Scope, bills: Sequence[Bill]) -> list[int]:
    ids = [bill.id for bill in bills]
    with connection.cursor() as cursor:
        cursor.execute(_LATER, {"company": scope.company_id, "groups": _groups(bills), "after": min(ids), "bills": ids})
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
