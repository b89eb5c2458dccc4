"""The measured world of the benches as a database for tests that start worker processes."""

import os
import subprocess
import sys

from bench import databases, world

METERS, PART = 1_500, 150


def plan(owner):
    (run_id,) = owner.execute(
        "INSERT INTO billing_run (company_id, version, month, posting_day, due_on, selection, state, started_at)"
        " VALUES (2, 1, %s, '2026-04-20', '2026-05-20', '{}', 'running', now()) RETURNING id",
        [world.MONTH],
    ).fetchone()
    for no, first in enumerate(range(1, METERS + 1, PART), 1):
        owner.execute(
            "INSERT INTO billing_runchunk (company_id, run_id, no, first_group, last_group, bills, held, amount_fen,"
            " litres, summary, problems) VALUES (2, %s, %s, %s, %s, 0, 0, 0, 0, '[]', '[]')",
            [run_id, no, first, first + PART - 1],
        )
    owner.commit()


def start(name):
    with databases.connect(name) as owner:
        (run_id,) = owner.execute("SELECT id FROM billing_run").fetchone()
    environment = {**os.environ, "GASWORKS_DB_NAME": name, "GASWORKS_DB_ROLE": "worker"}
    return subprocess.Popen(
        [sys.executable, "-m", "bench.billing_worker", "run", "--run", str(run_id)],
        env=environment,
        cwd=databases.ROOT,
        stdout=subprocess.DEVNULL,
    )
