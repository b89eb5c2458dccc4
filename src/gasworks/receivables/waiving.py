"""Waivers (减免): what the company does without, by right, limit, reason and a second person; all of it in the ledger.

A waiver of a late fee that nobody has charged yet charges it first, up to today, and then waives it: the ledger and the
report show both. A waiver lies on its item like money, under its own entry, so RCV-1 and RCV-2 hold as they are.
"""

import datetime as dt
from collections.abc import Sequence
from typing import Final

from django.db import transaction
from django.db.models import Sum

from gasworks.foundation import approvals, audit, events, parameters
from gasworks.foundation.approvals import Granted
from gasworks.foundation.bulk import take_ids
from gasworks.foundation.models import Approval, RoleGrant
from gasworks.foundation.scope import Scope
from gasworks.kernel.errors import NotThere, Refusal, gettext_noop
from gasworks.kernel.money import half_up, yuan
from gasworks.kernel.periods import month_of
from gasworks.ledger.selectors import accounts_by_role
from gasworks.ledger.services import head_office_day, post_entry, reverse_entries
from gasworks.ledger.types import Draft, EntryKind, Leg, PostingPlace
from gasworks.receivables.events import Waived, WaiverUndone
from gasworks.receivables.freezing import running_since
from gasworks.receivables.late_fee import late_fee
from gasworks.receivables.models import FeeType, OpenItem, Waiver
from gasworks.receivables.selectors import late_fee_terms
from gasworks.receivables.services import (
    AmountNotPositive,
    InvoicedAlready,
    ItemNotOpen,
    add_to_balance,
    allocate_items,
    book_late_fees,
    lock_balances,
)
from gasworks.receivables.types import NewLateFee, Share

WAIVE: Final = "receivables.waive"
GRANT: Final = "receivables.waive_grant"
APPROVAL: Final = "receivables.waive"
LIMITS: Final = "receivables.waive_limits"
ITEM: Final = "receivables.openitem"
SUBJECT: Final = "receivables.waiver"
State = OpenItem.State
Kind = Waiver.Kind


class WaiverNeedsReason(Refusal):
    sentence = gettext_noop("Say why. The waiver report shows it.")


class NotOursToWaive(Refusal):
    sentence = gettext_noop("«%(fee)s» is not the company's own revenue; it cannot be waived here.")


class MoreThanOpen(Refusal):
    sentence = gettext_noop("Only %(open)s yuan can be waived here.")


class UndoneAlready(Refusal):
    sentence = gettext_noop("This waiver was taken back before.")


def waive(
    *, scope: Scope, item_id: int, kind: str, amount_fen: int, reason: str, today: dt.date, now: dt.datetime
) -> Waiver | Approval:
    """Waive part or all of an item; above the actor's own limit a second person is asked.

    Kind ``late_fee`` on an item that bears late fees waives what has accrued on it up to ``today``; on a charged late
    fee it waives that item. Raises by name; on a refusal nothing is written.
    """
    scope.require(WAIVE)
    if not reason.strip():
        raise WaiverNeedsReason
    with transaction.atomic():
        _refuse(scope, _item(scope, item_id), kind, amount_fen, today)
        limit = own_limit(scope=scope, on=today)
        if limit is not None and amount_fen > limit:
            return approvals.ask(
                scope=scope,
                kind=APPROVAL,
                subject_kind=ITEM,
                subject_id=item_id,
                reason=reason,
                payload={"kind": kind, "reason": reason.strip()[:200], "today": today.isoformat()},
                amount_fen=amount_fen,
                now=now,
            )
        return _book(scope, item_id, kind, amount_fen, reason, None, today, now)


def carry_out_waiver(request: Granted, *, now: dt.datetime) -> Waiver:
    """The approved waiver, under the asker's scope; what has changed since is refused by name."""
    asked = request.payload
    with transaction.atomic():
        return _book(
            request.scope,
            request.subject_id,
            asked["kind"],
            request.amount_fen or 0,
            asked["reason"],
            request.granted_by,
            dt.date.fromisoformat(asked["today"]),
            now,
        )


