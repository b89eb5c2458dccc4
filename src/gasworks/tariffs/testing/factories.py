"""Plans with prices in force, made through the services."""

import datetime as dt
import itertools
from collections.abc import Mapping
from typing import Any, Final

from gasworks.foundation.scope import Scope
from gasworks.foundation.testing.factories import NOW, Company
from gasworks.tariffs import services
from gasworks.tariffs.models import Plan, PlanVersion
from gasworks.tariffs.services.versions import put_in_force
from gasworks.tariffs.types import NewVersion

YEARLY: Final[dict[str, Any]] = {
    "ladder": {
        "tiers": [{"upto_m3": 300, "price": "3.00"}, {"upto_m3": 500, "price": "3.60"}, {"price": "4.50"}],
        "period": {"kind": "year"},
    }
}
FLAT: Final[dict[str, Any]] = {"residential": False, "ladder": {"tiers": [{"price": "4.41"}]}}
SEASONAL: Final[dict[str, Any]] = {
    **YEARLY,
    "calendars": [{"code": "winter", "from": [11, 15], "to": [3, 16], "months": 4}],
    "seasonal": [{"season": "winter", "ladder": {"code": 1, "tiers": [{"price": "2.76"}]}}],
}
FIRST_DAY: Final = dt.date(2020, 1, 1)

_serial = itertools.count(1)


def make_plan(
    company: Company,
    content: Mapping[str, Any] | None = YEARLY,
    *,
    code: str = "",
    customer_type: str = "residential",
    from_on: dt.date = FIRST_DAY,
) -> Plan:
    """A plan with one approved version; without content, a plan without a price."""
    serial = next(_serial)
    plan = services.add_plan(
        scope=_system(company),
        code=code or f"plan-{serial}",
        name=f"居民气价{serial}",
        customer_type=customer_type,
        now=NOW,
    )
    if content is not None:
        approve_version(make_version(plan, content, from_on=from_on))
    return plan


def make_version(
    plan: Plan,
    content: Mapping[str, Any] = YEARLY,
    *,
    from_on: dt.date = FIRST_DAY,
    document_no: str = "江发改〔2020〕1号",
) -> PlanVersion:
    """A draft."""
    new = NewVersion(from_on, document_no, "江城市发展和改革委员会网站", content)
    scope = Scope.system("test", company_id=plan.company_id)
    return services.draft_version(scope=scope, plan_id=plan.id, new=new, now=NOW)


def approve_version(row: PlanVersion) -> PlanVersion:
    scope = Scope.system("test", company_id=row.company_id)
    return put_in_force(scope=scope, row=row, seen=row.version, approved_by=None, now=NOW)


def _system(company: Company) -> Scope:
    return Scope.system("test", company_id=company.id)
