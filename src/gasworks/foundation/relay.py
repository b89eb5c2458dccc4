"""The relay: carries committed facts to their subscribers, in order, with one effect each (EVT-1).

Facts are read in (xid, id) order below the oldest running transaction, so a slow older transaction is waited for and
nothing that commits late is skipped. The handler's writes and the cursor's move are one transaction: a kill between
them undoes both. One relay works at a time, held by an advisory lock of its own database session.
"""

import datetime as dt
import json
import time
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Any, cast

import structlog
from django.db import connection, transaction

from gasworks.foundation import events
from gasworks.foundation.audit import acting
from gasworks.foundation.events import Delivery, Subscriber
from gasworks.foundation.models import EventCursor, ParkedEvent
from gasworks.foundation.scope import Scope
from gasworks.kernel.errors import NotThere

log = structlog.get_logger(__name__)

LOCK_KEY = 0x6741_5265_6C61_79
BATCH = 1_000
TRIES = 5
FIRST_WAIT = 0.1
POLL_SECONDS = 0.25
BEFORE_ALL, AFTER_ALL = -(2**63), 2**63 - 1

# The oldest transaction that still runs and may write a fact here. Those that hold their number's lock from another
# database of the cluster cannot; a number that nobody holds yet may be ours and counts.
_HORIZON = """
    SELECT coalesce(min(r.xid::text::bigint), pg_snapshot_xmax(pg_current_snapshot())::text::bigint)
    FROM pg_snapshot_xip(pg_current_snapshot()) AS r(xid)
    WHERE NOT EXISTS (
        SELECT FROM pg_locks l JOIN pg_stat_activity a ON a.pid = l.pid
        WHERE l.locktype = 'transactionid' AND l.granted AND l.mode = 'ExclusiveLock'
        AND l.transactionid = r.xid::xid AND a.datname <> current_database()
    )
"""
_HEAD = "SELECT xid, id FROM foundation_event WHERE xid < %s ORDER BY xid DESC, id DESC LIMIT 1"
_NEXT = """
    SELECT xid, id, company_id, kind, schema, payload, at FROM foundation_event
    WHERE (xid, id) > (%s, %s) AND xid < %s AND kind = ANY(%s)
    ORDER BY xid, id LIMIT %s
"""
_FROM_ELSEWHERE = """
    SELECT greatest((SELECT max(xid) FROM foundation_event), (SELECT max(xid) FROM foundation_eventcursor))
        > pg_snapshot_xmax(pg_current_snapshot())::text::bigint
"""
_REBASE = """
    WITH ranked AS (
        SELECT id, xid AS old, row_number() OVER (ORDER BY xid, id) - (SELECT count(*) FROM foundation_event) - 1 AS new
        FROM foundation_event
    ), moved AS (
        UPDATE foundation_event e SET xid = r.new FROM ranked r WHERE r.id = e.id
    )
    UPDATE foundation_eventcursor c SET event_id = 0, xid = coalesce(
        (SELECT max(r.new) + 1 FROM ranked r WHERE (r.old, r.id) <= (c.xid, c.event_id)), %s)
"""


@dataclass(frozen=True, slots=True)
class StoredFact:
    """A row of ``foundation_event`` as the relay reads it."""

    xid: int
    id: int
    company_id: int
    kind: str
    schema: int
    payload: dict
    at: dt.datetime

    def deliver(self) -> Delivery:
        fact = events.read_fact(self.kind, self.schema, self.payload)
        return Delivery(self.id, self.company_id, self.at, fact)


@dataclass(slots=True)
class Trouble:
    """A subscriber that stumbles gets its next facts singly; the one that fails waits longer after each try."""

    singly: int
    event_id: int = 0
    tries: int = 0
    wait_until: float = 0.0


class Relay:
    """Delivers to all subscribers; remembers who stumbles, so that the others flow on."""

    def __init__(self, clock: Callable[[], dt.datetime], monotonic: Callable[[], float] = time.monotonic) -> None:
        self.clock = clock
        self.monotonic = monotonic
        self.troubles: dict[str, Trouble] = {}

    def run_once(self) -> int:
        """Give every subscriber its next facts; the number of facts delivered."""
        horizon = _horizon()
        head = _head(horizon)
        if head is None:
            return 0
        cursors = _cursors()
        behind = [one for one in events.subscribers() if cursors.get(one.name, (BEFORE_ALL, 0)) < head]
        return sum(self._serve(subscriber, horizon) for subscriber in behind)

    def run_until_quiet(self) -> int:
        """Deliver until nothing is left but what waits for a further try."""
        total = 0
        while delivered := self.run_once():
            total += delivered
        return total

    def _serve(self, subscriber: Subscriber, horizon: int) -> int:
        trouble = self.troubles.get(subscriber.name)
        if trouble and self.monotonic() < trouble.wait_until:
            return 0
        seen: list[StoredFact] = []
        try:
            delivered = _deliver_next(subscriber, 1 if trouble else BATCH, self.clock(), horizon, seen)
        except Exception as error:
            if not seen or not connection.is_usable():
                raise
            return self._stumble(subscriber, seen, error)
        if trouble:
            self._one_less(subscriber.name, trouble)
        return delivered

    def _one_less(self, name: str, trouble: Trouble) -> None:
        if trouble.singly <= 1:
            del self.troubles[name]
        else:
            self.troubles[name] = Trouble(trouble.singly - 1)

    def _stumble(self, subscriber: Subscriber, seen: Sequence[StoredFact], error: Exception) -> int:
        """A batch that fails is tried again a fact at a time; a fact that fails five times is parked."""
        name, poison = subscriber.name, seen[0]
        before = self.troubles.get(name, Trouble(len(seen)))
        if len(seen) > 1:
            self.troubles[name] = before
            return 0
        tries = before.tries + 1 if before.event_id == poison.id else 1
        log.warning("fact_failed", subscriber=name, fact=poison.id, kind=poison.kind, tries=tries, error=str(error))
        if tries < TRIES:
            wait_until = self.monotonic() + FIRST_WAIT * 2 ** (tries - 1)
            self.troubles[name] = Trouble(before.singly, poison.id, tries, wait_until)
            return 0
        _park(subscriber, poison, tries, error, self.clock())
        self._one_less(name, before)
        return 1


