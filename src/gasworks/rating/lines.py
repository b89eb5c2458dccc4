"""Bill lines from the litres of each piece and tier."""

from dataclasses import fields

import numpy as np
import numpy.typing as npt

from gasworks.rating.amounts import line_amount
from gasworks.rating.columns import NOTHING, Column, Intervals, Lines
from gasworks.rating.pieces import Pieces
from gasworks.rating.tables import Tariffs


def build_lines(pieces: Pieces, volumes: npt.NDArray[np.int64], intervals: Intervals, tariffs: Tariffs) -> Lines:
    """One line for each (version, ladder, tier period, tier) of an interval that has gas, by day and tier."""
    piece, tier = np.nonzero(volumes)
    litres = volumes[piece, tier]
    begin, end = pieces.from_day[piece], pieces.to_day[piece]
    again = _rows_with_repeats(pieces)
    if len(again):
        piece, tier, litres, begin, end = _merge(again, pieces, piece, tier, litres, begin, end)
    ladder = pieces.ladder[piece]
    price = tariffs.prices[ladder, tier]
    lines = Lines(
        interval=pieces.row[piece],
        from_day=begin,
        to_day=end,
        version=pieces.version[piece],
        code=tariffs.ladder_code[ladder],
        period_day=tariffs.periods.value[pieces.period[piece]],
        tier=tier,
        litres=litres,
        price_e4=price,
        amount_fen=line_amount(litres, price),
    )
    return _with_minimum(lines, pieces, intervals, tariffs)


def sums_by_interval(lines: Lines, intervals: int) -> Column:
    """Fen of each interval; lines are in the order of their intervals."""
    ends = np.cumsum(np.bincount(lines.interval, minlength=intervals))
    total = np.concatenate([np.zeros(1, np.int64), np.cumsum(lines.amount_fen)])
    return np.diff(total[ends], prepend=0)


def _rows_with_repeats(pieces: Pieces) -> Column:
    """Intervals in which one ladder and tier period may come twice: neighbours alike, or three pieces and more."""
    row = pieces.row
    alike = (
        (row[1:] == row[:-1]) & (pieces.ladder[1:] == pieces.ladder[:-1]) & (pieces.period[1:] == pieces.period[:-1])
    )
    three = row[2:] == row[:-2]
    return np.unique(np.concatenate([row[1:][alike], row[2:][three]]))


def _merge(
    rows: Column, pieces: Pieces, piece: Column, tier: Column, litres: Column, begin: Column, end: Column
) -> tuple[Column, Column, Column, Column, Column]:
    """Put the lines of those intervals together where ladder, tier period and tier are the same."""
    row = pieces.row[piece]
    found = np.minimum(np.searchsorted(rows, row), len(rows) - 1)
    touched = rows[found] == row
    mine = np.flatnonzero(touched)
    if not len(mine):
        return piece, tier, litres, begin, end
    names = (tier[mine], pieces.period[piece[mine]], pieces.ladder[piece[mine]], row[mine])
    order = np.lexsort(names)
    changed = np.zeros(len(order), np.bool_)
    for name in names:
        changed |= np.diff(name[order], prepend=-1) != 0
    changed[0] = True
    begins = np.flatnonzero(changed)
    mine = mine[order]
    keep = ~touched
    merged = (
        np.concatenate([piece[keep], piece[mine][begins]]),
        np.concatenate([tier[keep], tier[mine][begins]]),
        np.concatenate([litres[keep], np.add.reduceat(litres[mine], begins)]),
        np.concatenate([begin[keep], np.minimum.reduceat(begin[mine], begins)]),
        np.concatenate([end[keep], np.maximum.reduceat(end[mine], begins)]),
    )
    place = np.lexsort((merged[1], merged[0], merged[3], pieces.row[merged[0]]))
    return tuple(values[place] for values in merged)  # type: ignore[return-value]


def _with_minimum(lines: Lines, pieces: Pieces, intervals: Intervals, tariffs: Tariffs) -> Lines:
    """A line without gas for what a bill lacks to the minimum charge of the version that ends it."""
    if not tariffs.minimum_fen.any():
        return lines
    last = np.flatnonzero(np.diff(pieces.row, append=len(intervals)))
    version = pieces.version[last]
    lacking = tariffs.minimum_fen[version] * intervals.billing_months - sums_by_interval(lines, len(intervals))
    rows = np.flatnonzero(lacking > 0)
    more = Lines(
        interval=rows,
        from_day=intervals.from_day[rows],
        to_day=intervals.to_day[rows],
        version=version[rows],
        code=np.zeros(len(rows), np.int64),
        period_day=np.full(len(rows), NOTHING, np.int64),
        tier=np.full(len(rows), NOTHING, np.int64),
        litres=np.zeros(len(rows), np.int64),
        price_e4=np.zeros(len(rows), np.int64),
        amount_fen=lacking[rows],
    )
    both = Lines(**{f.name: np.concatenate([getattr(lines, f.name), getattr(more, f.name)]) for f in fields(Lines)})
    return both.take(np.argsort(both.interval, kind="stable"))
