"""What each interval books on which ladder."""

import numpy as np

from gasworks.rating.columns import NOTHING, Column, Intervals, Movements
from gasworks.rating.keys import parts_of_key
from gasworks.rating.pieces import Pieces
from gasworks.rating.tables import Tariffs
from gasworks.rating.weaving import joined, woven


def build_movements(
    pieces: Pieces, litres: Column, climbing: Column, intervals: Intervals, tariffs: Tariffs
) -> Movements:
    """One movement for each run of pieces on one ladder and tier period, then the bookings that only count.

    Where an allowance takes gas off the ladder (``climbing`` is less than all litres may be), the movement that covers
    the days stands off the ladder, and what the ladder gets only counts.
    """
    code, period_day = tariffs.ladder_code[pieces.ladder], tariffs.periods.value[pieces.period]
    allowed, filling = np.flatnonzero(pieces.free != NOTHING), np.flatnonzero(pieces.toward != NOTHING)
    apart = allowed[~tariffs.allowance_counts[pieces.version[allowed]] & (period_day[allowed] != NOTHING)]
    if len(apart):
        code[apart], period_day[apart] = 0, NOTHING
    covering = _bookings(pieces, litres, intervals, code, period_day, counts_only=0)
    counting = []
    for rows, period, volume in (
        (apart, pieces.period, climbing),
        (filling, pieces.toward, climbing),
        (allowed, pieces.free, litres),
    ):
        if len(rows):
            _, code, period_day = parts_of_key(tariffs.period_key[period[rows]])
            counting.append(_bookings(pieces.take(rows), volume[rows], intervals, code, period_day, counts_only=1))
    return woven(covering, None, joined(counting)) if counting else covering


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
