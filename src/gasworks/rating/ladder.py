"""Tier-to-date and the litres of each piece in each tier."""

import numpy as np
import numpy.typing as npt

from gasworks.rating.columns import NOTHING, Column, Intervals, ToDate
from gasworks.rating.keys import group_of_key, ladder_key
from gasworks.rating.pieces import neighbours
from gasworks.rating.tables import WITHOUT_END

_AT_END = np.full(1, np.iinfo(np.int64).max)
_MOST_PER_KEY = 8
"""A table of first rows pays as long as it has no more than so many groups for each key."""


class Order:
    """Order in which pieces climb: a group's intervals by (to_day, member, from_day), pieces by time.

    ``place`` is that order as numbers; ``may_meet`` are the pieces that can share a ladder with another of this call.
    """

    def __init__(self, row: Column, intervals: Intervals) -> None:
        pieces = np.arange(len(row), dtype=np.int64)
        group = intervals.group
        if (group[1:] > group[:-1]).all():
            self.place, self.may_meet = pieces, neighbours(row)
            return
        order = np.lexsort((intervals.from_day, intervals.member, intervals.to_day))
        rank = np.empty(len(order), np.int64)
        rank[order] = np.arange(len(order), dtype=np.int64)
        self.place, self.may_meet = rank[row] * len(row) + pieces, pieces


class Earlier:
    """Tier-to-date of earlier calls, by ladder key."""

    def __init__(self, to_date: ToDate | None) -> None:
        known = booked = np.zeros(0, np.int64)
        if to_date is not None and len(to_date):
            known, booked = ladder_key(to_date.group, to_date.code, to_date.period_day), to_date.litres
            if (known[1:] <= known[:-1]).any():
                order = np.argsort(known, kind="stable")
                known, booked = known[order], booked[order]
                if (known[1:] == known[:-1]).any():
                    raise ValueError("tier-to-date stands twice for one group, ladder and period")
        self._known, self._booked = np.concatenate([known, _AT_END]), np.append(booked, 0)
        self._first = _first_rows(group_of_key(known))

    def litres(self, key: Column) -> Column:
        """Litres on each key; 0 where nothing is booked."""
        if len(self._known) == 1:
            return np.zeros(len(key), np.int64)
        found = self._place(key)
        return np.where(self._known[found] == key, self._booked[found], 0)

    def _place(self, key: Column) -> Column:
        """The first row that is not below each key: from the group's first row on, where the groups lie close."""
        if self._first is None:
            return np.searchsorted(self._known, key)
        lowest = self._known[0]
        found = self._first.take(group_of_key(key) - group_of_key(lowest), mode="clip")
        while (behind := self._known[found] < key).any():
            found += behind
        return found


def _first_rows(group: Column) -> Column | None:
    """[group - lowest group] → its first row among sorted ones, and the end; None where the groups lie far apart."""
    if not len(group) or group[-1] - group[0] >= _MOST_PER_KEY * len(group):
        return None
    rows = np.bincount(group - group[0])
    return np.append(np.cumsum(rows) - rows, len(group))


class Books:
    """What is booked on every ladder: tier-to-date of earlier calls, and pieces of this call at their places."""

    def __init__(self, earlier: Earlier, key: Column, litres: Column, place: Column) -> None:
        self._earlier = earlier
        order = np.lexsort((place, key))
        key, place = key[order], place[order]
        self._begins = np.flatnonzero(np.diff(key, prepend=-2))
        self._keys, sizes = key[self._begins], np.diff(self._begins, append=len(key))
        self._span = int(place.max(initial=0)) + 1
        self._place = np.repeat(np.arange(len(sizes), dtype=np.int64), sizes) * self._span + place
        self._total = np.concatenate([np.zeros(1, np.int64), np.cumsum(litres[order])])
        before = self._total[:-1] - np.repeat(self._total[self._begins], sizes)
        self.before = np.empty(len(key), np.int64)
        """Litres booked on the same key at earlier places, for each booking."""
        self.before[order] = before

    def at(self, key: Column, place: Column) -> Column:
        """Litres on each key, of earlier calls and of this one at places before ``place``."""
        litres = self._earlier.litres(key)
        if not len(self._keys):
            return litres
        found = np.minimum(np.searchsorted(self._keys, key), len(self._keys) - 1)
        upto = np.searchsorted(self._place, found * self._span + np.minimum(place, self._span))
        booked = self._total[upto] - self._total[self._begins[found]]
        return litres + np.where(self._keys[found] == key, booked, 0)


def tier_volumes(used: Column, litres: Column, bounds: npt.NDArray[np.int64]) -> npt.NDArray[np.int64]:
    """[tier, piece] → litres: what of (used, used + litres] lies between the bounds."""
    volumes: npt.NDArray[np.int64] = np.minimum(used + litres, bounds)
    volumes[0] -= used
    volumes[1:] -= np.maximum(used, bounds[:-1])
    return np.maximum(volumes, 0, out=volumes)


def left_in_tier(reached: Column, bounds: npt.NDArray[np.int64]) -> tuple[Column, Column]:
    """(tier reached, litres left in it) at a ladder position; the bound itself still belongs to the tier below."""
    tier = np.zeros(len(reached), np.int64)
    for upper in bounds[:-1]:
        tier += upper < reached
    bound = bounds.ravel()[tier * len(reached) + np.arange(len(reached))]
    return tier, np.where(bound == WITHOUT_END, NOTHING, bound - reached)


def whole_volumes(
    volumes: npt.NDArray[np.int64],
    used: Column,
    litres: Column,
    bounds: npt.NDArray[np.int64],
    whole: npt.NDArray[np.bool_],
) -> tuple[Column, Column, Column]:
    """Put all litres of pieces on a whole-volume ladder into the tier reached, in place.

    Returns what falls due again: (piece, tier in which its earlier litres were priced, tier in which they are now).
    """
    rows = np.flatnonzero(whole)
    mine = bounds[:, rows]
    before, _ = left_in_tier(used[rows], mine)
    reached, _ = left_in_tier(used[rows] + litres[rows], mine)
    volumes[:, rows] = 0
    volumes[reached, rows] = litres[rows]
    moved = (reached != before) & (used[rows] > 0)
    return rows[moved], before[moved], reached[moved]
