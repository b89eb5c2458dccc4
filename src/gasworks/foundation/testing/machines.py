"""How the one test of state machines drives real services.

A domain gives its machines an ``Exercise`` in ``<domain>/testing/machines.py``; those modules are found by themselves.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from importlib import import_module
from importlib.util import find_spec
from types import MappingProxyType
from typing import Any

from django.apps import apps
from django.forms.models import model_to_dict

from gasworks.foundation import approvals, calendar
from gasworks.foundation.models import AccountingMonth, Approval, Staff
from gasworks.foundation.reach import scope_for
from gasworks.foundation.testing.factories import NOW, make_company, make_scope, make_staff


def _state(subject: Any) -> str:
    state: str = type(subject)._default_manager.get(pk=subject.pk).state
    return state


def _picture(subject: Any) -> dict[str, Any]:
    return model_to_dict(type(subject)._default_manager.get(pk=subject.pk))


@dataclass(frozen=True, slots=True)
class Exercise:
    """``arrange(state)`` makes a row in that state, ``perform(row, act)`` calls the service.

    ``goes_on`` names states that a service passes through at once: granting may carry out in the same breath.
    """

    arrange: Callable[[str], Any]
    perform: Callable[[Any, str], Any]
    state_of: Callable[[Any], str] = _state
    picture: Callable[[Any], dict[str, Any]] = _picture
    goes_on: Mapping[str, str] = field(default_factory=dict)

    def lands_in(self, state: str) -> set[str]:
        return {state, self.goes_on.get(state, state)}


_EXERCISES: dict[str, Exercise] = {}


def register_exercise(machine: str, exercise: Exercise) -> None:
    _EXERCISES[machine] = exercise


def exercises() -> Mapping[str, Exercise]:
    """All exercises, those of other domains included."""
    for app in apps.get_app_configs():
        name = f"{app.name}.testing.machines"
        if app.name.startswith("gasworks.") and find_spec(f"{app.name}.testing") and find_spec(name):
            import_module(name)
    return MappingProxyType(_EXERCISES)


def _month_in(state: str) -> AccountingMonth:
    company = make_company()
    scope = make_scope("billing_lead", company=company)
    row = calendar.open_month(scope=scope, month=202603, now=NOW)
    for act in {"open": (), "issued": ("issue",), "closed": ("issue", "close")}[state]:
        row = calendar.move_month(scope=scope, month=202603, act=act, seen=row.version, now=NOW)
    return row


def _move_month(row: AccountingMonth, act: str) -> None:
    lead = Staff.objects.get(grants__role="billing_lead", home__company_id=row.company_id)
    calendar.move_month(scope=scope_for(lead), month=row.month, act=act, seen=row.version, now=NOW)


def _approval_in(state: str) -> Approval:
    company = make_company()
    asker = make_scope("cashier", company=company)
    make_staff("cash_lead", company=company)
    row = approvals.ask(scope=asker, kind=SAMPLE_KIND.code, subject_kind="sample", subject_id=1, reason="错收", now=NOW)
    ways = {"asked": (), "granted": ("grant",), "refused": ("refuse",), "withdrawn": ("withdraw",)}
    for act in ways.get(state, ("grant", "carry_out")):
        _move_approval(row, act)
        row.refresh_from_db()
    return row


def _move_approval(row: Approval, act: str) -> None:
    asker = scope_for(row.asked_by)
    lead = scope_for(Staff.objects.get(grants__role="cash_lead", home__company_id=row.company_id))
    match act:
        case "grant":
            approvals.grant(scope=lead, approval_id=row.id, seen=row.version, now=NOW)
        case "refuse":
            approvals.refuse(scope=lead, approval_id=row.id, seen=row.version, note="不符", now=NOW)
        case "withdraw":
            approvals.withdraw(scope=asker, approval_id=row.id, seen=row.version, now=NOW)
        case "carry_out":
            approvals.use(scope=asker, kind=row.kind, subject_kind="sample", subject_id=1, now=NOW)


SAMPLE_KIND = approvals.register(
    approvals.ApprovalKind(
        code="foundation.sample", label="样例", ask_right="payments.take", grant_right="payments.reverse"
    )
)

register_exercise("foundation.accounting_month", Exercise(_month_in, _move_month))
register_exercise("foundation.approval", Exercise(_approval_in, _move_approval))