def take_lock() -> bool:
    """True when this database session is now the only relay."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_lock(%s)", [LOCK_KEY])
        return bool(cursor.fetchone()[0])


def deliver_now(now: dt.datetime) -> int:
    """Deliver everything, also facts of the running transaction. For loaders and tests that are alone."""
    total = 0
    for subscriber in events.subscribers():
        while delivered := _deliver_next(subscriber, BATCH, now, AFTER_ALL, []):
            total += delivered
    return total


def retry_parked(parked_id: int, *, now: dt.datetime) -> None:
    """Hand a parked fact to its subscriber again. Its effect and its settlement are one transaction.

    Raises NotThere for one that is settled or unknown, and the handler's own error, with the parked row untouched.
    """
    with transaction.atomic():
        parked = (
            ParkedEvent.objects.select_for_update(of=("self",))
            .select_related("event")
            .filter(pk=parked_id, settled_at=None)
            .first()
        )
        subscriber = events.find_subscriber(parked.subscriber) if parked else None
        if parked is None or subscriber is None:
            raise NotThere(key=parked_id)
        event = parked.event
        fact = events.read_fact(event.kind, event.schema, event.payload)
        with _named(subscriber):
            subscriber.handle([Delivery(event.id, event.company_id, event.at, fact)])
        parked.settled_at = now
        parked.save(update_fields=["settled_at"])


def _named(subscriber: Subscriber) -> AbstractContextManager[None]:
    """History rows that a handler causes say which subscriber wrote them."""
    return acting(Scope.system(f"fact heard by {subscriber.name}", company_id=0))


def _horizon() -> int:
    """Every transaction of this database below this number has ended; its facts are visible to the next statement."""
    with connection.cursor() as cursor:
        cursor.execute(_HORIZON)
        return int(cursor.fetchone()[0])


def _head(horizon: int) -> tuple[int, int] | None:
    with connection.cursor() as cursor:
        cursor.execute(_HEAD, [horizon])
        return cast("tuple[int, int] | None", cursor.fetchone())


def _cursors() -> dict[str, tuple[int, int]]:
    return {c.subscriber: (c.xid, c.event_id) for c in EventCursor.objects.all()}


def _deliver_next(subscriber: Subscriber, size: int, now: dt.datetime, horizon: int, seen: list[StoredFact]) -> int:
    """One batch: lock the cursor, read, handle, move. ``seen`` receives the facts even when the handler fails."""
    with transaction.atomic():
        cursor_row = _locked_cursor(subscriber.name)
        seen.extend(_read(cursor_row, subscriber.kinds, size, horizon))
        if seen:
            with _named(subscriber):
                subscriber.handle([fact.deliver() for fact in seen])
        if len(seen) < size and horizon < AFTER_ALL:
            _move(cursor_row, horizon, 0, now)
        elif seen:
            _move(cursor_row, seen[-1].xid, seen[-1].id, now)
    return len(seen)


def _locked_cursor(name: str) -> EventCursor:
    EventCursor.objects.bulk_create([EventCursor(subscriber=name, xid=BEFORE_ALL)], ignore_conflicts=True)
    return EventCursor.objects.select_for_update().get(pk=name)


def _read(cursor_row: EventCursor, kinds: Sequence[str], size: int, horizon: int) -> list[StoredFact]:
    with connection.cursor() as cursor:
        cursor.execute(_NEXT, [cursor_row.xid, cursor_row.event_id, horizon, list(kinds), size])
        return [
            StoredFact(*row[:5], json.loads(row[5]), row[6])  # type: ignore[call-arg]
            for row in cursor.fetchall()
        ]


def _move(cursor_row: EventCursor, xid: int, event_id: int, now: dt.datetime) -> None:
    """Forward only: a cursor that stands at a horizon never steps back."""
    if (xid, event_id) > (cursor_row.xid, cursor_row.event_id):
        cursor_row.xid, cursor_row.event_id, cursor_row.moved_at = xid, event_id, now
        cursor_row.save(update_fields=["xid", "event_id", "moved_at"])


def _park(subscriber: Subscriber, poison: StoredFact, tries: int, error: Exception, now: dt.datetime) -> None:
    with transaction.atomic():
        cursor_row = _locked_cursor(subscriber.name)
        ParkedEvent.objects.create(
            subscriber=subscriber.name,
            event_id=poison.id,
            tries=tries,
            error=f"{type(error).__name__}: {error}"[:4000],
            parked_at=now,
        )
        _move(cursor_row, poison.xid, poison.id, now)
    log.error("fact_parked", subscriber=subscriber.name, fact=poison.id, kind=poison.kind)


def rebase_events(cursor: Any) -> bool:
    """After a restore, run as the owner before anything is written. True when there was something to do.

    Another cluster counts transactions from its own beginning, so the facts of the old one are put below them all, in
    their order, and every cursor stands where it stood.
    """
    cursor.execute(_FROM_ELSEWHERE)
    elsewhere = bool(cursor.fetchone()[0])
    if elsewhere:
        cursor.execute(_REBASE, [BEFORE_ALL])
    return elsewhere
