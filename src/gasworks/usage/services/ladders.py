"""Writes of usage: price, share and close the use of gas; take booked gas back. ``opening`` begins it.

Each checks that the supply point's branch is inside the scope, and leaves an act in the log.
"""

import datetime as dt
from collections.abc import Sequence
from typing import Any

from django.db import connection, transaction

from gasworks.customers import selectors as customers
from gasworks.foundation import audit
from gasworks.foundation.scope import Scope
from gasworks.kernel.errors import NotThere, Refusal, gettext_noop
from gasworks.rating.shares import WHOLE_RATIO
from gasworks.usage.checks import refuse_plans
from gasworks.usage.hands import take_hands
from gasworks.usage.lapsing import AREA, PLANS, end_one, live_rights
from gasworks.usage.models import Entitlement, GroupMember, Household, LadderGroup, PriceItem
from gasworks.usage.opening import MOST_PERSONS, PersonsOutOfRange
from gasworks.usage.overlay import in_force
from gasworks.usage.selectors import groups_of_source
from gasworks.usage.types import Share

RIGHT = "usage.change"
POINT, GROUP = "customers.supply_point", "usage.ladder_group"
A_DAY = dt.timedelta(days=1)


class SharesDoNotFit(Refusal):
    sentence = gettext_noop(
        "Exactly one price item takes the rest, as the last one; quotas and ratios need an amount, all ratios together "
        "at most the whole."
    )


class BilledBeyond(Refusal):
    """A change would reach back into days that are billed."""

    sentence = gettext_noop("Gas is billed up to %(to_on)s. Choose that day or a later one.")


class HouseholdOverlaps(Refusal):
    sentence = gettext_noop("Another household size begins on %(from_on)s. End this one by then, or change that one.")


class RightSetsPrices(Refusal):
    sentence = gettext_noop("«%(kind)s» sets the price plan from %(from_on)s on. End that entitlement first.")


class NotOnThisLadder(Refusal):
    sentence = gettext_noop("The supply point is on no ladder on %(on)s.")


class BeginsOnThatDay(Refusal):
    sentence = gettext_noop("What is in force now begins on %(on)s itself. Choose a later day.")


class SameLadder(Refusal):
    sentence = gettext_noop("The supply point is on this ladder already.")


@transaction.atomic
def set_price_items(
    *, scope: Scope, supply_point_id: int, shares: Sequence[Share], from_on: dt.date, now: dt.datetime
) -> list[PriceItem]:
    """Price a supply point anew from a day on; what was in force ends there."""
    require_point(scope, supply_point_id)
    _refuse_shares(scope, shares)
    refuse_billed(scope, supply_point_id, from_on)
    for right in live_rights(scope, [supply_point_id], from_on):
        if right.kind in (*PLANS, AREA):
            raise RightSetsPrices(kind=right.get_kind_display(), from_on=right.from_on)
    _end(PriceItem.objects.filter(company_id=scope.company_id, supply_point_id=supply_point_id), from_on)
    items = [
        PriceItem.objects.create(
            company_id=scope.company_id,
            supply_point_id=supply_point_id,
            plan_id=share.plan_id,
            order=order,
            share=share.share,
            amount=share.amount,
            measure=share.measure,
            from_on=from_on,
        )
        for order, share in enumerate(shares, start=1)
    ]
    detail = {"from": from_on.isoformat(), "plans": [share.plan_id for share in shares]}
    _note(scope, "usage.set_prices", POINT, supply_point_id, now, detail)
    return items


@transaction.atomic
def set_household(
    *,
    scope: Scope,
    supply_point_id: int,
    persons: int,
    from_on: dt.date,
    now: dt.datetime,
    to_on: dt.date | None = None,
    evidence_id: int | None = None,
) -> Household:
    """Household size of the supply point's ladder group from a day on; the size before ends there."""
    require_point(scope, supply_point_id)
    if not 1 <= persons <= MOST_PERSONS:
        raise PersonsOutOfRange(most=MOST_PERSONS)
    group = member_on(scope, supply_point_id, from_on).group
    sizes = Household.objects.filter(company_id=scope.company_id, group=group)
    later = sizes.filter(from_on__gt=from_on).order_by("from_on").first()
    if later and (to_on is None or to_on > later.from_on):
        raise HouseholdOverlaps(from_on=later.from_on)
    for right in live_rights(scope, _points(scope, group, from_on), from_on):
        if right.kind == Entitlement.Kind.HOUSEHOLD and right.from_on < from_on:
            end_one(scope, right, from_on, Entitlement.End.REPLACED, now)
    _end(sizes, from_on)
    row = Household.objects.create(
        company_id=scope.company_id, group=group, persons=persons, from_on=from_on, to_on=to_on, evidence_id=evidence_id
    )
    _note(scope, "usage.set_household", GROUP, group.id, now, {"persons": persons, "from": from_on.isoformat()})
    return row


