"""Tier-to-date, household bounds and the litres of each piece in each tier."""

import numpy as np
import numpy.typing as npt

from gasworks.rating.columns import NOTHING, Column, Intervals, ToDate
from gasworks.rating.pieces import Pieces
from gasworks.rating.tables import WITHOUT_END, Tariffs
from gasworks.rating.types import PERSONS_MAX

_PERIOD_BITS = 16
_CODE_BITS = 4
GROUP_MAX = 1 << 42


def ladder_key(group: Column, code: Column, period_day: Column) -> Column:
    """One number for (group, ladder code, first day of the tier period)."""
    return (((group << _CODE_BITS) | code) << _PERIOD_BITS) | period_day


def parts_of_key(key: Column) -> tuple[Column, Column, Column]:
    code = (key >> _PERIOD_BITS) & ((1 << _CODE_BITS) - 1)
    return key >> (_PERIOD_BITS + _CODE_BITS), code, key & ((1 << _PERIOD_BITS) - 1)


def processing_rank(intervals: Intervals) -> Column | None:
    """Order in which a group's intervals climb its ladder; None when each interval is alone in its group."""
    group = intervals.group
    if (group[1:] > group[:-1]).all():
        return None
    order = np.lexsort((intervals.from_day, intervals.member, intervals.to_day))
    rank = np.empty(len(order), np.int64)
    rank[order] = np.arange(len(order), dtype=np.int64)
    return rank


def processing_place(row: Column, rank: Column | None) -> Column:
    """Place of each piece in that order; pieces of one interval stay in the order of time."""
    pieces = np.arange(len(row), dtype=np.int64)
    return pieces if rank is None else rank[row] * len(row) + pieces


def may_meet(row: Column, rank: Column | None) -> Column:
    """Pieces that can share a ladder with another piece of this call."""
    if rank is not None:
        return np.arange(len(row), dtype=np.int64)
    same = np.zeros(len(row), np.bool_)
    same[1:] = row[1:] == row[:-1]
    same[:-1] |= same[1:]
    return np.flatnonzero(same)


def booked_before(key: Column, litres: Column, place: Column) -> Column:
    """Litres booked on the same key at earlier places."""
    order = np.lexsort((place, key))
    volume = litres[order]
    exclusive = np.cumsum(volume) - volume
    begins = np.flatnonzero(np.diff(key[order], prepend=-2))
    before = np.empty(len(key), np.int64)
    before[order] = exclusive - np.repeat(exclusive[begins], np.diff(begins, append=len(order)))
    return before


def booked_earlier(key: Column, to_date: ToDate | None) -> Column:
    """Tier-to-date from earlier calls."""
    if to_date is None or not len(to_date):
        return np.zeros(len(key), np.int64)
    known: Column = ladder_key(to_date.group, to_date.code, to_date.period_day)
    order = np.argsort(known, kind="stable")
    known = known[order]
    if (known[1:] == known[:-1]).any():
        raise ValueError("tier-to-date stands twice for one group, ladder and period")
    found = np.minimum(np.searchsorted(known, key), len(known) - 1)
    return np.where(known[found] == key, to_date.litres[order][found], 0)


def bounds_in_force(pieces: Pieces, intervals: Intervals, tariffs: Tariffs) -> npt.NDArray[np.int64]:
    """[piece, tier] → cumulative upper bound for that household, cycle and first year."""
    bounds = tariffs.bounds[pieces.ladder * (PERSONS_MAX + 1) + pieces.persons]
    by_month = np.flatnonzero(tariffs.per_billing_month[pieces.ladder])
    if len(by_month):
        months = intervals.billing_months[pieces.row[by_month]]
        bounds[by_month] = _times(bounds[by_month], months[:, None])
    if tariffs.measured.any():
        _measure_out(bounds, pieces, intervals, tariffs)
    if tariffs.first_by_months.any():
        _narrow_first_year(bounds, pieces, intervals, tariffs)
    return bounds


def _times(bounds: npt.NDArray[np.int64], factor: npt.NDArray[np.int64]) -> npt.NDArray[np.int64]:
    endless = bounds == WITHOUT_END
    times: npt.NDArray[np.int64] = np.where(endless, WITHOUT_END, np.where(endless, 0, bounds) * factor)
    return times


def _measure_out(bounds: npt.NDArray[np.int64], pieces: Pieces, intervals: Intervals, tariffs: Tariffs) -> None:
    """Bounds by floor area or contract volume, in place."""
    rows = np.flatnonzero(tariffs.measured[pieces.ladder])
    measure, once = intervals.measure[pieces.row[rows]], tariffs.measured[pieces.ladder[rows]]
    unit = tariffs.unit[intervals.plan[pieces.row[rows]]]
    bounds[rows] = _part(bounds[rows], measure, once, unit)


def _part(bounds: npt.NDArray[np.int64], part: Column, of: Column, unit: Column) -> npt.NDArray[np.int64]:
    """Bounds × part ÷ of, half up to the billing unit; without end stays without end."""
    whole = (of * unit)[:, None]
    endless = bounds == WITHOUT_END
    units = (2 * np.where(endless, 0, bounds) * part[:, None] + whole) // (2 * whole)
    parts: npt.NDArray[np.int64] = np.where(endless, WITHOUT_END, units * unit[:, None])
    return parts


def _narrow_first_year(bounds: npt.NDArray[np.int64], pieces: Pieces, intervals: Intervals, tariffs: Tariffs) -> None:
    opened = intervals.opened_day[pieces.row]
    begin, end = tariffs.periods.value[pieces.period], tariffs.periods.end[pieces.period]
    rows = np.flatnonzero(tariffs.first_by_months[pieces.ladder] & (begin < opened) & (opened < end))
    if not len(rows):
        return
    months = tariffs.months[pieces.ladder[rows]]
    left = np.clip(_month(end[rows], begin[rows]) - _month(opened[rows], begin[rows]), 0, months)
    unit = tariffs.unit[intervals.plan[pieces.row[rows]]]
    bounds[rows] = _part(bounds[rows], left, months, unit)


def _month(day: Column, begin: Column) -> Column:
    """Number of the month that the day lies in, months beginning on the same day of the month as ``begin``."""
    offset = begin - begin.view("M8[D]").astype("M8[M]").astype("M8[D]").astype(np.int64)
    return (day - offset).view("M8[D]").astype("M8[M]").astype(np.int64)


def tier_volumes(used: Column, litres: Column, bounds: npt.NDArray[np.int64]) -> npt.NDArray[np.int64]:
    """[piece, tier] → litres: what of (used, used + litres] lies between the bounds."""
    upper = np.minimum((used + litres)[:, None], bounds)
    lower = np.empty_like(upper)
    lower[:, 0] = used
    np.maximum(used[:, None], bounds[:, :-1], out=lower[:, 1:])
    volumes: npt.NDArray[np.int64] = np.maximum(upper - lower, 0)
    return volumes


def left_in_tier(reached: Column, bounds: npt.NDArray[np.int64]) -> tuple[Column, Column]:
    """(tier reached, litres left in it) at a ladder position; the bound itself still belongs to the tier below."""
    tier = (bounds < reached[:, None]).sum(axis=1)
    bound = bounds[np.arange(len(reached)), tier]
    return tier, np.where(bound == WITHOUT_END, NOTHING, bound - reached)
