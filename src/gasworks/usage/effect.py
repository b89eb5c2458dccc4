"""What a right would change, shown before it is recorded: tier bounds, and the bill of a year like the last twelve months."""

import datetime as dt
from dataclasses import dataclass
from typing import Any, Final

from django.db import connection

from gasworks.foundation.scope import Scope
from gasworks.tariffs.selectors import PlanYear, plan_year
from gasworks.usage.models import Entitlement
from gasworks.usage.selectors import group_of, household_on, members_of
from gasworks.usage.services.rights import resolve
from gasworks.usage.starting import rest_item
from gasworks.usage.types import NewRight

WHOLE: Final = 1_000
YEAR: Final = dt.timedelta(days=365)

_GAS: Final = """
SELECT greatest(m.from_on, %(since)s), least(m.to_on, %(today)s), m.from_on, m.to_on, sum(m.litres)::bigint
  FROM metering_installation i JOIN usage_movement m ON m.installation_id = i.id AND m.live AND NOT m.counts_only
 WHERE i.company_id = %(company)s AND i.supply_point_id = ANY(%(points)s)
   AND m.to_on > %(since)s AND m.from_on < %(today)s
 GROUP BY m.from_on, m.to_on
"""


@dataclass(frozen=True, slots=True)
class Effect:
    """``known_days`` of the last 365 are billed; the year's bills stand on them alone. None: nothing is billed yet."""

    from_on: dt.date
    before: PlanYear
    after: PlanYear
    litres: int
    known_days: int

    @property
    def change_fen(self) -> int | None:
        if self.before.amount_fen is None or self.after.amount_fen is None:
            return None
        return self.after.amount_fen - self.before.amount_fen


def effect_of(*, scope: Scope, new: NewRight, today: dt.date) -> Effect:
    """Raises whatever would refuse the right; writes nothing."""
    from_on = resolve(scope=scope, new=new)
    group = group_of(scope=scope, supply_point_id=new.supply_point_id, on=from_on)
    points = list(members_of(scope=scope, group_id=group.id).values_list("supply_point_id", flat=True))
    by_month, days = gas_by_month(scope=scope, supply_points=points, today=today)
    size = household_on(scope=scope, group_id=group.id, on=from_on)
    persons = size.persons if size else 0
    item = rest_item(scope, new.supply_point_id, from_on)
    plan, measure = (item.plan_id, item.measure or 0) if item else (new.plan_id or 0, 0)
    counts = new.kind == Entitlement.Kind.HOUSEHOLD
    year: dict[str, Any] = {"scope": scope, "on": from_on, "litres_by_month": by_month}
    return Effect(
        from_on=from_on,
        before=plan_year(**year, plan_id=plan, persons=persons, measure=measure),
        after=plan_year(
            **year,
            plan_id=new.plan_id or plan,
            persons=new.value if counts else persons,
            measure=measure if counts else new.value or measure,
        ),
        litres=sum(by_month.values()),
        known_days=days,
    )


def gas_by_month(*, scope: Scope, supply_points: list[int], today: dt.date) -> tuple[dict[int, int], int]:
    """Gas of the last 365 days by calendar month in whole m³, shared by days of use, and how many days are billed."""
    places: dict[str, Any] = {
        "company": scope.company_id,
        "points": supply_points,
        "since": today - YEAR,
        "today": today,
    }
    with connection.cursor() as cursor:
        cursor.execute(_GAS, places)
        rows = cursor.fetchall()
    months: dict[int, int] = {}
    billed: set[dt.date] = set()
    for first, end, from_on, to_on, litres in rows:
        for day in range((end - first).days):
            on = first + dt.timedelta(days=day)
            billed.add(on)
            months[on.month] = months.get(on.month, 0) + litres * 1_000 // (to_on - from_on).days
    return {month: _whole(thousandths) for month, thousandths in sorted(months.items())}, len(billed)


def _whole(thousandths: int) -> int:
    """Thousandths of a litre → litres of whole m³, half up."""
    unit = WHOLE * 1_000
    return (2 * thousandths + unit) // (2 * unit) * WHOLE
