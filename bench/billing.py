"""How much CPU a billing run costs, against a bare COPY of its rows and against the same bills made one by one.

    ./run bench billing --meters 100000 [--workers 2]

Prints one JSON line last. ``vs_base``: CPU of the whole run ÷ CPU of COPY of the six tables' rows into the frozen base
(bar 0.80) · ``vs_orm``: the ORM twin's CPU a bill ÷ the run's (bar 80) · ``bytes_per_bill`` with indexes (bar 1500). CPU
is that of the Python processes and of their PostgreSQL backends.
"""

import argparse
import hashlib
import json
import os
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psycopg

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "gasworks.project.settings")

from bench import databases, machine, world

BASE = Path(__file__).parent / "baseline.sql"
CHUNK = 20_000
TWINS = 300
BAR_BASE, BAR_ORM, BAR_BYTES = 0.80, 80.0, 1500
MOST_BASE_US, MOST_TWIN_MS = 10.0, 6.0
TABLES = {
    "entry": ("ledger_entry", "b.entry_id = t.id"),
    "posting": ("ledger_posting", "b.entry_id = t.entry_id"),
    "bill": ("billing_bill", "b.id = t.id"),
    "line": ("billing_billline", "b.id = t.bill_id"),
    "item": ("receivables_openitem", "b.entry_id = t.source_id"),
    "allocation": ("receivables_allocation", "b.entry_id = t.entry_id"),
}
WRITTEN = (
    *(table for table, _ in TABLES.values()),
    "usage_movement",
    "usage_ladder",
    "usage_hand",
    "receivables_agreementbalance",
)
SAME = """
SELECT b.agreement_id, b.supply_point_id, b.kind, b.state, b.month, b.from_on, b.to_on, b.posting_day, b.due_on, b.litres,
       b.amount_fen, b.left_litres, e.kind, e.legs, e.posting_day, e.outlet_id, e.actor_id,
       (SELECT array_agg((l.seq, l.version_id, l.tier, l.litres, l.price_e4, l.amount_fen)::text ORDER BY l.seq)
          FROM billing_billline l WHERE l.bill_id = b.id),
       (SELECT array_agg((p.seq, p.debit_gl_id, p.debit_party, p.credit_gl_id, p.credit_party, p.amount_fen)::text
                         ORDER BY p.seq) FROM ledger_posting p WHERE p.entry_id = b.entry_id),
       (SELECT array_agg((i.agreement_id, i.fee_type_id, i.month, i.due_on, i.net_fen, i.tax_fen, i.gross_fen, i.open_fen,
                          i.state)::text) FROM receivables_openitem i WHERE i.source_id = b.entry_id),
       (SELECT array_agg((m.seq, m.installation_id, m.register_id, m.price_item_id, m.from_on, m.to_on, m.month,
                          m.ladder_id, m.litres, m.from_index, m.to_index, m.reading_id, m.live)::text ORDER BY m.seq)
          FROM usage_movement m WHERE m.source = b.id AND m.source_kind = 1),
       (SELECT balance_fen FROM receivables_agreementbalance a WHERE a.agreement_id = b.agreement_id)
FROM billing_bill b LEFT JOIN ledger_entry e ON e.id = b.entry_id
WHERE b.month = %s AND b.agreement_id <= %s AND b.state = 2 ORDER BY b.agreement_id
"""
MIX = """
SELECT count(DISTINCT i.plan_id), count(*) FILTER (WHERE EXISTS (
           SELECT FROM tariffs_planversion v WHERE v.plan_id = i.plan_id AND m.from_on < v.from_on AND v.from_on < m.to_on))
FROM usage_movement m JOIN usage_priceitem i ON i.id = m.price_item_id WHERE m.month = %s
"""
"""Plans by which the month was priced, and intervals that a price change cut."""


