"""Versions of a plan: drafted by one person, approved by another, in force from their day."""

import datetime as dt
from collections.abc import Mapping
from typing import Any, Final

from gasworks.foundation import approvals
from gasworks.foundation.acts import act_of, locked
from gasworks.foundation.audit import record
from gasworks.foundation.models import Approval
from gasworks.foundation.scope import Scope
from gasworks.foundation.versions import Seen, save_versioned
from gasworks.kernel.errors import Refusal, gettext_noop
from gasworks.rating import TariffError
from gasworks.tariffs.models import Plan, PlanVersion
from gasworks.tariffs.selectors.compiled import compile_rows
from gasworks.tariffs.states import VERSION, State
from gasworks.tariffs.types import NewVersion

RIGHT: Final = "tariffs.draft"
APPROVAL: Final = "tariffs.approve"
SUBJECT: Final = "tariffs.planversion"


class BadTariff(Refusal):
    """The content cannot be billed by. ``place`` and ``reason`` name what is wrong, in words to be translated."""

    sentence = gettext_noop("%(place)s: %(reason)s")
    status = 422

    def __init__(self, error: TariffError) -> None:
        self.error = error
        super().__init__(place=error.place, reason=error.reason)


class DayTaken(Refusal):
    sentence = gettext_noop("Another approved version of this plan begins on %(day)s.")


class PaperMissing(Refusal):
    sentence = gettext_noop("Give the number of the price order and where it was published.")
    status = 422


def draft_version(*, scope: Scope, plan_id: int, new: NewVersion, now: dt.datetime) -> PlanVersion:
    """Write an order down. It is checked at once, among the approved versions; it prices nothing until approved."""
    scope.require_whole_company(RIGHT)
    with act_of(scope):
        plan = locked(Plan, plan_id, scope)
        row = PlanVersion(
            company_id=scope.company_id,
            plan=plan,
            from_on=new.from_on,
            to_on=new.to_on,
            document_no=new.document_no.strip(),
            source=new.source.strip(),
            content=dict(new.content),
            drafted_by_id=scope.actor_id,
        )
        _refuse_bad(row)
        row.save(force_insert=True)
        _log(scope, "draft", row, now)
    return row


def change_draft(
    *, scope: Scope, version_id: int, seen: int | Seen, changes: Mapping[str, Any], now: dt.datetime
) -> PlanVersion:
    """Change a draft's days, paper or content; whoever changes it last counts as its author."""
    scope.require_whole_company(RIGHT)
    with act_of(scope):
        row = locked(PlanVersion, version_id, scope)
        VERSION.after(row.state, "change")
        _refuse_asked(row)
        row = save_versioned(row, seen_version=seen, changes={**changes, "drafted_by_id": scope.actor_id})
        _refuse_bad(row)
        _log(scope, "change_draft", row, now)
    return row


def withdraw_draft(*, scope: Scope, version_id: int, seen: int | Seen, now: dt.datetime) -> PlanVersion:
    scope.require_whole_company(RIGHT)
    with act_of(scope):
        row = locked(PlanVersion, version_id, scope)
        after = VERSION.after(row.state, "withdraw")
        _refuse_asked(row)
        row = save_versioned(row, seen_version=seen, changes={"state": after})
        _log(scope, "withdraw_draft", row, now)
    return row


def ask_approval(*, scope: Scope, version_id: int, seen: int, reason: str, now: dt.datetime) -> Approval:
    """Ask a second person. What they approve is exactly what was seen: the row version goes with the request."""
    scope.require_whole_company(RIGHT)
    with act_of(scope):
        row = locked(PlanVersion, version_id, scope)
        VERSION.after(row.state, "approve")
        row = save_versioned(row, seen_version=seen, changes={})
        return approvals.ask(
            scope=scope,
            kind=APPROVAL,
            subject_kind=SUBJECT,
            subject_id=row.id,
            reason=reason,
            payload={"version": row.version, "plan": row.plan.name, "from_on": row.from_on.isoformat()},
            now=now,
        )


def approve_granted(granted: approvals.Granted, *, now: dt.datetime) -> PlanVersion:
    """What the second person's grant carries out, under the scope of the one who asked."""
    granted.scope.require_whole_company(RIGHT)
    row = locked(PlanVersion, granted.subject_id, granted.scope)
    return put_in_force(
        scope=granted.scope, row=row, seen=granted.payload["version"], approved_by=granted.granted_by, now=now
    )


def put_in_force(
    *, scope: Scope, row: PlanVersion, seen: int, approved_by: int | None, now: dt.datetime
) -> PlanVersion:
    """Approve a version: the one before it ends on its first day, and it ends where the next one begins."""
    after = VERSION.after(row.state, "approve")
    _refuse_bad(row)
    others = PlanVersion.objects.filter(company_id=scope.company_id, plan_id=row.plan_id, state=State.APPROVED)
    if others.filter(from_on=row.from_on).exists():
        raise DayTaken(day=row.from_on)
    with act_of(scope):
        before = others.filter(from_on__lt=row.from_on).order_by("-from_on").first()
        if before and (before.to_on is None or before.to_on > row.from_on):
            save_versioned(before, seen_version=before.version, changes={"to_on": row.from_on})
        following = others.filter(from_on__gt=row.from_on).order_by("from_on").first()
        ends = min((day for day in (row.to_on, following and following.from_on) if day), default=None)
        mark = {"state": after, "to_on": ends, "approved_by_id": approved_by, "approved_at": now}
        row = save_versioned(row, seen_version=seen, changes=mark)
        _log(scope, "approve", row, now)
    return row


def _refuse_bad(row: PlanVersion) -> None:
    """The paper is named, and the version compiles among the approved ones."""
    if not (row.document_no and row.source):
        raise PaperMissing
    approved = PlanVersion.objects.filter(plan_id=row.plan_id, state=State.APPROVED).select_related("plan")
    neighbours = [other for other in approved if other.pk != row.pk and other.from_on != row.from_on]
    try:
        compile_rows([*neighbours, row])
    except TariffError as error:
        raise BadTariff(error) from error


def _refuse_asked(row: PlanVersion) -> None:
    """What waits for a decision stays as it was asked for."""
    waiting = Approval.objects.filter(
        company_id=row.company_id, kind=APPROVAL, subject_kind=SUBJECT, subject_id=row.pk, state=Approval.State.ASKED
    )
    if waiting.exists():
        raise approvals.AskedAlready


def _log(scope: Scope, act: str, row: PlanVersion, now: dt.datetime) -> None:
    detail = {"plan": row.plan.code, "from_on": row.from_on.isoformat(), "document": row.document_no}
    record(scope=scope, act=f"tariffs.{act}", subject_kind=SUBJECT, subject_id=row.pk, detail=detail, now=now)
