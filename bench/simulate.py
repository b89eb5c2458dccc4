"""How fast a draft tariff runs over the gas of a whole city's year, and whether its sums are the exact twin's.

    ./run bench simulate --meters 100000

The product bills twelve months of 1,000 homes (or fewer); that history is copied, shifted, until there are enough
meters. A draft of the plan of nine homes in ten is then tried on it as if it had always been in force. Prints one JSON
line last. ``differs``: homes of the billed block whose year is not, to the fen, the exact twin's on either side;
``sums_differ``: whether the sums are not those of the twin times the copies; ``apart``: bills that today's prices make
otherwise. All must be 0. CPU is that of the Python process and of its PostgreSQL backend.
"""

import argparse
import datetime as dt
import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any, Final

import psycopg

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "gasworks.project.settings")

from bench import databases, machine, world
from bench.billing import _plan, _process
from bench.rebill import _plan_of, _quietly
from tests.rating import twin

BLOCK: Final = 1_000
MONTHS: Final = tuple(range(202505, 202513)) + tuple(range(202601, 202605))
TRIED: Final = 2
"""The plan whose prices changed inside the last interval; nine homes of ten are put on it."""
DRAFT: Final = {
    "ladder": {
        **world.PLAN["ladder"],
        "tiers": [{"upto_m3": 280, "price": "3.25"}, {"upto_m3": 500, "price": "3.60"}, {"price": "4.60"}],
    }
}
YEAR: Final = """
UPDATE metering_installation SET from_on = '2025-04-14';
UPDATE usage_priceitem SET plan_id = 2 WHERE id %% 10 < 9;
UPDATE metering_reading SET state = 5;
INSERT INTO foundation_accountingmonth (company_id, version, month, from_on, to_on, state)
 SELECT 2, 1, (extract(year FROM d) * 100 + extract(month FROM d))::int, d, d + interval '1 month', 'open'
 FROM generate_series(timestamp '2025-05-01', timestamp '2026-02-01', '1 month') d;
INSERT INTO metering_reading (company_id, installation_id, register_id, read_on, index_litres, source, kind, state, flags,
                              estimate_method, month, note, keyed_at)
 SELECT 2, k, k, read_on, 1000 * sum(CASE WHEN k %% 100 < 3 THEN 0 ELSE 5 + (k * 13 + m * 29) %% 56 END)
            OVER (PARTITION BY k ORDER BY m), 3, 1, 3, 0, '',
        (extract(year FROM read_on) * 100 + extract(month FROM read_on))::int, '', now()
 FROM (SELECT k, m, (date '2025-05-14' + m * interval '1 month')::date AS read_on
       FROM generate_series(1, %(n)s) k, generate_series(0, 11) m) x;
INSERT INTO tariffs_planversion (id, company_id, version, plan_id, from_on, document_no, source, content, state)
 VALUES (99, 2, 1, 2, '2027-01-01', 'draft', '', %(draft)s, 'draft')
"""
# What the simulation reads. Each row of the block again for every copy, its keys shifted by whole blocks.
COPIED: Final = (
    ("customers_supplypoint", ("id", "premises_id"), "id"),
    ("usage_laddergroup", ("id",), "id"),
    ("usage_groupmember", ("group_id", "supply_point_id"), "group_id"),
    ("usage_priceitem", ("id", "supply_point_id"), "id"),
    ("usage_household", ("group_id",), "group_id"),
    ("metering_installation", ("id", "meter_id", "supply_point_id"), "id"),
    ("metering_bookseat", ("supply_point_id",), "supply_point_id"),
)
BILLS: Final = """
INSERT INTO billing_bill (id, company_id, agreement_id, supply_point_id, run_id, kind, state, month, from_on, to_on,
                          posting_day, due_on, litres, amount_fen, left_litres, entry_id)
 SELECT b.id + c * %(step)s, b.company_id, b.agreement_id + c * %(n)s, b.supply_point_id + c * %(n)s, b.run_id, b.kind,
        b.state, b.month, b.from_on, b.to_on, b.posting_day, b.due_on, b.litres, b.amount_fen, b.left_litres, b.entry_id
 FROM billing_bill b, generate_series(1, %(copies)s) c ORDER BY b.month, c, b.id;
INSERT INTO usage_ladder (id, company_id, group_id, code, period_from, litres)
 OVERRIDING SYSTEM VALUE
 SELECT l.id + c * %(step)s, l.company_id, l.group_id + c * %(n)s, l.code, l.period_from, l.litres
 FROM usage_ladder l, generate_series(1, %(copies)s) c ORDER BY c, l.id;
INSERT INTO usage_movement (source, source_kind, seq, live, counts_only, company_id, installation_id, register_id,
                            price_item_id, from_on, to_on, month, ladder_id, litres, from_index, to_index, reading_id)
 SELECT source + c * %(step)s, source_kind, seq, live, counts_only, company_id, installation_id + c * %(n)s,
        register_id + c * %(n)s, price_item_id + c * %(n)s, from_on, to_on, month, ladder_id + c * %(step)s, litres,
        from_index, to_index, reading_id
 FROM usage_movement, generate_series(1, %(copies)s) c ORDER BY month, c, source
"""
YEARS: Final = """
SELECT m.installation_id, i.plan_id, m.month, min(m.from_on), max(m.to_on), sum(m.litres)::bigint
FROM usage_movement m JOIN usage_priceitem i ON i.id = m.price_item_id
WHERE m.installation_id <= %s GROUP BY 1, 2, 3 ORDER BY 3, 1
"""


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--meters", type=int, default=100_000)
    asked = parser.parse_args()
    import django

    django.setup()
    from django.conf import settings

    block = min(BLOCK, asked.meters)
    copies = max(1, round(asked.meters / block))
    with databases.worlds("simulate") as (name,):
        _prepare(name, block, copies)
        busy = machine.busy_seconds()
        told = _simulate(name)
        others = max(0.0, machine.busy_seconds() - busy - told["cpu_s"]) / told["seconds"]
        with databases.connect(name) as owner:
            years = owner.execute(YEARS, [block]).fetchall()
    figures, homes = told.pop("figures"), told.pop("homes")
    now, tried = _by_twin(years, _today()), _by_twin(years, {**_today(), TRIED: _plan_of(DRAFT)})
    differs = sum(homes.get(str(key)) != [now[key], tried[key]] for key in now)
    sums = (figures["now_fen"], figures["tried_fen"])
    intervals = figures["intervals"]
    answer = {
        "bench": "simulate",
        "meters": block * copies,
        "intervals": intervals,
        "touched": figures["touched"],
        **{key: round(value, 2) for key, value in told.items()},
        "intervals_per_cpu_s": round(intervals / told["cpu_s"]),
        "now_fen": sums[0],
        "tried_fen": sums[1],
        "billed_fen": figures["billed_fen"],
        "apart": figures["apart"],
        "twin_homes": len(now),
        "differs": differs,
        "sums_differ": int(sums != (copies * sum(now.values()), copies * sum(tried.values()))),
        "load": [round(x, 2) for x in os.getloadavg()],
        "others_cores": round(others, 2),
        "fsync_per_s": machine.fsyncs_per_second(Path(settings.VAR)),
    }
    wrong = answer["apart"] or answer["differs"] or answer["sums_differ"]
    answer["passed"] = not wrong and intervals == block * copies * len(MONTHS)
    sys.stdout.write(json.dumps(answer) + "\n")
    return 0 if answer["passed"] else 1


