"""The company's outsorting rules: switched on and off, their limits changed, with a history and a reason."""

import datetime as dt
from collections.abc import Mapping

from gasworks.billing.models import HoldRule, HoldRuleChange
from gasworks.billing.run.outsort import CYCLE, KINDS
from gasworks.foundation import audit
from gasworks.foundation.acts import act_of, locked
from gasworks.foundation.scope import Scope
from gasworks.foundation.versions import Seen, save_versioned
from gasworks.kernel.errors import Refusal, gettext_noop

RIGHT = "billing.rules"
MOST = 10_000_000


class NoReason(Refusal):
    sentence = gettext_noop("Say why.")


class LimitsDoNotFit(Refusal):
    sentence = gettext_noop("Each limit of this rule is a whole number from 0 to %(most)d.")


def limits_of(code: str) -> tuple[str, ...]:
    """The limits that a rule has; those of the billing cycle are the company's parameters."""
    return () if code == CYCLE else tuple(KINDS[code].limits)


def change_rule(
    *,
    scope: Scope,
    rule_id: int,
    seen: int | Seen,
    active: bool,
    limits: Mapping[str, int],
    reason: str,
    now: dt.datetime,
) -> HoldRule:
    """Takes effect with the next chunk that is billed. Raises StaleVersion, LimitsDoNotFit, NoReason."""
    scope.require_whole_company(RIGHT)
    if not reason.strip():
        raise NoReason
    with act_of(scope):
        old = locked(HoldRule, rule_id, scope)
        wanted = {name: limits.get(name, -1) for name in limits_of(old.code)}
        if any(type(value) is not int or not 0 <= value <= MOST for value in wanted.values()):
            raise LimitsDoNotFit(most=MOST)
        row = save_versioned(old, seen_version=seen, changes={"active": active, "limits": wanted})
        HoldRuleChange.objects.create(
            company_id=scope.company_id,
            rule=row,
            active=active,
            limits=wanted,
            was_active=old.active,
            had_limits=old.limits,
            reason=reason.strip(),
            changed_by_id=scope.actor_id,
            changed_at=now,
        )
        detail = {"rule": row.code, "active": active, "limits": wanted, "reason": reason.strip()}
        audit.record(
            scope=scope,
            act="billing.change_rule",
            subject_kind="billing.hold_rule",
            subject_id=row.id,
            detail=detail,
            now=now,
        )
    return row
