"""Relief cases: asked for with a reason, granted by a second person, used by the next bill of the supply point."""

import datetime as dt
from collections.abc import Sequence
from typing import Final

from gasworks.billing.models import Relief
from gasworks.customers.selectors import require_point
from gasworks.foundation import approvals, audit
from gasworks.foundation.acts import act_of, locked
from gasworks.foundation.approvals import Granted
from gasworks.foundation.models import Approval
from gasworks.foundation.scope import Scope
from gasworks.kernel.errors import NotThere, Refusal, gettext_noop

ASK: Final = "billing.rebill"
GRANT: Final = "billing.rebill_grant"
APPROVAL: Final = "billing.relief"
POINT: Final = "customers.supply_point"
MONTHS: Final = 12
HEAVIEST: Final = 300


class BadProfile(Refusal):
    sentence = gettext_noop("A profile has twelve weights from 0 to %(most)d, one a month, or none for even days.")


class ReliefWaits(Refusal):
    sentence = gettext_noop("A relief of this supply point waits for its next bill already.")


def ask_for_relief(
    *, scope: Scope, supply_point_id: int, reason: str, weights: Sequence[int] = (), now: dt.datetime
) -> Approval:
    """Ask that the next bill of a supply point be spread back over its months."""
    with act_of(scope):
        _checked(scope, supply_point_id, weights)
        return approvals.ask(
            scope=scope,
            kind=APPROVAL,
            subject_kind=POINT,
            subject_id=supply_point_id,
            reason=reason,
            payload={"weights": list(weights), "reason": reason.strip()[:200]},
            now=now,
        )


def grant_relief(granted: Granted, *, now: dt.datetime) -> Relief:
    """A second person approved; the next run uses it."""
    scope, asked = granted.scope, granted.payload
    with act_of(scope):
        _checked(scope, granted.subject_id, asked["weights"])
        row = Relief.objects.create(
            company_id=scope.company_id,
            supply_point_id=granted.subject_id,
            weights=asked["weights"],
            reason=asked["reason"],
            asked_by_id=scope.actor_id,
            granted_by_id=granted.granted_by,
            granted_at=now,
        )
        _note(scope, "billing.grant_relief", row, now)
    return row


def drop_relief(*, scope: Scope, relief_id: int, now: dt.datetime) -> Relief:
    """Take a relief back before a bill has used it."""
    scope.require(ASK)
    with act_of(scope):
        row = locked(Relief, relief_id, scope)
        if row.state != Relief.State.WAITING:
            raise NotThere(key=relief_id)
        row.state = Relief.State.DROPPED
        row.version += 1
        row.save(update_fields=["state", "version"])
        _note(scope, "billing.drop_relief", row, now)
    return row


def _checked(scope: Scope, supply_point_id: int, weights: Sequence[int]) -> None:
    require_point(scope=scope, supply_point_id=supply_point_id, right=ASK)
    fits = not weights or (len(weights) == MONTHS and all(0 <= one <= HEAVIEST for one in weights) and any(weights))
    if not fits:
        raise BadProfile(most=HEAVIEST)
    waiting = Relief.objects.filter(
        company_id=scope.company_id, supply_point_id=supply_point_id, state=Relief.State.WAITING
    )
    if waiting.exists():
        raise ReliefWaits


def _note(scope: Scope, act: str, row: Relief, now: dt.datetime) -> None:
    audit.record(
        scope=scope,
        act=act,
        subject_kind=POINT,
        subject_id=row.supply_point_id,
        detail={"reason": row.reason, "weights": row.weights},
        now=now,
    )
