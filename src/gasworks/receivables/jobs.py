"""Recurring fees by the clock, and as long work that somebody asks for."""

import datetime as dt

from gasworks.foundation.jobs import timer
from gasworks.foundation.models import OrgUnit
from gasworks.foundation.scope import Scope
from gasworks.foundation.work import Running
from gasworks.kernel.clock import business_day
from gasworks.kernel.periods import month_of
from gasworks.receivables.subscribing import book_month


@timer(cron="10 20 * * *", name="receivables.book_subscriptions_by_clock")
def book_subscriptions(*, now: dt.datetime) -> None:
    """Each night at 04:10 in China: what is due this month and not charged yet, so a missed night costs nothing."""
    for company in OrgUnit.objects.filter(kind=OrgUnit.Kind.COMPANY, active=True):
        today = business_day(now, company.time_zone)
        scope = Scope.system("recurring fees by timer", company_id=company.id)
        book_month(scope=scope, month=month_of(today), today=today, now=now)


def book_asked(job: Running) -> None:
    """One month for the person who asked; stops between chunks."""

    def tell(done: int) -> None:
        job.progress(done)
        job.checkpoint()

    booked = book_month(
        scope=job.scope,
        month=job.args["month"],
        today=dt.date.fromisoformat(job.args["today"]),
        now=job.now,
        between=tell,
    )
    for subscription, kind in booked.skipped[:200]:
        job.log(f"{subscription}: {kind}")
    job.result(month=job.args["month"], charged=booked.charged, fen=booked.fen, skipped=len(booked.skipped))