@dataclass(frozen=True, slots=True)
class Cost:
    """CPU seconds of Python and PostgreSQL, wall seconds, and memory of the largest process."""

    python_s: float
    postgres_s: float
    wall_s: float
    peak_mb: float
    backend_mb: float
    done: int

    @property
    def cpu_s(self) -> float:
        return self.python_s + self.postgres_s


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--meters", type=int, default=100_000)
    parser.add_argument("--workers", type=int, default=1)
    asked = parser.parse_args()
    import django

    django.setup()
    from django.conf import settings

    with databases.worlds("billing", "twin") as (name, twin):
        _prepare(name, asked.meters)
        databases.clone(name, twin)
        before, busy, at = _size(name), machine.busy_seconds(), time.monotonic()
        run = _bill(name, world.MONTH, asked.meters, asked.workers)
        seconds = time.monotonic() - at
        others = max(0.0, machine.busy_seconds() - busy - run.cpu_s) / seconds
        with databases.connect(name) as owner:
            bills, held, lines = owner.execute(
                "SELECT count(*), count(*) FILTER (WHERE state = 1),"
                " (SELECT count(*) FROM billing_billline l JOIN billing_bill x ON x.id = l.bill_id AND x.month = %s)"
                " FROM billing_bill WHERE month = %s",
                [world.MONTH, world.MONTH],
            ).fetchone()
            plans, split = owner.execute(MIX, [world.MONTH]).fetchone()
            grown = _size(name) - before
            base_us, base_s, rows, bare_us = _base(owner)
        twins = _twin(twin, min(TWINS, asked.meters))
        differ = _differences(name, twin, min(TWINS, asked.meters))
    answer = {
        "vs_base": round(run.cpu_s / base_s, 3),
        "vs_orm": round((twins.cpu_s / twins.done) / (run.cpu_s / bills), 1),
        "bytes_per_bill": round(grown / bills),
        "peak_mb": round(run.peak_mb),
        "backend_mb": round(run.backend_mb),
        "cpu_s": round(run.cpu_s, 2),
        "python_s": round(run.python_s, 2),
        "wall_s": round(seconds, 2),
        "meters": asked.meters,
        "workers": asked.workers,
        "bills": bills,
        "held": held,
        "lines": lines,
        "plans": plans,
        "split_share": round(split / bills, 3),
        "base_cpu_s": round(base_s, 2),
        "base_rows": rows,
        "base_us_per_row": round(base_us, 2),
        "bare_copy_us_per_row": round(bare_us, 2),
        "twin_ms_per_bill": round(twins.cpu_s / twins.done * 1000, 2),
        "twin_bills": twins.done,
        "twin_differs": differ,
        "baseline_sha256": hashlib.sha256(BASE.read_bytes()).hexdigest()[:16],
        "load": [round(x, 2) for x in os.getloadavg()],
        "others_cores": round(others, 2),
        "fsync_per_s": machine.fsyncs_per_second(Path(settings.VAR)),
    }
    answer |= _verdict(answer)
    sys.stdout.write(json.dumps(answer) + "\n")
    return 0 if answer["passed"] else 1


def _verdict(answer: dict[str, Any]) -> dict[str, Any]:
    """Ratios gate. A yardstick that is slower than it may be counts as if it were as fast as that."""
    base = answer["vs_base"] * max(1.0, answer["base_us_per_row"] / MOST_BASE_US)
    twin = answer["vs_orm"] * min(1.0, MOST_TWIN_MS / answer["twin_ms_per_bill"])
    passed = (
        base <= BAR_BASE and twin >= BAR_ORM and answer["bytes_per_bill"] <= BAR_BYTES and answer["twin_differs"] == 0
    )
    return {"vs_base_at_most": round(base, 3), "vs_orm_at_least": round(twin, 1), "passed": passed}


def _prepare(name: str, meters: int) -> None:
    """Make the empty database a world whose first month the product has billed."""
    with databases.connect(name) as owner:
        world.seed(owner, meters)
    _bill(name, world.FIRST_MONTH, meters, workers=1)
    databases.vacuum(name, checkpoint=True)


def _bill(name: str, month: int, meters: int, workers: int) -> Cost:
    with databases.connect(name) as owner:
        run_id = _plan(owner, month, meters)
    return _process(name, ["run", "--run", str(run_id)], workers)


def _plan(owner: psycopg.Connection[Any], month: int, meters: int, chunk: int = CHUNK) -> int:
    (run_id,) = owner.execute(
        "INSERT INTO billing_run (company_id, version, month, posting_day, due_on, selection, state, started_at)"
        " VALUES (2, 1, %s, '2026-04-20', '2026-05-20', '{}', 'running', now()) RETURNING id",
        [month],
    ).fetchone()
    for no, first in enumerate(range(1, meters + 1, chunk), 1):
        owner.execute(
            "INSERT INTO billing_runchunk (company_id, run_id, no, first_group, last_group, bills, held, amount_fen,"
            " litres, summary, problems) VALUES (2, %s, %s, %s, %s, 0, 0, 0, 0, '[]', '[]')",
            [run_id, no, first, min(meters, first + chunk - 1)],
        )
    owner.commit()
    return int(run_id)


