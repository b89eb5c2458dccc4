"""The rating kernel: columns of use intervals in, bill lines and ladder movements out, all in int64.

cut (pieces) → slice (litres of each piece) → ladder (litres of each tier) → lines, merged and rounded once.
"""

from dataclasses import replace

import numpy as np

from gasworks.rating import ladder
from gasworks.rating.bounds import Bounds, bounds_in_force, widen
from gasworks.rating.columns import NOTHING, Changes, Column, Intervals, Rated, ToDate
from gasworks.rating.keys import key_in_period, parts_of_key
from gasworks.rating.ladder import Books, Earlier, Order
from gasworks.rating.lines import Climbed, build_lines
from gasworks.rating.movements import build_movements
from gasworks.rating.pieces import Pieces, cut, last_of_each
from gasworks.rating.refusals import NotRatable, refusals_of_input, refusals_of_pieces
from gasworks.rating.slices import slice_volume
from gasworks.rating.tables import Tariffs


def refusals(intervals: Intervals, tariffs: Tariffs) -> Column:
    """Why each interval cannot be rated (``Why``; 0: it can). A batch drops those rows and reports them."""
    why = refusals_of_input(intervals, tariffs)
    good = np.flatnonzero(why == 0)
    sound = intervals.take(good)
    why[good] = refusals_of_pieces(cut(sound, tariffs, None), sound, tariffs)
    return why


def ladder_keys(intervals: Intervals, tariffs: Tariffs) -> tuple[Column, Column, Column]:
    """(group, ladder code, period_day) of every ladder row that rating these intervals will climb, each once.

    Where unused volume is carried over, the rows of earlier tier periods are read, too: give those that exist.
    """
    pieces = _sound_pieces(intervals, tariffs, None)
    allowed, _ = _allowances(pieces, tariffs)
    keys = np.concatenate(
        [
            _keys(pieces.row, pieces.period, intervals, tariffs),
            _main_keys(pieces, intervals, tariffs)[1],
            _keys(allowed.row, allowed.period, intervals, tariffs),
        ]
    )
    return parts_of_key(np.unique(keys[keys != NOTHING]))


def rate(
    intervals: Intervals, tariffs: Tariffs, *, to_date: ToDate | None = None, changes: Changes | None = None
) -> Rated:
    """Rate intervals. Whole ladder groups in one call; order of rows does not matter to the sums.

    Raises NotRatable (with ``why`` per row) when ``refusals`` would name any row.
    """
    pieces = _sound_pieces(intervals, tariffs, changes)
    litres = slice_volume(pieces, intervals, tariffs)
    order, earlier = Order(pieces.row, intervals), Earlier(to_date)
    free, allowed = _free_litres(pieces, litres, order, intervals, tariffs, earlier)
    counted = np.where(tariffs.allowance_counts[pieces.version], free, 0)
    climbing, paid = litres - free + counted, litres - free
    used, bounds = _positions(pieces, climbing, order, intervals, tariffs, earlier)
    volumes = ladder.tier_volumes(used + counted, paid, bounds)
    whole = ladder.whole_volumes(volumes, used + counted, paid, bounds, tariffs.whole[pieces.ladder])
    lines, amount = build_lines([(pieces, volumes), allowed], whole, used, intervals, tariffs)
    last = last_of_each(pieces, intervals)
    tier, left = ladder.left_in_tier(used[last] + climbing[last], bounds.take(last, axis=1))
    return Rated(
        lines=lines,
        movements=build_movements(pieces, litres, climbing, intervals, tariffs),
        amount_fen=amount,
        tier=tier,
        left_litres=left,
    )


def _sound_pieces(intervals: Intervals, tariffs: Tariffs, changes: Changes | None) -> Pieces:
    why = refusals_of_input(intervals, tariffs)
    if why.any():
        raise NotRatable(why)
    pieces = cut(intervals, tariffs, changes)
    why = refusals_of_pieces(pieces, intervals, tariffs)
    if why.any():
        raise NotRatable(why)
    return pieces


def _keys(row: Column, period: Column, intervals: Intervals, tariffs: Tariffs) -> Column:
    """Ladder key of each row's group in that tier period; ``NOTHING`` off the ladder."""
    return key_in_period(intervals.group[row], tariffs.period_key[period])


def _main_keys(pieces: Pieces, intervals: Intervals, tariffs: Tariffs) -> tuple[Column, Column]:
    """(pieces that also fill their main ladder, the key of that ladder)."""
    filling = np.flatnonzero(pieces.toward != NOTHING)
    return filling, _keys(pieces.row[filling], pieces.toward[filling], intervals, tariffs)


def _allowances(pieces: Pieces, tariffs: Tariffs) -> tuple[Pieces, Column]:
    """The pieces that have an allowance as they climb its ladder, and which ones they are."""
    rows = np.flatnonzero(pieces.free != NOTHING)
    some = pieces.take(rows)
    return replace(some, ladder=tariffs.allowance[some.version], period=some.free), rows


def _free_litres(
    pieces: Pieces, litres: Column, order: Order, intervals: Intervals, tariffs: Tariffs, earlier: Earlier
) -> tuple[Column, Climbed]:
    """Litres of each piece that its allowance takes, and how they climbed it."""
    free = np.zeros(len(pieces), np.int64)
    some, rows = _allowances(pieces, tariffs)
    if len(rows):
        place = order.place[rows]
        key = _keys(some.row, some.period, intervals, tariffs)
        books = Books(earlier, key, litres[rows], place)
        limits = bounds_in_force(some, intervals, tariffs)[:1]
        _carry_over(limits, some, place, books, intervals, tariffs)
        free[rows] = ladder.tier_volumes(earlier.litres(key) + books.before, litres[rows], limits)[0]
    return free, (some, free[rows][None])


def _positions(
    pieces: Pieces, climbing: Column, order: Order, intervals: Intervals, tariffs: Tariffs, earlier: Earlier
) -> tuple[Column, Bounds]:
    """Ladder position at which each piece begins (0 off the ladder), and the bounds that it climbs past."""
    bounds = bounds_in_force(pieces, intervals, tariffs)
    key = _keys(pieces.row, pieces.period, intervals, tariffs)
    filling, main_key = _main_keys(pieces, intervals, tariffs)
    both = np.concatenate([order.may_meet, filling])
    books = Books(earlier, np.concatenate([key[order.may_meet], main_key]), climbing[both], order.place[both])
    used = earlier.litres(key)
    used[order.may_meet] += books.before[: len(order.may_meet)]
    used[key == NOTHING] = 0
    _carry_over(bounds, pieces, order.place, books, intervals, tariffs)
    return used, bounds


def _carry_over(
    bounds: Bounds, pieces: Pieces, place: Column, books: Books, intervals: Intervals, tariffs: Tariffs
) -> None:
    """Widen bounds, in place, by what was not used in the tier periods before."""
    if tariffs.carry_first is None:
        return
    rows = np.flatnonzero(tariffs.carry_first[pieces.period] < pieces.period)
    late, place = pieces.take(rows), place[rows]
    opened = intervals.opened_day[late.row]
    first = tariffs.carry_first[late.period]
    booked = []
    for back in range(int((late.period - first).max(initial=0)), 0, -1):
        period = np.maximum(late.period - back, first)
        there = (late.period - back >= first) & (tariffs.periods.end[period] > opened)
        key = _keys(late.row, period, intervals, tariffs)
        booked.append(np.where(there, books.at(key, place), NOTHING))
    widen(bounds, rows, booked)
