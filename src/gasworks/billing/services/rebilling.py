"""Cancel and re-bill (退补): written down, worked out, approved where it is large, carried out part by part.

Nothing changes before ``start_rebill``. Each part is one transaction that must come out as it was worked out; killed
anywhere and called again, each part is done once.
"""

import datetime as dt
from collections.abc import Callable, Mapping
from typing import Any, Final

from django.db import connection, transaction
from django.db.models import Sum

from gasworks.billing.events import BillsRebilled
from gasworks.billing.models import Rebill, RebillPart
from gasworks.billing.rebill.blocks import Block
from gasworks.billing.rebill.corrections import put_right
from gasworks.billing.rebill.engine import Order, Outcome, rebill_groups
from gasworks.billing.rebill.faults import error_rulings, mean_rulings
from gasworks.billing.rebill.targets import First, branches_of_target, parts_of_target
from gasworks.foundation import approvals, audit, events, parameters
from gasworks.foundation.acts import act_of, locked
from gasworks.foundation.approvals import Granted
from gasworks.foundation.scope import Scope
from gasworks.foundation.work import start_work
from gasworks.kernel.errors import NotThere, Refusal, gettext_noop

RIGHT: Final = "billing.rebill"
APPROVAL: Final = "billing.rebill"
SUBJECT: Final = "billing.rebill"
LOOK_WORK: Final = "billing.rebill_look"
DO_WORK: Final = "billing.rebill"
FREE_LIMIT: Final = "billing.rebill_free_fen"
FAULT_MONTHS: Final = "billing.fault_mean_months"
AT_ONCE: Final = 20
"""So many ladder groups are worked out and done while the clerk waits; more is long work."""
MOST_ROWS: Final = 200

Cause, Target, State = Rebill.Cause, Rebill.Target, Rebill.State


class NoReason(Refusal):
    sentence = gettext_noop("Say why.")


class EvidenceMissing(Refusal):
    sentence = gettext_noop("Attach the evidence: the form, the photo or the test report.")


class CorrectionDoesNotFit(Refusal):
    sentence = gettext_noop(
        "A price plan, a household size or a meter fault is put right for one supply point at a time."
    )


class NothingToRebill(Refusal):
    sentence = gettext_noop("No live bill fits this choice.")


class NotWorkedOut(Refusal):
    sentence = gettext_noop("This re-billing is not worked out, or was begun already. Load the page again.")


class AllBlocked(Refusal):
    sentence = gettext_noop(
        "None of these bills can be billed again now. The list says what stands in the way of each."
    )


class NeedsApproval(Refusal):
    sentence = gettext_noop("So much money needs a second person. Ask for the approval.")
    status = 403


class ChangedSince(Refusal):
    """A part does not come out as it was worked out; it is left as it is."""

    sentence = gettext_noop("Bills or payments have changed since this was worked out. Work it out again.")


def draft_rebill(
    *,
    scope: Scope,
    target: str,
    chosen: Mapping[str, Any],
    cause: str,
    reason: str,
    correction: Mapping[str, Any] | None = None,
    evidence_id: int | None = None,
    title: str = "",
    today: dt.date,
    now: dt.datetime,
) -> Rebill:
    """Write a re-billing down and work it out: at once for a few ladder groups, else as long work. No bill changes."""
    scope.require(RIGHT)
    if not reason.strip():
        raise NoReason
    wanted = dict(correction or {})
    _refuse_correction(cause, target, wanted, evidence_id)
    branches = branches_of_target(scope.company_id, target, dict(chosen))
    if not branches:
        raise NothingToRebill
    for branch in branches:
        scope.require_change(branch, RIGHT)
    with act_of(scope):
        if cause == Cause.METER:
            wanted |= _fault(scope, chosen, wanted, today)
        rebill = Rebill.objects.create(
            company_id=scope.company_id,
            cause=cause,
            target=target,
            chosen=dict(chosen),
            correction=wanted,
            reason=reason.strip(),
            evidence_id=evidence_id,
            asked_by_id=scope.actor_id,
            asked_at=now,
        )
        groups = _write_parts(rebill)
        _note(scope, "billing.draft_rebill", rebill, now)
        if groups > AT_ONCE:
            rebill.work = _start(LOOK_WORK, rebill, scope, title, today, now)
            rebill.save(update_fields=["work"])
    if groups <= AT_ONCE:
        look(scope=scope, rebill_id=rebill.id, clock=lambda: now, today=today)
        rebill.refresh_from_db()
    return rebill


