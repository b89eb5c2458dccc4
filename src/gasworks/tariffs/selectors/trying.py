"""Today's prices and the same prices with one version put in, both compiled: for whoever prices history twice."""

import datetime as dt
from collections.abc import Mapping
from typing import Any, Final

from gasworks.foundation.scope import Scope
from gasworks.tariffs.models import PlanVersion
from gasworks.tariffs.selectors.compiled import NoPricesYet, compile_rows, compiled_tariffs, version_of
from gasworks.tariffs.selectors.plans import find_version
from gasworks.tariffs.types import Trial

ALWAYS: Final = dt.date(2000, 1, 1)
A_YEAR: Final = 12
"""No tier period is longer."""


def tariffs_tried(
    *, scope: Scope, version_id: int, from_on: dt.date, content: Mapping[str, Any], throughout: bool
) -> Trial:
    """The approved prices, and those with the version among them; it says what ``content`` says from ``from_on`` on.

    ``throughout``: it alone holds for its plan, as if it had always been in force. Raises NotThere, NoPricesYet,
    rating.TariffError.
    """
    found = find_version(scope=scope, version_id=version_id)
    now = compiled_tariffs(scope=scope)
    approved = PlanVersion.objects.filter(company_id=scope.company_id, state=PlanVersion.State.APPROVED)
    tried = _copy(found, ALWAYS if throughout else from_on, content)
    in_force = list(approved.select_related("plan"))
    if found.plan_id not in now.index:
        raise NoPricesYet
    others = [row for row in in_force if not _replaced(row, tried, throughout)]
    counting = tuple(sorted({row.plan_id for row in in_force if _counts_elsewhere(row.content)}))
    same_plan = [_filled(row) for row in in_force if row.plan_id == found.plan_id]
    before = 0 if all(filled == _filled(tried) for filled in same_plan) else _reach(tried)
    return Trial(found.plan_id, now, compile_rows([*others, tried]), counting, before)


def _copy(found: PlanVersion, from_on: dt.date, content: Mapping[str, Any]) -> PlanVersion:
    """Never saved: what the kernel is to believe."""
    return PlanVersion(
        id=found.id,
        company_id=found.company_id,
        plan=found.plan,
        from_on=from_on,
        document_no=found.document_no,
        source=found.source,
        content=dict(content),
    )


def _replaced(row: PlanVersion, tried: PlanVersion, throughout: bool) -> bool:
    return row.plan_id == tried.plan_id and (throughout or row.pk == tried.pk or row.from_on >= tried.from_on)


def _filled(row: PlanVersion) -> tuple[Any, ...]:
    """Which ladders a version's gas fills, and when these begin anew: alike for versions whose tier-to-date is one."""
    version = version_of(row)
    ladders = [(version.ladder.code, version.ladder.period)]
    ladders += [(each.ladder.code, each.ladder.period) for each in version.seasonal]
    marks = [(each.season, each.boundary, each.counts_toward_main) for each in version.seasonal]
    free = version.allowance
    apart = free and (free.ladder.code, free.ladder.period, free.counts_toward_main)
    return (tuple(ladders), tuple(marks), apart)


def _reach(row: PlanVersion) -> int:
    """Accounting months before a day in which lies all gas that may stand on the version's ladders on that day."""
    version = version_of(row)
    ladders = [version.ladder, *(each.ladder for each in version.seasonal)]
    ladders += [version.allowance.ladder] if version.allowance else []
    years = [1 + (one.carry.periods if one.carry else 0) for one in ladders if one.period]
    return A_YEAR * max(years, default=0) + 1


def _counts_elsewhere(content: Mapping[str, Any]) -> bool:
    return bool(content.get("seasonal") or content.get("allowance"))