def _prepare(name: str, block: int, copies: int) -> None:
    with databases.connect(name) as owner:
        world.seed(owner, block)
        _quietly(owner, YEAR, {"n": block, "draft": json.dumps(DRAFT)})
    for month in MONTHS:
        with databases.connect(name) as owner:
            run = _plan(owner, month, block)
        _process(name, ["run", "--run", str(run)], 1)
    with databases.connect(name) as owner:
        if copies > 1:
            _copy(owner, block, copies - 1)
    databases.vacuum(name)


def _copy(owner: psycopg.Connection[Any], block: int, copies: int) -> None:
    """``copies`` further blocks beside the first one, as a superuser: history is not what is measured."""
    (step,) = owner.execute(
        "SELECT greatest((SELECT max(id) FROM billing_bill), (SELECT max(id) FROM usage_ladder)) + 1"
    ).fetchone()
    for table in (*(table for table, _, _ in COPIED), "billing_bill", "usage_ladder", "usage_movement"):
        owner.execute(f"ALTER TABLE {table} DISABLE TRIGGER USER")
    statements = [_shifted(owner, *one) for one in COPIED]
    _quietly(owner, ";\n".join([*statements, BILLS.strip()]), {"n": block, "copies": copies, "step": step})


def _shifted(owner: psycopg.Connection[Any], table: str, shifted: tuple[str, ...], by: str) -> str:
    found = owner.execute(
        "SELECT column_name FROM information_schema.columns WHERE table_schema = 'public' AND table_name = %s"
        " ORDER BY ordinal_position",
        [table],
    ).fetchall()
    names = [name for (name,) in found if name != "id" or "id" in shifted]
    moved = {name: f'"{name}" + c * %(n)s' for name in shifted} | {"number": "(number::bigint + c * %(n)s)::text"}
    picked = ", ".join(moved.get(name, f'"{name}"') for name in names)
    listed = ", ".join(f'"{name}"' for name in names)
    return (
        f"INSERT INTO {table} ({listed}) OVERRIDING SYSTEM VALUE SELECT {picked}"
        f" FROM {table}, generate_series(1, %(copies)s) c ORDER BY c, {by}"
    )


def _simulate(name: str) -> dict[str, Any]:
    environment = {**os.environ, "GASWORKS_DB_NAME": name, "GASWORKS_DB_ROLE": "worker"}
    done = subprocess.run(
        [sys.executable, "-m", "bench.simulate_worker", str(MONTHS[0]), str(MONTHS[-1]), str(BLOCK)],
        env=environment,
        cwd=databases.ROOT,
        check=True,
        stdout=subprocess.PIPE,
        text=True,
    )
    found: dict[str, Any] = json.loads(done.stdout.strip().splitlines()[-1])
    return found


def _today() -> dict[int, Any]:
    return {plan: _plan_of(*world.contents_of(plan)) for plan in range(1, 2 * len(world.orders()) + 1)}


def _by_twin(years: list[Any], plans: dict[int, Any]) -> dict[int, int]:
    """Fen of the year of each home, reckoned with fractions, month after month on one ladder."""
    intervals = [
        {
            "plan": plan,
            "from": begin,
            "to": end,
            "litres": litres,
            "persons": 5 if key % 2 else 0,
            "changes": [],
            "months": 1,
            "parity": 0,
            "cycle": dt.date(month // 100, month % 100, 1),
            "group": key,
            "opened": None,
            "member": key,
            "measure": 0,
        }
        for key, plan, month, begin, end, litres in years
    ]
    fen: dict[int, int] = {}
    for interval, answer in zip(intervals, twin.rate(plans, intervals, {}), strict=True):
        fen[interval["group"]] = fen.get(interval["group"], 0) + answer["amount"]
    return fen


if __name__ == "__main__":
    sys.exit(main())
