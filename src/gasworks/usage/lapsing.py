"""A right ends before its day: what it had changed is as it was, from that day on."""

import datetime as dt
from typing import Any, Final

from django.db.models import Q

from gasworks.foundation.scope import Scope
from gasworks.usage.models import EntitledPerson, Entitlement, Household
from gasworks.usage.overlay import overlay

PLANS: Final = (Entitlement.Kind.HEATING, Entitlement.Kind.LOW_INCOME)
AREA: Final = Entitlement.Kind.AREA


def live_rights(scope: Scope, supply_points: list[int], on: dt.date) -> list[Entitlement]:
    """Rights that hold on a day or begin after it, locked."""
    rows = Entitlement.objects.filter(
        Q(to_on__isnull=True) | Q(to_on__gt=on),
        company_id=scope.company_id,
        supply_point_id__in=supply_points,
    )
    return list(rows.select_for_update(of=("self",)).order_by("from_on"))


def end_one(scope: Scope, row: Entitlement, on: dt.date, reason: str, now: dt.datetime) -> None:
    """End a right on a day; on its first day or before, it and its effects are gone as if they had never been."""
    day = max(on, row.from_on)
    if row.household_id is None:
        overlay(scope, row.supply_point_id, day, row.to_on, **_undone(row))
    if day == row.from_on:
        _forget(scope, row)
        return
    Household.objects.filter(Q(to_on__isnull=True) | Q(to_on__gt=day), pk=row.household_id).update(to_on=day)
    EntitledPerson.objects.filter(
        Q(to_on__isnull=True) | Q(to_on__gt=day), company_id=scope.company_id, entitlement=row
    ).update(to_on=day)
    row.to_on, row.ended_at, row.end_reason = day, now, reason
    row.version += 1
    row.save(update_fields=["to_on", "ended_at", "end_reason", "version"])


def _undone(row: Entitlement) -> dict[str, Any]:
    changes: dict[str, Any] = {"plan_id": row.plan_before_id} if row.plan_id else {}
    if row.kind == AREA or row.value:
        changes["measure"] = row.measure_before
    return changes


def _forget(scope: Scope, row: Entitlement) -> None:
    EntitledPerson.objects.filter(company_id=scope.company_id, entitlement=row).delete()
    household = row.household_id
    row.delete()
    if household is not None:
        Household.objects.filter(pk=household, company_id=scope.company_id).delete()
