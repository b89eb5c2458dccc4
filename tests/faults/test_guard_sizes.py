"""The guards of every write-heavy table in one session: one row, 5,000, 50,000, and one row again.

A guard that chose its plan for one row would take minutes for 50,000, one that keeps a bulk plan would read the whole
table for one. What is compared is the CPU of the database session, so that a busy machine changes nothing.
"""

import datetime as dt
import os
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

import pytest
from django.db import IntegrityError, connection, transaction

from gasworks.billing.models import Bill
from gasworks.billing.testing.factories import bill, make_home, make_town

FEW, MANY = 5_000, 50_000
TICK = 1 / os.sysconf("SC_CLK_TCK")

STEPS = {
    "entries": """
        INSERT INTO ledger_entry (company_id, outlet_id, posting_day, kind, source, legs, at)
        SELECT company_id, outlet_id, posting_day, 1, n, legs, at
          FROM ledger_entry, generate_series(%(first)s, %(last)s) n WHERE id = %(entry)s""",
    "postings": """
        INSERT INTO ledger_posting (entry_id, seq, company_id, debit_gl_id, debit_party, credit_gl_id, credit_party, amount_fen)
        SELECT e.id, p.seq, p.company_id, p.debit_gl_id, p.debit_party, p.credit_gl_id, p.credit_party, p.amount_fen
          FROM ledger_entry e, ledger_posting p
         WHERE e.kind = 1 AND e.source BETWEEN %(first)s AND %(last)s AND p.entry_id = %(entry)s""",
    "bills": """
        INSERT INTO billing_bill (id, company_id, agreement_id, supply_point_id, run_id, kind, state, month, from_on, to_on,
                                  posting_day, due_on, litres, amount_fen, left_litres, entry_id)
        SELECT e.source, b.company_id, b.agreement_id, b.supply_point_id, b.run_id, 2, 2, b.month, b.from_on, b.to_on,
               b.posting_day, b.due_on, b.litres, b.amount_fen, b.left_litres, e.id
          FROM ledger_entry e, billing_bill b
         WHERE e.kind = 1 AND e.source BETWEEN %(first)s AND %(last)s AND b.id = %(bill)s""",
    "lines": """
        INSERT INTO billing_billline (bill_id, seq, company_id, version_id, tier, litres, price_e4, amount_fen)
        SELECT n, seq, company_id, version_id, tier, litres, price_e4, amount_fen
          FROM billing_billline, generate_series(%(first)s, %(last)s) n WHERE bill_id = %(bill)s""",
    "items": """
        INSERT INTO receivables_openitem (company_id, agreement_id, fee_type_id, source_id, month, due_on, net_fen, tax_fen,
                                          gross_fen, open_fen, invoiced_fen, state)
        SELECT i.company_id, i.agreement_id, i.fee_type_id, e.id, i.month, i.due_on, i.net_fen, i.tax_fen, i.gross_fen,
               i.gross_fen, 0, 1
          FROM ledger_entry e, receivables_openitem i
         WHERE e.kind = 1 AND e.source BETWEEN %(first)s AND %(last)s AND i.source_id = %(entry)s""",
    "allocations": """
        INSERT INTO receivables_allocation (entry_id, seq, company_id, item_id, amount_fen)
        SELECT i.source_id, 1, i.company_id, i.id, i.gross_fen
          FROM receivables_openitem i
         WHERE i.source_id BETWEEN (SELECT min(id) FROM ledger_entry WHERE kind = 1 AND source BETWEEN %(first)s AND %(last)s)
                               AND (SELECT max(id) FROM ledger_entry WHERE kind = 1 AND source BETWEEN %(first)s AND %(last)s)""",
    "items paid": """
        UPDATE receivables_openitem SET open_fen = 0, state = 4
         WHERE source_id BETWEEN (SELECT min(id) FROM ledger_entry WHERE kind = 1 AND source BETWEEN %(first)s AND %(last)s)
                             AND (SELECT max(id) FROM ledger_entry WHERE kind = 1 AND source BETWEEN %(first)s AND %(last)s)""",
    "reversals": """
        INSERT INTO ledger_entry (company_id, outlet_id, posting_day, kind, source, legs, reverses_id, at)
        SELECT company_id, outlet_id, posting_day, 2, source, legs, id, at
          FROM ledger_entry WHERE kind = 1 AND source BETWEEN %(first)s AND %(last)s""",
    "mirrored postings": """
        INSERT INTO ledger_posting (entry_id, seq, company_id, debit_gl_id, debit_party, credit_gl_id, credit_party, amount_fen)
        SELECT r.id, p.seq, p.company_id, p.credit_gl_id, p.credit_party, p.debit_gl_id, p.debit_party, p.amount_fen
          FROM ledger_entry r JOIN ledger_posting p ON p.entry_id = r.reverses_id
         WHERE r.kind = 2 AND r.source BETWEEN %(first)s AND %(last)s""",
    "bills cancelled": """
        UPDATE billing_bill b SET state = 3, cancel_entry_id = r.id
          FROM ledger_entry r
         WHERE r.company_id = b.company_id AND r.kind = 2 AND r.source = b.id AND b.id BETWEEN %(first)s AND %(last)s""",
    "movements": """
        INSERT INTO usage_movement (source, source_kind, seq, live, counts_only, company_id, installation_id, register_id,
                                    price_item_id, from_on, to_on, month, ladder_id, litres, from_index, to_index)
        SELECT n, 1, 1, true, false, company_id, installation_id, register_id, price_item_id, to_on + (n - %(base)s)::int,
               to_on + (n - %(base)s)::int + 1, month, ladder_id, 1000, 0, 1000
          FROM usage_movement, generate_series(%(first)s, %(last)s) n WHERE source = %(bill)s""",
    "search keys": """
        INSERT INTO customers_searchkey (company_id, kind, key, supply_point_id)
        SELECT company_id, 6, n::text, supply_point_id FROM billing_bill, generate_series(%(first)s, %(last)s) n
         WHERE id = %(bill)s""",
    "readings": """
        INSERT INTO metering_reading (company_id, installation_id, register_id, read_on, index_litres, source, kind, state,
                                      flags, estimate_method, month, note, keyed_at)
        SELECT r.company_id, r.installation_id, r.register_id, r.read_on + (n - %(base)s)::int, r.index_litres, 1, 1, 3, 0,
               '', 202603, '', now()
          FROM (SELECT * FROM metering_reading WHERE read_on = '2026-03-01') r, generate_series(%(first)s, %(last)s) n
         WHERE %(bill)s > 0""",
    "movements taken back": """
        UPDATE usage_movement SET live = false WHERE source BETWEEN %(first)s AND %(last)s""",
}  # fmt: skip
LAST = "= %(last)s)::int"
WRONG = {
    "postings": ("e.id, p.seq,", f"e.id, p.seq + (e.source {LAST},", "LED-5"),
    "bills": ("b.supply_point_id,", f"b.supply_point_id + (e.source {LAST},", "ORG-1: bill"),
    "lines": (
        "tier, litres, price_e4, amount_fen\n",
        f"tier, litres + (n {LAST}, price_e4, amount_fen\n",
        "BIL-2: the lines",
    ),
    "items": ("i.fee_type_id, e.id,", f"i.fee_type_id, e.id + (e.source {LAST},", "item_reference"),
}
"""What is written otherwise so that the last row alone does not fit, and what the refusal says."""
BASE = 1_000_000


