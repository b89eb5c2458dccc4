"""Share an interval's volume among its pieces in whole billing units; the slices add up to the interval exactly."""

import numpy as np

from gasworks.rating.columns import Column, Intervals
from gasworks.rating.pieces import Pieces, neighbours
from gasworks.rating.tables import Tariffs


def slice_volume(pieces: Pieces, intervals: Intervals, tariffs: Tariffs) -> Column:
    """Litres of each piece, by its days of use or their weights; what remains of whole units goes as the plan says."""
    if len(pieces) == len(intervals):
        return intervals.litres
    litres = intervals.litres[pieces.row]
    split = neighbours(pieces.row)
    rows = pieces.row[split]
    unit = tariffs.unit[intervals.plan[rows]]
    weight = pieces.to_day[split] - pieces.from_day[split]
    whole = intervals.to_day[rows] - intervals.from_day[rows]
    if tariffs.day_weights is not None:
        profile = tariffs.profile[intervals.plan[rows]]
        _weigh(tariffs.day_weights, profile, split, pieces, intervals, weight, whole)
    litres[split] = unit * _share(
        litres[split] // unit,
        weight,
        whole,
        begins=np.flatnonzero(np.diff(rows, prepend=-1)),
        last_gets_rest=tariffs.last_gets_rest[intervals.plan[rows]],
    )
    return litres


def _weigh(
    table: np.ndarray,
    profile: Column,
    split: Column,
    pieces: Pieces,
    intervals: Intervals,
    days: Column,
    all_days: Column,
) -> None:
    """Put weights in place of days where a plan's profile says so; where all days of an interval weigh nothing, not."""
    some = np.flatnonzero(profile)
    profile, piece = profile[some], split[some]
    row = pieces.row[piece]
    weight = table[profile, pieces.to_day[piece]] - table[profile, pieces.from_day[piece]]
    whole = table[profile, intervals.to_day[row]] - table[profile, intervals.from_day[row]]
    heavy = whole > 0
    days[some[heavy]], all_days[some[heavy]] = weight[heavy], whole[heavy]


def _share(units: Column, weight: Column, whole: Column, *, begins: Column, last_gets_rest: np.ndarray) -> Column:
    """Units of each part of runs that begin at ``begins``: the floor, and one more for those who get a remainder."""
    share, remainder = np.divmod(units * weight, whole)
    lengths = np.diff(begins, append=len(units))
    left = np.repeat(units[begins] - np.add.reduceat(share, begins), lengths)
    extra = (_place_by_remainder(remainder, begins, lengths) < left).astype(np.int64)
    if last_gets_rest.any():
        is_last = np.zeros(len(units), np.bool_)
        is_last[begins + lengths - 1] = True
        extra = np.where(last_gets_rest, np.where(is_last, left, 0), extra)
    return share + extra


def _place_by_remainder(remainder: Column, begins: Column, lengths: Column) -> Column:
    """0 for the largest remainder of a run, 1 for the next …; of equal ones the earlier part comes first."""
    place = np.empty(len(remainder), np.int64)
    first = begins[lengths == 2]
    second_wins = remainder[first + 1] > remainder[first]
    place[first], place[first + 1] = second_wins, ~second_wins
    longer = np.flatnonzero(lengths != 2)
    if len(longer):
        run = np.repeat(longer, lengths[longer])
        inside = np.arange(len(run), dtype=np.int64) - np.repeat(
            np.cumsum(lengths[longer]) - lengths[longer], lengths[longer]
        )
        many = begins[run] + inside
        place[many[np.lexsort((-remainder[many], run))]] = inside
    return place
