"""Supply points that begin to use gas: each gets its ladder group, its price item and its household size, set by set."""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from gasworks.customers.selectors import branches_of
from gasworks.foundation import audit
from gasworks.foundation.acts import act_of
from gasworks.foundation.bulk import copy_rows, take_ids
from gasworks.foundation.scope import Scope
from gasworks.kernel.errors import Refusal, gettext_noop
from gasworks.tariffs.selectors import plan_ids
from gasworks.usage.models import GroupMember, Household, LadderGroup, PriceItem

RIGHT: Final = "usage.change"
MOST_PERSONS: Final = 30


class UnknownPlan(Refusal):
    sentence = gettext_noop("There is no price plan «%(plan)s» in use.")


class PersonsOutOfRange(Refusal):
    sentence = gettext_noop("A household has 1 to %(most)d persons.")


class UnknownSupplyPoints(Refusal):
    sentence = gettext_noop("%(count)d of the supply points are not known here.")


@dataclass(frozen=True, slots=True)
class NewUse:
    """One supply point's price plan (by code) and household size from a day on. ``persons`` 0: not a household."""

    supply_point_id: int
    plan: str
    from_on: dt.date
    persons: int = 0


def open_many(*, scope: Scope, rows: Sequence[NewUse], now: dt.datetime) -> list[int]:
    """A ladder group of its own for each supply point, one transaction; the group ids in the order of the rows."""
    plans = _plans(scope, {row.plan for row in rows})
    if any(row.persons < 0 or row.persons > MOST_PERSONS for row in rows):
        raise PersonsOutOfRange(most=MOST_PERSONS)
    with act_of(scope):
        _require_points(scope, [row.supply_point_id for row in rows])
        groups = _write(scope, rows, plans)
        audit.record(
            scope=scope, act="usage.open", subject_kind="usage.ladder_group", detail={"rows": len(rows)}, now=now
        )
    return groups


def _plans(scope: Scope, codes: set[str]) -> dict[str, int]:
    known = plan_ids(scope=scope)
    for code in sorted(codes - known.keys()):
        raise UnknownPlan(plan=code)
    return known


def _require_points(scope: Scope, ids: Sequence[int]) -> None:
    branches = branches_of(scope=scope, supply_point_ids=ids)
    if len(branches) != len(set(ids)):
        raise UnknownSupplyPoints(count=len(set(ids)) - len(branches))
    for branch in sorted(set(branches.values())):
        scope.require_change(branch, RIGHT)


def _write(scope: Scope, rows: Sequence[NewUse], plans: dict[str, int]) -> list[int]:
    company = scope.company_id
    groups = take_ids(LadderGroup, len(rows))
    copy_rows(LadderGroup, ("id", "company", "name", "version"), ((key, company, "", 1) for key in groups))
    copy_rows(
        GroupMember,
        ("company", "group", "supply_point", "from_on"),
        ((company, group, row.supply_point_id, row.from_on) for group, row in zip(groups, rows, strict=True)),
    )
    copy_rows(
        PriceItem,
        ("company", "supply_point", "plan", "order", "share", "from_on", "version"),
        ((company, row.supply_point_id, plans[row.plan], 1, "rest", row.from_on, 1) for row in rows),
    )
    copy_rows(
        Household,
        ("company", "group", "persons", "from_on", "version"),
        ((company, group, row.persons, row.from_on, 1) for group, row in zip(groups, rows, strict=True) if row.persons),
    )
    return groups
