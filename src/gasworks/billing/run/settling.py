"""Taking back, on paper, the bills that ``reopening`` found: mirror entries, gas off the ladder, money onto the new bills."""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from django.db import connection

from gasworks.billing.events import BillsCancelled
from gasworks.billing.models import Bill, Hold, TrueUp
from gasworks.billing.run.batch import Bills
from gasworks.billing.run.columns import Column, Mask
from gasworks.billing.run.reopening import Reopened
from gasworks.foundation import audit, events
from gasworks.foundation.scope import Scope
from gasworks.ledger.services import reverse_entries
from gasworks.ledger.types import EntryKind, PostingPlace
from gasworks.receivables.relaying import TakenOff, fresh_items, lay_anew, take_off
from gasworks.receivables.services import lock_balances
from gasworks.usage import services as usage

ACT: Final = "billing.true_up"
BILLS: Final = 1
_STATE: Final = """
UPDATE billing_bill b SET state = CASE WHEN b.state = 1 THEN 4 ELSE 3 END, cancel_entry_id = NULLIF(m.mirror, 0)
  FROM unnest(%s::bigint[], %s::bigint[]) m(id, mirror) WHERE b.id = m.id
"""
_ENTRIES: Final = "SELECT entry_id FROM billing_bill WHERE id = ANY(%s) AND entry_id IS NOT NULL ORDER BY id"


@dataclass(frozen=True, slots=True)
class TakenBack:
    """Between the old bills and the new ones: money that is in the hand, and who waits for it."""

    olds: Sequence[Reopened]
    money: TakenOff | None


def take_back(scope: Scope, olds: Sequence[Reopened], bills: Bills, place: PostingPlace, now: dt.datetime) -> TakenBack:
    """Undo the old bills. All balances that the chunk will move are locked here, in their order."""
    if not olds:
        return TakenBack((), None)
    lock_balances(scope=scope, agreement_ids=[*(one.agreement for one in olds), *map(int, bills.agreement)])
    posted = [(one.entry, one.bill) for one in olds if one.entry]
    mirrors = reverse_entries(scope=scope, originals=posted, kind=EntryKind.BILL_CANCEL, place=place, now=now)
    mirror_of = {entry: mirror for (entry, _bill), mirror in zip(posted, mirrors, strict=True)}
    ids = [one.bill for one in olds]
    usage.take_back(scope=scope, source_kind=BILLS, sources=ids)
    with connection.cursor() as cursor:
        cursor.execute(_STATE, [ids, [mirror_of.get(one.entry, 0) for one in olds]])
    Hold.objects.filter(company_id=scope.company_id, bill_id__in=ids, settled_at__isnull=True).update(
        settled_at=now, settled_by_id=scope.actor_id, settled_as="trued_up"
    )
    return TakenBack(olds, take_off(scope=scope, mirrors=mirror_of, place=place, now=now))


def lay_on_new(
    scope: Scope,
    back: TakenBack,
    points: Column,
    new_bill: Column,
    held: Mask,
    place: PostingPlace,
    now: dt.datetime,
) -> None:
    """Lay the money on the bills that stand in place of the old ones (the rest becomes an advance), and write down which."""
    if back.money is None:
        return
    rows = np.isin(points, [one.supply_point for one in back.olds])
    new_of = dict(zip(points[rows].tolist(), new_bill[rows].tolist(), strict=True))
    fresh = fresh_items(scope=scope, entry_ids=_entries(new_bill[rows & ~held].tolist()))
    lay_anew(scope=scope, taken=back.money, fresh=fresh, place=place, now=now)
    TrueUp.objects.bulk_create(
        TrueUp(
            old_id=one.bill,
            new_id=new_of[one.supply_point],
            company_id=scope.company_id,
            reading_id=one.reading,
        )
        for one in back.olds
    )
    _note(scope, back.olds, now)


def _entries(bills: Sequence[int]) -> list[int]:
    with connection.cursor() as cursor:
        cursor.execute(_ENTRIES, [list(bills)])
        return [key for (key,) in cursor.fetchall()]


def _note(scope: Scope, olds: Sequence[Reopened], now: dt.datetime) -> None:
    """One act a bill, one fact for all."""
    for one in olds:
        detail: dict[str, Any] = {"reading": one.reading}
        audit.record(
            scope=scope,
            act=ACT,
            subject_kind="billing.bill",
            subject_id=one.bill,
            amount_fen=one.amount_fen,
            detail=detail,
            now=now,
        )
    cancelled = [one.bill for one in olds if one.state == Bill.State.ISSUED]
    if cancelled:
        events.publish(BillsCancelled(cancelled), company_id=scope.company_id, now=now)