def undo_waiver(*, scope: Scope, waiver_id: int, reason: str, today: dt.date, now: dt.datetime) -> Waiver:
    """Take a waiver back: its entry is mirrored, and the item is open by that much again."""
    scope.require(WAIVE)
    if not reason.strip():
        raise WaiverNeedsReason
    with transaction.atomic():
        waiver = find_waiver(scope=scope, waiver_id=waiver_id)
        place = head_office_day(scope=scope, today=today)
        lock_balances(scope=scope, agreement_ids=[waiver.agreement_id])
        waiver = find_waiver(scope=scope, waiver_id=waiver_id)
        if waiver.state != Waiver.State.BOOKED:
            raise UndoneAlready
        undone = undo_waivers(
            scope=scope, item_ids=[waiver.item_id], only=waiver_id, reason=reason.strip(), place=place, now=now
        )
        ((item_id, mirror, fen),) = undone.values()
        _raise_item(scope, item_id, mirror, fen)
        add_to_balance(scope=scope, agreement_id=waiver.agreement_id, delta_fen=fen)
        return find_waiver(scope=scope, waiver_id=waiver_id)


def undo_waivers(
    *,
    scope: Scope,
    item_ids: Sequence[int],
    reason: str,
    place: PostingPlace,
    now: dt.datetime,
    only: int | None = None,
) -> dict[int, tuple[int, int, int]]:
    """Mirror the booked waivers of items: {waiver's entry: (item, mirror, fen)}. The caller moves items and balances."""
    found = Waiver.objects.filter(company_id=scope.company_id, item_id__in=list(item_ids), state=Waiver.State.BOOKED)
    waivers = list(found.filter(pk=only) if only else found.order_by("id"))
    mirrors = reverse_entries(
        scope=scope,
        originals=[(waiver.entry_id, waiver.id) for waiver in waivers],
        kind=EntryKind.WAIVER_UNDONE,
        place=place,
        now=now,
    )
    for waiver, mirror in zip(waivers, mirrors, strict=True):
        Waiver.objects.filter(pk=waiver.pk).update(
            state=Waiver.State.UNDONE,
            undone_entry_id=mirror,
            undone_by_id=scope.actor_id,
            undone_at=now,
            undone_reason=reason[:200],
        )
        _record(scope, "receivables.undo_waiver", waiver, reason, -waiver.amount_fen, now)
        fact = WaiverUndone(
            agreement_id=waiver.agreement_id,
            item_id=waiver.item_id,
            waiver_id=waiver.id,
            amount_fen=waiver.amount_fen,
        )
        events.publish(fact, company_id=scope.company_id, now=now)
    return {
        waiver.entry_id: (waiver.item_id, mirror, waiver.amount_fen)
        for waiver, mirror in zip(waivers, mirrors, strict=True)
    }


def own_limit(*, scope: Scope, on: dt.date) -> int | None:
    """Fen that this person waives alone: the highest of their roles; a role without an amount waives nothing alone."""
    if not scope.bounded:
        return None
    limits = parameters.get(scope=scope, code=LIMITS, on=on)
    held = RoleGrant.objects.filter(staff_id=scope.require_actor()).values_list("role", flat=True)
    return max((limits.get(role, 0) for role in held), default=0)


def accrued_on(*, scope: Scope, item: OpenItem, on: dt.date) -> int:
    """Late fee on what is open of an item, reckoned to a day and not charged; while frozen only up to that day."""
    if not item.fee_type.stops_supply or item.open_fen <= 0:
        return 0
    since = running_since(scope=scope, item_id=item.id)
    if since is not None:
        on = min(on, since)
    terms = late_fee_terms(scope=scope, agreement_ids=[item.agreement_id]).of(item.agreement_id, item.due_on)
    days = item.frozen or []
    frozen = tuple(zip(days[::2], days[1::2], strict=True))
    return late_fee(item.open_fen, item.due_on, on, terms, frozen, item.late_until)


def waivable_fen(*, scope: Scope, item: OpenItem, kind: str, on: dt.date) -> int:
    """The most that can be waived of an item: what is open and on no valid invoice; or the late fee accrued on it."""
    if kind == Kind.LATE_FEE and item.fee_type.stops_supply:
        return accrued_on(scope=scope, item=item, on=on)
    return max(0, min(item.open_fen, item.gross_fen - item.invoiced_fen - _waived(item.id)))


def _book(
    scope: Scope,
    item_id: int,
    kind: str,
    amount_fen: int,
    reason: str,
    granted_by: int | None,
    today: dt.date,
    now: dt.datetime,
) -> Waiver:
    scope.require(WAIVE)
    item = _item(scope, item_id)
    place = head_office_day(scope=scope, today=today)
    lock_balances(scope=scope, agreement_ids=[item.agreement_id])
    item = _item(scope, item_id)
    _refuse(scope, item, kind, amount_fen, today)
    if kind == Kind.LATE_FEE and item.fee_type.stops_supply:
        item = _charged(scope, item, place, today, now)
    waiver = _post(scope, item, kind, amount_fen, reason, granted_by, place, now)
    allocate_items(scope=scope, entry_id=waiver.entry_id, shares=[Share(item.id, item.open_fen, amount_fen)])
    waiver.save(force_insert=True)
    add_to_balance(scope=scope, agreement_id=item.agreement_id, delta_fen=-amount_fen)
    _record(scope, "receivables.waive", waiver, reason, amount_fen, now)
    fact = Waived(agreement_id=item.agreement_id, item_id=item.id, waiver_id=waiver.id, amount_fen=amount_fen)
    events.publish(fact, company_id=scope.company_id, now=now)
    return waiver


