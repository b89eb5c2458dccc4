"""How the system is: jobs, relay, parked facts, disk, backup, database, invariants. Reads only."""

import datetime as dt
import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from django.conf import settings
from django.db import connection
from django.utils.functional import Promise
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from gasworks.foundation import backups, events
from gasworks.foundation.models import ParkedEvent, Work
from gasworks.foundation.relay import LOCK_KEY
from gasworks.foundation.scope import Scope

Tone = Literal["good", "wait", "bad"]

GIGABYTE = 1 << 30
LITTLE_DISK, NO_DISK = 0.15, 0.05
BACKUP_LATE, BACKUP_MISSING = dt.timedelta(hours=26), dt.timedelta(hours=50)
LAG_LATE, LAG_BAD = dt.timedelta(seconds=10), dt.timedelta(minutes=2)
INVARIANTS_LATE = dt.timedelta(hours=26)
INVARIANTS_WORK = "foundation.invariants"

_JOBS = """
    SELECT count(*) FILTER (WHERE j.status = 'todo' AND coalesce(j.scheduled_at, now()) <= now()),
           count(*) FILTER (WHERE j.status = 'doing'),
           count(*) FILTER (WHERE j.status = 'failed'),
           count(*) FILTER (WHERE j.status = 'doing' AND (w.id IS NULL OR w.last_heartbeat < now() - interval '60 s'))
    FROM procrastinate_jobs j LEFT JOIN procrastinate_workers w ON w.id = j.worker_id
"""
_WORKERS = "SELECT count(*) FROM procrastinate_workers WHERE last_heartbeat > now() - interval '60 s'"
_LAG = """
    SELECT count(*), min(at) FROM (
        SELECT e.at FROM foundation_event e
        WHERE (e.xid, e.id) > (
            SELECT coalesce(min(c.xid), -9223372036854775808), coalesce(min(c.event_id), 0)
            FROM foundation_eventcursor c WHERE c.subscriber = %s
        ) AND e.kind = ANY(%s) ORDER BY e.xid, e.id LIMIT 10000
    ) waiting
"""
_RELAYS = """
    SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND granted AND objsubid = 1
    AND database = (SELECT oid FROM pg_database WHERE datname = current_database())
    AND (classid::bigint << 32 | objid::bigint) = %s
"""
_TABLES = """
    SELECT c.relname, pg_total_relation_size(c.oid), c.reltuples::bigint FROM pg_class c
    WHERE c.relkind = 'r' AND c.relnamespace = 'public'::regnamespace ORDER BY 2 DESC LIMIT 10
"""


@dataclass(frozen=True, slots=True)
class Sign:
    """One line of the page: what, how it is, and what to do about it when it is not good."""

    code: str
    label: str | Promise
    text: str
    tone: Tone
    advice: str | Promise = ""


@dataclass(frozen=True, slots=True)
class SubscriberLag:
    name: str
    waiting: int
    oldest: dt.timedelta


@dataclass(frozen=True, slots=True)
class TableSize:
    name: str
    megabytes: int
    rows: int


@dataclass(frozen=True, slots=True)
class Health:
    signs: tuple[Sign, ...]
    lags: tuple[SubscriberLag, ...]
    parked: tuple[ParkedEvent, ...]
    tables: tuple[TableSize, ...]

    @property
    def tone(self) -> Tone:
        tones = {sign.tone for sign in self.signs}
        return "bad" if "bad" in tones else "wait" if "wait" in tones else "good"


def look(*, scope: Scope, now: dt.datetime) -> Health:
    """The whole page. Needs the right to see the health of the system."""
    scope.require("health.view")
    lags = subscriber_lags(now)
    parked = tuple(
        ParkedEvent.objects.filter(settled_at=None, event__company_id=scope.company_id)
        .select_related("event")
        .order_by("-parked_at")[:100]
    )
    signs = (
        _workers_sign(),
        _jobs_sign(),
        _relay_sign(lags),
        _parked_sign(),
        _disk_sign(Path(settings.FILES_ROOT)),
        _backup_sign(Path(settings.BACKUPS), now),
        _database_sign(),
        _invariants_sign(now),
    )
    return Health(signs, lags, parked, _tables())


