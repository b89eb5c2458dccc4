"""What each interval books on which ladder."""

from dataclasses import fields

import numpy as np

from gasworks.rating.columns import NOTHING, Column, Intervals, Movements
from gasworks.rating.pieces import Pieces
from gasworks.rating.tables import Tariffs


def build_movements(pieces: Pieces, litres: Column, intervals: Intervals, tariffs: Tariffs) -> Movements:
    """One movement for each run of pieces on one ladder and tier period, then the bookings that only count."""
    priced = _bookings(pieces, litres, intervals, tariffs, tariffs.ladder_code[pieces.ladder], counts_only=0)
    extra = []
    for codes in tariffs.counts_toward.T:
        code = codes[pieces.ladder]
        booked = _bookings(pieces, litres, intervals, tariffs, code, counts_only=1)
        extra.append(booked.take(np.flatnonzero(booked.code != NOTHING)))
    if not extra:
        return priced
    parts = [priced, *extra]
    joined = Movements(**{f.name: np.concatenate([getattr(m, f.name) for m in parts]) for f in fields(Movements)})
    return joined.take(np.argsort(joined.interval, kind="stable"))


def _bookings(
    pieces: Pieces, litres: Column, intervals: Intervals, tariffs: Tariffs, code: Column, *, counts_only: int
) -> Movements:
    period_day = tariffs.periods.value[pieces.period]
    changed = np.ones(len(pieces), np.bool_)
    changed[1:] = (pieces.row[1:] != pieces.row[:-1]) | (code[1:] != code[:-1]) | (period_day[1:] != period_day[:-1])
    if changed.all():
        begins, end, total = slice(None), pieces.to_day, litres
    else:
        begins = np.flatnonzero(changed)
        end = pieces.to_day[np.append(begins[1:], len(pieces)) - 1]
        total = np.add.reduceat(litres, begins)
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
