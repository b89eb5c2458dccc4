"""Writes one chunk once: every table by one COPY, parents first, balances last."""

import datetime as dt
from dataclasses import dataclass
from typing import Any

import numpy as np

from gasworks.billing.run.batch import Batch, Bills
from gasworks.billing.run.binary import Bigints, read_columns, write_columns
from gasworks.billing.run.columns import NONE, Column, Mask, place_of
from gasworks.billing.run.intervals import Uses
from gasworks.billing.run.sheet import Sheet
from gasworks.rating.columns import day_number

BILL, HELD, ISSUED = 1, 1, 2
REGULAR = 1
_OFF_LADDER_FROM = day_number(dt.date(2000, 1, 1))
_IDS_LOCK = 0x42494C4C
_KEY_BY_KEY = "SET LOCAL enable_hashjoin = off; SET LOCAL enable_mergejoin = off; SET LOCAL enable_seqscan = off"
_ANY_WAY = (
    "SET LOCAL enable_hashjoin = DEFAULT; SET LOCAL enable_mergejoin = DEFAULT; SET LOCAL enable_seqscan = DEFAULT"
)
_MOVE = """
UPDATE receivables_agreementbalance b SET balance_fen = b.balance_fen + d.delta
FROM unnest(%s::bigint[], %s::bigint[]) d(agreement_id, delta) WHERE b.agreement_id = d.agreement_id
"""
_OPEN_MISSING = """
INSERT INTO receivables_agreementbalance (agreement_id, company_id, balance_fen)
SELECT key, %s, 0 FROM unnest(%s::bigint[]) key ORDER BY key ON CONFLICT DO NOTHING
"""


@dataclass(frozen=True, slots=True)
class Fee:
    """How gas is booked: accounts of the company's gas fee, and its tax (0.0001) on the posting day."""

    fee_type_id: int
    receivable_gl: int
    income_gl: int
    tax_gl: int | None
    rate_e4: int


@dataclass(frozen=True, slots=True)
class Posted:
    """What every row of the chunk carries."""

    company_id: int
    outlet_id: int
    actor_id: int | None
    run_id: int | None
    month: int
    posting_day: dt.date
    due_on: dt.date
    at: dt.datetime
    fee: Fee
    kind: int = REGULAR
    due_days: Column | None = None
    """Due days of the single bills, where they are not all the same."""

    def due(self, rows: Column) -> Any:
        return day_number(self.due_on) if self.due_days is None else self.due_days[rows]


@dataclass(frozen=True, slots=True)
class Written:
    first_bill: int
    last_bill: int
    bill: Column


def write_batch(
    cursor: Any, sheet: Sheet, uses: Uses, batch: Batch, held: Mask, holds: dict[str, Mask], posted: Posted
) -> Written:
    """Everything that the chunk's bills leave behind."""
    bills = batch.bills
    bill = take_ids(cursor, "billing_bill_id_seq", len(bills))
    issued = np.flatnonzero(~held & (bills.amount_fen != 0))
    entry = np.zeros(len(bills), np.int64)
    entry[issued] = take_ids(cursor, "ledger_entry_id_seq", len(issued))
    tax = tax_of(bills.amount_fen, posted.fee)
    _write_entries(cursor, bill[issued], entry[issued], tax[issued], posted)
    _write_postings(cursor, entry[issued], bills.agreement[issued], bills.amount_fen[issued], tax[issued], posted)
    _write_bills(cursor, sheet, bills, bill, entry, held, posted)
    _write_lines(cursor, batch, bill, posted)
    _write_items(cursor, bills, entry, tax, issued, posted)
    _write_movements(cursor, sheet, uses, batch, bill, posted)
    _write_holds(cursor, bill, holds, posted)
    move_balances(cursor, bills.agreement[issued], bills.amount_fen[issued], posted.company_id)
    return Written(int(bill[0]) if len(bill) else 0, int(bill[-1]) if len(bill) else 0, bill)


def take_ids(cursor: Any, sequence: str, count: int) -> Column:
    """``count`` neighbouring numbers: a session lock keeps another run's burst apart, so a run's range is its own."""
    if not count:
        return np.zeros(0, np.int64)
    cursor.execute("SELECT pg_advisory_lock(%s)", [_IDS_LOCK])
    try:
        return read_columns(
            cursor, "SELECT nextval(%s::regclass) FROM generate_series(1, %s)", [sequence, count], ("id",)
        )["id"]
    finally:
        cursor.execute("SELECT pg_advisory_unlock(%s)", [_IDS_LOCK])


