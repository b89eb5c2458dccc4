"""Drives the services for every act in every state."""

from gasworks.foundation import approvals
from gasworks.foundation.models import Staff
from gasworks.foundation.reach import scope_for
from gasworks.foundation.scope import Scope
from gasworks.foundation.testing.factories import NOW, make_company, make_scope, make_staff
from gasworks.foundation.testing.machines import Exercise, register_exercise
from gasworks.tariffs import services
from gasworks.tariffs.models import PlanVersion
from gasworks.tariffs.testing.factories import approve_version, make_plan, make_version


def _version_in(state: str) -> PlanVersion:
    company = make_company()
    lead = make_scope("billing_lead", company=company)
    make_staff("manager", company=company)
    row = make_version(make_plan(company, None))
    if state == "approved":
        row = approve_version(row)
    if state == "withdrawn":
        row = services.withdraw_draft(scope=lead, version_id=row.id, seen=row.version, now=NOW)
    return row


def _scope_of(row: PlanVersion, role: str) -> Scope:
    return scope_for(Staff.objects.get(grants__role=role, home__company_id=row.company_id))


def _act(row: PlanVersion, act: str) -> None:
    lead = _scope_of(row, "billing_lead")
    match act:
        case "change":
            changes = {"document_no": "江发改〔2021〕2号"}
            services.change_draft(scope=lead, version_id=row.id, seen=row.version, changes=changes, now=NOW)
        case "withdraw":
            services.withdraw_draft(scope=lead, version_id=row.id, seen=row.version, now=NOW)
        case "approve":
            asked = services.ask_approval(scope=lead, version_id=row.id, seen=row.version, reason="新价", now=NOW)
            manager = _scope_of(row, "manager")
            approvals.grant(scope=manager, approval_id=asked.id, seen=asked.version, now=NOW)


register_exercise("tariffs.version", Exercise(_version_in, _act))
