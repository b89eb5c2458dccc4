"""Supply points: opened once with a number for good, moved between branches only by a recorded act."""

import datetime as dt
import re
from typing import Any

from django.contrib.gis.geos import Point

from gasworks.customers.models import Community, Premises, SupplyPoint
from gasworks.customers.numbers import take_supply_point_numbers
from gasworks.customers.services._within import act_of, locked, note
from gasworks.customers.services.search_keys import address_keys, write_keys
from gasworks.customers.states import SUPPLY_POINT
from gasworks.customers.types import KeyKind, NewPremises
from gasworks.foundation.models import OrgUnit
from gasworks.foundation.scope import Scope
from gasworks.foundation.versions import Seen, save_versioned
from gasworks.kernel.errors import NotThere, Refusal, gettext_noop

RIGHT = "customers.change"
_NUMBER = re.compile(r"\S{1,32}")


class NumberTaken(Refusal):
    sentence = gettext_noop("The number %(number)s belongs to another supply point already.")


class NumberMalformed(Refusal):
    sentence = gettext_noop("«%(number)s» cannot be a supply point number: one to 32 signs without spaces.")


class NotABranch(Refusal):
    sentence = gettext_noop("A supply point belongs to a branch of your company. Choose one.")


def open_supply_point(
    *,
    scope: Scope,
    branch_id: int,
    premises: NewPremises,
    customer_type: str,
    now: dt.datetime,
    number: str = "",
) -> SupplyPoint:
    """A new 用气点, not yet ignited. ``number`` of an older system is taken as it is; without one the series gives
    the next, with its check digit."""
    scope.require_change(branch_id, RIGHT)
    require_branch(scope, branch_id)
    if number and not _NUMBER.fullmatch(number):
        raise NumberMalformed(number=number)
    with act_of(scope):
        if number and SupplyPoint.objects.filter(company_id=scope.company_id, number=number).exists():
            raise NumberTaken(number=number)
        place = make_premises(scope, premises)
        point = SupplyPoint.objects.create(
            company_id=scope.company_id,
            number=number or take_supply_point_numbers(scope.company_id, 1)[0],
            branch_id=branch_id,
            premises=place,
            customer_type=customer_type,
            status_on=None,
        )
        write_keys(scope.company_id, point.id, KeyKind.NUMBER, [point.number])
        address_keys(scope.company_id, point.id, place.address)
        note(scope, "open_supply_point", point, now, {"number": point.number})
    return point


def make_premises(scope: Scope, new: NewPremises) -> Premises:
    community = Community.objects.filter(pk=new.community_id, company_id=scope.company_id).first()
    if community is None:
        raise NotThere(key=new.community_id)
    return Premises.objects.create(
        company_id=scope.company_id,
        community=community,
        building=new.building,
        unit=new.unit,
        room=new.room,
        address=new.address or f"{community.name}{new.building}{new.unit}{new.room}",
        location=point_at(new.longitude, new.latitude),
    )


def point_at(longitude: float | None, latitude: float | None) -> Point | None:
    return None if longitude is None or latitude is None else Point(longitude, latitude, srid=4326)


def change_premises(
    *, scope: Scope, supply_point_id: int, seen: int | Seen, changes: dict[str, Any], now: dt.datetime
) -> Premises:
    """Correct the address of a supply point. The version is that of the premises."""
    scope.require(RIGHT)
    with act_of(scope):
        point = locked(SupplyPoint, supply_point_id, scope)
        scope.require_change(point.branch_id, RIGHT)
        community = changes.get("community")
        if community is not None and community.company_id != scope.company_id:
            raise NotThere(key=community.pk)
        saved = save_versioned(point.premises, seen_version=seen, changes=changes)
        for other in SupplyPoint.objects.filter(company_id=scope.company_id, premises=saved):
            address_keys(scope.company_id, other.id, saved.address)
        note(scope, "change_premises", saved, now, {"fields": sorted(changes)})
    return saved


def change_type(
    *, scope: Scope, supply_point_id: int, seen: int | Seen, customer_type: str, now: dt.datetime
) -> SupplyPoint:
    """Another nature of use (用气性质). Prices are changed where prices are kept."""
    return _change(scope, supply_point_id, seen, {"customer_type": customer_type}, "change_type", now)


def move_to_branch(
    *, scope: Scope, supply_point_id: int, seen: int | Seen, branch_id: int, now: dt.datetime
) -> SupplyPoint:
    """The recorded act by which a supply point changes its branch; the actor's reach covers both."""
    scope.require_change(branch_id, RIGHT)
    require_branch(scope, branch_id)
    return _change(scope, supply_point_id, seen, {"branch_id": branch_id}, "move_branch", now)


def set_status(
    *, scope: Scope, supply_point_id: int, seen: int | Seen, act: str, on: dt.date, now: dt.datetime
) -> SupplyPoint:
    """Ignite, suspend, resume or close; what does not fit the present status is refused by name."""
    scope.require(RIGHT)
    with act_of(scope):
        point = locked(SupplyPoint, supply_point_id, scope)
        scope.require_change(point.branch_id, RIGHT)
        changes = {"status": SUPPLY_POINT.after(point.status, act), "status_on": on}
        saved = save_versioned(point, seen_version=seen, changes=changes)
        note(scope, "set_status", saved, now, {"from": point.status, "to": saved.status, "on": on.isoformat()})
    return saved


def hold_supply_point(*, scope: Scope, supply_point_id: int) -> SupplyPoint:
    """The supply point, locked until the caller's transaction ends; NotThere outside the company."""
    return locked(SupplyPoint, supply_point_id, scope)


def require_branch(scope: Scope, branch_id: int) -> None:
    branch = OrgUnit.objects.filter(pk=branch_id, company_id=scope.company_id, kind=OrgUnit.Kind.BRANCH)
    if not branch.exists():
        raise NotABranch


def _change(
    scope: Scope, supply_point_id: int, seen: int | Seen, changes: dict[str, Any], act: str, now: dt.datetime
) -> SupplyPoint:
    scope.require(RIGHT)
    with act_of(scope):
        point = locked(SupplyPoint, supply_point_id, scope)
        scope.require_change(point.branch_id, RIGHT)
        saved = save_versioned(point, seen_version=seen, changes=changes)
        note(scope, act, saved, now, changes)
    return saved
