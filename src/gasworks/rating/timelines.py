"""Many sorted lists of dates in one pair of arrays, looked up for whole columns at once."""

from collections.abc import Iterable, Sequence

import numpy as np

from gasworks.rating.columns import NOTHING, Column, column

_DAY_BITS = 17
FAR = (1 << 16) - 1
"""The last day that fits a ladder key (in 2149)."""


class Timelines:
    """Timeline number → segments from a day on, each with a value; a segment lasts until the next one's day.

    ``start``, ``end`` and ``value`` are indexed by segment, ``first`` (the first segment) by timeline; ``at`` gives the
    segment of (timeline, day), or ``NOTHING`` before the first.
    """

    def __init__(self, lines: Sequence[Iterable[tuple[int, int]]]) -> None:
        rows = [(number, day, value) for number, line in enumerate(lines) for day, value in sorted(line)]
        numbers, days, values = (column(list(x)) for x in zip(*rows, strict=True))
        self.count = len(lines)
        self.start, self.value = days, values
        self.end = np.full(len(rows), FAR, np.int64)
        same = numbers[1:] == numbers[:-1]
        self.end[:-1][same] = days[1:][same]
        self.first = np.searchsorted(numbers, np.arange(self.count, dtype=np.int64))
        self._number = numbers
        self._key = (numbers << _DAY_BITS) | days

    def at(self, number: Column, day: Column) -> Column:
        if not len(day):
            return day
        low = int(day.min())
        span = int(day.max()) - low + 1
        if span * self.count > 2 * len(day):
            return self._search(number, day)
        grid_number = np.repeat(np.arange(self.count, dtype=np.int64), span)
        grid_day = np.tile(np.arange(low, low + span, dtype=np.int64), self.count)
        found: Column = self._search(grid_number, grid_day)[number * span + (day - low)]
        return found

    def _search(self, number: Column, day: Column) -> Column:
        found = np.searchsorted(self._key, (number << _DAY_BITS) | day, "right") - 1
        mine = (found >= 0) & (self._number[found] == number)
        return np.where(mine, found, NOTHING)