def _process(name: str, arguments: list[str], workers: int) -> Cost:
    """Run worker processes side by side as the worker's role and add up what they say."""
    environment = {**os.environ, "GASWORKS_DB_NAME": name, "GASWORKS_DB_ROLE": "worker"}
    command = [sys.executable, "-m", "bench.billing_worker", *arguments]
    started = [
        subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, text=True, cwd=databases.ROOT)
        for _ in range(workers)
    ]
    told = [json.loads(one.communicate()[0].strip().splitlines()[-1]) for one in started]
    return Cost(
        sum(one["python_s"] for one in told),
        sum(one["postgres_s"] for one in told),
        max(one["wall_s"] for one in told),
        max(one["peak_mb"] for one in told),
        max(one["backend_mb"] for one in told),
        sum(one["done"] for one in told),
    )


def _size(name: str) -> int:
    with databases.connect(name) as owner:
        (size,) = owner.execute(
            "SELECT sum(pg_total_relation_size(t::regclass)) FROM unnest(%s::text[]) t", [list(WRITTEN)]
        ).fetchone()
        return int(size)


def _base(owner: psycopg.Connection[Any]) -> tuple[float, float, int, float]:
    """COPY the run's own rows into the frozen base, chunk by chunk: (µs a row, CPU seconds, rows, µs a row bare)."""
    owner.execute(BASE.read_text(encoding="utf-8"))
    owner.execute("CREATE TABLE base.bare (LIKE public.billing_bill)")
    owner.commit()
    low, high = owner.execute("SELECT min(id), max(id) FROM billing_bill WHERE month = %s", [world.MONTH]).fetchone()
    (backend,) = owner.execute("SELECT pg_backend_pid()").fetchone()
    cpu = rows = bare = bare_rows = 0.0
    for first in range(low, high + 1, CHUNK):
        data = {part: _rows(owner, part, first) for part in TABLES}
        began = time.process_time() + machine.cpu_of(backend)
        for part, (columns, body) in data.items():
            rows += _copy(owner, f"base.{part}", columns, body)
        owner.commit()
        cpu += time.process_time() + machine.cpu_of(backend) - began
        began = time.process_time() + machine.cpu_of(backend)
        bare_rows += _copy(owner, "base.bare", *data["bill"])
        owner.commit()
        bare += time.process_time() + machine.cpu_of(backend) - began
    return cpu / rows * 1e6, cpu, int(rows), bare / bare_rows * 1e6


def _rows(owner: psycopg.Connection[Any], part: str, first: int) -> tuple[str, bytes]:
    """The columns that the frozen base has: what the product's tables have got since then weighs on the run alone."""
    table, join = TABLES[part]
    names = owner.execute(
        "SELECT column_name FROM information_schema.columns c WHERE table_schema = 'public' AND table_name = %s"
        " AND EXISTS (SELECT FROM information_schema.columns b WHERE b.table_schema = 'base' AND b.table_name = %s"
        " AND b.column_name = c.column_name) ORDER BY ordinal_position",
        [table, part],
    ).fetchall()
    columns = [name for (name,) in names]
    picked = ", ".join(f't."{name}"' for name in columns)
    with (
        owner.cursor() as cursor,
        cursor.copy(
            f"COPY (SELECT {picked} FROM {table} t JOIN billing_bill b ON {join}"
            f" WHERE b.month = {world.MONTH} AND b.id BETWEEN {first} AND {first + CHUNK - 1} ORDER BY b.id)"
            " TO STDOUT (FORMAT BINARY)"
        ) as copy,
    ):
        return ", ".join(f'"{name}"' for name in columns), b"".join(copy)


def _copy(owner: psycopg.Connection[Any], table: str, columns: str, body: bytes) -> int:
    with owner.cursor() as cursor:
        with cursor.copy(f"COPY {table} ({columns}) FROM STDIN (FORMAT BINARY)") as copy:
            copy.write(body)
        return cursor.rowcount


def _twin(name: str, meters: int) -> Cost:
    with databases.connect(name) as owner:
        run_id = _plan(owner, world.MONTH, meters)
    return _process(name, ["twin", "--run", str(run_id), "--meters", str(meters)], 1)


def _differences(name: str, twin: str, meters: int) -> int:
    """Bills of the twin that are not, row by row, those of the run."""
    answers = []
    for one in (name, twin):
        with databases.connect(one) as owner:
            answers.append({row[0]: row for row in owner.execute(SAME, [world.MONTH, meters]).fetchall()})
    run, other = answers
    return sum(run[key] != other.get(key) for key in run)


if __name__ == "__main__":
    sys.exit(main())
