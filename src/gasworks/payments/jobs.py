"""Timers of payments: the head office's day end, and advances that meet new bills."""

import datetime as dt

from django.db import connection

from gasworks.foundation import parameters
from gasworks.foundation.jobs import timer
from gasworks.foundation.models import OrgUnit
from gasworks.foundation.scope import Scope
from gasworks.kernel.clock import business_day
from gasworks.payments.services.advances import AUTO_USE, use_advance
from gasworks.payments.services.days import end_head_office_day

_BOTH_SIDES = """
SELECT agreement_id FROM receivables_openitem
 WHERE company_id = %s AND open_fen <> 0
 GROUP BY agreement_id
HAVING bool_or(open_fen < 0) AND bool_or(open_fen > 0 AND state = 1)
 ORDER BY agreement_id
"""


@timer(cron="5 * * * *", name="payments.end_head_office_days")
def end_head_office_days(*, now: dt.datetime) -> None:
    """Each hour, because companies live in their own time zones: close what is over there."""
    for company in OrgUnit.objects.filter(kind=OrgUnit.Kind.COMPANY, active=True):
        scope = Scope.system("head office day end by timer", company_id=company.id)
        end_head_office_day(scope=scope, today=business_day(now, company.time_zone), now=now)


@timer(cron="40 20 * * *", name="payments.use_advances")
def use_advances(*, now: dt.datetime) -> None:
    """Where the company wishes it: lay advances against what became due."""
    for company in OrgUnit.objects.filter(kind=OrgUnit.Kind.COMPANY, active=True):
        scope = Scope.system("advances used by timer", company_id=company.id)
        today = business_day(now, company.time_zone)
        if parameters.get(scope=scope, code=AUTO_USE, on=today):
            for agreement_id in agreements_with_both(scope=scope):
                use_advance(scope=scope, agreement_id=agreement_id, today=today, now=now)


def agreements_with_both(*, scope: Scope) -> list[int]:
    """Agreements that owe something while we hold an advance of theirs."""
    with connection.cursor() as cursor:
        cursor.execute(_BOTH_SIDES, [scope.company_id])
        return [key for (key,) in cursor.fetchall()]
