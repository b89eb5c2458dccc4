"""Cut intervals where price version, season, tier period or household size changes.

Three timelines are walked in that order, since each decides which one comes next: plan → version → ladder → tier
period. What goes by reading is decided by the interval's own opening or closing reading and cuts nothing.
"""

from dataclasses import dataclass, replace

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
    persons: Column

    def __len__(self) -> int:
        return len(self.row)


def cut(intervals: Intervals, tariffs: Tariffs, changes: Changes | None) -> Pieces:
    pieces = _by_version(intervals, tariffs)
    pieces = _by_season(pieces, intervals, tariffs)
    pieces = _by_period(pieces, intervals, tariffs)
    if (tariffs.toward_main != NOTHING).any():
        pieces = _by_main_period(pieces, intervals, tariffs)
    if changes is not None and len(changes):
        pieces = _by_household(pieces, intervals, changes)
    return pieces


def _spread(first: Column, last: Column) -> tuple[Column | None, Column]:
    """For rows that reach over segments first..last: (parent row, segment) of each part; parent None if none is cut."""
    count = last - first
    if not count.any():
        return None, first
    count += 1
    parent = np.repeat(np.arange(len(first), dtype=np.int64), count)
    begins = np.cumsum(count) - count
    return parent, first[parent] + np.arange(len(parent), dtype=np.int64) - begins[parent]


def _by_version(intervals: Intervals, tariffs: Tariffs) -> Pieces:
    cuts = tariffs.cuts
    first = cuts.at(intervals.plan, intervals.from_day)
    last = cuts.at(intervals.plan, intervals.to_day - 1)
    parent, segment = _spread(first, last)
    if parent is None:
        row = np.arange(len(intervals), dtype=np.int64)
        begin, end, persons = intervals.from_day, intervals.to_day, intervals.persons
    else:
        row = parent
        begin = np.maximum(intervals.from_day[row], cuts.start[segment])
        end = np.minimum(intervals.to_day[row], cuts.end[segment])
        persons = intervals.persons[row]
    version = cuts.value[segment]
    if tariffs.switches is not None:
        plan = intervals.plan[row]
        opening = tariffs.switches.at(plan, begin)
        closing = tariffs.closing_switch[tariffs.switches.at(plan, end)]
        version = tariffs.switches.value[np.maximum(opening, closing)]
    nothing = np.full(len(row), NOTHING, np.int64)
    return Pieces(row, begin, end, version, ladder=nothing, period=nothing, toward=nothing, persons=persons)


def _by_season(pieces: Pieces, intervals: Intervals, tariffs: Tariffs) -> Pieces:
    found = np.maximum(pieces.version, 0)
    mode = tariffs.season_mode[found]
    low, high = _deciding_days(mode, pieces, intervals)
    first, last = tariffs.seasons.at(found, low), tariffs.seasons.at(found, high)
    cut_up, segment = _cut(pieces, first, last, mode, tariffs.seasons)
    return replace(cut_up, ladder=tariffs.seasons.value[segment])


def _by_period(pieces: Pieces, intervals: Intervals, tariffs: Tariffs) -> Pieces:
    cut_up, segment = _cut_by_period(pieces, pieces.ladder, intervals, tariffs)
    return replace(cut_up, period=segment)


def _by_main_period(pieces: Pieces, intervals: Intervals, tariffs: Tariffs) -> Pieces:
    """Gas that also fills the main ladder is cut where the main ladder's tier period changes, too."""
    main = tariffs.toward_main[pieces.ladder]
    filled = np.where(main == NOTHING, pieces.ladder, main)
    cut_up, segment = _cut_by_period(pieces, filled, intervals, tariffs)
    return replace(cut_up, toward=np.where(tariffs.toward_main[cut_up.ladder] == NOTHING, NOTHING, segment))


def _cut_by_period(pieces: Pieces, ladder: Column, intervals: Intervals, tariffs: Tariffs) -> tuple[Pieces, Column]:
    mode = tariffs.period_mode[ladder]
    low, high = _deciding_days(mode, pieces, intervals)
    line = ladder * PARITIES + intervals.parity[pieces.row]
    first, last = tariffs.periods.at(line, low), tariffs.periods.at(line, high)
    return _cut(pieces, first, last, mode, tariffs.periods)


def _deciding_days(mode: Column, pieces: Pieces, intervals: Intervals) -> tuple[Column, Column]:
    """First and last day that decide on the segment; one and the same day unless it goes by day of use."""
    if not mode.any():
        return pieces.from_day, pieces.to_day - 1
    by_reading = np.where(mode == BY_OPENING, intervals.from_day[pieces.row], intervals.to_day[pieces.row])
    one = np.where(mode == BY_CYCLES, intervals.cycle_day[pieces.row], by_reading)
    by_day = mode == BY_DAY
    return np.where(by_day, pieces.from_day, one), np.where(by_day, pieces.to_day - 1, one)


def _cut(pieces: Pieces, first: Column, last: Column, mode: Column, timelines: Timelines) -> tuple[Pieces, Column]:
    parent, segment = _spread(first, last)
    if parent is None:
        return pieces, segment
    by_day = mode[parent] == BY_DAY
    begin, end = pieces.from_day[parent], pieces.to_day[parent]
    return Pieces(
        row=pieces.row[parent],
        from_day=np.where(by_day, np.maximum(begin, timelines.start[segment]), begin),
        to_day=np.where(by_day, np.minimum(end, timelines.end[segment]), end),
        version=pieces.version[parent],
        ladder=pieces.ladder[parent],
        period=pieces.period[parent],
        toward=pieces.toward[parent],
        persons=pieces.persons[parent],
    ), segment


def _by_household(pieces: Pieces, intervals: Intervals, changes: Changes) -> Pieces:
    """Cut at the days on which the household grows or shrinks; the size holds from its day on."""
    changes = _real_changes(intervals, changes)
    if not len(changes):
        return pieces
    places = _place(changes.interval, changes.day)
    first = np.searchsorted(places, _place(pieces.row, pieces.from_day), "right")
    last = np.maximum(first, np.searchsorted(places, _place(pieces.row, pieces.to_day), "left"))
    parent, segment = _spread(first, last)
    if parent is None:
        parent = np.arange(len(pieces), dtype=np.int64)
    begin, end = pieces.from_day[parent], pieces.to_day[parent]
    latest, following = np.maximum(segment - 1, 0), np.minimum(segment, len(changes) - 1)
    changed = (segment > 0) & (changes.interval[latest] == pieces.row[parent])
    return Pieces(
        row=pieces.row[parent],
        from_day=np.where(segment > first[parent], changes.day[latest], begin),
        to_day=np.where(segment < last[parent], changes.day[following], end),
        version=pieces.version[parent],
        ladder=pieces.ladder[parent],
        period=pieces.period[parent],
        toward=pieces.toward[parent],
        persons=np.where(changed, changes.persons[latest], pieces.persons[parent]),
    )


def _real_changes(intervals: Intervals, changes: Changes) -> Changes:
    """In order of time, without those that change nothing: they would cut for no reason."""
    order = np.lexsort((changes.day, changes.interval))
    changes = changes.take(order)
    same_interval = changes.interval[1:] == changes.interval[:-1]
    if (same_interval & (changes.day[1:] == changes.day[:-1])).any():
        raise ValueError("two household sizes for one interval and day")
    earlier = intervals.persons[changes.interval]
    earlier[1:][same_interval] = changes.persons[:-1][same_interval]
    return changes.take(np.flatnonzero(changes.persons != earlier))


def _place(interval: Column, day: Column) -> Column:
    return (interval << 17) | day