@transaction.atomic
def lapse_households(*, scope: Scope, supply_point_id: int, on: dt.date, now: dt.datetime) -> int:
    """The holder leaves: household sizes and all rights by evidence end. Returns how many sizes were in force.

    Called inside the transaction that ends the agreement, whose right it is. A size that begins on the day itself is that
    of who comes; a supply point on no ladder has none. Who keeps another supply point on the same ladder keeps the size:
    only what gave this supply point a price of its own ends.
    """
    mine = GroupMember.objects.filter(in_force(on), company_id=scope.company_id, supply_point_id=supply_point_id)
    member = mine.select_related("group").first()
    if member is None:
        return 0
    if _keeps_another(scope, member.group, supply_point_id, on):
        ended = _end_all(scope, _own_rights(scope, supply_point_id, on), on, Entitlement.End.LAPSED, now)
    else:
        sizes = Household.objects.filter(company_id=scope.company_id, group=member.group)
        ended = _end_rights(scope, member.group, on, Entitlement.End.LAPSED, now) + _end(sizes.exclude(from_on=on), on)
    _note(scope, "usage.lapse_households", GROUP, member.group_id, now, {"on": on.isoformat(), "ended": ended})
    return ended


@transaction.atomic
def join_ladder(*, scope: Scope, supply_point_id: int, group_id: int, on: dt.date, now: dt.datetime) -> GroupMember:
    """Move a supply point to another ladder from a day on. Both ladders are in hand, so no run bills it on either."""
    require_point(scope, supply_point_id)
    group = LadderGroup.objects.filter(pk=group_id, company_id=scope.company_id).first()
    if group is None:
        raise NotThere(key=group_id)
    old = member_on(scope, supply_point_id, on)
    if old.group_id == group.id:
        raise SameLadder
    with connection.cursor() as cursor:
        take_hands(cursor, company_id=scope.company_id, groups=sorted((old.group_id, group.id)))
    refuse_billed(scope, supply_point_id, on)
    _end(GroupMember.objects.filter(company_id=scope.company_id, supply_point_id=supply_point_id), on)
    member = GroupMember.objects.create(
        company_id=scope.company_id, group=group, supply_point_id=supply_point_id, from_on=on
    )
    detail = {"from_group": old.group_id, "on": on.isoformat(), "supply_point": supply_point_id}
    _note(scope, "usage.join_ladder", GROUP, group.id, now, detail)
    return member


@transaction.atomic
def close_use(*, scope: Scope, supply_point_id: int, on: dt.date, now: dt.datetime) -> None:
    """No more gas here: membership, price items and, for a ladder that nobody is left on, household sizes end."""
    require_point(scope, supply_point_id)
    refuse_billed(scope, supply_point_id, on)
    member = member_on(scope, supply_point_id, on - A_DAY)
    keeps = _keeps_another(scope, member.group, supply_point_id, on)
    for right in _own_rights(scope, supply_point_id, on) if keeps else live_rights(scope, [supply_point_id], on):
        end_one(scope, right, on, Entitlement.End.ENDED, now)
    mine = {"company_id": scope.company_id, "supply_point_id": supply_point_id}
    _end(GroupMember.objects.filter(**mine), on)
    _end(PriceItem.objects.filter(**mine), on)
    if not GroupMember.objects.filter(in_force(on), company_id=scope.company_id, group=member.group).exists():
        _end(Household.objects.filter(company_id=scope.company_id, group=member.group), on)
    _note(scope, "usage.close", POINT, supply_point_id, now, {"on": on.isoformat()})


def take_back(*, scope: Scope, source_kind: int, sources: Sequence[int]) -> list[int]:
    """Take the live gas of bills (or purchases) off their ladders; returns the groups, whose hands are held now.

    Called inside the transaction of the act that undoes the sources; the right of the act is theirs to ask for.
    """
    groups = groups_of_source(company_id=scope.company_id, source_kind=source_kind, sources=sources)
    with connection.cursor() as cursor:
        take_hands(cursor, company_id=scope.company_id, groups=groups)
        cursor.execute(
            """UPDATE usage_movement SET live = false
               WHERE source = ANY(%s) AND source_kind = %s AND company_id = %s AND live""",
            [list(sources), source_kind, scope.company_id],
        )
    return groups


