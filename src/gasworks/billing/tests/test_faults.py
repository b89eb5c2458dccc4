"""A run survives what kills it, and two workers side by side: the same bills, once, row by row."""

import datetime as dt
import random
import signal
import threading
import time

import psycopg
import pytest
from django.db import connection

from bench import databases, world
from bench.billing import SAME
from gasworks.billing.models import Bill
from gasworks.billing.testing.factories import bill, make_home, make_town
from gasworks.billing.tests.cities import METERS, start
from gasworks.billing.tests.test_guards import BOOK, TAKE

SEEDS = (11, 23, 37, 41, 59)


def rows_of(name):
    """Every row of every bill, without the numbers that a sequence gave."""
    with databases.connect(name) as owner:
        bills = owner.execute(SAME, [world.MONTH, METERS]).fetchall()
        ladders = owner.execute("SELECT id, litres FROM usage_ladder ORDER BY group_id, code").fetchall()
        parts = owner.execute(
            "SELECT no, bills, amount_fen, litres, summary FROM billing_runchunk ORDER BY no"
        ).fetchall()
    return [tuple(str(value) for value in row) for row in bills], sum(litres for _id, litres in ladders), parts


def without_ladder_ids(answer):
    """Ladder rows get their numbers from a sequence, so who comes first differs; their sums do not."""
    bills, litres, parts = answer
    return [row[:20] + row[21:] for row in bills], litres, parts


@pytest.fixture(scope="module")
def undisturbed(city):
    name = f"{city}_calm"
    databases.clone(city, name)
    try:
        assert start(name).wait(120) == 0
        yield without_ladder_ids(rows_of(name))
    finally:
        databases.drop(name)


def wait_until_it_writes(name, worker):
    with databases.connect("postgres", autocommit=True) as server:
        while worker.poll() is None:
            (busy,) = server.execute(
                "SELECT count(*) FROM pg_stat_activity WHERE datname = %s AND usename = 'gasworks_worker'"
                " AND backend_xid IS NOT NULL",
                [name],
            ).fetchone()
            if busy:
                return
            time.sleep(0.002)


@pytest.mark.parametrize("seed", SEEDS)
def test_killed_inside_a_transaction_and_started_again_it_leaves_the_same_bills(city, undisturbed, seed):
    chance = random.Random(seed)
    name = f"{city}_{seed}"
    databases.clone(city, name)
    try:
        for _kill in range(2):
            worker = start(name)
            wait_until_it_writes(name, worker)
            time.sleep(chance.random() * 0.3)
            worker.send_signal(signal.SIGKILL)
            worker.wait()
        assert start(name).wait(120) == 0
        assert without_ladder_ids(rows_of(name)) == undisturbed
    finally:
        databases.drop(name)


def test_two_workers_side_by_side_leave_the_same_bills(city, undisturbed):
    name = f"{city}_pair"
    databases.clone(city, name)
    try:
        workers = [start(name), start(name)]
        assert [worker.wait(120) for worker in workers] == [0, 0]
        assert without_ladder_ids(rows_of(name)) == undisturbed
    finally:
        databases.drop(name)


def test_two_writers_of_one_interval_wait_for_each_other_and_the_second_is_refused(committed_db):
    town = make_town()
    home = make_home(town, begin=dt.date(2026, 2, 1))
    home.read(dt.date(2026, 3, 1), 12)
    bill(town, 202603)
    one = Bill.objects.get()
    host = connection.settings_dict["HOST"]

    def writer():
        return psycopg.connect(host=host, dbname=committed_db, user="gasworks_worker")

    outcome: list[str] = []
    with writer() as first, writer() as second:
        first.execute(TAKE, [[home.group_id]])
        first.execute(BOOK, [1, 0, one.id])

        def late():
            try:
                second.execute(TAKE, [[home.group_id]])
                second.execute(
                    BOOK.replace("900000 + n", "950000 + n").replace("from_on + days * n,", "from_on + days * n + 3,"),
                    [1, 3, one.id],
                )
                outcome.append("booked")
            except psycopg.errors.Error as error:
                outcome.append(error.diag.constraint_name)

        thread = threading.Thread(target=late)
        thread.start()
        thread.join(0.5)
        assert outcome == []
        first.commit()
        thread.join(10)
        second.rollback()
    assert outcome == ["movement_no_overlap"]
