"""What was wrong in the past is put right: price plan and household size of days that were billed and are rated again.

Called inside a re-billing, after the gas of those days has been taken back; ``set_price_items`` refuses billed days.
"""

import datetime as dt
from collections.abc import Sequence

from django.db.models import Q

from gasworks.foundation import audit
from gasworks.foundation.scope import Scope
from gasworks.usage.checks import PlanNotHere, refuse_plans
from gasworks.usage.models import GroupMember, Household, Ladder, Movement, PriceItem
from gasworks.usage.opening import MOST_PERSONS, PersonsOutOfRange
from gasworks.usage.overlay import cut
from gasworks.usage.services.ladders import GROUP, POINT, NotOnThisLadder, refuse_billed
from gasworks.usage.types import ExtraGas

__all__ = ["PlanNotHere", "correct_household", "correct_plan", "count_extra"]


def correct_plan(*, scope: Scope, supply_point_id: int, plan_id: int, from_on: dt.date, now: dt.datetime) -> int:
    """The plan of the rest of the gas from a day on; returns how many price items that touched.

    The item in force on the day is cut there; items that begin later take the plan where they had the wrong one.
    """
    refuse_plans(scope, {plan_id})
    refuse_billed(scope, supply_point_id, from_on)
    rests = PriceItem.objects.filter(
        Q(to_on__isnull=True) | Q(to_on__gt=from_on),
        company_id=scope.company_id,
        supply_point_id=supply_point_id,
        share=PriceItem.Share.REST,
    )
    rows = list(rests.select_for_update().order_by("from_on"))
    wrong = rows[0].plan_id if rows else 0
    touched = [row for row in rows if row.plan_id == wrong]
    for row in touched:
        if row.from_on >= from_on:
            row.plan_id = plan_id
            row.save(update_fields=["plan"])
        else:
            cut(row, from_on, plan_id=plan_id)
    detail = {"from": from_on.isoformat(), "plan": plan_id, "instead_of": wrong, "items": len(touched)}
    audit.record(
        scope=scope,
        act="usage.correct_plan",
        subject_kind=POINT,
        subject_id=supply_point_id,
        detail=detail,
        now=now,
    )
    return len(touched)


def correct_household(
    *,
    scope: Scope,
    supply_point_id: int,
    persons: int,
    from_on: dt.date,
    now: dt.datetime,
    evidence_id: int | None = None,
) -> Household:
    """Household size from a day on, up to where the next declared size begins."""
    if not 1 <= persons <= MOST_PERSONS:
        raise PersonsOutOfRange(most=MOST_PERSONS)
    member = (
        GroupMember.objects.filter(
            Q(to_on__isnull=True) | Q(to_on__gt=from_on),
            company_id=scope.company_id,
            supply_point_id=supply_point_id,
            from_on__lte=from_on,
        )
        .select_related("group")
        .first()
    )
    if member is None:
        raise NotOnThisLadder(on=from_on)
    sizes = Household.objects.filter(company_id=scope.company_id, group=member.group)
    there = sizes.filter(Q(to_on__isnull=True) | Q(to_on__gt=from_on), from_on__lte=from_on).first()
    later = sizes.filter(from_on__gt=from_on).order_by("from_on").first()
    if there is not None and there.from_on == from_on:
        there.persons, there.evidence_id = persons, evidence_id or there.evidence_id
        there.save(update_fields=["persons", "evidence"])
        row = there
    elif there is not None:
        row = cut(there, from_on, persons=persons, evidence_id=evidence_id)
    else:
        row = Household.objects.create(
            company_id=scope.company_id,
            group=member.group,
            persons=persons,
            from_on=from_on,
            to_on=later.from_on if later else None,
            evidence_id=evidence_id,
        )
    audit.record(
        scope=scope,
        act="usage.correct_household",
        subject_kind=GROUP,
        subject_id=member.group_id,
        detail={"from": from_on.isoformat(), "persons": persons},
        now=now,
    )
    return row


def count_extra(
    *,
    scope: Scope,
    source: int,
    group_id: int,
    dial: tuple[int, int],
    price_item_id: int,
    from_on: dt.date,
    to_on: dt.date,
    month: int,
    gas: Sequence[ExtraGas],
) -> None:
    """Book gas of a bill that no dial showed: it climbs the ladders, and covers no days. The caller holds the hand."""
    installation, register = dial
    Movement.objects.bulk_create(
        Movement(
            source=source,
            seq=seq,
            counts_only=True,
            company_id=scope.company_id,
            installation_id=installation,
            register_id=register,
            price_item_id=price_item_id,
            from_on=from_on,
            to_on=to_on,
            month=month,
            ladder_id=_ladder(scope, group_id, one),
            litres=one.litres,
            from_index=0,
            to_index=0,
        )
        for seq, one in enumerate(gas, 1)
    )


def _ladder(scope: Scope, group_id: int, gas: ExtraGas) -> int:
    off = gas.period_from is None
    row, _new = Ladder.objects.get_or_create(
        company_id=scope.company_id,
        group_id=group_id,
        code=Ladder.OFF_LADDER if off else gas.code,
        period_from=gas.period_from or Ladder.OFF_LADDER_FROM,
    )
    return int(row.id)
