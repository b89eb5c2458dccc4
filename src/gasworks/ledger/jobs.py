"""Timers of the ledger."""

import datetime as dt

import structlog

from gasworks.foundation.jobs import timer
from gasworks.foundation.models import OrgUnit
from gasworks.foundation.scope import Scope
from gasworks.ledger.digest import digest_days

log = structlog.get_logger(__name__)


@timer(cron="20 * * * *", name="ledger.digest_days")
def digest_days_of_all(*, now: dt.datetime) -> None:
    """Each hour, because companies live in their own time zones. The log keeps a copy outside the database."""
    for company in OrgUnit.objects.filter(kind=OrgUnit.Kind.COMPANY, active=True):
        for row in digest_days(scope=Scope.system("days digested by timer", company_id=company.id), now=now):
            log.info("day_digested", company=company.id, day=row.day.isoformat(), digest=bytes(row.digest).hex())