def _charged(scope: Scope, item: OpenItem, place: PostingPlace, today: dt.date, now: dt.datetime) -> OpenItem:
    """The accrued late fee as an item of its own; the principal goes on from today."""
    fen = accrued_on(scope=scope, item=item, on=today)
    owed = NewLateFee(item.agreement_id, item.id, fen, item.open_fen, today, standing=True)
    (done,) = book_late_fees(scope=scope, owed=[owed], place=place, now=now)
    return _item(scope, done.item_id)


def _post(
    scope: Scope,
    item: OpenItem,
    kind: str,
    amount_fen: int,
    reason: str,
    granted_by: int | None,
    place: PostingPlace,
    now: dt.datetime,
) -> Waiver:
    """The entry: waiver net of tax and its share of the tax, against the receivable. The row is not yet written."""
    before = _waived(item.id)
    tax = half_up(item.tax_fen * (before + amount_fen), item.gross_fen) - half_up(item.tax_fen * before, item.gross_fen)
    (waiver_id,) = take_ids(Waiver, 1)
    gl, fee = accounts_by_role(scope=scope)["waiver"], item.fee_type
    legs = [Leg(gl, fee.receivable_gl_id, amount_fen - tax, None, item.agreement_id)] if amount_fen > tax else []
    if tax:
        legs.append(Leg(fee.tax_gl_id or gl, fee.receivable_gl_id, tax, None, item.agreement_id))
    draft = Draft(place.outlet_id, place.day, EntryKind.WAIVER, waiver_id, tuple(legs))
    return Waiver(
        id=waiver_id,
        company_id=scope.company_id,
        item=item,
        agreement_id=item.agreement_id,
        kind=kind,
        amount_fen=amount_fen,
        tax_fen=tax,
        reason=reason.strip()[:200],
        entry_id=post_entry(scope=scope, draft=draft, now=now),
        posting_day=place.day,
        month=month_of(place.day),
        waived_by_id=scope.actor_id,
        granted_by_id=granted_by,
        at=now,
    )


def _raise_item(scope: Scope, item_id: int, mirror: int, fen: int) -> None:
    """The share comes off under the mirror; a paid item is open again, one with the bank stays there."""
    item = _item(scope, item_id)
    allocate_items(scope=scope, entry_id=mirror, shares=[Share(item_id, item.open_fen, -fen)])


def _refuse(scope: Scope, item: OpenItem, kind: str, amount_fen: int, today: dt.date) -> None:
    if kind not in Kind.values:
        raise NotThere(key=kind)
    if amount_fen <= 0:
        raise AmountNotPositive
    if item.fee_type.kind != FeeType.Kind.OWN or item.gross_fen < 0:
        raise NotOursToWaive(fee=item.fee_type.name)
    if item.state != State.OPEN:
        raise ItemNotOpen
    most = waivable_fen(scope=scope, item=item, kind=kind, on=today)
    if amount_fen > most:
        if amount_fen <= item.open_fen and item.invoiced_fen:
            raise InvoicedAlready
        raise MoreThanOpen(open=yuan(most))


def _waived(item_id: int) -> int:
    booked = Waiver.objects.filter(item_id=item_id, state=Waiver.State.BOOKED)
    return booked.aggregate(fen=Sum("amount_fen"))["fen"] or 0


def _item(scope: Scope, item_id: int) -> OpenItem:
    found = OpenItem.objects.filter(pk=item_id, company_id=scope.company_id).select_related("fee_type").first()
    if found is None:
        raise NotThere(key=item_id)
    return found


def find_waiver(*, scope: Scope, waiver_id: int) -> Waiver:
    found = Waiver.objects.filter(pk=waiver_id, company_id=scope.company_id).first()
    if found is None:
        raise NotThere(key=waiver_id)
    return found


def _record(scope: Scope, act: str, waiver: Waiver, reason: str, fen: int, now: dt.datetime) -> None:
    audit.record(
        scope=scope,
        act=act,
        subject_kind=SUBJECT,
        subject_id=waiver.id,
        amount_fen=fen,
        detail={"item": waiver.item_id, "kind": waiver.kind, "reason": reason[:200]},
        now=now,
    )
