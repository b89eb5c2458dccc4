"""Tariff packs into a company: published orders of a city as plans and versions."""

import datetime as dt

from gasworks.foundation.acts import act_of
from gasworks.foundation.scope import Scope
from gasworks.tariffs.models import Plan, PlanVersion
from gasworks.tariffs.packs import PackPlan, read_pack
from gasworks.tariffs.services.plans import add_plan
from gasworks.tariffs.services.versions import draft_version, put_in_force
from gasworks.tariffs.types import NewVersion


def load_pack(*, scope: Scope, code: str, now: dt.datetime) -> list[PlanVersion]:
    """Load what of a city's pack the company does not have yet; returns the new versions.

    A person gets drafts, which somebody else approves. Set-up (``Scope.system``) puts published orders in force.
    """
    pack = read_pack(code)
    with act_of(scope):
        return [version for plan in pack.plans for version in _load_plan(scope, plan, pack.city, now)]


def _load_plan(scope: Scope, source: PackPlan, city: str, now: dt.datetime) -> list[PlanVersion]:
    plan = Plan.objects.filter(company_id=scope.company_id, code=source.code).first() or add_plan(
        scope=scope, code=source.code, name=source.name, customer_type=source.customer_type, city=city, now=now
    )
    known = set(PlanVersion.objects.filter(plan=plan).exclude(state="withdrawn").values_list("from_on", flat=True))
    loaded = []
    for version in source.versions:
        if version.effective_from in known:
            continue
        new = NewVersion(version.effective_from, version.document_no, version.source, version.content)
        row = draft_version(scope=scope, plan_id=plan.id, new=new, now=now)
        if not scope.bounded:
            row = put_in_force(scope=scope, row=row, seen=row.version, approved_by=None, now=now)
        loaded.append(row)
    return loaded
