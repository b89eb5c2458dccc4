"""Long work: asked for by a person, done by a worker under that person's stored scope, watched by anybody who may.

A kind is registered in ``apps.ready()``::

    register_work(WorkKind("billing.run", _("Billing run"), run_billing))

    def run_billing(job: Running) -> None:
        for chunk in chunks:
            job.checkpoint()                    # raises CancelledError when somebody asked to stop
            with transaction.atomic(): ...      # one chunk, whole or absent (JOB-1)
            job.progress(done=..., total=...)   # own connection: seen at once, whatever transaction is open
        job.result(bills=120)

A worker may be killed at any moment and the same work is run again: a kind must be able to go on where it was.
"""

import datetime as dt
import traceback
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import structlog
from django.conf import settings
from django.db import connection, connections, transaction
from django.utils import translation
from django.utils.functional import Promise

from gasworks.foundation.audit import acting
from gasworks.foundation.models import Work
from gasworks.foundation.scope import Scope
from gasworks.kernel.errors import NotThere, Refusal, gettext_noop

log = structlog.get_logger(__name__)

LOG_LIMIT = 200_000
LOCK_CLASS = 0x776B
ENDED = (Work.State.DONE, Work.State.FAILED, Work.State.CANCELLED)


class WorkEnded(Refusal):
    sentence = gettext_noop("This work has already ended.")


class StillRunningError(Exception):
    """Another worker has this work in hand; the queue tries again later."""


class CancelledError(Exception):
    """Raised at a checkpoint after somebody asked to stop."""


@dataclass(frozen=True, slots=True)
class WorkKind:
    """``run(job)`` does the work. ``right`` is what the asker must hold, beyond the right to see the page."""

    kind: str
    label: str | Promise
    run: "Callable[[Running], None]"
    right: str = ""


_KINDS: dict[str, WorkKind] = {}


def register_work(kind: WorkKind) -> None:
    if kind.kind in _KINDS and _KINDS[kind.kind].run is not kind.run:
        raise ValueError(f"two kinds of work are called {kind.kind!r}")
    _KINDS[kind.kind] = kind


def find_work_kind(kind: str) -> WorkKind | None:
    return _KINDS.get(kind)


def start_work(*, kind: str, title: str, scope: Scope, args: dict[str, Any], now: dt.datetime, total: int = 0) -> Work:
    """Write the work down and queue it, both in the caller's transaction. ``args`` is what JSON holds."""
    known = _KINDS[kind]
    if known.right:
        scope.require(known.right)
    with transaction.atomic():
        work = Work.objects.create(
            company_id=scope.company_id,
            kind=kind,
            title=title[:160],
            scope=scope.to_json(),
            args=args,
            total=total,
            asked_by_id=scope.actor_id,
            asked_at=now,
        )
        _defer(work.id)
    return work


def cancel_work(public_id: uuid.UUID, *, scope: Scope, now: dt.datetime) -> None:
    """Ask running work to stop at its next checkpoint; waiting work ends at once. Raises NotThere, WorkEnded."""
    scope.require("work.view")
    with transaction.atomic():
        work = find_work(public_id, scope=scope, lock=True)
        if work.state in ENDED:
            raise WorkEnded()
        work.cancel_asked = True
        if work.state == Work.State.WAITING:
            work.state, work.ended_at = Work.State.CANCELLED, now
        work.save(update_fields=["cancel_asked", "state", "ended_at"])


def find_work(public_id: uuid.UUID, *, scope: Scope, lock: bool = False) -> Work:
    """One piece of work inside the scope's company. Raises NotThere."""
    found = visible_work(scope)
    if lock:
        found = found.select_for_update(of=("self",))
    work = found.filter(public_id=public_id).first()
    if work is None:
        raise NotThere(key=public_id)
    return work


def visible_work(scope: Scope) -> Any:
    """One's own work; all of the company's for those who watch over the system."""
    work = Work.objects.filter(company_id=scope.company_id)
    return work if scope.may("health.view") else work.filter(asked_by_id=scope.actor_id)