def ready() -> bool:
    """Whether this process reaches the database: what a load balancer asks."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")
        return bool(cursor.fetchone())


def subscriber_lags(now: dt.datetime) -> tuple[SubscriberLag, ...]:
    """What waits for each subscriber: how many facts (counted to 10,000), and how long the oldest has waited."""
    lags = []
    for one in events.subscribers():
        count, oldest = _row(_LAG, [one.name, list(one.kinds)])
        lags.append(SubscriberLag(one.name, count, now - oldest if oldest else dt.timedelta()))
    return tuple(lags)


def _workers_sign() -> Sign:
    (count,) = _row(_WORKERS)
    tone: Tone = "good" if count else "bad"
    return Sign("workers", _("Workers"), str(count), tone, "" if count else _("Start a worker: nothing long is done."))


def _jobs_sign() -> Sign:
    waiting, doing, failed, stalled = _row(_JOBS)
    text = gettext("%(doing)d running, %(waiting)d waiting, %(failed)d failed, %(stalled)d stalled") % {
        "doing": doing,
        "waiting": waiting,
        "failed": failed,
        "stalled": stalled,
    }
    tone: Tone = "bad" if stalled else "wait" if failed or waiting > 100 else "good"
    return Sign("jobs", _("Jobs"), text, tone, _("Look at the worker's log.") if tone != "good" else "")


def _relay_sign(lags: tuple[SubscriberLag, ...]) -> Sign:
    (running,) = _row(_RELAYS, [LOCK_KEY])
    if not running:
        return Sign("relay", _("Relay"), gettext("not running"), "bad", _("Start the relay: facts wait for it."))
    oldest = max((lag.oldest for lag in lags), default=dt.timedelta())
    tone: Tone = "bad" if oldest > LAG_BAD else "wait" if oldest > LAG_LATE else "good"
    text = gettext("%(count)d facts wait, the oldest for %(seconds)d s") % {
        "count": sum(lag.waiting for lag in lags),
        "seconds": oldest.total_seconds(),
    }
    advice = _("A long write holds it up, or a handler is slow.") if tone != "good" else ""
    return Sign("relay", _("Relay"), text, tone, advice)


def _parked_sign() -> Sign:
    count = ParkedEvent.objects.filter(settled_at=None).count()
    advice = _("Read the reason below, have it put right, then retry.") if count else ""
    return Sign("parked", _("Parked facts"), str(count), "bad" if count else "good", advice)


def _disk_sign(folder: Path) -> Sign:
    usage = shutil.disk_usage(folder if folder.exists() else folder.anchor)
    free = usage.free / usage.total
    tone: Tone = "bad" if free < NO_DISK else "wait" if free < LITTLE_DISK else "good"
    text = gettext("%(free)d of %(total)d GB free") % {"free": usage.free // GIGABYTE, "total": usage.total // GIGABYTE}
    return Sign("disk", _("Disk"), text, tone, _("Make room or add disk before it is full.") if tone != "good" else "")


def _backup_sign(folder: Path, now: dt.datetime) -> Sign:
    newest = backups.newest(folder)
    if newest is None:
        return Sign("backup", _("Backup"), gettext("none"), "bad", _("Have one made on the server now."))
    age = now - dt.datetime.fromtimestamp(newest.stat().st_mtime, tz=dt.UTC)
    tone: Tone = "bad" if age > BACKUP_MISSING else "wait" if age > BACKUP_LATE else "good"
    text = gettext("%(hours)d hours old") % {"hours": age.total_seconds() // 3600}
    return Sign("backup", _("Backup"), text, tone, _("The nightly backup did not run.") if tone != "good" else "")


def _database_sign() -> Sign:
    (size,) = _row("SELECT pg_database_size(current_database())")
    return Sign("database", _("Database"), f"{size / GIGABYTE:.1f} GB", "good")


def _invariants_sign(now: dt.datetime) -> Sign:
    last = Work.objects.filter(kind=INVARIANTS_WORK, ended_at__isnull=False).order_by("-id").first()
    if last is None or last.ended_at is None:
        return Sign("invariants", _("Invariants"), gettext("never asked"), "wait", _("They are asked every night."))
    broken = last.result.get("broken", [])
    text = ", ".join(broken) if broken else gettext("%(count)d hold") % {"count": last.result.get("asked", 0)}
    if broken or last.state == Work.State.FAILED:
        return Sign("invariants", _("Invariants"), text, "bad", _("Stop posting and call for help."))
    tone: Tone = "wait" if now - last.ended_at > INVARIANTS_LATE else "good"
    return Sign("invariants", _("Invariants"), text, tone)


def _tables() -> tuple[TableSize, ...]:
    with connection.cursor() as cursor:
        cursor.execute(_TABLES)
        return tuple(TableSize(name, size >> 20, max(rows, 0)) for name, size, rows in cursor.fetchall())


def _row(sql: str, params: list[Any] | None = None) -> tuple[Any, ...]:
    with connection.cursor() as cursor:
        cursor.execute(sql, params)
        row: tuple[Any, ...] = cursor.fetchone()
    return row
