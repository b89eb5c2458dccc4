"""A long interval cut at the beginnings of its months, where a relief case says so. Pure: columns in, columns out.

Its volume is shared over the months by days, or by twelve weights of a day; whole billing units, largest remainder first.
Each month then stands as if it had been read by itself: tiers, tier years and prices fall where the gas was used.
"""

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np

from gasworks.billing.run.columns import Column, Mask
from gasworks.billing.run.intervals import Uses, household_changes, month_begins, persons_on
from gasworks.billing.run.sheet import Sheet
from gasworks.rating import Intervals, Tariffs, ladder_keys, refusals
from gasworks.rating.columns import day_number, day_of

EVEN: Sequence[int] = (1,) * 12


def spread(uses: Uses, sheet: Sheet, tariffs: Tariffs, weights_of: Mapping[int, Sequence[int]]) -> Uses:
    """Cut the uses of the supply points in ``weights_of`` (row of members → weight of a day per month)."""
    chosen = np.flatnonzero(np.isin(uses.member, list(weights_of)))
    if not len(chosen):
        return uses
    i = uses.intervals
    rows: list[int] = []
    begin: list[int] = []
    end: list[int] = []
    litres: list[int] = []
    cut = set(chosen.tolist())
    for row in range(len(uses)):
        if row not in cut:
            rows.append(row)
            begin.append(int(i.from_day[row]))
            end.append(int(i.to_day[row]))
            litres.append(int(i.litres[row]))
            continue
        pieces = months_of(day_of(int(i.from_day[row])), day_of(int(i.to_day[row])))
        unit = int(tariffs.unit[int(i.plan[row])])
        shares = share(int(i.litres[row]), unit, pieces, weights_of[int(uses.member[row])])
        for (first, last), part in zip(pieces, shares, strict=True):
            rows.append(row)
            begin.append(day_number(first))
            end.append(day_number(last))
            litres.append(part)
    pieces_of = np.array(rows), np.array(begin), np.array(end), np.array(litres)
    found = _cut(uses, sheet, *pieces_of, cut)
    early = _closed_too_late(found.intervals, tariffs, np.isin(pieces_of[0], chosen))
    if not len(early):
        return found
    pieces_of[2][early] -= 1
    pieces_of[1][early + 1] -= 1
    return _cut(uses, sheet, *pieces_of, cut)


def _closed_too_late(intervals: Intervals, tariffs: Tariffs, inner: Mask) -> Column:
    """Pieces whose tier period begins on the very day that closes them: the order goes by the closing reading.

    Their last day is read one day earlier, so that a month's gas stays in the period in which it was used.
    """
    rows = np.flatnonzero(inner)
    probe = intervals.take(rows)
    if refusals(probe, tariffs).any():
        return np.zeros(0, np.int64)
    probe = replace(probe, group=np.arange(1, len(rows) + 1))
    number, code, period = ladder_keys(probe, tariffs)
    late = number[(code == 0) & (period == probe.to_day[number - 1])] - 1
    return np.unique(rows[late[late + 1 < len(rows)]])


def months_of(from_on: dt.date, to_on: dt.date) -> list[tuple[dt.date, dt.date]]:
    """The half-open parts of an interval that lie in one calendar month each."""
    parts: list[tuple[dt.date, dt.date]] = []
    while from_on < to_on:
        until = min(dt.date(from_on.year + from_on.month // 12, from_on.month % 12 + 1, 1), to_on)
        parts.append((from_on, until))
        from_on = until
    return parts


def share(litres: int, unit: int, pieces: Sequence[tuple[dt.date, dt.date]], weights: Sequence[int]) -> list[int]:
    """Litres of each piece in whole units; what remains goes to the largest remainders, of equal ones to the earlier."""
    weight = [(last - first).days * weights[first.month - 1] for first, last in pieces]
    whole = sum(weight)
    if not whole:
        weight = [(last - first).days for first, last in pieces]
        whole = sum(weight)
    units = litres // unit
    found = [units * one // whole for one in weight]
    by_remainder = sorted(range(len(pieces)), key=lambda n: (-(units * weight[n] % whole), n))
    for n in by_remainder[: units - sum(found)]:
        found[n] += 1
    return [one * unit for one in found]


def _cut(uses: Uses, sheet: Sheet, rows: Column, begin: Column, end: Column, litres: Column, cut: set[int]) -> Uses:
    old = uses.intervals.take(rows)
    inner = np.isin(rows, list(cut))
    last = np.append(rows[1:] != rows[:-1], True)
    intervals = Intervals.of(
        plan=old.plan,
        from_day=begin,
        to_day=end,
        litres=litres,
        persons=np.where(inner, persons_on(sheet.households, old.group, begin), old.persons),
        billing_months=np.where(inner, 1, old.billing_months),
        parity=old.parity,
        cycle_day=np.where(inner & ~last, np.minimum(month_begins(end), old.cycle_day), old.cycle_day),
        group=old.group,
        opened_day=old.opened_day,
        member=old.member,
        measure=old.measure,
    )
    return replace(
        uses,
        member=uses.member[rows],
        dial=uses.dial[rows],
        item=uses.item[rows],
        order=uses.order[rows],
        agreement=uses.agreement[rows],
        negative=uses.negative[rows],
        intervals=intervals,
        changes=household_changes(sheet.households, intervals),
    )
