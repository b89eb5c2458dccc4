"""Facts under real processes: how soon they are heard, and how few a large run publishes. The queue forgets what is done."""

import os
import subprocess
import sys
import textwrap
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, ClassVar

import pytest
from django.conf import settings
from django.db import connection, transaction
from django.utils import timezone

from bench import databases, world
from gasworks.foundation import jobs
from gasworks.foundation.events import Fact, publish
from gasworks.foundation.models import NumberSeries
from gasworks.foundation.testing.factories import make_company
from tests.support.databases import ROOT
from tests.support.servers import eventually

FACTS = 60
SOON = 5.0
"""Generous: a machine that runs the suite twice over is slow. The aim is a second (DESIGN §6); the figure is printed."""

RELAY = textwrap.dedent(
    """
    import os, time
    os.environ["DJANGO_SETTINGS_MODULE"] = "gasworks.project.settings"
    import django
    django.setup()
    from dataclasses import dataclass
    from typing import ClassVar
    from django.core.management import call_command
    from gasworks.foundation import events
    from gasworks.foundation.models import NumberSeries

    @dataclass(frozen=True, slots=True)
    class ValveTurned(events.Fact):
        KIND: ClassVar[str] = "test.valve_turned"
        valve: int

    def handle(facts):
        for one in facts:
            NumberSeries.objects.create(company_id=one.company_id, code=f"{one.fact.valve} {time.time()}")

    events.subscribe("test.late", [ValveTurned], handle)
    call_command("relay")
    """
)


@dataclass(frozen=True, slots=True)
class ValveTurned(Fact):
    KIND: ClassVar[str] = "test.valve_turned"
    valve: int


@contextmanager
def as_worker(database: str, *command: str) -> Iterator["subprocess.Popen[bytes]"]:
    process = subprocess.Popen(
        [sys.executable, *command],
        env=os.environ | {"GASWORKS_DB_NAME": database, "GASWORKS_DB_ROLE": "worker"},
        cwd=ROOT,
        stdin=subprocess.DEVNULL,
    )
    try:
        yield process
    finally:
        process.terminate()
        process.wait(30)


def test_a_committed_fact_is_heard_soon(committed_db: str):
    company_id = make_company().id
    committed: dict[int, float] = {}

    def turn(valve: int) -> None:
        with transaction.atomic():
            publish(ValveTurned(valve=valve), company_id=company_id, now=timezone.now())
        committed[valve] = time.time()

    def heard() -> dict[int, float]:
        pairs = (code.split() for code in NumberSeries.objects.values_list("code", flat=True))
        return {int(valve): float(moment) for valve, moment in pairs}

    with as_worker(committed_db, "-c", RELAY):
        turn(0)
        eventually(lambda: 0 in heard())
        for valve in range(1, FACTS):
            turn(valve)
            if valve % 3:
                eventually(lambda valve=valve: valve in heard())
        eventually(lambda: len(heard()) == FACTS)

    late = sorted(moment - committed[valve] for valve, moment in heard().items() if valve)
    print(
        f"heard after {late[len(late) // 2] * 1000:.0f} ms (median), {late[len(late) * 95 // 100] * 1000:.0f} ms (p95)"
    )
    assert NumberSeries.objects.count() == FACTS
    assert late[len(late) * 95 // 100] < SOON


def _job(what: str) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute("SELECT id, status::text FROM procrastinate_jobs WHERE task_name = %s ORDER BY id", [what])
        return list(cursor.fetchall())


def test_finished_jobs_are_forgotten_after_three_days_and_failed_ones_stay(committed_db: str, as_owner: Any):
    for work_id in (-1, -2):
        jobs.do_work.configure(lock=str(work_id)).defer(work_id=work_id)
    (young, _), (failed, _) = _job("foundation.do_work")
    old = _finished(as_owner, young, "succeeded")
    young = _finished(as_owner, jobs.do_work.defer(work_id=-3), "succeeded", days=2)
    _finished(as_owner, failed, "failed")
    jobs.delete_finished.defer(timestamp=0)

    with as_worker(committed_db, "manage.py", "procrastinate", "worker", "--one-shot", "--queues", "timers"):
        eventually(lambda: [status for _, status in _job(jobs.DELETE)] == ["succeeded"])

    kept = [number for number, _ in _job("foundation.do_work")]
    assert old not in kept
    assert kept == [failed, young]


def _finished(owner: Any, job: int, how: str, days: int = 4) -> int:
    """A job that ended days ago."""
    owner.execute("UPDATE procrastinate_jobs SET status = 'doing' WHERE id = %s", [job])
    owner.execute(f"UPDATE procrastinate_jobs SET status = '{how}' WHERE id = %s", [job])
    owner.execute("UPDATE procrastinate_events SET at = at - %s * interval '1 day' WHERE job_id = %s", [days, job])
    return job


@pytest.mark.full
def test_a_run_of_twenty_thousand_bills_publishes_a_fact_a_chunk(django_db_setup: None, template_db: str):
    meters, part = 20_000, 2_000
    name = f"{settings.GASWORKS_CLONE}_events"
    with databases.scratch(name):
        databases.clone(template_db, name)
        with databases.connect(name) as owner:
            world.seed(owner, meters)
            run_id = _plan(owner, meters, part)
        with as_worker(name, "-m", "bench.billing_worker", "run", "--run", str(run_id)) as worker:
            assert worker.wait(300) == 0
        with databases.connect(name) as owner:
            (bills,) = owner.execute("SELECT count(*) FROM billing_bill").fetchone() or (0,)
            facts = owner.execute("SELECT payload->>'chunk', count(*) FROM foundation_event GROUP BY 1").fetchall()
    assert bills > meters * 9 // 10
    assert len(facts) == meters // part
    assert {count for _, count in facts} == {1}


def _plan(owner: Any, meters: int, part: int) -> int:
    (run_id,) = owner.execute(
        "INSERT INTO billing_run (company_id, version, month, posting_day, due_on, selection, state, started_at)"
        " VALUES (2, 1, %s, '2026-04-20', '2026-05-20', '{}', 'running', now()) RETURNING id",
        [world.MONTH],
    ).fetchone()
    for no, first in enumerate(range(1, meters + 1, part), 1):
        owner.execute(
            "INSERT INTO billing_runchunk (company_id, run_id, no, first_group, last_group, bills, held, amount_fen,"
            " litres, summary, problems) VALUES (2, %s, %s, %s, %s, 0, 0, 0, 0, '[]', '[]')",
            [run_id, no, first, first + part - 1],
        )
    owner.commit()
    return int(run_id)
