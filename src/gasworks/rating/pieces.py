"""Cut intervals where price version, season, tier period or household size changes.

Three timelines are walked in that order, since each decides which one comes next: plan → version → ladder → tier
period. What goes by reading is decided by the interval's own opening or closing reading and cuts nothing.
"""

from dataclasses import dataclass, fields, replace

import numpy as np

from gasworks.rating.columns import NOTHING, Changes, Column, Intervals
from gasworks.rating.tables import BY_CYCLES, BY_DAY, BY_OPENING, PARITIES, Tariffs
from gasworks.rating.timelines import Timelines


@dataclass(frozen=True, slots=True, eq=False)
class Pieces:
    """Parts of intervals in the order of ``row`` (the interval) and of time. ``NOTHING`` where no price is found."""

    row: Column
    from_day: Column
    to_day: Column
    version: Column
    ladder: Column
    period: Column
    """Index of the tier period in ``Tariffs.periods``."""
    toward: Column
    """Index of the main ladder's tier period that the gas also fills, or ``NOTHING``."""
    free: Column
    """Index of the period of the version's allowance, or ``NOTHING``."""
    persons: Column

    def __len__(self) -> int:
        return len(self.row)

    def take(self, rows: Column) -> "Pieces":
        """Some pieces, or some more than once. Columns that are one array (nothing yet known) stay one."""
        taken: dict[int, Column] = {}
        for f in fields(self):
            values = getattr(self, f.name)
            if id(values) not in taken:
                taken[id(values)] = values[rows]
        return Pieces(*(taken[id(getattr(self, f.name))] for f in fields(self)))

    def parted(self, parent: Column, begin: Column, end: Column) -> "Pieces":
        """Parts of the pieces, with days of their own."""
        return replace(replace(self, from_day=self.row, to_day=self.row).take(parent), from_day=begin, to_day=end)


def cut(intervals: Intervals, tariffs: Tariffs, changes: Changes | None) -> Pieces:
    persons = intervals.persons
    if changes is not None and tariffs.household_mode.any():
        persons, changes = _households_by_reading(intervals, tariffs, changes)
    pieces = _by_version(intervals, tariffs, persons)
    pieces = _by_season(pieces, intervals, tariffs)
    pieces = _by_period(pieces, intervals, tariffs)
    if (tariffs.toward_main != NOTHING).any():
        pieces = _by_main_period(pieces, intervals, tariffs)
    if (tariffs.allowance != NOTHING).any():
        pieces = _by_allowance(pieces, intervals, tariffs)
    if changes is not None and len(changes):
        pieces = _by_household(pieces, persons, changes)
    return pieces


def last_of_each(pieces: Pieces, intervals: Intervals) -> Column:
    """The piece that ends each interval."""
    return np.cumsum(np.bincount(pieces.row, minlength=len(intervals))) - 1


def followers(row: Column) -> Column:
    """The places that have the same value before them: pieces that do not begin their interval."""
    return np.flatnonzero(row[1:] == row[:-1]) + 1


def neighbours(row: Column) -> Column:
    """The places that have the same value before or behind them: pieces of intervals that are cut."""
    same = np.zeros(len(row), np.bool_)
    same[1:] = row[1:] == row[:-1]
    same[:-1] |= same[1:]
    return np.flatnonzero(same)


def _spread(first: Column, last: Column) -> tuple[Column | None, Column]:
    """For rows that reach over segments first..last: (parent row, segment) of each part; parent None if none is cut."""
    count = last - first
    if not count.any():
        return None, first
    count += 1
    parent = np.repeat(np.arange(len(first), dtype=np.int64), count)
    begins = np.cumsum(count) - count
    return parent, (first - begins)[parent] + np.arange(len(parent), dtype=np.int64)


