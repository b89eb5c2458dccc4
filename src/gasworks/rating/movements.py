"""What each interval books on which ladder."""

from dataclasses import fields

import numpy as np

from gasworks.rating.columns import NOTHING, Column, Intervals, Movements
from gasworks.rating.pieces import Pieces
from gasworks.rating.tables import Tariffs


def build_movements(
    pieces: Pieces, litres: Column, climbing: Column, intervals: Intervals, tariffs: Tariffs
) -> Movements:
    """One movement for each run of pieces on one ladder and tier period, then the bookings that only count.

    Where an allowance takes gas off the ladder (``climbing`` is less than all litres may be), the movement that covers
    the days stands off the ladder, and what the ladder gets only counts.
    """
    code, period_day = tariffs.ladder_code[pieces.ladder], tariffs.periods.value[pieces.period]
    apart = (pieces.free != NOTHING) & ~tariffs.allowance_counts[pieces.version] & (period_day != NOTHING)
    if apart.any():
        code, period_day = np.where(apart, 0, code), np.where(apart, NOTHING, period_day)
    found = [_bookings(pieces, litres, intervals, code, period_day, counts_only=0)]
    for wanted, ladder, period, volume in (
        (apart, pieces.ladder, pieces.period, climbing),
        (pieces.toward != NOTHING, tariffs.toward_main[pieces.ladder], pieces.toward, climbing),
        (pieces.free != NOTHING, tariffs.allowance[pieces.version], pieces.free, litres),
    ):
        rows = np.flatnonzero(wanted)
        if len(rows):
            code, period_day = tariffs.ladder_code[ladder[rows]], tariffs.periods.value[period[rows]]
            found.append(_bookings(pieces.take(rows), volume[rows], intervals, code, period_day, counts_only=1))
    if len(found) == 1:
        return found[0]
    joined = Movements(**{f.name: np.concatenate([getattr(m, f.name) for m in found]) for f in fields(Movements)})
    return joined.take(np.argsort(joined.interval, kind="stable"))


def _bookings(
    pieces: Pieces, litres: Column, intervals: Intervals, code: Column, period_day: Column, *, counts_only: int
) -> Movements:
    changed = np.ones(len(pieces), np.bool_)
    changed[1:] = (pieces.row[1:] != pieces.row[:-1]) | (code[1:] != code[:-1]) | (period_day[1:] != period_day[:-1])
    changed[1:] |= pieces.from_day[1:] != pieces.to_day[:-1]
    begins = np.flatnonzero(changed)
    end = pieces.to_day[np.append(begins[1:], len(pieces))[: len(begins)] - 1]
    total = np.add.reduceat(litres, begins) if len(begins) else litres
    row = pieces.row[begins]
    return Movements(
        interval=row,
        from_day=pieces.from_day[begins],
        to_day=end,
        group=intervals.group[row],
        code=code[begins],
        period_day=period_day[begins],
        litres=total,
        counts_only=np.full(len(row), counts_only, np.int64),
    )
