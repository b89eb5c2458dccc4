"""Dated rows cut and laid over: between two days a supply point is priced otherwise, before and after as it was."""

import datetime as dt
from typing import Any

from django.db.models import Q

from gasworks.foundation.scope import Scope
from gasworks.usage.models import PriceItem


def in_force(day: dt.date) -> Q:
    return Q(from_on__lte=day) & (Q(to_on__isnull=True) | Q(to_on__gt=day))


def overlapping(from_on: dt.date, to_on: dt.date | None) -> Q:
    """Dated rows that share a day with [from, to); no end is for ever."""
    begun = Q() if to_on is None else Q(from_on__lt=to_on)
    return begun & (Q(to_on__isnull=True) | Q(to_on__gt=from_on))


def overlay(scope: Scope, supply_point_id: int, from_on: dt.date, to_on: dt.date | None, **changes: Any) -> int:
    """Between two days the price item that takes the rest has something else; returns how many rows that touched."""
    rests = PriceItem.objects.filter(
        overlapping(from_on, to_on),
        company_id=scope.company_id,
        supply_point_id=supply_point_id,
        share=PriceItem.Share.REST,
    )
    rows = list(rests.select_for_update(of=("self",)).order_by("from_on"))
    for row in rows:
        inside = cut(row, from_on) if row.from_on < from_on else row
        if to_on is not None and (inside.to_on is None or inside.to_on > to_on):
            cut(inside, to_on)
        for name, value in changes.items():
            setattr(inside, name, value)
        inside.save(update_fields=list(changes))
    return len(rows)


def cut(row: Any, on: dt.date, **changes: Any) -> Any:
    """End a dated row on a day and go on from there, with something changed; returns what goes on."""
    copy = type(row).objects.get(pk=row.pk)
    row.to_on = on
    row.save(update_fields=["to_on"])
    copy.pk, copy.from_on, copy._state.adding = None, on, True
    for name, value in changes.items():
        setattr(copy, name, value)
    copy.save(force_insert=True)
    return copy
