"""Day end of an outlet (日结): the only thing that moves its posting day."""

import datetime as dt
from typing import Final

from django.db import connection, transaction

from gasworks.foundation import audit, events
from gasworks.foundation.scope import NoOutlet, Scope
from gasworks.ledger.selectors import open_days
from gasworks.ledger.services import close_outlet_day, head_office_id, open_day
from gasworks.payments.events import DayEnded
from gasworks.payments.models import Shift
from gasworks.payments.refusals import NothingToEnd, ShiftsStillOpen

DAY_END: Final = "payments.day_end"


@transaction.atomic
def end_day(*, scope: Scope, now: dt.datetime, outlet_id: int | None = None) -> dt.date:
    """Close the open day of the actor's outlet once all its shifts are closed; returns the day that was closed."""
    scope.require(DAY_END)
    outlet = scope.outlet_id if scope.bounded else outlet_id
    if outlet is None:
        raise NoOutlet
    day = next((row.day for row in open_days(scope=scope) if row.outlet_id == outlet), None)
    if day is None:
        raise NothingToEnd
    return _end(scope, outlet, day, now)


@transaction.atomic
def end_head_office_day(*, scope: Scope, today: dt.date, now: dt.datetime) -> dt.date | None:
    """What the hourly job does: close the head office's day when it is over.

    Returns the day that was closed, or None when the head office is on ``today`` already.
    """
    outlet_id = head_office_id(scope=scope)
    day = open_day(scope=scope, outlet_id=outlet_id, today=today)
    return _end(scope, outlet_id, day, now) if day < today else None


def _end(scope: Scope, outlet_id: int, day: dt.date, now: dt.datetime) -> dt.date:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(ledger_day_key(%s, %s, %s))", [scope.company_id, outlet_id, day])
    still = Shift.objects.filter(
        company_id=scope.company_id, outlet_id=outlet_id, posting_day=day, state=Shift.State.OPEN
    ).count()
    if still:
        raise ShiftsStillOpen(count=still)
    close_outlet_day(scope=scope, outlet_id=outlet_id, day=day, now=now)
    audit.record(
        scope=scope,
        act="payments.end_day",
        subject_kind="outlet",
        subject_id=outlet_id,
        detail={"day": day.isoformat()},
        now=now,
    )
    events.publish(DayEnded(outlet_id=outlet_id, day=day.isoformat()), company_id=scope.company_id, now=now)
    return day
