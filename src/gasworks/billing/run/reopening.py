"""Bills that stood on estimates, taken back when an actual reading says otherwise; in memory here, on paper in ``settling``.

An actual index below an estimated one that was billed: the bills whose closing index lies above it are taken back, newest
first, their gas leaves the ladder, and the actual reading is billed from the last index that stands. Where a relief case
was approved, every bill since the last actual reading is taken back, so that the whole interval can be spread over its
months. An estimate that turns out too low needs none of this: the next bill goes on from it.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from gasworks.billing.run.binary import Bigints, read_columns
from gasworks.billing.run.columns import NONE, Column, place_of
from gasworks.billing.run.sheet import Sheet, day_column
from gasworks.kernel.periods import add_months

_LOOKED_BACK = 24
"""Months: no estimate stays unsettled for longer."""

_OVER = """
WITH e AS MATERIALIZED (
    SELECT id, company_id, installation_id, register_id, read_on, index_litres FROM metering_reading
    WHERE company_id = %s AND month BETWEEN %s AND %s AND source = 7 AND state IN (1, 2, 3) AND state = 3
      AND installation_id BETWEEN %s AND %s
)
SELECT DISTINCT m.source, m.supply_point_id, m.later AS reading
FROM e
CROSS JOIN LATERAL (
    SELECT d.id, d.read_on, d.index_litres, d.source, d.kind FROM metering_reading d
    WHERE d.company_id = e.company_id AND d.installation_id = e.installation_id AND d.register_id = e.register_id
      AND d.state IN (1, 2, 3) AND d.state = 3 AND d.month <= %s
    ORDER BY d.read_on DESC LIMIT 1) d
CROSS JOIN LATERAL (
    SELECT b.source, i.supply_point_id, d.id AS later
    FROM usage_movement b, (SELECT supply_point_id FROM metering_installation WHERE id = e.installation_id OFFSET 0) i
    WHERE b.installation_id = e.installation_id AND b.register_id = e.register_id AND b.live AND NOT b.counts_only
      AND b.source_kind + 0 = 1 AND b.reading_id = e.id
      AND d.source <> 7 AND d.kind = 1 AND d.read_on > e.read_on
      AND (d.index_litres < e.index_litres OR i.supply_point_id = ANY(%s))
    OFFSET 0) m
ORDER BY 1
"""
"""The estimates come first and each looks up its own rows, whatever the statistics of the tables say."""
_BILLS = """
SELECT b.id, b.agreement_id, b.supply_point_id, b.state::bigint, coalesce(b.entry_id, 0), b.amount_fen,
       (b.kind <> 1
        OR EXISTS (SELECT FROM receivables_openitem i
                   WHERE i.source_id = b.entry_id AND (i.invoiced_fen <> 0 OR i.state = 2))
        OR EXISTS (SELECT FROM usage_groupmember g
                   JOIN usage_groupmember o ON o.company_id = g.company_id AND o.group_id = g.group_id
                   JOIN metering_installation n ON n.company_id = o.company_id AND n.supply_point_id = o.supply_point_id
                   JOIN usage_movement x ON x.installation_id = n.id AND x.live AND x.source_kind = 1
                   WHERE g.company_id = b.company_id AND g.supply_point_id = b.supply_point_id
                     AND x.source > b.id AND x.source <> ALL(%s)))::int::bigint
FROM billing_bill b WHERE b.id = ANY(%s) AND b.company_id = %s ORDER BY b.id
"""
_LOCK = "SELECT id FROM billing_bill WHERE id = ANY(%s) ORDER BY id FOR UPDATE SKIP LOCKED"
_BOOKED = """
SELECT source, installation_id, register_id, ladder_id, litres, counts_only::int::bigint FROM usage_movement
WHERE source = ANY(%s) AND source_kind = 1 AND company_id = %s AND live ORDER BY source, seq
"""
_BEFORE = f"""
SELECT k.n::bigint, {day_column("m.to_on", NONE)}, m.to_index, m.month::bigint, (m.to_index - m.from_index)
FROM unnest(%s::bigint[], %s::bigint[]) WITH ORDINALITY k(installation, register, n)
JOIN LATERAL (
    SELECT to_on, to_index, from_index, month FROM usage_movement
    WHERE installation_id = k.installation AND register_id = k.register AND live AND NOT counts_only
      AND NOT (source = ANY(%s) AND source_kind = 1)
    ORDER BY from_on DESC LIMIT 1) m ON true