def _part_days(begin: Column, end: Column, parent: Column, segment: Column, start: Column) -> tuple[Column, Column]:
    """Days of the parts: the parent's own, but inside it a part begins, and the one before ends, where its segment does."""
    begin, end = begin[parent], end[parent]
    inner = followers(parent)
    begin[inner] = end[inner - 1] = start[segment[inner]]
    return begin, end


def _households_by_reading(intervals: Intervals, tariffs: Tariffs, changes: Changes) -> tuple[Column, Changes]:
    """Where a household changes by reading: its size for the whole interval, and the changes that still cut."""
    changes = changes.take(np.lexsort((changes.day, changes.interval)))
    mode = tariffs.household_mode[intervals.plan[changes.interval]]
    decisive = np.where(mode == BY_OPENING, intervals.from_day[changes.interval], intervals.to_day[changes.interval])
    counts = (mode != BY_DAY) & (changes.day <= decisive)
    persons = intervals.persons.copy()
    persons[changes.interval[counts]] = changes.persons[counts]
    return persons, changes.take(mode == BY_DAY)


def _by_version(intervals: Intervals, tariffs: Tariffs, whose: Column) -> Pieces:
    cuts = tariffs.cuts
    first = cuts.at(intervals.plan, intervals.from_day)
    last = cuts.at(intervals.plan, intervals.to_day - 1)
    parent, segment = _spread(first, last)
    if parent is None:
        row = np.arange(len(intervals), dtype=np.int64)
        begin, end, persons = intervals.from_day, intervals.to_day, whose
    else:
        row = parent
        begin, end = _part_days(intervals.from_day, intervals.to_day, row, segment, cuts.start)
        persons = whose[row]
    version = cuts.value[segment]
    if tariffs.switches is not None:
        plan = intervals.plan[row]
        opening = tariffs.switches.at(plan, begin)
        closing = tariffs.closing_switch[tariffs.switches.at(plan, end)]
        version = tariffs.switches.value[np.maximum(opening, closing)]
    nothing = np.full(len(row), NOTHING, np.int64)
    return Pieces(
        row, begin, end, version, ladder=nothing, period=nothing, toward=nothing, free=nothing, persons=persons
    )


def _by_season(pieces: Pieces, intervals: Intervals, tariffs: Tariffs) -> Pieces:
    found = np.maximum(pieces.version, 0)
    mode = tariffs.season_mode[found]
    low, high = _deciding_days(mode, pieces, intervals)
    first, last = tariffs.seasons.at(found, low), tariffs.seasons.at(found, high)
    cut_up, segment = _cut(pieces, first, last, tariffs.seasons)
    return replace(cut_up, ladder=tariffs.seasons.value[segment])


def _by_period(pieces: Pieces, intervals: Intervals, tariffs: Tariffs) -> Pieces:
    cut_up, segment = _cut_by_period(pieces, pieces.ladder, intervals, tariffs)
    return replace(cut_up, period=segment)


def _by_main_period(pieces: Pieces, intervals: Intervals, tariffs: Tariffs) -> Pieces:
    """Gas that also fills the main ladder is cut where the main ladder's tier period changes, too."""
    cut_up, segment = _cut_by_period(pieces, tariffs.toward_main[pieces.ladder], intervals, tariffs)
    return replace(cut_up, toward=segment)


def _by_allowance(pieces: Pieces, intervals: Intervals, tariffs: Tariffs) -> Pieces:
    """Gas under an allowance is cut where the allowance begins anew, too."""
    allowance = np.where(pieces.version == NOTHING, NOTHING, tariffs.allowance[pieces.version])
    cut_up, segment = _cut_by_period(pieces, allowance, intervals, tariffs)
    return replace(cut_up, free=segment)


