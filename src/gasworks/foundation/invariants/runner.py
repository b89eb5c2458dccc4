"""Asks the database every invariant, in one read-only snapshot."""

import time
from typing import Any

from django.db import DatabaseError, connection, transaction

from gasworks.foundation.invariants.registry import Finding, Invariant, registered

COUNTED = 100
SHOWN = 3


def check_all(only: set[str] | None = None) -> list[Finding]:
    """Check all, or only the named ones. All see the same moment, so that running payments disturb nothing."""
    chosen = [one for one in registered() if only is None or one.code in only]
    with transaction.atomic(), connection.cursor() as cursor:
        if not connection.savepoint_ids:
            # By the driver: inside ``acting`` Django's cursor names the writer first, and this must be the first statement.
            connection.connection.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
        return [check(one, cursor) for one in chosen]


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
