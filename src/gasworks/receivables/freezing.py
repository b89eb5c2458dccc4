"""Days that bear no late fee: while an item is disputed, and while a payment order of it lies with the bank.

Each has its kind, its days and its note in ``Freeze``; the days of those that are over stand merged in the item's
``frozen``, which is what a late fee is reckoned with. One that goes on has no end yet: nobody is asked beyond its first day.
"""

import datetime as dt
import json
from collections.abc import Sequence
from typing import Any, Final

from django.db import connection

from gasworks.foundation.scope import Scope
from gasworks.receivables.late_fee import Days, merged
from gasworks.receivables.models import Freeze, OpenItem

_SET: Final = """
UPDATE receivables_openitem i SET frozen = s.days
  FROM (SELECT (x ->> 0)::bigint AS item, ARRAY(SELECT d::date FROM jsonb_array_elements_text(x -> 1) d) AS days
          FROM jsonb_array_elements(%s::jsonb) x) s
 WHERE i.id = s.item AND i.company_id = %s
"""


def begin(*, scope: Scope, item_ids: Sequence[int], kind: str, on: dt.date, note: str, now: dt.datetime) -> None:
    """From ``on`` these items bear nothing until ``end``. The caller holds their balances."""
    Freeze.objects.bulk_create(_row(scope, item, kind, on, None, note, now) for item in item_ids)


def end(*, scope: Scope, item_ids: Sequence[int], on: dt.date, now: dt.datetime) -> None:
    """What goes on for these items ends; ``on`` bears a late fee again. An end before the beginning freezes no day."""
    running = Freeze.objects.filter(company_id=scope.company_id, item_id__in=list(item_ids), to_on__isnull=True)
    more: dict[int, list[Days]] = {}
    for row in running.order_by("id"):
        row.to_on, row.ended_by_id, row.ended_at = max(on, row.from_on), scope.actor_id, now
        row.save(update_fields=["to_on", "ended_by", "ended_at"])
        more.setdefault(row.item_id, []).append((row.from_on, row.to_on))
    _merge(scope, more)


def add(*, scope: Scope, item_ids: Sequence[int], kind: str, days: Days, note: str, now: dt.datetime) -> None:
    """Days that are over, told afterwards. The caller holds the balances."""
    Freeze.objects.bulk_create(_row(scope, item, kind, *days, note, now) for item in item_ids)
    _merge(scope, {item: [days] for item in item_ids})


def carry_over(*, scope: Scope, pairs: Sequence[tuple[int, int]], now: dt.datetime) -> dict[int, tuple[Days, ...]]:
    """(old item, new item) each: the new one bears no late fee on the days on which the old one bore none.

    Returns those days by new item, where there are any.
    """
    if not pairs:
        return {}
    new = dict(pairs)
    rows = Freeze.objects.filter(company_id=scope.company_id, item_id__in=list(new), to_on__isnull=False).order_by("id")
    copies = [_row(scope, new[row.item_id], row.kind, row.from_on, row.to_on, row.note, now) for row in rows]
    Freeze.objects.bulk_create(copies)
    more: dict[int, list[Days]] = {}
    for copy in copies:
        more.setdefault(copy.item_id, []).append((copy.from_on, copy.to_on))  # type: ignore[arg-type]
    _merge(scope, more)
    return {item: tuple(merged(days)) for item, days in more.items()}


def running_since(*, scope: Scope, item_id: int) -> dt.date | None:
    """The first day of a freeze that goes on."""
    found = Freeze.objects.filter(company_id=scope.company_id, item_id=item_id, to_on__isnull=True)
    return found.values_list("from_on", flat=True).first()


def freezes_of(*, scope: Scope, item_id: int) -> list[Freeze]:
    found = Freeze.objects.filter(company_id=scope.company_id, item_id=item_id)
    return list(found.select_related("set_by", "ended_by").order_by("from_on", "id"))


def _row(
    scope: Scope, item_id: int, kind: str, from_on: dt.date, to_on: dt.date | None, note: str, now: dt.datetime
) -> Freeze:
    over: dict[str, Any] = {"ended_by_id": scope.actor_id, "ended_at": now} if to_on else {}
    return Freeze(
        company_id=scope.company_id,
        item_id=item_id,
        kind=kind,
        from_on=from_on,
        to_on=to_on,
        note=note.strip()[:200],
        set_by_id=scope.actor_id,
        set_at=now,
        **over,
    )


def _merge(scope: Scope, more: dict[int, list[Days]]) -> None:
    if not more:
        return
    known = dict(OpenItem.objects.filter(id__in=list(more)).values_list("id", "frozen"))
    rows = []
    for item, days in more.items():
        before = known[item] or []
        all_days = merged([*zip(before[::2], before[1::2], strict=True), *days])
        rows.append([item, [day.isoformat() for pair in all_days for day in pair]])
    wanted = [row for row in rows if row[1]]
    with connection.cursor() as cursor:
        cursor.execute(_SET, [json.dumps(wanted), scope.company_id])