def look(
    *,
    scope: Scope,
    rebill_id: int,
    clock: Callable[[], dt.datetime],
    today: dt.date,
    between: Callable[[int, int], None] = lambda _done, _total: None,
) -> Rebill:
    """Work every part out by doing it and rolling it back; what it came to stays on the part."""
    scope.require(RIGHT)
    rebill = _rebill(scope, rebill_id)
    parts = RebillPart.objects.filter(company_id=scope.company_id, rebill=rebill)
    total = parts.count()
    for done, part in enumerate(parts.filter(looked_at__isnull=True).order_by("no"), 1):
        outcome = _tried(rebill, part, scope, today, clock())
        _keep(part, outcome)
        part.looked_at = clock()
        part.save(update_fields=["looked_at", "bills", "refund_fen", "additional_fen", "rows", "problems"])
        between(done, total)
    with act_of(scope):
        rebill = locked(Rebill, rebill_id, scope)
        if rebill.state == State.DRAFT:
            _move(rebill, State.READY)
    return rebill


def start_rebill(*, scope: Scope, rebill_id: int, title: str = "", today: dt.date, now: dt.datetime) -> Rebill:
    """Carry out what was worked out, if it stays under the limit of one person. Raises NeedsApproval."""
    scope.require(RIGHT)
    with act_of(scope):
        rebill = _ready(scope, rebill_id)
        if _moved_fen(rebill) > parameters.get(scope=scope, code=FREE_LIMIT, on=today):
            raise NeedsApproval
        return _begin(scope, rebill, title, today, now)


def ask_rebill(*, scope: Scope, rebill_id: int, today: dt.date, title: str = "", now: dt.datetime) -> Any:
    """Ask a second person for it; the grant carries it out."""
    scope.require(RIGHT)
    rebill = _ready(scope, rebill_id)
    return approvals.ask(
        scope=scope,
        kind=APPROVAL,
        subject_kind=SUBJECT,
        subject_id=rebill.id,
        reason=rebill.reason,
        payload={"today": today.isoformat(), "title": title},
        amount_fen=_moved_fen(rebill),
        now=now,
    )


def carry_out_approved(request: Granted, *, now: dt.datetime) -> Rebill:
    today = dt.date.fromisoformat(request.payload["today"])
    with act_of(request.scope):
        rebill = _ready(request.scope, request.subject_id)
        return _begin(request.scope, rebill, str(request.payload["title"]), today, now)


def drop_rebill(*, scope: Scope, rebill_id: int, now: dt.datetime) -> Rebill:
    """Leave it: nothing has changed."""
    scope.require(RIGHT)
    with act_of(scope):
        rebill = locked(Rebill, rebill_id, scope)
        if rebill.state not in (State.DRAFT, State.READY):
            raise NotWorkedOut
        rebill.ended_at = now
        _move(rebill, State.DROPPED)
        _note(scope, "billing.drop_rebill", rebill, now)
    return rebill


def go_on(*, scope: Scope, rebill_id: int, title: str = "", today: dt.date, now: dt.datetime) -> Rebill:
    """Queue the parts that are left, after the work was stopped or has failed. Begun is begun: no second approval."""
    scope.require(RIGHT)
    with act_of(scope):
        rebill = locked(Rebill, rebill_id, scope)
        if rebill.state not in (State.DRAFT, State.RUNNING):
            raise NotWorkedOut
        kind = LOOK_WORK if rebill.state == State.DRAFT else DO_WORK
        rebill.work = _start(kind, rebill, scope, title, today, now)
        rebill.save(update_fields=["work"])
    return rebill