def _end_rights(scope: Scope, group: LadderGroup, on: dt.date, reason: str, now: dt.datetime) -> int:
    """Rights of all supply points of a ladder; returns how many household sizes ended with them."""
    return _end_all(scope, live_rights(scope, _points(scope, group, on), on), on, reason, now)


def _end_all(scope: Scope, rights: Sequence[Entitlement], on: dt.date, reason: str, now: dt.datetime) -> int:
    ended = 0
    for right in rights:
        refuse_billed(scope, right.supply_point_id, max(on, right.from_on))
        ended += right.kind == Entitlement.Kind.HOUSEHOLD
        end_one(scope, right, on, reason, now)
    return ended


def _keeps_another(scope: Scope, group: LadderGroup, supply_point_id: int, on: dt.date) -> bool:
    """Whether who held a supply point until a day holds another one of the same ladder from then on."""
    others = [point for point in _points(scope, group, on) if point != supply_point_id]
    if not others:
        return False
    leaver = customers.holder_on(scope=scope, supply_point_id=supply_point_id, day=on - A_DAY)
    holders = [customers.holder_on(scope=scope, supply_point_id=point, day=on) for point in others]
    return leaver is not None and any(holder and holder.customer_id == leaver.customer_id for holder in holders)


def _own_rights(scope: Scope, supply_point_id: int, on: dt.date) -> list[Entitlement]:
    """What gives a supply point a price of its own: not the size of the household, which is the whole ladder's."""
    return [right for right in live_rights(scope, [supply_point_id], on) if right.kind != Entitlement.Kind.HOUSEHOLD]


def _points(scope: Scope, group: LadderGroup, on: dt.date) -> list[int]:
    members = GroupMember.objects.filter(in_force(on), company_id=scope.company_id, group=group)
    return list(members.values_list("supply_point_id", flat=True))


def require_point(scope: Scope, supply_point_id: int) -> None:
    customers.require_point(scope=scope, supply_point_id=supply_point_id, right=RIGHT)
    audit.name_actor(scope)


def member_on(scope: Scope, supply_point_id: int, on: dt.date) -> GroupMember:
    found = GroupMember.objects.select_related("group").filter(
        in_force(on), company_id=scope.company_id, supply_point_id=supply_point_id
    )
    member = found.first()
    if member is None:
        raise NotOnThisLadder(on=on)
    return member


def _end(rows: Any, on: dt.date) -> int:
    """End what is in force on a day; returns how many rows. What begins on that very day cannot end there."""
    ended = 0
    for row in rows.filter(in_force(on)).select_for_update(of=("self",)):
        if row.from_on == on:
            raise BeginsOnThatDay(on=on)
        row.to_on = on
        row.save(update_fields=["to_on"])
        ended += 1
    return ended


def _refuse_shares(scope: Scope, shares: Sequence[Share]) -> None:
    rests = [number for number, share in enumerate(shares, start=1) if share.share == PriceItem.Share.REST]
    if rests != [len(shares)] or any((share.amount or 0) <= 0 for share in shares[:-1]):
        raise SharesDoNotFit
    ratios = sum(share.amount or 0 for share in shares if share.share == PriceItem.Share.RATIO)
    if ratios > WHOLE_RATIO or any(share.measure is not None and share.measure <= 0 for share in shares):
        raise SharesDoNotFit
    refuse_plans(scope, {share.plan_id for share in shares})


def refuse_billed(scope: Scope, supply_point_id: int, on: dt.date) -> None:
    """Days that a live movement has booked cannot be priced or grouped anew."""
    with connection.cursor() as cursor:
        cursor.execute(
            """SELECT max(m.to_on) FROM metering_installation i
               JOIN usage_movement m ON m.installation_id = i.id AND m.live
               WHERE i.supply_point_id = %s AND i.company_id = %s""",
            [supply_point_id, scope.company_id],
        )
        (last,) = cursor.fetchone()
    if last and on < last:
        raise BilledBeyond(to_on=last)


def _note(scope: Scope, act: str, kind: str, key: int | None, now: dt.datetime, detail: dict[str, Any]) -> None:
    audit.record(scope=scope, act=act, subject_kind=kind, subject_id=key, detail=detail, now=now)
