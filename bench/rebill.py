"""How fast a mass re-billing is, and whether it ends where billing right the first time ends.

    ./run bench rebill --meters 100000

Two months are billed and half of the first month is paid; then every home's first reading turns out too high by 0–4 m³.
The first run is billed again: worked out, then carried out, both months of every home, the money laid anew. Prints one
JSON line last. ``differs``: homes whose bills are not those of a clone that was billed right the first time, plus homes whose
balance is not bills less payments; ``twin_differs``: homes of a sample that are not, to the fen, the exact twin's; ``broken``:
rows that break RCV-1, RCV-2, USE-1, BIL-1 or BIL-2. All must be 0.
"""

import argparse
import datetime as dt
import json
import os
import subprocess
import sys
import time
from fractions import Fraction
from typing import Any

import psycopg

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "gasworks.project.settings")

from bench import databases, machine, world
from bench.billing import CHUNK, Cost, _plan, _process
from tests.rating import twin

SAMPLE = 1_000
NAMED = {"RCV-1", "RCV-2", "USE-1", "BIL-1", "BIL-2"}

FEES = """
INSERT INTO ledger_glaccount (id, company_id, code, name, name_en, nature, party_kind, role, active) VALUES
 (4, 2, '1002', 'b', 'b', 'asset', 'none', 'bank', true),
 (5, 2, '2203', 'a', 'a', 'liability', 'agreement', 'advance', true),
 (6, 2, '112203', 'l', 'l', 'asset', 'agreement', 'late_fee_receivable', true);
INSERT INTO receivables_feetype (id, company_id, version, code, name, name_en, kind, legal_basis, customer_types,
                                 receivable_gl_id, income_gl_id, tax_gl_id, stops_supply, "order", active,
                                 purpose, homes_basis, recurring, on_bill, needs_consent)
 VALUES (2, 2, 1, 'advance', 'advance', 'advance', 'advance', 'x', '{}', 5, 5, NULL, false, 90, true,
         'other', '', false, true, false),
        (3, 2, 1, 'late_fee', 'late_fee', 'late_fee', 'own', 'x', '{}', 6, 2, 3, false, 20, true,
         'other', '', false, true, false)
"""
PAY = """
WITH due AS (
    SELECT i.id, i.agreement_id, i.gross_fen, nextval('ledger_entry_id_seq') AS entry
    FROM receivables_openitem i WHERE i.month = %(month)s AND i.agreement_id %% 2 = 0),
entries AS (
    INSERT INTO ledger_entry (id, company_id, outlet_id, posting_day, kind, source, legs, actor_id, at)
    SELECT entry, 2, 4, '2026-04-20', 3, id, 1, 1, '2026-04-20 02:00+00' FROM due RETURNING id),
postings AS (
    INSERT INTO ledger_posting (entry_id, seq, company_id, debit_gl_id, credit_gl_id, credit_party, amount_fen)
    SELECT entry, 1, 2, 4, 1, agreement_id, gross_fen FROM due),
laid AS (
    INSERT INTO receivables_allocation (entry_id, seq, company_id, item_id, amount_fen)
    SELECT entry, 1, 2, id, gross_fen FROM due),
items AS (
    UPDATE receivables_openitem i SET open_fen = 0, state = 4 FROM due WHERE due.id = i.id)
UPDATE receivables_agreementbalance b SET balance_fen = b.balance_fen - due.gross_fen FROM due
WHERE b.agreement_id = due.agreement_id
"""
CORRECT = """
WITH old AS (UPDATE metering_reading SET state = 5 WHERE month = %(month)s RETURNING installation_id, register_id, read_on,
                    index_litres)
INSERT INTO metering_reading (company_id, installation_id, register_id, read_on, index_litres, source, kind, state, flags,
                              estimate_method, month, note, keyed_at)
SELECT 2, installation_id, register_id, read_on, index_litres - least(index_litres, installation_id %% 5 * 1000), 1, 3, 3, 0, '',
       %(month)s, '', now() FROM old
"""
BILLS = """
SELECT b.agreement_id, b.month, b.from_on, b.to_on, b.litres, b.amount_fen, b.left_litres,
       (SELECT array_agg((l.seq, l.version_id, l.tier, l.litres, l.price_e4, l.amount_fen)::text ORDER BY l.seq)
          FROM billing_billline l WHERE l.bill_id = b.id)
FROM billing_bill b WHERE b.state IN (1, 2) ORDER BY 1, 2
"""
OWED = """
SELECT count(*) FROM receivables_agreementbalance a
WHERE a.balance_fen <> (SELECT coalesce(sum(b.amount_fen), 0) FROM billing_bill b
                        WHERE b.agreement_id = a.agreement_id AND b.state = 2)
      - (SELECT coalesce(sum(p.amount_fen), 0) FROM ledger_posting p JOIN ledger_entry e ON e.id = p.entry_id AND e.kind = 3
         WHERE p.credit_party = a.agreement_id)
"""


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--meters", type=int, default=100_000)
    asked = parser.parse_args()
    import django

    django.setup()
    with databases.worlds("rebill", "right") as (name, right):
        with databases.connect(name) as owner:
            world.seed(owner, asked.meters)
            _quietly(owner, FEES)
        databases.clone(name, right)
        run = _two_months(name, asked.meters)
        with databases.connect(name) as owner:
            _quietly(owner, PAY, {"month": world.FIRST_MONTH})
        for one in (name, right):
            with databases.connect(one) as owner:
                _quietly(owner, CORRECT, {"month": world.FIRST_MONTH})
            databases.vacuum(one)
        _two_months(right, asked.meters)
        rebill = _ask(name, "draft", "--run", str(run)).done
        at = time.monotonic()
        look = _ask(name, "look", "--rebill", str(rebill))
        did = _ask(name, "do", "--rebill", str(rebill))
        seconds = time.monotonic() - at
        answer = _told(name, right, rebill, look, did, seconds, asked.meters)
    sys.stdout.write(json.dumps(answer) + "\n")
    return 0 if answer["passed"] else 1