def carry_out_rebill(
    *,
    scope: Scope,
    rebill_id: int,
    clock: Callable[[], dt.datetime],
    today: dt.date,
    between: Callable[[int, int], None] = lambda _done, _total: None,
) -> Rebill:
    """Do the parts that are left, one transaction each. A part that has changed is left as it is and marked so."""
    scope.require(RIGHT)
    parts = RebillPart.objects.filter(company_id=scope.company_id, rebill_id=rebill_id)
    total = parts.count()
    while _do_next(scope, rebill_id, today, clock()):
        between(parts.filter(done_at__isnull=False).count(), total)
    with act_of(scope):
        rebill = locked(Rebill, rebill_id, scope)
        if rebill.state == State.RUNNING and not parts.filter(done_at__isnull=True).exists():
            rebill.ended_at = clock()
            _move(rebill, State.DONE)
    return rebill


def _begin(scope: Scope, rebill: Rebill, title: str, today: dt.date, now: dt.datetime) -> Rebill:
    if not RebillPart.objects.filter(rebill=rebill, bills__gt=0).exists():
        raise AllBlocked
    _move(rebill, State.RUNNING)
    _note(scope, "billing.start_rebill", rebill, now, _moved_fen(rebill))
    if _groups(rebill) > AT_ONCE:
        rebill.work = _start(DO_WORK, rebill, scope, title, today, now)
        rebill.save(update_fields=["work"])
        return rebill
    rebill = carry_out_rebill(scope=scope, rebill_id=rebill.id, clock=lambda: now, today=today)
    if RebillPart.objects.filter(rebill=rebill, problems__contains=[[0, int(Block.CHANGED)]]).exists():
        raise ChangedSince
    return rebill


def _do_next(scope: Scope, rebill_id: int, today: dt.date, now: dt.datetime) -> bool:
    """One free part, whole or not at all; false when none is left."""
    with act_of(scope):
        part = (
            RebillPart.objects.select_for_update(skip_locked=True, of=("self",))
            .filter(company_id=scope.company_id, rebill_id=rebill_id, done_at__isnull=True)
            .order_by("no")
            .first()
        )
        if part is None:
            return False
        rebill = _rebill(scope, rebill_id)
        if rebill.state != State.RUNNING:
            return False
        seen = (part.bills, part.refund_fen, part.additional_fen)
        if part.bills:
            try:
                with transaction.atomic():
                    outcome = rebill_groups(_order(rebill, scope, today, now), _firsts(part))
                    _keep(part, outcome)
                    if (part.bills, part.refund_fen, part.additional_fen) != seen:
                        raise ChangedSince
                    _record(scope, rebill, part, now)
            except ChangedSince:
                part.bills = part.refund_fen = part.additional_fen = 0
                part.problems, part.rows = [[0, int(Block.CHANGED)]], []
        part.done_at = now
        part.save()
    return True


def _tried(rebill: Rebill, part: RebillPart, scope: Scope, today: dt.date, now: dt.datetime) -> Outcome:
    with transaction.atomic():
        audit.name_actor(scope)
        outcome = rebill_groups(_order(rebill, scope, today, now), _firsts(part))
        transaction.set_rollback(True)
    return outcome


def _order(rebill: Rebill, scope: Scope, today: dt.date, now: dt.datetime) -> Order:
    return Order(rebill.id, scope, today, now, lambda: put_right(scope=scope, rebill=rebill, now=now))


def _keep(part: RebillPart, outcome: Outcome) -> None:
    part.bills = len(outcome.news)
    part.refund_fen, part.additional_fen = outcome.refund_fen, outcome.additional_fen
    part.problems = [list(one) for one in outcome.problems]
    part.rows = [
        [n.old.id, n.old.point, n.old.month, n.old.state, n.old.litres, n.old.fen, n.litres, n.fen, int(n.held)]
        for n in sorted(outcome.news, key=lambda new: new.old.id)[:MOST_ROWS]
    ]