def _cut_by_period(pieces: Pieces, ladder: Column, intervals: Intervals, tariffs: Tariffs) -> tuple[Pieces, Column]:
    """Cut pieces where the ladder given for each begins anew; (pieces, its tier period). ``NOTHING``: no ladder."""
    rows = np.flatnonzero(ladder != NOTHING)
    some, climbed = (pieces, ladder) if len(rows) == len(pieces) else (pieces.take(rows), ladder[rows])
    mode = tariffs.period_mode[climbed]
    low, high = _deciding_days(mode, some, intervals)
    line = climbed * PARITIES + intervals.parity[some.row]
    first, last = tariffs.periods.at(line, low), tariffs.periods.at(line, high)
    if len(rows) < len(pieces):
        first, last = _spread_out(first, rows, len(pieces)), _spread_out(last, rows, len(pieces))
    return _cut(pieces, first, last, tariffs.periods)


def _spread_out(values: Column, rows: Column, length: int) -> Column:
    out = np.full(length, NOTHING, np.int64)
    out[rows] = values
    return out


def _deciding_days(mode: Column, pieces: Pieces, intervals: Intervals) -> tuple[Column, Column]:
    """First and last day that decide on the segment; one and the same day unless it goes by day of use."""
    low, high = pieces.from_day, pieces.to_day - 1
    rows = np.flatnonzero(mode != BY_DAY)
    if len(rows):
        row, how = pieces.row[rows], mode[rows]
        by_reading = np.where(how == BY_OPENING, intervals.from_day[row], intervals.to_day[row])
        low = low.copy()
        low[rows] = high[rows] = np.where(how == BY_CYCLES, intervals.cycle_day[row], by_reading)
    return low, high


def _cut(pieces: Pieces, first: Column, last: Column, timelines: Timelines) -> tuple[Pieces, Column]:
    parent, segment = _spread(first, last)
    if parent is None:
        return pieces, segment
    begin, end = _part_days(pieces.from_day, pieces.to_day, parent, segment, timelines.start)
    return pieces.parted(parent, begin, end), segment


def _by_household(pieces: Pieces, persons: Column, changes: Changes) -> Pieces:
    """Cut at the days on which the household grows or shrinks; the size holds from its day on."""
    changes = _real_changes(persons, changes)
    if not len(changes):
        return pieces
    touched = np.zeros(len(persons), np.bool_)
    touched[changes.interval] = True
    rows = np.flatnonzero(touched[pieces.row])
    places = _place(changes.interval, changes.day)
    first, last = np.zeros(len(pieces), np.int64), np.zeros(len(pieces), np.int64)
    first[rows] = np.searchsorted(places, _place(pieces.row[rows], pieces.from_day[rows]), "right")
    last[rows] = np.searchsorted(places, _place(pieces.row[rows], pieces.to_day[rows]), "left")
    last = np.maximum(first, last)
    parent, segment = _spread(first, last)
    if parent is None:
        parent = np.arange(len(pieces), dtype=np.int64)
    begin, end = _part_days(pieces.from_day, pieces.to_day, parent, segment - 1, changes.day)
    cut_up = pieces.parted(parent, begin, end)
    mine = np.flatnonzero(touched[cut_up.row])
    segment = segment[mine]
    latest = np.maximum(segment - 1, 0)
    changed = (segment > 0) & (changes.interval[latest] == cut_up.row[mine])
    cut_up.persons[mine] = np.where(changed, changes.persons[latest], cut_up.persons[mine])
    return cut_up


def _real_changes(persons: Column, changes: Changes) -> Changes:
    """In order of time, without those that change nothing: they would cut for no reason."""
    order = np.lexsort((changes.day, changes.interval))
    changes = changes.take(order)
    same_interval = changes.interval[1:] == changes.interval[:-1]
    if (same_interval & (changes.day[1:] == changes.day[:-1])).any():
        raise ValueError("two household sizes for one interval and day")
    earlier = persons[changes.interval]
    earlier[1:][same_interval] = changes.persons[:-1][same_interval]
    return changes.take(np.flatnonzero(changes.persons != earlier))


def _place(interval: Column, day: Column) -> Column:
    return (interval << 17) | day
