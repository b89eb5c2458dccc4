"""What each interval books on which ladder."""

from dataclasses import fields

import numpy as np

from gasworks.rating.columns import NOTHING, Column, Intervals, Movements
from gasworks.rating.pieces import Pieces
from gasworks.rating.tables import Tariffs


def build_movements(pieces: Pieces, litres: Column, intervals: Intervals, tariffs: Tariffs) -> Movements:
    """One movement for each run of pieces on one ladder and tier period, then the bookings that only count."""
    code, period_day = tariffs.ladder_code[pieces.ladder], tariffs.periods.value[pieces.period]
    priced = _bookings(pieces, litres, intervals, code, period_day, counts_only=0)
    filling = pieces.toward != NOTHING
    if not filling.any():
        return priced
    code = np.where(filling, tariffs.ladder_code[tariffs.toward_main[pieces.ladder]], NOTHING)
    period_day = np.where(filling, tariffs.periods.value[pieces.toward], NOTHING)
    counted = _bookings(pieces, litres, intervals, code, period_day, counts_only=1)
    parts = [priced, counted.take(np.flatnonzero(counted.code != NOTHING))]
    joined = Movements(**{f.name: np.concatenate([getattr(m, f.name) for m in parts]) for f in fields(Movements)})
    return joined.take(np.argsort(joined.interval, kind="stable"))


def _bookings(
    pieces: Pieces, litres: Column, intervals: Intervals, code: Column, period_day: Column, *, counts_only: int
) -> Movements:
    changed = np.ones(len(pieces), np.bool_)
    changed[1:] = (pieces.row[1:] != pieces.row[:-1]) | (code[1:] != code[:-1]) | (period_day[1:] != period_day[:-1])
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