def _record(scope: Scope, rebill: Rebill, part: RebillPart, now: dt.datetime) -> None:
    audit.record(
        scope=scope,
        act="billing.rebill",
        subject_kind=SUBJECT,
        subject_id=rebill.id,
        amount_fen=part.additional_fen - part.refund_fen,
        detail={"part": part.no, "bills": part.bills, "refund": part.refund_fen, "reason": rebill.reason},
        now=now,
    )
    fact = BillsRebilled(rebill.id, part.no, part.bills, part.refund_fen, part.additional_fen)
    events.publish(fact, company_id=scope.company_id, now=now)


def _write_parts(rebill: Rebill) -> int:
    parts = list(parts_of_target(rebill.company_id, rebill.target, rebill.chosen))
    RebillPart.objects.bulk_create(
        RebillPart(
            company_id=rebill.company_id,
            rebill=rebill,
            no=no,
            firsts=[[first.group, first.bill, first.linked] for first in part],
        )
        for no, part in enumerate(parts, 1)
    )
    if not parts:
        raise NothingToRebill
    return sum(len(part) for part in parts)


def _firsts(part: RebillPart) -> list[First]:
    return [First(*row) for row in part.firsts]


def _groups(rebill: Rebill) -> int:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT sum(jsonb_array_length(firsts)) FROM billing_rebillpart WHERE company_id = %s AND rebill_id = %s",
            [rebill.company_id, rebill.id],
        )
        return int(cursor.fetchone()[0])


def _moved_fen(rebill: Rebill) -> int:
    """Refunds and additional claims together: what a second person answers for."""
    sums = RebillPart.objects.filter(rebill=rebill).aggregate(back=Sum("refund_fen"), more=Sum("additional_fen"))
    return int(sums["back"] or 0) + int(sums["more"] or 0)


def _refuse_correction(cause: str, target: str, correction: Mapping[str, Any], evidence_id: int | None) -> None:
    single = target == Target.POINT
    if not single and (correction or cause == Cause.METER):
        raise CorrectionDoesNotFit
    if cause in (Cause.HOUSEHOLD, Cause.METER) and single and evidence_id is None:
        raise EvidenceMissing


def _fault(scope: Scope, chosen: Mapping[str, Any], wanted: Mapping[str, Any], today: dt.date) -> dict[str, Any]:
    """By the test report's error where there is one, else by the mean of the months before."""
    since = dt.date.fromisoformat(chosen["since"])
    if "error_e2" in wanted:
        return error_rulings(
            company_id=scope.company_id, point=chosen["point"], since=since, error_e2=wanted["error_e2"]
        )
    months = parameters.get(scope=scope, code=FAULT_MONTHS, on=today)
    return mean_rulings(company_id=scope.company_id, point=chosen["point"], since=since, months=months)


def _ready(scope: Scope, rebill_id: int) -> Rebill:
    rebill = locked(Rebill, rebill_id, scope)
    if rebill.state != State.READY:
        raise NotWorkedOut
    for branch in branches_of_target(scope.company_id, rebill.target, rebill.chosen):
        scope.require_change(branch, RIGHT)
    return rebill


def _rebill(scope: Scope, rebill_id: int) -> Rebill:
    found = Rebill.objects.filter(pk=rebill_id, company_id=scope.company_id).first()
    if found is None:
        raise NotThere(key=rebill_id)
    return found


def _move(rebill: Rebill, state: str) -> None:
    rebill.state = state
    rebill.version += 1
    rebill.save(update_fields=["state", "ended_at", "version"])


def _start(kind: str, rebill: Rebill, scope: Scope, title: str, today: dt.date, now: dt.datetime) -> Any:
    args = {"rebill_id": rebill.id, "today": today.isoformat()}
    return start_work(kind=kind, title=title or rebill.reason, scope=scope, args=args, now=now)


def _note(scope: Scope, act: str, rebill: Rebill, now: dt.datetime, fen: int | None = None) -> None:
    detail = {"cause": rebill.cause, "target": rebill.target, "reason": rebill.reason}
    audit.record(
        scope=scope, act=act, subject_kind=SUBJECT, subject_id=rebill.id, amount_fen=fen, detail=detail, now=now
    )
