"""The final bill (终结): up to the last index of a supply point, whatever the month has had already."""

import datetime as dt
from dataclasses import replace
from typing import Final

import numpy as np
from django.db import connection

from gasworks.billing.events import BillsReleased
from gasworks.billing.models import Bill
from gasworks.billing.run.binary import server_cursor
from gasworks.billing.run.chunk import compute, gas_fee
from gasworks.billing.run.outsort import NEGATIVE
from gasworks.billing.run.sheet import Reader
from gasworks.billing.run.write import Posted, write_batch
from gasworks.billing.wording import problem_name
from gasworks.customers.selectors import require_point
from gasworks.foundation import audit, calendar, events
from gasworks.foundation.acts import act_of
from gasworks.foundation.scope import Scope
from gasworks.kernel.errors import Refusal, gettext_noop
from gasworks.kernel.periods import month_of
from gasworks.ledger.services import head_office_day
from gasworks.usage.hands import take_hands
from gasworks.usage.selectors import group_of

RIGHT: Final = "billing.final"
DUE_AFTER_DAYS: Final = 15


class NothingLeftToBill(Refusal):
    sentence = gettext_noop("Everything up to that day is billed.")


class CannotBeBilled(Refusal):
    sentence = gettext_noop("The final bill cannot be made: %(reason)s")


class IndexTooLow(Refusal):
    sentence = gettext_noop("The last index is lower than the one that was billed. Correct the readings first.")


def final_bill(*, scope: Scope, supply_point_id: int, on: dt.date, today: dt.date, now: dt.datetime) -> Bill:
    """Bill a supply point up to ``on``, the day of its last reading. Its meter has been read and taken off, or read."""
    require_point(scope=scope, supply_point_id=supply_point_id, right=RIGHT)
    last = on - dt.timedelta(days=1)
    known = calendar.month_for_day(scope=scope, day=on)
    month = known.month if known else month_of(on)
    with act_of(scope):
        calendar.require_open_month(scope=scope, month=month)
        group = group_of(scope=scope, supply_point_id=supply_point_id, on=last).id
        place = head_office_day(scope=scope, today=today)
        with connection.cursor() as cursor:
            take_hands(cursor, company_id=scope.company_id, groups=[group])
        bill_id = _bill(scope, supply_point_id, group, month, last, place.outlet_id, place.day, today, now)
        bill = Bill.objects.get(pk=bill_id)
        audit.record(
            scope=scope,
            act="billing.final",
            subject_kind="billing.bill",
            subject_id=bill.id,
            amount_fen=bill.amount_fen,
            now=now,
        )
        events.publish(BillsReleased([bill.id]), company_id=scope.company_id, now=now)
    return bill


def _bill(
    scope: Scope,
    point: int,
    group: int,
    month: int,
    last: dt.date,
    outlet_id: int,
    posting_day: dt.date,
    today: dt.date,
    now: dt.datetime,
) -> int:
    with server_cursor(connection) as cursor:
        reader = Reader(cursor, scope.company_id)
        members = reader.members_of(np.array([group], np.int64), np.array([point], np.int64), last)
        done = compute(cursor, scope, replace(members, again=True), month, {})
        if not len(done.batch.bills):
            if len(done.problems.reason):
                raise CannotBeBilled(reason=problem_name(int(done.problems.reason[0])))
            raise NothingLeftToBill
        if done.holds[NEGATIVE].any():
            raise IndexTooLow
        posted = Posted(
            company_id=scope.company_id,
            outlet_id=outlet_id,
            actor_id=scope.actor_id,
            run_id=None,
            month=month,
            posting_day=posting_day,
            due_on=today + dt.timedelta(days=DUE_AFTER_DAYS),
            at=now,
            fee=gas_fee(scope, posting_day),
            kind=Bill.Kind.FINAL,
        )
        none = np.zeros(len(done.batch.bills), np.bool_)
        return write_batch(cursor, done.sheet, done.uses, done.batch, none, {}, posted).first_bill
