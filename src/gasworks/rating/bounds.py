"""Tier bounds as they stand for a household, a cycle, a first year, and with what earlier periods left over."""

import numpy as np
import numpy.typing as npt

from gasworks.rating.columns import Column, Intervals
from gasworks.rating.pieces import Pieces
from gasworks.rating.tables import WITHOUT_END, Tariffs
from gasworks.rating.types import PERSONS_MAX

Bounds = npt.NDArray[np.int64]


def bounds_in_force(pieces: Pieces, intervals: Intervals, tariffs: Tariffs) -> Bounds:
    """[tier, piece] → cumulative upper bound for that household, cycle and first year."""
    bounds: Bounds = tariffs.bounds.take(pieces.ladder * (PERSONS_MAX + 1) + pieces.persons, axis=1)
    by_month = np.flatnonzero(tariffs.per_billing_month[pieces.ladder])
    if len(by_month):
        months = intervals.billing_months[pieces.row[by_month]]
        bounds[:, by_month] = _times(bounds[:, by_month], months)
    if tariffs.measured.any():
        _measure_out(bounds, pieces, intervals, tariffs)
    if tariffs.first_by_months.any() or tariffs.first_by_days.any():
        _narrow_first_year(bounds, pieces, intervals, tariffs)
    return bounds


def widen(bounds: Bounds, rows: Column, booked: list[Column]) -> None:
    """Carry over, in place: ``booked`` is what ``rows`` used in each earlier period, the oldest first; -1: none there."""
    width = bounds[:, rows]
    endless = width == WITHOUT_END
    carried = np.zeros_like(width)
    for used in booked:
        left = np.maximum(np.where(endless, 0, width) + carried - used, 0)
        carried = np.where(used < 0, 0, left)
    bounds[:, rows] = np.where(endless, WITHOUT_END, np.where(endless, 0, width) + carried)


def _times(bounds: Bounds, factor: Column) -> Bounds:
    endless = bounds == WITHOUT_END
    times: Bounds = np.where(endless, WITHOUT_END, np.where(endless, 0, bounds) * factor)
    return times


def _measure_out(bounds: Bounds, pieces: Pieces, intervals: Intervals, tariffs: Tariffs) -> None:
    """Bounds by floor area or contract volume, in place."""
    rows = np.flatnonzero(tariffs.measured[pieces.ladder])
    measure, once = intervals.measure[pieces.row[rows]], tariffs.measured[pieces.ladder[rows]]
    unit = tariffs.unit[intervals.plan[pieces.row[rows]]]
    bounds[:, rows] = _part(bounds[:, rows], measure, once, unit)


def _part(bounds: Bounds, part: Column, of: Column, unit: Column) -> Bounds:
    """Bounds × part ÷ of, half up to the billing unit; without end stays without end."""
    whole = of * unit
    endless = bounds == WITHOUT_END
    units = (2 * np.where(endless, 0, bounds) * part + whole) // (2 * whole)
    parts: Bounds = np.where(endless, WITHOUT_END, units * unit)
    return parts


def _narrow_first_year(bounds: Bounds, pieces: Pieces, intervals: Intervals, tariffs: Tariffs) -> None:
    opened = intervals.opened_day[pieces.row]
    begin, end = tariffs.periods.value[pieces.period], tariffs.periods.end[pieces.period]
    by_time = tariffs.first_by_months[pieces.ladder] | tariffs.first_by_days[pieces.ladder]
    rows = np.flatnonzero(by_time & (begin < opened) & (opened < end))
    if not len(rows):
        return
    begin, end, opened = begin[rows], end[rows], opened[rows]
    months = tariffs.months[pieces.ladder[rows]]
    months_left = np.clip(_month(end, begin) - _month(opened, begin), 0, months)
    by_days = tariffs.first_by_days[pieces.ladder[rows]]
    left, whole = np.where(by_days, end - opened, months_left), np.where(by_days, end - begin, months)
    unit = tariffs.unit[intervals.plan[pieces.row[rows]]]
    bounds[:, rows] = _part(bounds[:, rows], left, whole, unit)


def _month(day: Column, begin: Column) -> Column:
    """Number of the month that the day lies in, months beginning on the same day of the month as ``begin``."""
    offset = begin - begin.view("M8[D]").astype("M8[M]").astype("M8[D]").astype(np.int64)
    return (day - offset).view("M8[D]").astype("M8[M]").astype(np.int64)
