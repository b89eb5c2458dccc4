"""The month's bulk statements on tables that the statistics take for empty: a table was emptied and vacuumed, then filled.

The planner then believes in one row however many there are, and a plan chosen by that belief reads a table once for each
row of another. The same homes move in, are read, billed and paid twice: where every table was analysed in time, and where
none was. Held are the blocks that the database looks at, which are the same on a busy machine; the CPU is printed beside
them: what is compared in memory, within one chunk of rows, is not held here.
"""

import datetime as dt
from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

import pytest
from django.conf import settings
from django.db import connection
from psycopg import sql

from bench.databases import connect
from gasworks.billing import services as billing
from gasworks.demo import build
from gasworks.demo.city import City
from gasworks.demo.crew import Crew
from gasworks.demo.reading import begin_rounds, finish_rounds, read_month
from gasworks.demo.share import Share, shares, silent
from gasworks.foundation import calendar
from gasworks.foundation.testing.costs import spent_in_database
from gasworks.payments import services as payments
from gasworks.payments.types import Collected, CollectedAnswer
from gasworks.receivables.selectors import balances_of
from tests.support.databases import create_database, drop_database, pointed_at, server

HOMES, MONTH = 900, 202610
MOST = 3
LEAST_BLOCKS = 20_000
TAKEN_FOR_EMPTY = """
UPDATE pg_class SET relpages = 500, reltuples = 0
 WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace
"""
"""As VACUUM leaves a table from which everything was deleted but that keeps its pages."""


class Cost(NamedTuple):
    blocks: int
    seconds: float


Costs = dict[str, Cost]
Live = Callable[[bool], Costs]


@pytest.fixture
def live(django_db_setup: None, template_db: str, django_db_blocker: Any) -> Iterator[Live]:
    """One month of a city in a database of its own; what each step cost the database."""
    name = f"{settings.GASWORKS_CLONE}_plans"

    def run(analysed: bool) -> Costs:
        create_database(name, template_db)
        _leave_alone(name)
        if not analysed:
            with connect(name, autocommit=True) as superuser:
                superuser.execute(TAKEN_FOR_EMPTY)
        with django_db_blocker.unblock(), pointed_at(name, "worker"):
            return _month(lambda: _analyse(name) if analysed else None)

    yield run
    drop_database(name)


def test_a_month_costs_the_same_where_tables_are_taken_for_empty(live: Live) -> None:
    known, unknown = live(True), live(False)

    for step in known:
        print(f"{step}: {known[step]} where tables are analysed, {unknown[step]} where they are taken for empty")
    assert {
        step: (known[step], unknown[step])
        for step in known
        if unknown[step].blocks > MOST * max(known[step].blocks, LEAST_BLOCKS)
    } == {}


def _month(between: Callable[[], None]) -> Costs:
    """The main job's bulk services, in the order of a month; ``between`` two of them the statistics may be renewed."""
    city = City(HOMES, 1, MONTH)
    company = build.open_up(city)
    costs: Costs = {}
    now, later = build.at(MONTH, 21), build.at(MONTH, 22)
    with Crew(shares(company, city, 1, silent)) as crew:

        def spent(step: str, work: Callable[[], Any]) -> Any:
            between()
            before = _so_far()
            answer = work()
            after = _so_far()
            costs[step] = Cost(after.blocks - before.blocks, after.seconds - before.seconds)
            return answer

        spent("open accounts", lambda: build.settle(crew, company, city))
        calendar.open_month(scope=company.system, month=MONTH, now=build.at(MONTH, 1))
        spent("open rounds", lambda: begin_rounds(company, MONTH, now))
        spent("record readings", lambda: crew.each(read_month, MONTH, now))
        spent("submit and approve", lambda: finish_rounds(company, MONTH, now))
        payments.end_head_office_day(scope=company.system, today=now.date(), now=now)
        run = billing.start_run(scope=company.system, month=MONTH, today=now.date(), now=now, chunk_groups=500)
        spent("bill", lambda: crew.each(build.bill, run.id, now))
        payments.end_head_office_day(scope=company.system, today=later.date(), now=later)
        (answers,) = spent("collect", lambda: crew.each(_take_file, later))
    assert len(answers) > HOMES * 9 // 10
    assert {answer.refusal for answer in answers} == {None}
    return costs


def _take_file(share: Share, now: dt.datetime) -> list[CollectedAnswer]:
    """Everybody pays through one channel's file."""
    scope, on = share.company.system, now.date()
    owed = balances_of(scope=scope, agreement_ids=share.roll.column("agreement").tolist())
    rows = [Collected(f"{agreement}", agreement, fen, on) for agreement, fen in sorted(owed.items()) if fen > 0]
    return payments.take_collection(scope=scope, channel="wechat", rows=rows, today=on, now=now)


def _so_far() -> Cost:
    """Blocks and CPU of this session until now."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_stat_force_next_flush()")
        cursor.execute("SELECT blks_hit + blks_read FROM pg_stat_database WHERE datname = current_database()")
        (blocks,) = cursor.fetchone()
    return Cost(int(blocks), spent_in_database())


def _leave_alone(name: str) -> None:
    """Autovacuum would put the statistics right at some moment of its own."""
    with server(name, role="owner") as owner:
        tables = owner.execute(
            "SELECT format('%I', tablename) FROM pg_tables WHERE tableowner = 'gasworks_owner'"
        ).fetchall()
        for (table,) in tables:
            owner.execute(sql.SQL("ALTER TABLE {} SET (autovacuum_enabled = off)").format(sql.SQL(table)))


def _analyse(name: str) -> None:
    with server(name, role="owner") as owner:
        owner.execute("ANALYZE")