def _two_months(name: str, meters: int) -> int:
    """Both months billed by the product; the first one's run."""
    runs = []
    for month in (world.FIRST_MONTH, world.MONTH):
        with databases.connect(name) as owner:
            runs.append(_plan(owner, month, meters))
        _process(name, ["run", "--run", str(runs[-1])], 1)
        databases.vacuum(name)
    return runs[0]


def _ask(name: str, *arguments: str) -> Cost:
    environment = {**os.environ, "GASWORKS_DB_NAME": name, "GASWORKS_DB_ROLE": "worker"}
    done = subprocess.run(
        [sys.executable, "-m", "bench.rebill_worker", *arguments],
        env=environment,
        cwd=databases.ROOT,
        check=True,
        stdout=subprocess.PIPE,
        text=True,
    )
    return Cost(**json.loads(done.stdout.strip().splitlines()[-1]))


def _quietly(owner: psycopg.Connection[Any], statements: str, params: dict[str, Any] | None = None) -> None:
    """What stands in for others' work is not measured and has no actor."""
    owner.execute("SET session_replication_role = replica")
    for statement in statements.strip().split(";\n"):
        owner.execute(statement, params)
    owner.execute("SET session_replication_role = origin")
    owner.commit()


def _told(name: str, right: str, rebill: int, look: Cost, did: Cost, seconds: float, meters: int) -> dict[str, Any]:
    with databases.connect(name) as owner, databases.connect(right) as other:
        mine, clean = owner.execute(BILLS).fetchall(), other.execute(BILLS).fetchall()
        (wrong,) = owner.execute(OWED).fetchone()
        back, more, blocked = owner.execute(
            "SELECT sum(refund_fen), sum(additional_fen), sum(jsonb_array_length(problems)) FROM billing_rebillpart"
            " WHERE rebill_id = %s",
            [rebill],
        ).fetchone()
        broken = _broken(owner)
    there = {row[:2]: row for row in clean}
    differs = sum(there.get(row[:2]) != row for row in mine) + abs(len(mine) - len(clean)) + wrong
    answer = {
        "bills": did.done,
        "bills_per_s": round(did.done / did.wall_s),
        "look_s": round(look.wall_s, 2),
        "do_s": round(did.wall_s, 2),
        "do_cpu_s": round(did.cpu_s, 2),
        "cpu_ms_per_bill": round(did.cpu_s / max(1, did.done) * 1000, 3),
        "peak_mb": round(did.peak_mb),
        "backend_mb": round(did.backend_mb),
        "wall_s": round(seconds, 2),
        "meters": meters,
        "refund_fen": int(back),
        "additional_fen": int(more),
        "blocked": int(blocked),
        "sum_fen": sum(row[5] for row in mine),
        "right_sum_fen": sum(row[5] for row in clean),
        "differs": differs,
        "twin_homes": min(SAMPLE, meters),
        "twin_differs": _twin_differs([row for row in mine if row[0] <= SAMPLE]),
        "broken": broken,
        "chunk": CHUNK,
        "load": [round(x, 2) for x in os.getloadavg()],
        "busy_s": round(machine.busy_seconds()),
    }
    answer["passed"] = not (answer["differs"] or answer["twin_differs"] or answer["broken"])
    return answer


def _broken(owner: psycopg.Connection[Any]) -> int:
    from gasworks.foundation.invariants import registered

    count = 0
    for one in registered():
        if one.code in NAMED:
            (found,) = owner.execute(f"SELECT count(*) FROM ({one.violations}) broken").fetchone()
            count += found
    return count


def _twin_differs(rows: list[Any]) -> int:
    """Homes whose fen and litres are not the exact twin's, reckoned month by month on one ladder."""
    plans = {plan: _plan_of(*world.contents_of(plan)) for plan in sorted({world.plan_of_home(row[0]) for row in rows})}
    rows = sorted(rows, key=lambda row: (row[1], row[0]))
    intervals = [
        {
            "plan": world.plan_of_home(key),
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
        for key, month, begin, end, litres, _fen, _left, _lines in rows
    ]
    answers = twin.rate(plans, intervals, {})
    return sum(
        (row[5], row[6]) != (answer["amount"], answer["left"]) for row, answer in zip(rows, answers, strict=True)
    )


def _plan_of(*contents: dict[str, Any]) -> dict[str, Any]:
    """The twin's words for a plan whose later versions begin on ``world.CHANGE``."""
    begins = [dt.date(2020, 1, 1), world.CHANGE][: len(contents)]
    versions = [
        {
            "from": begin,
            "to": end,
            "change": "by_day",
            "main": _ladder_of(content["ladder"]),
            "seasons": [],
            "minimum": 0,
        }
        for begin, end, content in zip(begins, [*begins[1:], None], contents, strict=True)
    ]
    return {"unit": 1000, "remainder": "largest", "versions": versions}


def _ladder_of(ladder: dict[str, Any]) -> dict[str, Any]:
    return {
        "tiers": [
            (tier["upto_m3"] * 1000 if "upto_m3" in tier else None, Fraction(tier["price"])) for tier in ladder["tiers"]
        ],
        "period": {"kind": "year", "start": (1, 1), "boundary": "by_day", "parity": []},
        "basis": "period",
        "household": ("once", 4, [150_000, 150_000]),
        "first": "full",
        "code": 0,
    }


if __name__ == "__main__":
    sys.exit(main())
