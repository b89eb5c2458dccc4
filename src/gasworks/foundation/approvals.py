"""Four eyes: somebody asks, somebody else with the right and the limit grants. One piece for every domain.

A domain registers what can be asked for::

    approvals.register(ApprovalKind(
        code="billing.cancel", label=_("Cancel a bill"),
        ask_right="billing.cancel", grant_right="billing.release",
        carry_out=cancel_approved_bill,           # carry_out(request: Granted, *, now) runs in the grant's transaction
        limits={"billing_lead": 1_000_000},       # fen per role; {} is no limit; a role not named has a limit of 0
    ))

``carry_out`` acts under the scope of the person who asked, so their rights count again at that moment. A refusal from it
leaves the request waiting. A kind without ``carry_out`` is only granted; the domain takes it up with ``use``.
"""

import datetime as dt
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any, Final

from django import forms
from django.db import transaction
from django.db.models import QuerySet
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from gasworks.foundation import parameters
from gasworks.foundation.audit import name_actor, record
from gasworks.foundation.forms import YuanField
from gasworks.foundation.models import Approval, RoleGrant, Staff
from gasworks.foundation.reach import scope_for
from gasworks.foundation.rights_table import right, role_label, roles_with
from gasworks.foundation.scope import Scope
from gasworks.foundation.states import StateMachine, labels
from gasworks.foundation.states import register as register_machine
from gasworks.foundation.versions import Seen, save_versioned, stale
from gasworks.kernel import money
from gasworks.kernel.errors import Forbidden, NotThere, Refusal, gettext_noop

VIEW: Final = "approvals.view"
SUBJECT: Final = "foundation.approval"
State = Approval.State

MACHINE: Final = register_machine(
    StateMachine(
        name="foundation.approval",
        states=labels(State),
        acts={
            "grant": pgettext_lazy("approval", "Grant"),
            "refuse": pgettext_lazy("approval", "Refuse"),
            "withdraw": pgettext_lazy("approval", "Withdraw"),
            "carry_out": pgettext_lazy("approval", "Carry out"),
        },
        table={
            (State.ASKED, "grant"): State.GRANTED,
            (State.ASKED, "refuse"): State.REFUSED,
            (State.ASKED, "withdraw"): State.WITHDRAWN,
            (State.GRANTED, "carry_out"): State.CARRIED_OUT,
        },
    )
)


class NeverOnesOwn(Refusal):
    sentence = gettext_noop("You asked for this yourself. Somebody else decides it.")
    status = 403


class OnlyTheAskerWithdraws(Refusal):
    sentence = gettext_noop("Only the person who asked for this can withdraw it.")
    status = 403


class AboveLimit(Refusal):
    sentence = gettext_noop(
        "%(amount)s yuan is above your limit of %(limit)s yuan. Somebody with a higher limit decides this."
    )
    status = 403


class AskedAlready(Refusal):
    sentence = gettext_noop("This was asked for already and waits for a decision.")


class ReasonMissing(Refusal):
    sentence = gettext_noop("Say why. Whoever decides reads it.")


class NotGranted(Refusal):
    sentence = gettext_noop("This needs an approval first.")


@dataclass(frozen=True, slots=True)
class Granted:
    """What ``carry_out`` gets: the request as plain values, under the asker's scope."""

    approval_id: int
    scope: Scope
    subject_kind: str
    subject_id: int
    payload: Mapping[str, Any]
    amount_fen: int | None
    granted_by: int


@dataclass(frozen=True, slots=True)
class ApprovalKind:
    """What can be asked for, by whom, who may grant it, up to which amount, and what then happens.

    ``link`` gives the address of the subject's page, for those who decide.
    """

    code: str
    label: str | Promise
    ask_right: str
    grant_right: str
    carry_out: Callable[..., Any] | None = None
    limits: Mapping[str, int] = field(default_factory=dict)
    link: Callable[[Approval], str] | None = None

    @property
    def limit_parameter(self) -> str:
        return f"approvals.limit.{self.code}"


