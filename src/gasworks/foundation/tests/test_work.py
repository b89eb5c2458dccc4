"""Long work: found again, cancelled, killed and done again, under the scope of the person who asked."""

import contextlib
import datetime as dt
import os
import signal
import subprocess
import sys
import textwrap
import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.db import connection, transaction
from django.test import Client
from django.urls import reverse
from procrastinate.exceptions import AlreadyEnqueued

from gasworks.foundation import jobs
from gasworks.foundation.events import Fact, publish
from gasworks.foundation.models import Event, NumberSeries, Work
from gasworks.foundation.relay import deliver_now
from gasworks.foundation.testing.factories import NOW, make_company, make_scope, make_staff
from gasworks.foundation.testing.working import do_waiting_work
from gasworks.foundation.work import (
    _KINDS,
    Running,
    StillRunningError,
    WorkEnded,
    WorkKind,
    cancel_work,
    find_work,
    register_work,
    run_work,
    start_work,
)
from gasworks.kernel.errors import Forbidden, NotThere, Refusal


class TooFew(Refusal):
    sentence = "Only %(n)d."


@pytest.fixture
def kind() -> Iterator[Callable[..., None]]:
    def register(run: Callable[[Running], None], right: str = "") -> None:
        register_work(WorkKind("test.work", "Test work", run, right))

    yield register
    _KINDS.pop("test.work", None)


def start(scope: Any, **args: Any) -> Work:
    return start_work(kind="test.work", title="Test work", scope=scope, args=args, now=NOW)


@pytest.mark.django_db
def test_work_is_done_under_the_stored_scope_and_its_end_is_written_down(kind: Any) -> None:
    scope = make_scope("billing_clerk")
    seen: list[Any] = []

    def run(job: Running) -> None:
        seen.append(job.scope)
        job.progress(done=1, total=2)
        job.log("first half")
        job.progress(done=2)
        job.result(bills=job.args["n"])

    kind(run)
    work = start(scope, n=7)
    assert work.state == "waiting"
    (ended,) = do_waiting_work()
    assert seen == [scope]
    assert (ended.state, ended.done, ended.total, ended.result) == ("done", 2, 2, {"bills": 7})
    assert "first half" in ended.log
    assert ended.ended_at == NOW


@pytest.mark.django_db
def test_queued_with_the_transaction_or_not_at_all(kind: Any) -> None:
    kind(lambda job: None)
    scope = make_scope("billing_clerk")
    with transaction.atomic():
        start(scope)
        transaction.set_rollback(True)
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM procrastinate_jobs")
        assert cursor.fetchone()[0] == 0
    assert not Work.objects.exists()


@pytest.mark.django_db
def test_a_refusal_and_a_fault_both_end_it_as_failed_with_the_reason(kind: Any) -> None:
    scope = make_scope("billing_clerk")

    def refuse(job: Running) -> None:
        raise TooFew(n=3)

    kind(refuse)
    start(scope)
    (ended,) = do_waiting_work()
    assert (ended.state, ended.result) == ("failed", {"refusal": "Only %(n)d.", "params": {"n": "3"}})
    _KINDS.pop("test.work")

    def fail(job: Running) -> None:
        raise ZeroDivisionError("no such thing")

    kind(fail)
    start(scope)
    (ended,) = do_waiting_work()
    assert ended.state == "failed"
    assert "no such thing" in ended.log


@pytest.mark.django_db
def test_who_lacks_the_right_cannot_start_it(kind: Any) -> None:
    kind(lambda job: None, right="billing.run")
    with pytest.raises(Forbidden):
        start(make_scope("cashier"))
    assert not Work.objects.exists()


@pytest.mark.django_db
def test_waiting_work_is_cancelled_at_once_and_running_work_at_its_next_checkpoint(kind: Any) -> None:
    scope = make_scope("billing_clerk")
    steps: list[int] = []

    def run(job: Running) -> None:
        for step in range(3):
            job.checkpoint()
            steps.append(step)
            if step == 0:
                Work.objects.filter(pk=job.work_id).update(cancel_asked=True)

    kind(run)
    waiting = start(scope)
    cancel_work(waiting.public_id, scope=scope, now=NOW)
    assert do_waiting_work() == []
    start(scope)
    (ended,) = do_waiting_work()
    assert steps == [0]
    assert ended.state == "cancelled"
    with pytest.raises(WorkEnded):
        cancel_work(ended.public_id, scope=scope, now=NOW)


@pytest.mark.django_db
def test_somebody_elses_work_is_not_found(kind: Any) -> None:
    kind(lambda job: None)
    company = make_company()
    work = start(make_scope("billing_clerk", company=company))
    for stranger in (make_scope("billing_clerk", company=company), make_scope("sysadmin")):
        with pytest.raises(NotThere):
            find_work(work.public_id, scope=stranger)
    assert find_work(work.public_id, scope=make_scope("sysadmin", company=company)).id == work.id