def tax_of(gross_fen: Column, fee: Fee) -> Column:
    """Tax inside, half up, as ``kernel.money.tax_inside``."""
    if fee.tax_gl is None or not fee.rate_e4:
        return np.zeros(len(gross_fen), np.int64)
    whole = 10_000 + fee.rate_e4
    return (2 * gross_fen * fee.rate_e4 + whole) // (2 * whole)


def _write_entries(cursor: Any, bill: Column, entry: Column, tax: Column, posted: Posted) -> None:
    columns: list[tuple[str, str, Any]] = [
        ("id", "bigint", entry),
        ("company_id", "bigint", posted.company_id),
        ("outlet_id", "bigint", posted.outlet_id),
        ("posting_day", "date", day_number(posted.posting_day)),
        ("kind", "smallint", BILL),
        ("source", "bigint", bill),
        ("legs", "smallint", np.where(tax > 0, 2, 1)),
        ("at", "timestamp", posted.at),
    ]
    if posted.actor_id is not None:
        columns.append(("actor_id", "bigint", posted.actor_id))
    write_columns(cursor, "ledger_entry", columns, len(entry))


def _write_postings(cursor: Any, entry: Column, agreement: Column, gross: Column, tax: Column, posted: Posted) -> None:
    """Leg 1 the net to income, leg 2 the tax; both from the customer's receivable."""
    legs = np.where(tax > 0, 2, 1)
    row = np.repeat(np.arange(len(entry)), legs)
    second = np.zeros(len(row), np.bool_)
    second[1:] = row[1:] == row[:-1]
    fee = posted.fee
    write_columns(
        cursor,
        "ledger_posting",
        [
            ("entry_id", "bigint", entry[row]),
            ("seq", "smallint", np.where(second, 2, 1)),
            ("company_id", "bigint", posted.company_id),
            ("debit_gl_id", "bigint", fee.receivable_gl),
            ("debit_party", "bigint", agreement[row]),
            ("credit_gl_id", "bigint", np.where(second, fee.tax_gl or 0, fee.income_gl)),
            ("amount_fen", "bigint", np.where(second, tax[row], gross[row] - tax[row])),
        ],
        len(row),
    )


def _write_bills(
    cursor: Any, sheet: Sheet, bills: Bills, bill: Column, entry: Column, held: Mask, posted: Posted
) -> None:
    point = sheet.members.supply_point[bills.member]
    for rows, with_entry in ((np.flatnonzero(entry > 0), True), (np.flatnonzero(entry == 0), False)):
        columns: list[tuple[str, str, Any]] = [
            ("id", "bigint", bill[rows]),
            ("company_id", "bigint", posted.company_id),
            ("agreement_id", "bigint", bills.agreement[rows]),
            ("supply_point_id", "bigint", point[rows]),
            ("kind", "smallint", posted.kind),
            ("state", "smallint", np.where(held[rows], HELD, ISSUED)),
            ("month", "integer", posted.month),
            ("from_on", "date", bills.from_day[rows]),
            ("to_on", "date", bills.to_day[rows]),
            ("posting_day", "date", day_number(posted.posting_day)),
            ("due_on", "date", posted.due(rows)),
            ("litres", "bigint", bills.litres[rows]),
            ("amount_fen", "bigint", bills.amount_fen[rows]),
            ("left_litres", "bigint", bills.left_litres[rows]),
        ]
        if posted.run_id is not None:
            columns.append(("run_id", "bigint", posted.run_id))
        if with_entry:
            columns.append(("entry_id", "bigint", entry[rows]))
        write_columns(cursor, "billing_bill", columns, len(rows))


def _write_lines(cursor: Any, batch: Batch, bill: Column, posted: Posted) -> None:
    lines = batch.lines
    write_columns(
        cursor,
        "billing_billline",
        [
            ("bill_id", "bigint", bill[lines.bill]),
            ("seq", "smallint", lines.seq),
            ("company_id", "bigint", posted.company_id),
            ("version_id", "bigint", lines.version),
            ("tier", "smallint", lines.tier),
            ("litres", "bigint", lines.litres),
            ("price_e4", "bigint", lines.price_e4),
            ("amount_fen", "bigint", lines.amount_fen),
        ],
        len(lines.bill),
    )


def _write_items(cursor: Any, bills: Bills, entry: Column, tax: Column, rows: Column, posted: Posted) -> None:
    gross = bills.amount_fen[rows]
    write_columns(
        cursor,
        "receivables_openitem",
        [
            ("company_id", "bigint", posted.company_id),
            ("agreement_id", "bigint", bills.agreement[rows]),
            ("fee_type_id", "bigint", posted.fee.fee_type_id),
            ("source_id", "bigint", entry[rows]),
            ("month", "integer", posted.month),
            ("due_on", "date", posted.due(rows)),
            ("net_fen", "bigint", gross - tax[rows]),
            ("tax_fen", "bigint", tax[rows]),
            ("gross_fen", "bigint", gross),
            ("open_fen", "bigint", gross),
            ("invoiced_fen", "bigint", 0),
            ("state", "smallint", 1),
        ],
        len(rows),
    )


