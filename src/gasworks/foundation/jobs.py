"""Jobs and timers of the foundation. A domain writes its own ``jobs.py`` with ``@timer`` and long work as ``WorkKind``.

The queue is in the database: a job is queued in the transaction that wants it. A worker that dies leaves its job
«doing»; the recovery timer gives it to another worker, so every job may run twice and must bear it.
"""

import datetime as dt
import functools
from collections.abc import Callable
from typing import Any

import procrastinate
import structlog
from django.conf import settings
from django.db import connection
from django.utils import timezone
from procrastinate.contrib.django import app

from gasworks.foundation.audit import acting
from gasworks.foundation.backups import create_backup
from gasworks.foundation.events import subscribers
from gasworks.foundation.health import INVARIANTS_WORK
from gasworks.foundation.models import OrgUnit
from gasworks.foundation.scope import Scope
from gasworks.foundation.work import run_work, start_work

log = structlog.get_logger(__name__)

STALLED_SECONDS = 30
KEEP_FINISHED_HOURS = 72
KEEP_EVENTS = dt.timedelta(days=90)
REMOVED_AT_ONCE = 10_000
RECOVER, DELETE = "foundation.recover_stalled", "foundation.delete_finished"

Timer = Callable[..., None]


def timer(cron: str, name: str) -> Callable[[Timer], Any]:
    """Run ``work(now=…)`` by the clock. Never two at once: a late one waits for the one that runs.

    Cron is in the database server's worker time zone (UTC); ``name`` is stored in the queue and is not renamed.
    """

    def declare(work: Timer) -> Any:
        @functools.wraps(work)
        def tick(timestamp: int) -> None:
            log.info("timer", name=name, planned=timestamp)
            with acting(Scope.system(f"timer {name}", company_id=0)):
                work(now=timezone.now())

        task = app.task(queue="timers", name=name, queueing_lock=name, lock=name)(tick)
        return app.periodic(cron=cron)(task)

    return declare


@app.task(queue="work", name="foundation.do_work", retry=procrastinate.RetryStrategy(max_attempts=20, wait=5))
def do_work(work_id: int) -> None:
    """One piece of long work (see ``work``)."""
    run_work(work_id, clock=timezone.now)


@app.periodic(cron="* * * * *")
@app.task(queue="timers", name=RECOVER, queueing_lock=RECOVER, pass_context=True)
async def recover_stalled(context: procrastinate.JobContext, timestamp: int) -> None:
    """Give the jobs of dead workers to living ones."""
    manager = context.app.job_manager
    for job in await manager.get_stalled_jobs(seconds_since_heartbeat=STALLED_SECONDS):
        log.warning("job_recovered", job=job.id, task=job.task_name)
        await manager.retry_job(job)
    await manager.prune_stalled_workers(STALLED_SECONDS * 10)


@app.periodic(cron="17 3 * * *")
@app.task(queue="timers", name=DELETE, queueing_lock=DELETE, pass_context=True)
async def delete_finished(context: procrastinate.JobContext, timestamp: int) -> None:
    """Finished jobs are kept three days; failed ones stay until somebody looked at them."""
    await context.app.job_manager.delete_old_jobs(nb_hours=KEEP_FINISHED_HOURS, include_cancelled=True)


@timer(cron="37 18 * * *", name="foundation.nightly_backup")
def nightly_backup(*, now: dt.datetime) -> None:
    """At 02:37 in China, when no outlet is open and the runs of the evening are over."""
    folder = create_backup(now=now, keep=settings.BACKUPS_KEPT)
    log.info("backup_written", folder=str(folder))


@timer(cron="45 19 * * *", name="foundation.nightly_invariants")
def nightly_invariants(*, now: dt.datetime) -> None:
    """Ask every invariant as long work of the first company, so that the answer stands on the health page."""
    company = OrgUnit.objects.filter(kind=OrgUnit.Kind.COMPANY, active=True).order_by("id").first()
    if company is not None:
        scope = Scope.system("invariants asked by timer", company_id=company.id)
        start_work(kind=INVARIANTS_WORK, title="Invariants", scope=scope, args={}, now=now)


@timer(cron="25 3 * * *", name="foundation.remove_old_events")
def remove_old_events(*, now: dt.datetime) -> None:
    """Facts that everybody has heard leave after ninety days, in short steps."""
    names = [subscriber.name for subscriber in subscribers()]
    while remove_events(before=now - KEEP_EVENTS, names=names) == REMOVED_AT_ONCE:
        pass


def remove_events(*, before: dt.datetime, names: list[str]) -> int:
    """One step: the number of facts removed. A fact that a subscriber has not heard, or that is parked, stays."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT foundation_remove_old_events(%s, %s, %s)", [before, names, REMOVED_AT_ONCE])
        return int(cursor.fetchone()[0])
