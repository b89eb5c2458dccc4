"""Valves shut and sealed at a supply point, and opened again: while one is shut, an estimate of zero is no guess."""

import datetime as dt
from typing import Any, Final

from django.db.models import Q

from gasworks.customers import selectors as customers
from gasworks.foundation.scope import Scope
from gasworks.kernel.errors import Refusal, gettext_noop
from gasworks.metering.models import ValveClosure
from gasworks.metering.services._within import act_of, locked, note

RIGHT: Final = "metering.change"


class ValveClosedAlready(Refusal):
    sentence = gettext_noop("The valve is closed since %(from_on)s already.")


class OpenedBeforeClosed(Refusal):
    sentence = gettext_noop("The valve was closed on %(from_on)s. It is opened on a later day.")


class ReasonMissing(Refusal):
    sentence = gettext_noop("Say why.")


def close_valve(
    *,
    scope: Scope,
    supply_point_id: int,
    from_on: dt.date,
    reason: str,
    now: dt.datetime,
    evidence_id: int | None = None,
) -> ValveClosure:
    customers.require_point(scope=scope, supply_point_id=supply_point_id, right=RIGHT)
    if not reason.strip():
        raise ReasonMissing
    with act_of(scope):
        there: Any = ValveClosure.objects.filter(company_id=scope.company_id, supply_point_id=supply_point_id)
        standing = there.filter(Q(to_on__isnull=True) | Q(to_on__gt=from_on)).order_by("from_on").first()
        if standing is not None:
            raise ValveClosedAlready(from_on=standing.from_on)
        row = ValveClosure.objects.create(
            company_id=scope.company_id,
            supply_point_id=supply_point_id,
            from_on=from_on,
            reason=reason.strip()[:200],
            evidence_id=evidence_id,
        )
        note(scope, "close_valve", row, now, {"from": from_on.isoformat(), "reason": row.reason})
    return row


def open_valve(*, scope: Scope, closure_id: int, to_on: dt.date, now: dt.datetime) -> ValveClosure:
    with act_of(scope):
        row = locked(ValveClosure, closure_id, scope)
        customers.require_point(scope=scope, supply_point_id=row.supply_point_id, right=RIGHT)
        if row.to_on is not None or to_on <= row.from_on:
            raise OpenedBeforeClosed(from_on=row.from_on)
        row.to_on = to_on
        row.version += 1
        row.save(update_fields=["to_on", "version"])
        note(scope, "open_valve", row, now, {"to": to_on.isoformat()})
    return row
