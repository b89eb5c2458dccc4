"""Reads of usage: who shares a ladder, how they are priced, what they have used."""

import datetime as dt
import json
from collections.abc import Sequence
from typing import Any

from django.db import connection
from django.db.models import Q, QuerySet

from gasworks.foundation.scope import Scope
from gasworks.kernel.errors import NotThere
from gasworks.usage.models import (
    EntitledPerson,
    Entitlement,
    GroupMember,
    Household,
    Ladder,
    LadderGroup,
    PriceItem,
    SubsidyPayer,
    SubsidyTerms,
)
from gasworks.usage.types import Booking, TierToDate

RIGHT = "usage.view"

_BOOKINGS = """
SELECT m.installation_id, m.register_id, t.serial, min(m.from_on), max(m.to_on), max(m.from_index), max(m.to_index),
       sum(m.litres) FILTER (WHERE NOT m.counts_only)::bigint, max(m.reading_id), max(r.source), max(r.estimate_method),
       bool_and(m.live), (array_agg(r.estimate_inputs) FILTER (WHERE r.estimate_inputs IS NOT NULL))[1]
FROM usage_movement m
JOIN metering_installation i ON i.id = m.installation_id
JOIN metering_meter t ON t.id = i.meter_id
LEFT JOIN metering_reading r ON r.id = m.reading_id
WHERE m.source = %s AND m.source_kind = 1 AND m.company_id = %s
GROUP BY m.installation_id, m.register_id, t.serial
ORDER BY min(m.from_on), m.installation_id, m.register_id
"""


def group_of(*, scope: Scope, supply_point_id: int, on: dt.date) -> LadderGroup:
    """The ladder group of a supply point on a day. Raises NotThere."""
    scope.require(RIGHT)
    member = (
        GroupMember.objects.filter(_on(on), company_id=scope.company_id, supply_point_id=supply_point_id)
        .select_related("group")
        .first()
    )
    if member is None:
        raise NotThere(key=supply_point_id)
    return member.group


def members_of(*, scope: Scope, group_id: int) -> QuerySet[GroupMember]:
    scope.require(RIGHT)
    found = GroupMember.objects.filter(company_id=scope.company_id, group_id=group_id)
    return found.select_related("supply_point").order_by("from_on", "id")


def price_items(*, scope: Scope, supply_point_id: int, on: dt.date | None = None) -> QuerySet[PriceItem]:
    """How a supply point is priced, in order; on a day, or with its history."""
    scope.require(RIGHT)
    found = PriceItem.objects.filter(company_id=scope.company_id, supply_point_id=supply_point_id)
    return (found.filter(_on(on)) if on else found).select_related("plan").order_by("from_on", "order")


def households(*, scope: Scope, group_id: int) -> QuerySet[Household]:
    scope.require(RIGHT)
    return Household.objects.filter(company_id=scope.company_id, group_id=group_id).order_by("-from_on")


def household_on(*, scope: Scope, group_id: int, on: dt.date) -> Household | None:
    scope.require(RIGHT)
    return Household.objects.filter(_on(on), company_id=scope.company_id, group_id=group_id).first()


def tiers_to_date(*, scope: Scope, group_ids: Sequence[int], since: dt.date | None = None) -> list[TierToDate]:
    """What the groups have used, per ladder and tier period, newest period first."""
    scope.require(RIGHT)
    found = Ladder.objects.filter(company_id=scope.company_id, group_id__in=list(group_ids))
    if since:
        found = found.filter(period_from__gte=since)
    rows = found.order_by("group_id", "code", "-period_from").values_list("group_id", "code", "period_from", "litres")
    return [TierToDate(*row) for row in rows]


def bookings_of_bill(*, scope: Scope, bill_id: int) -> list[Booking]:
    """The registers that a bill billed, with their indexes and where the closing reading came from."""
    scope.require(RIGHT)
    with connection.cursor() as cursor:
        cursor.execute(_BOOKINGS, [bill_id, scope.company_id])
        return [Booking(*row[:-1], estimate_inputs=_inputs(row[-1])) for row in cursor.fetchall()]


def rights(*, scope: Scope) -> QuerySet[Entitlement]:
    """Rights by evidence of the company's households."""
    scope.require(RIGHT)
    found = Entitlement.objects.filter(company_id=scope.company_id)
    return found.select_related("supply_point__premises", "plan", "evidence", "recorded_by")


def rights_of_point(*, scope: Scope, supply_point_id: int) -> list[tuple[Entitlement, list[str]]]:
    """Rights of a supply point, the newest first, each with its persons as they may be shown."""
    found = list(rights(scope=scope).filter(supply_point_id=supply_point_id).order_by("-from_on", "-id"))
    shown: dict[int, list[str]] = {}
    for person in EntitledPerson.objects.filter(company_id=scope.company_id, entitlement__in=found).order_by("id"):
        shown.setdefault(person.entitlement_id, []).append(person.shown)
    return [(row, shown.get(row.id, [])) for row in found]


def find_right(*, scope: Scope, right_id: int) -> Entitlement:
    found = rights(scope=scope).filter(pk=right_id).first()
    if found is None:
        raise NotThere(key=right_id)
    return found


def subsidy_payers(*, scope: Scope) -> list[SubsidyPayer]:
    scope.require(RIGHT)
    return list(SubsidyPayer.objects.filter(company_id=scope.company_id).order_by("code"))


def subsidy_terms(*, scope: Scope) -> list[SubsidyTerms]:
    """Which plans are subsidised, by whom and since when."""
    found = SubsidyTerms.objects.filter(company_id=scope.company_id)
    return list(found.select_related("payer", "plan", "normal_plan").order_by("payer__code", "plan__code", "from_on"))


def _inputs(stored: Any) -> dict[str, Any] | None:
    """JSON comes from a plain cursor as it is stored."""
    return json.loads(stored) if isinstance(stored, str) else stored


def groups_of_source(*, company_id: int, source_kind: int, sources: Sequence[int]) -> list[int]:
    """Ladder groups that live movements of these sources stand in."""
    with connection.cursor() as cursor:
        cursor.execute(
            """SELECT DISTINCT l.group_id FROM usage_movement m JOIN usage_ladder l ON l.id = m.ladder_id
               WHERE m.source = ANY(%s) AND m.source_kind = %s AND m.company_id = %s AND m.live ORDER BY 1""",
            [list(sources), source_kind, company_id],
        )
        return [key for (key,) in cursor.fetchall()]


def _on(day: dt.date) -> Q:
    return Q(from_on__lte=day) & (Q(to_on__isnull=True) | Q(to_on__gt=day))
