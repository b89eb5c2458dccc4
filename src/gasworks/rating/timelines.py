"""Many sorted lists of dates in one pair of arrays, looked up for whole columns at once."""

from collections.abc import Iterable, Sequence

import numpy as np

from gasworks.rating.columns import NOTHING, Column, column

_DAY_BITS = 17
FAR = (1 << 16) - 1
"""The last day that fits a ladder key (in 2149)."""
_MARGIN = 16
"""Days that the table reaches beyond those asked for: the next part of a run asks for nearly the same ones."""
_MOST_PER_DAY = 8
"""A table pays as long as it has no more than so many places for each day asked for."""


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
        self._grid: tuple[int, int, Column] = (0, 0, numbers[:0])

    def at(self, number: Column, day: Column) -> Column:
        """Looked up in a table of every timeline and day where the days lie close; it is kept for the next call."""
        if not len(day):
            return day
        low, high = int(day.min()), int(day.max()) + 1
        first, span, grid = self._grid
        most = _MOST_PER_DAY * len(day)
        if low < first or high > first + span:
            begin, end = max(low - _MARGIN, 0), high + _MARGIN
            if span and (max(end, first + span) - min(begin, first)) * self.count <= most:
                begin, end = min(begin, first), max(end, first + span)
            if (end - begin) * self.count > most:
                return self._search(number, day)
            first, span = begin, end - begin
            grid = self._table(first, span)
            self._grid = (first, span, grid)
        found: Column = grid[number * span + (day - first)]
        return found

    def _table(self, first: int, span: int) -> Column:
        numbers = np.repeat(np.arange(self.count, dtype=np.int64), span)
        return self._search(numbers, np.tile(np.arange(first, first + span, dtype=np.int64), self.count))

    def _search(self, number: Column, day: Column) -> Column:
        found = np.searchsorted(self._key, (number << _DAY_BITS) | day, "right") - 1
        mine = (found >= 0) & (self._number[found] == number)
        return np.where(mine, found, NOTHING)