@pytest.fixture
def session(committed_db: str) -> Iterator[Callable[[str, int, int], float]]:
    """Writes the rows numbered ``first`` to ``first + count - 1`` of a table; the CPU seconds that it took.

    In a database of its own, all in one transaction: tables that other tests filled and emptied have statistics that say
    they are empty, and what that costs is measured in ``test_statement_plans``.
    """
    with transaction.atomic():
        yield _writer()


def _writer(steps: Mapping[str, str] = STEPS) -> Callable[[str, int, int], float]:
    town = make_town()
    home = make_home(town, begin=dt.date(2026, 2, 1))
    home.read(dt.date(2026, 3, 1), 12)
    bill(town, 202603)
    one = Bill.objects.get()
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_backend_pid()")
        stat = Path(f"/proc/{cursor.fetchone()[0]}/stat")
        cursor.execute(
            "UPDATE usage_hand SET xact = pg_current_xact_id()::text::bigint WHERE group_id = %s", [home.group_id]
        )

    def cpu() -> float:
        fields = stat.read_text().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) * TICK

    def write(what: str, first: int, count: int) -> float:
        places = {"first": BASE + first, "last": BASE + first + count - 1, "base": BASE}
        began = cpu()
        with connection.cursor() as cursor:
            cursor.execute(steps[what], places | {"entry": one.entry_id, "bill": one.id})
            assert cursor.rowcount >= count
        return cpu() - began

    return write


def test_guards_cost_the_same_a_row_at_every_size(session: Callable[[str, int, int], float]):
    for what in STEPS:
        session(what, 1, 1)
    few = {what: session(what, 2, FEW) for what in STEPS}
    many = {what: session(what, 2 + FEW, MANY) for what in STEPS}
    last = {what: min(session(what, 2 + FEW + MANY + turn, 1) for turn in range(3)) for what in STEPS}

    for what in STEPS:
        print(f"{what}: {few[what]:.2f} s for {FEW}, {many[what]:.2f} s for {MANY}, {last[what]:.2f} s for one more")
    linear = MANY / FEW
    assert {what: (few[what], many[what]) for what in STEPS if many[what] > 2.5 * linear * max(few[what], 0.04)} == {}
    assert {what: last[what] for what in STEPS if last[what] > 0.1} == {}


@pytest.mark.parametrize("count", [3, 700])
def test_the_one_row_that_does_not_fit_is_found_among_few_and_among_many(committed_db: str, count: int):
    wrong = {what: STEPS[what].replace(old, new, 1) for what, (old, new, _) in WRONG.items()}
    assert {what for what in WRONG if wrong[what] == STEPS[what]} == set()
    steps = dict(STEPS)
    with transaction.atomic():
        write = _writer(steps)
        write("entries", 1, count)
        for what, (_, _, says) in WRONG.items():
            steps[what] = wrong[what]
            with pytest.raises(IntegrityError, match=says), transaction.atomic():
                write(what, 1, count)
            steps[what] = STEPS[what]
            write(what, 1, count)
