"""Tier-to-date and the litres of each piece in each tier."""

import numpy as np
import numpy.typing as npt

from gasworks.rating.columns import NOTHING, Column, Intervals, ToDate
from gasworks.rating.tables import WITHOUT_END

_PERIOD_BITS = 16
_CODE_BITS = 4
GROUP_MAX = 1 << 42


def ladder_key(group: Column, code: Column, period_day: Column) -> Column:
    """One number for (group, ladder code, first day of the tier period)."""
    return (((group << _CODE_BITS) | code) << _PERIOD_BITS) | period_day


def parts_of_key(key: Column) -> tuple[Column, Column, Column]:
    code = (key >> _PERIOD_BITS) & ((1 << _CODE_BITS) - 1)
    return key >> (_PERIOD_BITS + _CODE_BITS), code, key & ((1 << _PERIOD_BITS) - 1)


class Order:
    """Order in which pieces climb: a group's intervals by (to_day, member, from_day), pieces by time.

    ``place`` is that order as numbers; ``may_meet`` are the pieces that can share a ladder with another of this call.
    """

    def __init__(self, row: Column, intervals: Intervals) -> None:
        pieces = np.arange(len(row), dtype=np.int64)
        group = intervals.group
        if (group[1:] > group[:-1]).all():
            same = np.zeros(len(row), np.bool_)
            same[1:] = row[1:] == row[:-1]
            same[:-1] |= same[1:]
            self.place, self.may_meet = pieces, np.flatnonzero(same)
            return
        order = np.lexsort((intervals.from_day, intervals.member, intervals.to_day))
        rank = np.empty(len(order), np.int64)
        rank[order] = np.arange(len(order), dtype=np.int64)
        self.place, self.may_meet = rank[row] * len(row) + pieces, pieces


class Earlier:
    """Tier-to-date of earlier calls, by ladder key."""

    def __init__(self, to_date: ToDate | None) -> None:
        self._known = self._booked = np.zeros(0, np.int64)
        if to_date is not None and len(to_date):
            known = ladder_key(to_date.group, to_date.code, to_date.period_day)
            self._known, self._booked = known, to_date.litres
            if (known[1:] <= known[:-1]).any():
                order = np.argsort(known, kind="stable")
                self._known, self._booked = known[order], to_date.litres[order]
                if (self._known[1:] == self._known[:-1]).any():
                    raise ValueError("tier-to-date stands twice for one group, ladder and period")

    def litres(self, key: Column) -> Column:
        """Litres on each key; 0 where nothing is booked."""
        if not len(self._known):
            return np.zeros(len(key), np.int64)
        found = np.minimum(np.searchsorted(self._known, key), len(self._known) - 1)
        return np.where(self._known[found] == key, self._booked[found], 0)


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
    """[piece, tier] → litres: what of (used, used + litres] lies between the bounds."""
    upper = np.minimum((used + litres)[:, None], bounds)
    lower = np.empty_like(upper)
    lower[:, 0] = used
    np.maximum(used[:, None], bounds[:, :-1], out=lower[:, 1:])
    volumes: npt.NDArray[np.int64] = np.maximum(upper - lower, 0)
    return volumes


def left_in_tier(reached: Column, bounds: npt.NDArray[np.int64]) -> tuple[Column, Column]:
    """(tier reached, litres left in it) at a ladder position; the bound itself still belongs to the tier below."""
    tier = np.zeros(len(reached), np.int64)
    for number in range(bounds.shape[1] - 1):
        tier += bounds[:, number] < reached
    bound = bounds[np.arange(len(reached)), tier]
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
    before, _ = left_in_tier(used[rows], bounds[rows])
    reached, _ = left_in_tier(used[rows] + litres[rows], bounds[rows])
    volumes[rows] = 0
    volumes[rows, reached] = litres[rows]
    moved = (reached != before) & (used[rows] > 0)
    return rows[moved], before[moved], reached[moved]
