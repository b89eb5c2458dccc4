"""Timers of usage."""

import datetime as dt

import structlog
from django.utils import timezone

from gasworks.foundation.jobs import timer
from gasworks.foundation.models import OrgUnit
from gasworks.foundation.scope import Scope
from gasworks.usage.services.rights import drop_out, remind

log = structlog.get_logger(__name__)


@timer(cron="10 17 * * *", name="usage.rights_of_the_day")
def rights_of_the_day(*, now: dt.datetime) -> None:
    """After midnight in China: rights that nobody renewed are over, and those that end soon are named."""
    today = timezone.localdate(now)
    for company in OrgUnit.objects.filter(kind=OrgUnit.Kind.COMPANY, active=True):
        scope = Scope.system("rights of the day", company_id=company.id)
        dropped, reminded = drop_out(scope=scope, today=today, now=now), remind(scope=scope, today=today, now=now)
        log.info("rights_of_the_day", company=company.id, dropped=dropped, reminded=reminded)