def _write_movements(cursor: Any, sheet: Sheet, uses: Uses, batch: Batch, bill: Column, posted: Posted) -> None:
    booked, d = batch.booked, sheet.dials
    dial = uses.dial[booked.use]
    write_columns(
        cursor,
        "usage_movement",
        [
            ("source", "bigint", bill[booked.bill]),
            ("source_kind", "smallint", 1),
            ("seq", "smallint", booked.seq),
            ("live", "boolean", 1),
            ("counts_only", "boolean", booked.counts_only),
            ("company_id", "bigint", posted.company_id),
            ("installation_id", "bigint", d.installation[dial]),
            ("register_id", "bigint", d.register[dial]),
            ("price_item_id", "bigint", uses.item[booked.use]),
            ("from_on", "date", booked.from_day),
            ("to_on", "date", booked.to_day),
            ("month", "integer", posted.month),
            ("ladder_id", "bigint", ladder_rows(cursor, sheet, batch, posted.company_id)),
            ("litres", "bigint", booked.litres),
            ("from_index", "bigint", d.last_index[dial]),
            ("to_index", "bigint", d.read_index[dial]),
            ("reading_id", "bigint", d.reading[dial]),
        ],
        len(booked.bill),
    )


def ladder_rows(cursor: Any, sheet: Sheet, batch: Batch, company_id: int) -> Column:
    """Row id of each movement's ladder; rows that a new tier period needs are added at zero."""
    booked, known = batch.booked, sheet.ladders
    period = np.where(booked.period == NONE, _OFF_LADDER_FROM, booked.period)
    wanted = _ladder_key(booked.group, booked.code, period)
    keys = _ladder_key(known["group"], known["code"], known["period"])
    order = np.argsort(keys)
    keys, ids = keys[order], known["id"][order]
    at = place_of(keys, wanted)
    missing = np.flatnonzero(at == NONE)
    if len(missing):
        fresh, first = np.unique(wanted[missing], return_index=True)
        rows = missing[first]
        new = take_ids(cursor, "usage_ladder_id_seq", len(rows))
        write_columns(
            cursor,
            "usage_ladder",
            [
                ("id", "bigint", new),
                ("company_id", "bigint", company_id),
                ("group_id", "bigint", booked.group[rows]),
                ("code", "smallint", booked.code[rows]),
                ("period_from", "date", period[rows]),
                ("litres", "bigint", 0),
            ],
            len(rows),
        )
        keys, ids = np.concatenate([keys, fresh]), np.concatenate([ids, new])
        order = np.argsort(keys)
        keys, ids = keys[order], ids[order]
        at = place_of(keys, wanted)
    return ids[at]


def _ladder_key(group: Column, code: Column, period: Column) -> Column:
    """One number of (group, code, first day): days fit 20 bits, codes -1 … 30 fit 5."""
    return (group << 25) | ((code + 1) << 20) | period


def _write_holds(cursor: Any, bill: Column, holds: dict[str, Mask], posted: Posted) -> None:
    rows = [
        (posted.company_id, int(bill[row]), code, "{}", "")
        for code, mask in sorted(holds.items())
        for row in np.flatnonzero(mask)
    ]
    if rows:
        with cursor.copy("COPY billing_hold (company_id, bill_id, rule, detail, settled_as) FROM STDIN") as copy:
            for each in rows:
                copy.write_row(each)


def move_balances(cursor: Any, agreement: Column, delta: Column, company_id: int) -> None:
    """Add to the agreements' balances in one UPDATE; rows that are missing are opened first."""
    if not len(agreement):
        return
    keys, place = np.unique(agreement, return_inverse=True)
    sums = np.zeros(len(keys), np.int64)
    np.add.at(sums, place, delta)
    cursor.execute("SAVEPOINT balances")
    if _move(cursor, keys, sums) < len(keys):
        cursor.execute("ROLLBACK TO SAVEPOINT balances")
        cursor.execute(_OPEN_MISSING, [company_id, Bigints(keys)])
        _move(cursor, keys, sums)
    cursor.execute("RELEASE SAVEPOINT balances")


def _move(cursor: Any, keys: Column, sums: Column) -> int:
    """Key by key the rows are locked in the order of the list, which is the order of all writers of balances."""
    cursor.execute(_KEY_BY_KEY)
    cursor.execute(_MOVE, [Bigints(keys), Bigints(sums)])
    moved = int(cursor.rowcount)
    cursor.execute(_ANY_WAY)
    return moved
