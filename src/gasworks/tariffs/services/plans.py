"""Price plans: what a supply point can be priced by."""

import datetime as dt
from collections.abc import Mapping
from typing import Any, Final

from gasworks.foundation.acts import act_of, locked
from gasworks.foundation.audit import record
from gasworks.foundation.scope import Scope
from gasworks.foundation.versions import Seen, save_versioned
from gasworks.kernel.errors import Refusal, gettext_noop
from gasworks.tariffs.models import Plan

RIGHT: Final = "tariffs.draft"


class PlanCodeTaken(Refusal):
    sentence = gettext_noop("The plan code %(code)s is taken.")


def add_plan(*, scope: Scope, code: str, name: str, customer_type: str, city: str = "", now: dt.datetime) -> Plan:
    """A plan without a price yet; draft a version of it next."""
    scope.require_whole_company(RIGHT)
    with act_of(scope):
        if Plan.objects.filter(company_id=scope.company_id, code=code).exists():
            raise PlanCodeTaken(code=code)
        plan = Plan.objects.create(
            company_id=scope.company_id, code=code, name=name, customer_type=customer_type, city=city
        )
        record(
            scope=scope, act="tariffs.add_plan", subject_kind="tariffs.plan", subject_id=plan.id,
            detail={"code": code}, now=now,
        )  # fmt: skip
    return plan


def change_plan(*, scope: Scope, plan_id: int, seen: int | Seen, changes: Mapping[str, Any], now: dt.datetime) -> Plan:
    """Another name or city, or no longer offered (``active``). Prices are versions."""
    scope.require_whole_company(RIGHT)
    with act_of(scope):
        plan = save_versioned(locked(Plan, plan_id, scope), seen_version=seen, changes=changes)
        record(
            scope=scope, act="tariffs.change_plan", subject_kind="tariffs.plan", subject_id=plan.id,
            detail={"changed": sorted(changes)}, now=now,
        )  # fmt: skip
    return plan
