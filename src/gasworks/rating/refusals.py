"""Say no to intervals that cannot be rated, row by row and by name."""

import datetime as dt

import numpy as np

from gasworks.rating.columns import NOTHING, Column, Intervals, day_number
from gasworks.rating.keys import GROUP_MAX
from gasworks.rating.pieces import Pieces
from gasworks.rating.tables import HORIZON, PARITIES, Tariffs
from gasworks.rating.types import PERSONS_MAX, Why

LITRES_MAX = 10**12
MONTHS_MAX = 120
MEASURE_MAX = 10**11
_FIRST_DAY = day_number(dt.date(HORIZON[0], 1, 1))
_LAST_DAY = day_number(dt.date(HORIZON[1], 1, 1))


class NotRatable(ValueError):
    """Some intervals cannot be rated; ``why`` has the reason of each row (``Why.OK`` for the good ones)."""

    def __init__(self, why: Column) -> None:
        self.why = why
        row = int(np.flatnonzero(why)[0])
        super().__init__(
            f"{np.count_nonzero(why)} intervals cannot be rated, the first is row {row}: {Why(why[row]).name}"
        )


def refusals_of_input(intervals: Intervals, tariffs: Tariffs) -> Column:
    """What the columns themselves show; the first reason that applies stands."""
    plans = len(tariffs.codes)
    unit = tariffs.unit.take(intervals.plan, mode="clip")
    why = np.zeros(len(intervals), np.int64)
    for reason, bad in (
        (Why.BAD_GROUP, _outside(intervals.group, 0, GROUP_MAX)),
        (Why.BAD_CYCLE, _outside(intervals.parity, 0, PARITIES - 1)),
        (Why.BAD_CYCLE, _outside(intervals.cycle_day, _FIRST_DAY, _LAST_DAY)),
        (Why.BAD_CYCLE, _outside(intervals.billing_months, 1, MONTHS_MAX)),
        (Why.BAD_HOUSEHOLD, _outside(intervals.persons, 0, PERSONS_MAX)),
        (Why.BROKEN_UNIT, intervals.litres % unit != 0),
        (Why.BAD_VOLUME, _outside(intervals.litres, 0, LITRES_MAX)),
        (Why.BAD_DATES, intervals.from_day >= intervals.to_day),
        (Why.BAD_DATES, _outside(intervals.from_day, _FIRST_DAY, _LAST_DAY)),
        (Why.BAD_DATES, _outside(intervals.to_day, _FIRST_DAY, _LAST_DAY)),
        (Why.BAD_PLAN, _outside(intervals.plan, 0, plans - 1)),
    ):
        if bad.any():
            why[bad] = reason
    return why


def _outside(values: Column, low: int, high: int) -> np.ndarray:
    if len(values) and low <= values.min() and values.max() <= high:
        return np.zeros(len(values), np.bool_)
    return (values < low) | (values > high)


def refusals_of_pieces(pieces: Pieces, intervals: Intervals, tariffs: Tariffs) -> Column:
    """What only the cut shows: days without a price, outside every tier period, an order with a gap, no floor area."""
    why = np.zeros(len(intervals), np.int64)
    without = (tariffs.measured[pieces.ladder] > 0) & _outside(intervals.measure[pieces.row], 1, MEASURE_MAX)
    why[pieces.row[without]] = Why.NO_MEASURE
    why[pieces.row[~tariffs.complete[pieces.version]]] = Why.INCOMPLETE
    why[pieces.row[pieces.period == NOTHING]] = Why.NO_PERIOD
    why[pieces.row[pieces.version == NOTHING]] = Why.NO_PRICE
    return why
