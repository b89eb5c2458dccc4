"""The rating kernel: columns of use intervals in, bill lines and ladder movements out, all in int64.

cut (pieces) → slice (litres of each piece) → ladder (litres of each tier) → lines, merged and rounded once.
"""

import numpy as np

from gasworks.rating import ladder
from gasworks.rating.columns import Changes, Column, Intervals, Rated, ToDate
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
    why[good] = refusals_of_pieces(cut(sound, tariffs, None), tariffs, len(sound))
    return why


def ladder_keys(intervals: Intervals, tariffs: Tariffs) -> tuple[Column, Column, Column]:
    """(group, ladder code, period_day) of every ladder row that rating these intervals will climb, each once."""
    pieces = _sound_pieces(intervals, tariffs, None)
    keys = [_keys(pieces, intervals, tariffs, tariffs.ladder_code[pieces.ladder])]
    keys += [_keys(pieces, intervals, tariffs, codes)[codes >= 0] for codes in _toward(pieces, tariffs)]
    keys[0] = keys[0][tariffs.on_ladder[pieces.ladder]]
    return ladder.parts_of_key(np.unique(np.concatenate(keys)))


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
    why = refusals_of_pieces(pieces, tariffs, len(intervals))
    if why.any():
        raise NotRatable(why)
    return pieces


def _keys(pieces: Pieces, intervals: Intervals, tariffs: Tariffs, code: Column) -> Column:
    return ladder.ladder_key(intervals.group[pieces.row], code, tariffs.periods.value[pieces.period])


def _toward(pieces: Pieces, tariffs: Tariffs) -> list[Column]:
    """Further ladder codes that each piece counts toward (``NOTHING``: none), one column per place in the tariff."""
    return [codes[pieces.ladder] for codes in tariffs.counts_toward.T]


def _tier_to_date(
    pieces: Pieces, litres: Column, intervals: Intervals, tariffs: Tariffs, to_date: ToDate | None
) -> Column:
    """Ladder position at which each piece begins; 0 off the ladder."""
    on_ladder = tariffs.on_ladder[pieces.ladder]
    key = np.where(on_ladder, _keys(pieces, intervals, tariffs, tariffs.ladder_code[pieces.ladder]), -1)
    used = ladder.booked_earlier(key, to_date)
    rank = ladder.processing_rank(intervals)
    place = ladder.processing_place(pieces.row, rank)
    toward = [(np.flatnonzero(codes >= 0), codes) for codes in _toward(pieces, tariffs)]
    meet = np.arange(len(pieces), dtype=np.int64) if toward else ladder.may_meet(pieces.row, rank)
    if len(meet):
        keys, volumes, places = [key[meet]], [litres[meet]], [place[meet]]
        for counted, codes in toward:
            keys.append(_keys(pieces, intervals, tariffs, codes)[counted])
            volumes.append(litres[counted])
            places.append(place[counted])
        before = ladder.booked_before(np.concatenate(keys), np.concatenate(volumes), np.concatenate(places))
        used[meet] += before[: len(meet)]
    return used if on_ladder.all() else np.where(on_ladder, used, 0)