@pytest.mark.django_db
def test_the_progress_page_can_be_left_and_found_again(kind: Any, client: Client) -> None:
    kind(lambda job: job.progress(done=3, total=3))
    staff = make_staff("billing_clerk")
    client.force_login(staff)
    from gasworks.foundation.reach import scope_for

    work = start(scope_for(staff))
    page = reverse("foundation:work", args=[work.public_id])
    assert page in client.get(reverse("foundation:works")).content.decode()
    assert reverse("foundation:work_progress", args=[work.public_id]) in client.get(page).content.decode()
    do_waiting_work()
    ended = client.get(reverse("foundation:work_progress", args=[work.public_id])).content.decode()
    assert "hx-get" not in ended
    assert client.get(reverse("foundation:work_result", args=[work.public_id])).status_code == 404


def test_progress_is_seen_while_the_works_own_transaction_is_open(committed_db: str, kind: Any) -> None:
    seen: list[int] = []

    def run(job: Running) -> None:
        with transaction.atomic():
            NumberSeries.objects.create(company_id=job.scope.company_id, code="undone")
            job.progress(done=5, total=10)
            transaction.set_rollback(True)
        seen.append(Work.objects.get(pk=job.work_id).done)

    kind(run)
    work = start(make_scope("billing_clerk"))
    run_work(work.id, clock=lambda: NOW)
    assert seen == [5]
    assert not NumberSeries.objects.exists()


def test_two_workers_never_have_the_same_work_in_hand(committed_db: str, kind: Any) -> None:
    seen: list[type] = []

    def run(job: Running) -> None:
        with pytest.raises(StillRunningError):
            run_work(job.work_id, clock=lambda: NOW)
        seen.append(StillRunningError)

    kind(run)
    work = start(make_scope("billing_clerk"))
    run_work(work.id, clock=lambda: NOW)
    assert seen == [StillRunningError]
    work.refresh_from_db()
    assert work.state == "done"


WORKER = textwrap.dedent(
    """
    import os, sys, time
    os.environ["DJANGO_SETTINGS_MODULE"] = "gasworks.project.settings"
    import django
    django.setup()
    from gasworks.foundation.models import NumberSeries
    from gasworks.foundation.work import WorkKind, register_work
    from gasworks.foundation import jobs
    jobs.STALLED_SECONDS = 1

    def run(job):
        NumberSeries.objects.get_or_create(company_id=job.scope.company_id, code="done")
        while sys.argv[1] == "hang":
            time.sleep(0.1)

    register_work(WorkKind("test.work", "Test work", run))
    from procrastinate.contrib.django import app
    app.with_connector(app.connector.get_worker_connector()).run_worker(
        wait=sys.argv[1] == "hang", concurrency=1, update_heartbeat_interval=0.5, stalled_worker_timeout=1.0
    )
    """
)


@pytest.mark.full
def test_a_job_of_a_killed_worker_is_done_by_the_next_one(committed_db: str, kind: Any) -> None:
    kind(lambda job: None)
    work = start(make_scope("billing_clerk"))
    environment = {**os.environ, "GASWORKS_DB_NAME": committed_db, "GASWORKS_DB_ROLE": "worker"}
    worker = subprocess.Popen([sys.executable, "-c", WORKER, "hang"], env=environment)
    deadline = time.monotonic() + 60
    while not NumberSeries.objects.exists() and time.monotonic() < deadline:
        time.sleep(0.2)
    worker.send_signal(signal.SIGKILL)
    worker.wait()
    assert Work.objects.get(pk=work.pk).state == "running"
    time.sleep(2)
    with contextlib.suppress(AlreadyEnqueued):
        jobs.recover_stalled.defer(timestamp=0)
    for _ in range(3):
        subprocess.run([sys.executable, "-c", WORKER, "finish"], env=environment, check=True, timeout=120)
    assert Work.objects.get(pk=work.pk).state == "done"


class Old(Fact):
    KIND = "test.old"

    def to_payload(self) -> dict[str, Any]:
        return {}


def test_only_old_facts_that_everybody_heard_are_removed(committed_db: str, as_owner: Any) -> None:
    company_id = make_company().id
    publish(Old(), company_id=company_id, now=NOW - dt.timedelta(days=100))
    publish(Old(), company_id=company_id, now=NOW)
    as_owner.execute("GRANT EXECUTE ON FUNCTION foundation_remove_old_events TO gasworks_web")
    before = NOW - jobs.KEEP_EVENTS
    assert jobs.remove_events(before=before, names=["nobody.yet"]) == 0
    assert Event.objects.count() == 2
    deliver_now(NOW)
    assert jobs.remove_events(before=before, names=[]) == 1
    assert Event.objects.get().at == NOW
