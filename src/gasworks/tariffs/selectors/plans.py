"""Plans and their versions as the screens show them."""

import datetime as dt
from typing import Final

from django.db.models import Count, F, OuterRef, QuerySet, Subquery
from django.db.models.functions import Coalesce

from gasworks.foundation.scope import Scope
from gasworks.kernel.errors import NotThere
from gasworks.tariffs.models import Plan, PlanVersion

RIGHT: Final = "tariffs.view"
State = PlanVersion.State


def plans(*, scope: Scope) -> QuerySet[Plan]:
    """All plans of the company, with ``approved`` and ``drafts``: how many versions of each state they have."""
    scope.require(RIGHT)
    return Plan.objects.filter(company_id=scope.company_id).annotate(
        approved=_how_many(State.APPROVED), drafts=_how_many(State.DRAFT)
    )


def _how_many(state: str) -> Coalesce:
    versions = PlanVersion.objects.filter(company_id=OuterRef("company_id"), plan_id=OuterRef("pk"), state=state)
    counted = versions.order_by().values("plan_id").annotate(many=Count("pk")).values("many")
    return Coalesce(Subquery(counted), 0)


def company_plans(*, scope: Scope) -> QuerySet[Plan]:
    """Active plans that have an approved version: what a supply point can be priced by."""
    scope.require(RIGHT)
    priced = PlanVersion.objects.filter(company_id=scope.company_id, state=State.APPROVED).values("plan_id")
    return Plan.objects.filter(company_id=scope.company_id, active=True, pk__in=priced).order_by("code")


def plan_ids(*, scope: Scope) -> dict[str, int]:
    """The company's plans that a supply point can be put on: code → id."""
    return dict(Plan.objects.filter(company_id=scope.company_id, active=True).values_list("code", "id"))


def find_plan(*, scope: Scope, plan_id: int) -> Plan:
    scope.require(RIGHT)
    found = Plan.objects.filter(company_id=scope.company_id, pk=plan_id).first()
    if found is None:
        raise NotThere(key=plan_id)
    return found


def versions_of(*, scope: Scope, plan_id: int) -> QuerySet[PlanVersion]:
    """Newest order first, drafts among them."""
    scope.require(RIGHT)
    rows = PlanVersion.objects.filter(company_id=scope.company_id, plan_id=plan_id)
    return rows.select_related("plan", "drafted_by", "approved_by").order_by("-from_on", "-id")


def find_version(*, scope: Scope, version_id: int) -> PlanVersion:
    scope.require(RIGHT)
    rows = PlanVersion.objects.select_related("plan", "drafted_by", "approved_by")
    found = rows.filter(company_id=scope.company_id, pk=version_id).first()
    if found is None:
        raise NotThere(key=version_id)
    return found


def version_in_force(*, scope: Scope, plan_id: int, on: dt.date) -> PlanVersion | None:
    """The approved version that holds on a day."""
    rows = versions_of(scope=scope, plan_id=plan_id).filter(state=State.APPROVED, from_on__lte=on)
    return rows.annotate(ends=Coalesce(F("to_on"), dt.date.max)).filter(ends__gt=on).first()


def drafts_waiting(*, scope: Scope) -> QuerySet[PlanVersion]:
    scope.require(RIGHT)
    rows = PlanVersion.objects.filter(company_id=scope.company_id, state=State.DRAFT)
    return rows.select_related("plan", "drafted_by").order_by("from_on", "id")