@dataclass(slots=True)
class Running:
    """What a kind of work gets: its scope and arguments, and the line to the progress page."""

    work_id: int
    scope: Scope
    args: dict[str, Any]
    now: dt.datetime
    clock: Callable[[], dt.datetime]
    line: Any
    _ending: dict[str, Any] = field(default_factory=dict)

    def progress(self, done: int, total: int | None = None) -> None:
        """Show how far the work is. Seen at once, and not undone by a rollback of the work's own transaction."""
        self._tell("done = %s, total = coalesce(%s, total), beat_at = %s", [done, total, self.clock()])

    def log(self, sentence: str) -> None:
        """Add a line to the log that the page shows."""
        line = f"{self.clock():%Y-%m-%d %H:%M:%S} {sentence}\n"
        self._tell("log = right(log || %s, %s), beat_at = %s", [line, LOG_LIMIT, self.clock()])

    def checkpoint(self) -> None:
        """Raises CancelledError when somebody asked to stop. Call it between transactions."""
        with self.line.cursor() as cursor:
            cursor.execute("SELECT cancel_asked FROM foundation_work WHERE id = %s", [self.work_id])
            row = cursor.fetchone()
        if row and row[0]:
            raise CancelledError

    def result(self, *, file: Any = None, **values: Any) -> None:
        """Keep the outcome: values for the page, and a ``StoredFile`` to download."""
        self._ending = {"result": values, "result_file_id": file.id if file else None}

    def _tell(self, assignments: str, params: list[Any]) -> None:
        with self.line.cursor() as cursor:
            cursor.execute(
                f"UPDATE foundation_work SET {assignments} WHERE id = %s",
                [*params, self.work_id],
            )


def run_work(work_id: int, *, clock: Callable[[], dt.datetime]) -> None:
    """Do one piece of work; every end is written down. Called by the worker, again after a kill."""
    with _own_line() as line, _taken(line, work_id):
        work = _begin(work_id, clock())
        if work is None:
            return
        job = Running(work.id, Scope.from_json(work.scope), work.args, clock(), clock, line)
        try:
            with acting(job.scope), translation.override(_language(work)):
                _KINDS[work.kind].run(job)
        except CancelledError:
            _end(work_id, Work.State.CANCELLED, clock(), job)
        except Refusal as refusal:
            job.log(str(refusal))
            job.result(refusal=refusal.sentence, params={k: str(v) for k, v in refusal.params.items()})
            _end(work_id, Work.State.FAILED, clock(), job)
        except Exception as error:
            log.exception("work_failed", work=work_id, kind=work.kind)
            job.log("".join(traceback.format_exception_only(error)).strip())
            _end(work_id, Work.State.FAILED, clock(), job)
        else:
            _end(work_id, Work.State.DONE, clock(), job)


@contextmanager
def _taken(line: Any, work_id: int) -> Iterator[None]:
    """One worker a piece of work, as long as its session lives."""
    key = [LOCK_CLASS, work_id % 2**31]
    with line.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_lock(%s, %s)", key)
        if not cursor.fetchone()[0]:
            raise StillRunningError(work_id)
    try:
        yield
    finally:
        with line.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_unlock(%s, %s)", key)


def _begin(work_id: int, now: dt.datetime) -> Work | None:
    """Mark it running. Nothing to do when it has ended or was cancelled while it waited."""
    with transaction.atomic():
        work = Work.objects.select_for_update().get(pk=work_id)
        if work.state in ENDED:
            return None
        work.state, work.beat_at = Work.State.RUNNING, now
        work.save(update_fields=["state", "beat_at"])
    return work


def _language(work: Work) -> str:
    """The log and what is frozen into files speak as the person does who asked."""
    return work.asked_by.language if work.asked_by else str(settings.LANGUAGE_CODE)


def _end(work_id: int, state: str, now: dt.datetime, job: Running) -> None:
    Work.objects.filter(pk=work_id).update(state=state, ended_at=now, beat_at=now, **job._ending)


@contextmanager
def _own_line() -> Iterator[Any]:
    """A second database session in autocommit for progress; inside an open transaction (tests) the same session."""
    if connection.in_atomic_block:
        yield connection
        return
    own = connections.create_connection("default")
    try:
        yield own
    finally:
        own.close()


def _defer(work_id: int) -> None:
    from gasworks.foundation.jobs import do_work

    do_work.defer(work_id=work_id)
