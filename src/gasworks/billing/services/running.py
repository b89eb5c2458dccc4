"""Billing runs: planned as chunks of whole ladder groups, carried out chunk by chunk, stopped between two chunks."""

import datetime as dt
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any, Final

from django.db import connection, transaction

from gasworks.billing.models import HoldRule, Run, RunChunk
from gasworks.billing.run.binary import server_cursor
from gasworks.billing.run.chunk import Settle, as_of, compute, problem_list, rules_of, run_chunk, summarise
from gasworks.billing.run.outsort import KINDS, NEGATIVE
from gasworks.billing.run.selection import Selection
from gasworks.billing.run.sheet import Reader
from gasworks.billing.sampling import draw_sample
from gasworks.foundation import audit, calendar
from gasworks.foundation.acts import act_of, locked
from gasworks.foundation.scope import Scope
from gasworks.kernel.errors import Refusal, gettext_noop
from gasworks.ledger.services import head_office_day
from gasworks.metering import services as metering

RIGHT: Final = "billing.run"
AT_NIGHT: Final = 20_000
IN_OFFICE_HOURS: Final = 2_000
OFFICE_HOURS: Final = range(7, 20)
DUE_AFTER_DAYS: Final = 30
MOST_PROBLEMS: Final = 5_000

_SPANS = """
SELECT min(g), max(g), count(*) FROM (
    SELECT g, (row_number() OVER (ORDER BY g) - 1) / %s AS chunk FROM (
        SELECT DISTINCT m.group_id AS g FROM usage_groupmember m{joins}
        WHERE m.company_id = %s AND m.from_on <= %s AND (m.to_on IS NULL OR m.to_on > %s){where}
    ) groups
) numbered GROUP BY chunk ORDER BY chunk
"""


class NobodyToBill(Refusal):
    sentence = gettext_noop("Nobody in this selection can be billed. Choose other books or areas.")


class RunHasEnded(Refusal):
    sentence = gettext_noop("This billing run has ended already.")


@dataclass(slots=True)
class Preview:
    """What a run would do. ``summary`` is {(type, tier): [homes, litres, fen]}; ``problems`` are (supply point, reason).

    ``holds`` counts the bills that each rule would hold.
    """

    groups: int = 0
    bills: int = 0
    held: int = 0
    litres: int = 0
    amount_fen: int = 0
    summary: dict[tuple[str, int], list[int]] = field(default_factory=dict)
    problems: list[tuple[int, int]] = field(default_factory=list)
    holds: dict[str, int] = field(default_factory=dict)

    def add(self, rows: list[list[int | str]], problems: list[list[int]]) -> None:
        for kind, tier, homes, litres, fen, _held in rows:
            line = self.summary.setdefault((str(kind), int(tier)), [0, 0, 0])
            line[0] += int(homes)
            line[1] += int(litres)
            line[2] += int(fen)
        self.problems += [(point, reason) for point, reason in problems]


def install_hold_rules(*, scope: Scope) -> int:
    """Give a company the first pack of hold rules, with their default limits; returns how many were missing."""
    known = set(HoldRule.objects.filter(company_id=scope.company_id).values_list("code", flat=True))
    missing = [code for code in KINDS if code not in known and code != NEGATIVE]
    with act_of(scope):
        HoldRule.objects.bulk_create(
            HoldRule(
                company_id=scope.company_id,
                code=code,
                limits=dict(KINDS[code].limits),
                active=KINDS[code].begins_on,
            )
            for code in missing
        )
    return len(missing)


def preview_run(
    *,
    scope: Scope,
    month: int,
    books: tuple[int, ...] = (),
    areas: tuple[int, ...] = (),
    between: Callable[[int, int], None] = lambda _done, _total: None,
) -> Preview:
    """Rate everything that a run would bill, by the same code, and write nothing.

    ``between(done, total)`` is told after every chunk, and may raise to stop there.
    """
    scope.require(RIGHT)
    calendar.require_open_month(scope=scope, month=month)
    selection = _selection(scope, books, areas)
    found = Preview()
    rules = rules_of(scope.company_id)
    spans = list(_spans(scope.company_id, selection, month, IN_OFFICE_HOURS))
    between(0, len(spans))
    for number, (first, last, groups) in enumerate(spans, start=1):
        found.groups += groups
        with transaction.atomic(), server_cursor(connection) as cursor:
            cursor.execute("SET TRANSACTION READ ONLY" if not _nested() else "SELECT 1")
            members = Reader(cursor, scope.company_id).members(selection, first, last, as_of(month))
            done = compute(cursor, scope, members, month, rules, settle=Settle.LOOK)
        bills = done.batch.bills
        found.bills += len(bills)
        found.held += int(done.held.sum())
        found.litres += int(bills.litres.sum())
        found.amount_fen += int(bills.amount_fen.sum())
        found.add(summarise(done), problem_list(done))
        for code, mask in done.holds.items():
            found.holds[code] = found.holds.get(code, 0) + int(mask.sum())
        between(number, len(spans))
    return found