"""


@dataclass(frozen=True, slots=True)
class Reopened:
    """A bill that stood on an estimate and is taken back for an actual reading."""

    bill: int
    agreement: int
    supply_point: int
    state: int
    entry: int
    amount_fen: int
    reading: int


def reopen(
    cursor: Any, sheet: Sheet, month: int, *, relieved: Collection[int] = (), skip: Collection[int] = (), lock: bool
) -> list[Reopened]:
    """Find the bills and set the sheet back to where they began. ``lock`` holds them; what another decision holds stays.

    Left alone: supply points with paper out, money at the bank, or a later bill of the same ladder on top.
    """
    d = sheet.dials
    if not len(d):
        return []
    over = read_columns(
        cursor,
        _OVER,
        [
            sheet.company_id,
            add_months(month, -_LOOKED_BACK),
            month,
            int(d.installation.min()),
            int(d.installation.max()),
            month,
            sorted(relieved),
        ],
        ("bill", "point", "reading"),
    )
    wanted = np.isin(over["point"], sheet.members.supply_point) & ~np.isin(over["point"], list(skip) or [NONE])
    if not wanted.any():
        return []
    reading = {int(b): int(r) for b, r in zip(over["bill"][wanted], over["reading"][wanted], strict=True)}
    found = _free(cursor, sheet, reading, lock=lock)
    if found:
        _set_back(cursor, sheet, [one.bill for one in found])
    return found


def _free(cursor: Any, sheet: Sheet, reading: dict[int, int], *, lock: bool) -> list[Reopened]:
    """Those of the bills that may be taken back; a supply point goes with all its bills or with none."""
    ids = sorted(reading)
    rows = read_columns(
        cursor,
        _BILLS,
        [ids, ids, sheet.company_id],
        ("bill", "agreement", "point", "state", "entry", "fen", "barred"),
    )
    barred = set(rows["point"][rows["barred"] != 0].tolist())
    if lock:
        held = set(read_columns(cursor, _LOCK, [ids], ("id",))["id"].tolist())
        barred |= {int(p) for b, p in zip(rows["bill"], rows["point"], strict=True) if int(b) not in held}
    columns = zip(
        *(rows[name].tolist() for name in ("bill", "agreement", "point", "state", "entry", "fen")), strict=True
    )
    found = [Reopened(*row, reading=reading[row[0]]) for row in columns]
    return [one for one in found if one.supply_point not in barred]


def _set_back(cursor: Any, sheet: Sheet, bills: Sequence[int]) -> None:
    """The dials begin where the bills began, and the ladders lose their gas."""
    booked = read_columns(
        cursor,
        _BOOKED,
        [list(bills), sheet.company_id],
        ("bill", "installation", "register", "ladder", "litres", "counts_only"),
    )
    ladders = sheet.ladders
    order = np.argsort(ladders["id"])
    at = place_of(ladders["id"][order], booked["ladder"])
    known = at != NONE
    np.subtract.at(ladders["litres"], order[at[known]], booked["litres"][known])
    d = sheet.dials
    keys = {(int(i), int(r)) for i, r in zip(booked["installation"], booked["register"], strict=True)}
    near = np.flatnonzero(np.isin(d.installation, booked["installation"]))
    rows = np.array([row for row in near if _key(d, int(row)) in keys], np.int64)
    before = read_columns(
        cursor,
        _BEFORE,
        [Bigints(d.installation[rows]), Bigints(d.register[rows]), list(bills)],
        ("n", "to_day", "to_index", "month", "litres"),
    )
    _begin_at_installation(cursor, sheet, rows)
    kept = rows[before["n"] - 1]
    d.last_day[kept], d.last_index[kept] = before["to_day"], before["to_index"]
    d.last_month[kept], d.last_litres[kept] = before["month"], before["litres"]


def _key(dials: Any, row: int) -> tuple[int, int]:
    return int(dials.installation[row]), int(dials.register[row])


def _begin_at_installation(cursor: Any, sheet: Sheet, rows: Column) -> None:
    """As before the first bill: from the day and index at which the meter was put up."""
    d = sheet.dials
    starts = read_columns(
        cursor,
        "SELECT installation_id, register_id, start_litres FROM metering_installationindex"
        " WHERE company_id = %s AND installation_id = ANY(%s)",
        [sheet.company_id, Bigints(np.unique(d.installation[rows]))],
        ("installation", "register", "start"),
    )
    known = {
        (int(i), int(r)): int(s)
        for i, r, s in zip(starts["installation"], starts["register"], starts["start"], strict=True)
    }
    d.last_day[rows], d.last_month[rows], d.last_litres[rows] = d.installed_day[rows], 0, NONE
    d.last_index[rows] = [known.get(_key(d, int(row)), 0) for row in rows]