@dataclass(frozen=True, slots=True)
class RoleLimits:
    """A parameter kind: fen per role. Empty means that no limit applies."""

    roles: tuple[str, ...]

    def problem(self, value: Any) -> str | Promise | None:
        fits = isinstance(value, dict) and set(value) <= set(self.roles)
        fits = fits and all(type(fen) is int and fen >= 0 for fen in value.values())
        return None if fits else _("an amount for each role that may grant this")

    def fields(self, label: str | Promise) -> dict[str, forms.Field]:
        return {role: YuanField(label=role_label(role), required=False, min_units=0) for role in self.roles}

    def unpack(self, value: Mapping[str, int]) -> dict[str, Any]:
        return dict(value)

    def read(self, cleaned: Mapping[str, Any]) -> dict[str, int]:
        return {role: cleaned[role] for role in self.roles if cleaned[role] is not None}

    def show(self, value: Mapping[str, int]) -> str | Promise:
        told = [f"{role_label(role)} {money.yuan(fen)}" for role, fen in sorted(value.items())]
        return ", ".join(told) or _("no limit")


_KINDS: dict[str, ApprovalKind] = {}


def register(kind: ApprovalKind) -> ApprovalKind:
    """Called in ``apps.ready()``; also declares the parameter that holds the limits."""
    right(kind.ask_right)
    right(kind.grant_right)
    _KINDS[kind.code] = kind
    parameters.register(
        parameters.ParameterKind(
            kind.limit_parameter,
            kind.label,
            _("Limits of approvals"),
            RoleLimits(roles_with(kind.grant_right)),
            default=dict(kind.limits),
            help=_("The highest amount that each role may grant. A role without an amount grants nothing."),
        )
    )
    return kind


def kinds() -> Mapping[str, ApprovalKind]:
    return MappingProxyType(_KINDS)


def find_kind(code: str) -> ApprovalKind:
    if code not in _KINDS:
        raise NotThere(key=code)
    return _KINDS[code]


def my_requests(*, scope: Scope) -> QuerySet[Approval]:
    return _of_company(scope).filter(asked_by_id=scope.actor_id)


def waiting_for_me(*, scope: Scope) -> QuerySet[Approval]:
    """What this person may decide by right; the limit is checked when they do."""
    mine = [kind.code for kind in _KINDS.values() if scope.may(kind.grant_right)]
    waiting = _of_company(scope).filter(state=State.ASKED, kind__in=mine)
    return waiting.exclude(asked_by_id=scope.actor_id)


def get_approval(*, scope: Scope, approval_id: int) -> Approval:
    """Shown to who asked, and to whoever may grant this kind or reads the audit log."""
    found = _of_company(scope).filter(pk=approval_id).first()
    if found is None or not _may_see(scope, found):
        raise NotThere(key=approval_id)
    return found


@transaction.atomic
def ask(
    *,
    scope: Scope,
    kind: str,
    subject_kind: str,
    subject_id: int,
    reason: str,
    payload: Mapping[str, Any] | None = None,
    amount_fen: int | None = None,
    now: dt.datetime,
) -> Approval:
    """Ask for something. ``payload`` is JSON: what ``carry_out`` will need."""
    known = find_kind(kind)
    scope.require(known.ask_right)
    if not reason.strip():
        raise ReasonMissing
    open_one = Approval.objects.filter(
        company_id=scope.company_id, kind=kind, subject_kind=subject_kind, subject_id=subject_id, state=State.ASKED
    )
    if open_one.exists():
        raise AskedAlready
    row = Approval.objects.create(
        company_id=scope.company_id,
        kind=kind,
        subject_kind=subject_kind,
        subject_id=subject_id,
        payload=dict(payload or {}),
        amount_fen=amount_fen,
        reason=reason.strip(),
        asked_by_id=scope.require_actor(),
        asked_outlet_id=scope.outlet_id,
        asked_at=now,
    )
    _log(scope, "approvals.ask", row, now)
    return row


@transaction.atomic
def grant(*, scope: Scope, approval_id: int, seen: int, note: str = "", now: dt.datetime) -> Approval:
    """Grant, and carry out at once where the kind says how. A refusal from carrying out leaves all as it was."""
    row = _decidable(scope, approval_id, seen)
    _refuse_above_limit(scope, row, now)
    row = _decide(scope, row, "grant", note, now)
    kind = _KINDS[row.kind]
    if kind.carry_out is None:
        return row
    kind.carry_out(_granted(row), now=now)
    return _step(scope, row, "carry_out", {}, now)


@transaction.atomic
def refuse(*, scope: Scope, approval_id: int, seen: int, note: str, now: dt.datetime) -> Approval:
    row = _decidable(scope, approval_id, seen)
    if not note.strip():
        raise ReasonMissing
    return _decide(scope, row, "refuse", note, now)


