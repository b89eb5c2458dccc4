"""Asks the database every invariant, in one read-only snapshot."""

import json
import time
from collections import deque
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from django.db import DatabaseError, connection, transaction

from gasworks.foundation.invariants.registry import Finding, Invariant, registered

COUNTED = 100
SHOWN = 3


def check_all(only: set[str] | None = None, *, hands: int = 1) -> list[Finding]:
    """Check all, or only the named ones. All see the same moment, so that running payments disturb nothing.

    ``hands`` sessions work side by side; inside a transaction one alone, for others do not see what that has written.
    """
    chosen = [one for one in registered() if only is None or one.code in only]
    if hands == 1 or connection.in_atomic_block:
        return _check_here(chosen)
    return sorted(_check_together(chosen, hands), key=lambda finding: finding.code)


def _check_here(chosen: Sequence[Invariant]) -> list[Finding]:
    with transaction.atomic(), connection.cursor() as cursor:
        if not connection.savepoint_ids:
            _begin_reading()
        return [check(one, cursor) for one in chosen]


def _check_together(chosen: Sequence[Invariant], hands: int) -> list[Finding]:
    """The dearest questions first, so that nobody is left alone with one at the end."""
    with transaction.atomic(), connection.cursor() as cursor, ThreadPoolExecutor(hands - 1) as others:
        _begin_reading()
        waiting = deque(sorted(chosen, key=lambda one: -_price(one, cursor)))
        cursor.execute("SELECT pg_export_snapshot()")
        (moment,) = cursor.fetchone()
        beside = [others.submit(_check_beside, waiting, moment) for _ in range(hands - 1)]
        found = _ask_waiting(waiting, cursor)
        return found + [finding for one in beside for finding in one.result()]


def _begin_reading() -> None:
    """By the driver: inside ``acting`` Django's cursor names the writer first, and this must be the first statement."""
    connection.connection.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")


def _check_beside(waiting: deque[Invariant], moment: str) -> list[Finding]:
    """What a further thread finds, in a session of its own that sees the same moment."""
    try:
        with transaction.atomic(), connection.cursor() as cursor:
            _begin_reading()
            connection.connection.execute(f"SET TRANSACTION SNAPSHOT '{moment}'")
            return _ask_waiting(waiting, cursor)
    finally:
        connection.close()


def _price(one: Invariant, cursor: Any) -> float:
    """What the database thinks that the question costs; one that it cannot even plan costs nothing."""
    try:
        with transaction.atomic():
            cursor.execute(f"EXPLAIN (FORMAT JSON) {one.violations}")
            (plan,) = cursor.fetchone()
    except DatabaseError:
        return 0.0
    told = json.loads(plan) if isinstance(plan, str) else plan
    return float(told[0]["Plan"]["Total Cost"])


def _ask_waiting(waiting: deque[Invariant], cursor: Any) -> list[Finding]:
    """Ask what nobody has taken yet, one after the other."""
    found: list[Finding] = []
    while True:
        try:
            one = waiting.popleft()
        except IndexError:
            return found
        found.append(check(one, cursor))


def check(one: Invariant, cursor: Any) -> Finding:
    """Ask one. A query that fails is a finding too: what cannot be asked does not hold."""
    started = time.monotonic()
    try:
        with transaction.atomic():
            rows = _ask(one, cursor)
    except DatabaseError as error:
        return Finding(one.code, one.title, 0, (), time.monotonic() - started, str(error).strip())
    examples = tuple(str(row) for row in rows[:SHOWN])
    return Finding(one.code, one.title, len(rows), examples, time.monotonic() - started)


def _ask(one: Invariant, cursor: Any) -> list[Any]:
    cursor.execute(f"SELECT * FROM ({one.violations}) broken LIMIT {COUNTED}")
    return list(cursor.fetchall())
