"""The rating kernel: columns of use intervals in, bill lines and ladder movements out, all in int64.

cut (pieces) → slice (litres of each piece) → ladder (litres of each tier) → lines, merged and rounded once.
"""

import numpy as np

from gasworks.rating import ladder
from gasworks.rating.columns import NOTHING, Changes, Column, Intervals, Rated, ToDate
from gasworks.rating.lines import build_lines, sums_by_interval
from gasworks.rating.movements import build_movements
from gasworks.rating.pieces import Pieces, cut
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
    """(group, ladder code, period_day) of every ladder row that rating these intervals will climb, each once."""
    pieces = _sound_pieces(intervals, tariffs, None)
    keys = np.concatenate([_priced_keys(pieces, intervals, tariffs), _main_keys(pieces, intervals, tariffs)[1]])
    return ladder.parts_of_key(np.unique(keys[keys != NOTHING]))


def rate(
    intervals: Intervals, tariffs: Tariffs, *, to_date: ToDate | None = None, changes: Changes | None = None
) -> Rated:
    """Rate intervals. Whole ladder groups in one call; order of rows does not matter to the sums.

    Raises NotRatable (with ``why`` per row) when ``refusals`` would name any row.
    """
    pieces = _sound_pieces(intervals, tariffs, changes)
    litres = slice_volume(pieces, intervals, tariffs)
    used = _tier_to_date(pieces, litres, intervals, tariffs, to_date)
    bounds = ladder.bounds_in_force(pieces, intervals, tariffs)
    volumes = ladder.tier_volumes(used, litres, bounds)
    lines = build_lines(pieces, volumes, intervals, tariffs)
    last = np.flatnonzero(np.diff(pieces.row, append=len(intervals)))
    tier, left = ladder.left_in_tier(used[last] + litres[last], bounds[last])
    return Rated(
        lines=lines,
        movements=build_movements(pieces, litres, intervals, tariffs),
        amount_fen=sums_by_interval(lines, len(intervals)),
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


def _keys(pieces: Pieces, intervals: Intervals, code: Column, period_day: Column) -> Column:
    return ladder.ladder_key(intervals.group[pieces.row], code, period_day)


def _priced_keys(pieces: Pieces, intervals: Intervals, tariffs: Tariffs) -> Column:
    """Key of the ladder that prices each piece; ``NOTHING`` off the ladder."""
    code, period_day = tariffs.ladder_code[pieces.ladder], tariffs.periods.value[pieces.period]
    key = _keys(pieces, intervals, code, period_day)
    on_ladder = tariffs.on_ladder[pieces.ladder]
    return key if on_ladder.all() else np.where(on_ladder, key, NOTHING)


def _main_keys(pieces: Pieces, intervals: Intervals, tariffs: Tariffs) -> tuple[Column, Column]:
    """(pieces that also fill their main ladder, the key of that ladder)."""
    filling = np.flatnonzero(pieces.toward != NOTHING)
    code = tariffs.ladder_code[tariffs.toward_main[pieces.ladder]]
    return filling, _keys(pieces, intervals, code, tariffs.periods.value[pieces.toward])[filling]


def _tier_to_date(
    pieces: Pieces, litres: Column, intervals: Intervals, tariffs: Tariffs, to_date: ToDate | None
) -> Column:
    """Ladder position at which each piece begins; 0 off the ladder."""
    key = _priced_keys(pieces, intervals, tariffs)
    used = ladder.booked_earlier(key, to_date)
    filling, main_key = _main_keys(pieces, intervals, tariffs)
    rank = ladder.processing_rank(intervals)
    place = ladder.processing_place(pieces.row, rank)
    meet = np.arange(len(pieces), dtype=np.int64) if len(filling) else ladder.may_meet(pieces.row, rank)
    if len(meet):
        both = np.concatenate([meet, filling])
        before = ladder.booked_before(np.concatenate([key[meet], main_key]), litres[both], place[both])
        used[meet] += before[: len(meet)]
    used[key == NOTHING] = 0
    return used