@transaction.atomic
def withdraw(*, scope: Scope, approval_id: int, seen: int, now: dt.datetime) -> Approval:
    row = _locked(scope, approval_id)
    if row.asked_by_id != scope.actor_id:
        raise OnlyTheAskerWithdraws
    _refuse_unseen(row, seen)
    return _decide(scope, row, "withdraw", "", now)


@transaction.atomic
def use(*, scope: Scope, kind: str, subject_kind: str, subject_id: int, now: dt.datetime) -> Granted:
    """Take up a granted request inside the act that it allows; it serves once. Raises ``NotGranted``."""
    row = (
        Approval.objects.select_for_update()
        .filter(
            company_id=scope.company_id,
            kind=kind,
            subject_kind=subject_kind,
            subject_id=subject_id,
            state=State.GRANTED,
            asked_by_id=scope.require_actor(),
        )
        .order_by("id")
        .first()
    )
    if row is None:
        raise NotGranted
    return _granted(_step(scope, row, "carry_out", {}, now))


def limit_of(*, scope: Scope, kind: str, on: dt.date) -> int | None:
    """The highest amount that this person may grant; ``None`` where no limit applies."""
    known = find_kind(kind)
    limits = parameters.get(scope=scope, code=known.limit_parameter, on=on)
    if not limits:
        return None
    held = RoleGrant.objects.filter(staff_id=scope.require_actor()).values_list("role", flat=True)
    return max((limits.get(role, 0) for role in held), default=0)


def _of_company(scope: Scope) -> QuerySet[Approval]:
    found = Approval.objects.filter(company_id=scope.company_id)
    return found.select_related("asked_by", "decided_by").order_by("-id")


def _may_see(scope: Scope, row: Approval) -> bool:
    kind = _KINDS.get(row.kind)
    decides = kind is not None and scope.may(kind.grant_right)
    return row.asked_by_id == scope.actor_id or decides or scope.may("audit.view")


def _locked(scope: Scope, approval_id: int) -> Approval:
    row = Approval.objects.select_for_update().filter(pk=approval_id, company_id=scope.company_id).first()
    if row is None:
        raise NotThere(key=approval_id)
    return row


def _decidable(scope: Scope, approval_id: int, seen: int) -> Approval:
    """The ladder of guards before any decision."""
    row = _locked(scope, approval_id)
    kind = find_kind(row.kind)
    if not scope.may(kind.grant_right):
        raise Forbidden(right=kind.grant_right)
    if row.asked_by_id == scope.actor_id:
        raise NeverOnesOwn
    _refuse_unseen(row, seen)
    return row


def _refuse_unseen(row: Approval, seen: int) -> None:
    if row.version != seen:
        raise stale(row, seen=Seen(seen, {"state": None}), changes={})


def _refuse_above_limit(scope: Scope, row: Approval, now: dt.datetime) -> None:
    if row.amount_fen is None:
        return
    limit = limit_of(scope=scope, kind=row.kind, on=now.date())
    if limit is not None and abs(row.amount_fen) > limit:
        raise AboveLimit(amount=money.yuan(abs(row.amount_fen)), limit=money.yuan(limit))


def _decide(scope: Scope, row: Approval, act: str, note: str, now: dt.datetime) -> Approval:
    mark = {"decided_by_id": scope.actor_id, "decided_at": now, "decision_note": note.strip()}
    return _step(scope, row, act, mark, now)


def _step(scope: Scope, row: Approval, act: str, more: Mapping[str, Any], now: dt.datetime) -> Approval:
    after = MACHINE.after(row.state, act)
    name_actor(scope)
    moved = save_versioned(row, seen_version=row.version, changes={"state": after, **more})
    _log(scope, f"approvals.{act}", moved, now)
    return moved


def _granted(row: Approval) -> Granted:
    asker = Staff.objects.get(pk=row.asked_by_id)
    return Granted(
        approval_id=row.id,
        scope=scope_for(asker, outlet_id=row.asked_outlet_id),
        subject_kind=row.subject_kind,
        subject_id=row.subject_id,
        payload=row.payload,
        amount_fen=row.amount_fen,
        granted_by=row.decided_by_id or 0,
    )


def _log(scope: Scope, act: str, row: Approval, now: dt.datetime) -> None:
    record(
        scope=scope,
        act=act,
        subject_kind=SUBJECT,
        subject_id=row.id,
        amount_fen=row.amount_fen,
        detail={"kind": row.kind, "subject": f"{row.subject_kind} {row.subject_id}", "note": row.decision_note},
        now=now,
    )