def start_run(
    *,
    scope: Scope,
    month: int,
    books: tuple[int, ...] = (),
    areas: tuple[int, ...] = (),
    today: dt.date,
    now: dt.datetime,
    due_on: dt.date | None = None,
    chunk_groups: int | None = None,
) -> Run:
    """Write a run down with its chunks; ``carry_out`` bills them. What is billed already is passed over."""
    scope.require(RIGHT)
    selection = _selection(scope, books, areas)
    size = chunk_groups or (IN_OFFICE_HOURS if _office_hours(now) else AT_NIGHT)
    with act_of(scope):
        calendar.require_open_month(scope=scope, month=month)
        spans = list(_spans(scope.company_id, selection, month, size))
        if not spans:
            raise NobodyToBill
        place = head_office_day(scope=scope, today=today)
        run = Run.objects.create(
            company_id=scope.company_id,
            month=month,
            posting_day=place.day,
            due_on=due_on or today + dt.timedelta(days=DUE_AFTER_DAYS),
            selection=selection.to_json(),
            state=Run.State.RUNNING,
            started_by_id=scope.actor_id,
            started_at=now,
        )
        RunChunk.objects.bulk_create(
            RunChunk(company_id=scope.company_id, run=run, no=no, first_group=first, last_group=last)
            for no, (first, last, _groups) in enumerate(spans, 1)
        )
        detail = {"month": month, "chunks": len(spans), "selection": run.selection}
        audit.record(
            scope=scope, act="billing.start_run", subject_kind="billing.run", subject_id=run.id, detail=detail, now=now
        )
    return run


def carry_out(
    *,
    scope: Scope,
    run_id: int,
    clock: Callable[[], dt.datetime],
    today: dt.date,
    between: Callable[[int, int], None] = lambda _done, _total: None,
) -> Run:
    """Bill the chunks that are left, one transaction each. Killed anywhere and called again, it bills each once.

    ``between(done, total)`` is told after every chunk, and may raise to stop there.
    """
    scope.require(RIGHT)
    chunks = RunChunk.objects.filter(company_id=scope.company_id, run_id=run_id)
    total = chunks.count()
    between(chunks.filter(done_at__isnull=False).count(), total)
    while run_chunk(run_id=run_id, scope=scope, now=clock(), today=today) is not None:
        between(chunks.filter(done_at__isnull=False).count(), total)
    return _finish(scope, run_id, clock())


def stop_run(*, scope: Scope, run_id: int, now: dt.datetime) -> Run:
    """Leave the chunks that are not billed yet; what is billed stays."""
    scope.require(RIGHT)
    with act_of(scope):
        run = locked(Run, run_id, scope)
        if run.state != Run.State.RUNNING:
            raise RunHasEnded
        return _end(scope, run, Run.State.CANCELLED, "billing.stop_run", now)


def _finish(scope: Scope, run_id: int, now: dt.datetime) -> Run:
    """The last worker to leave ends the run, and the books that it billed count as issued."""
    with act_of(scope):
        run = locked(Run, run_id, scope)
        waiting = RunChunk.objects.filter(company_id=scope.company_id, run=run, done_at__isnull=True).exists()
        if run.state != Run.State.RUNNING or waiting:
            return run
        metering.mark_issued(scope=scope, month=run.month, book_ids=_billed_books(run), now=now)
        draw_sample(scope, run)
        return _end(scope, run, Run.State.DONE, "billing.end_run", now)


def _end(scope: Scope, run: Run, state: str, act: str, now: dt.datetime) -> Run:
    run.state, run.ended_at = state, now
    run.version += 1
    run.save(update_fields=["state", "ended_at", "version"])
    audit.record(scope=scope, act=act, subject_kind="billing.run", subject_id=run.id, now=now)
    return run


# The run's bills are looked at once, by their month, whatever the number of books.
_BILLED_BOOKS: Final = """
WITH billed AS MATERIALIZED (
    SELECT DISTINCT s.book_id
      FROM billing_bill b
      JOIN metering_bookseat s ON s.company_id = b.company_id AND s.supply_point_id = b.supply_point_id
     WHERE b.company_id = %(company)s AND b.month = %(month)s AND b.run_id = %(run)s
)
SELECT r.book_id FROM metering_bookround r JOIN billed USING (book_id)
 WHERE r.company_id = %(company)s AND r.month = %(month)s AND r.state = 'approved'
"""


def _billed_books(run: Run) -> list[int]:
    """Approved books of which at least one supply point was billed by this run."""
    with connection.cursor() as cursor:
        cursor.execute(_BILLED_BOOKS, {"company": run.company_id, "month": run.month, "run": run.id})
        return [key for (key,) in cursor.fetchall()]


def _selection(scope: Scope, books: tuple[int, ...], areas: tuple[int, ...]) -> Selection:
    branches = scope.branches_for(RIGHT)
    return Selection(books=books, areas=areas, branches=None if branches is None else tuple(sorted(branches)))


def _spans(company_id: int, selection: Selection, month: int, size: int) -> Iterator[tuple[int, int, int]]:
    """(first group, last group, groups) of each chunk, in order."""
    joins, where, params = selection.sql()
    day = as_of(month)
    statement = _SPANS.format(joins=joins, where=where)
    values: list[Any] = [size, *params.join, company_id, day, day, *params.where]
    with connection.cursor() as cursor:
        cursor.execute(statement, values)
        yield from cursor.fetchall()


def _office_hours(now: dt.datetime) -> bool:
    from django.utils import timezone

    return timezone.localtime(now).hour in OFFICE_HOURS


def _nested() -> bool:
    return len(connection.savepoint_ids) > 0
