"""Bill lines from the litres of each piece and tier."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from gasworks.rating.amounts import line_amount
from gasworks.rating.columns import NOTHING, Column, Columns, Intervals, Lines
from gasworks.rating.pieces import Pieces, followers, last_of_each
from gasworks.rating.tables import Tariffs
from gasworks.rating.weaving import joined, woven

_DAY_BITS = 17
Mask = npt.NDArray[np.bool_]
Climbed = tuple[Pieces, npt.NDArray[np.int64]]
"""Pieces on the ladder that they climb, and [tier, piece] → litres there."""
Moved = tuple[Column, Column, Column]
"""Pieces whose earlier litres changed tier, as a whole: (piece, tier before, tier now)."""


@dataclass(frozen=True, slots=True, eq=False)
class _Gas(Columns):
    """Litres of one (ladder, tier period, tier) of an interval, before they are priced."""

    row: Column
    from_day: Column
    to_day: Column
    ladder: Column
    period: Column
    tier: Column
    litres: Column
    version: Column


def build_lines(
    climbed: Sequence[Climbed], moved: Moved, used: Column, intervals: Intervals, tariffs: Tariffs
) -> tuple[Lines, Column]:
    """One line for each (version, ladder, tier period, tier) of an interval that has gas, by day, ladder and tier.

    The first of ``climbed`` are all pieces, ``used`` their ladder position before; others are allowances below them.
    Returns the lines and the fen of each interval.
    """
    pieces = climbed[0][0]
    gas = _gas(*climbed[0])
    again = _with_repeats(pieces, len(intervals))
    allowed = [_gas(*below) for below in climbed[1:] if len(below[0])]
    for below in allowed:
        again[below.row] = True
    lines, parts = _priced(gas, tariffs), [_moved_lines(pieces, moved, used, tariffs)]
    total, kept = np.zeros(len(intervals), np.int64), None
    if again.any():
        repeated = again[gas.row]
        kept = np.flatnonzero(~repeated)
        some = joined([gas.take(np.flatnonzero(repeated)), *allowed])
        parts.insert(0, _priced(_merged(some, tariffs), tariffs))
        np.add.at(total, gas.row[kept], lines.amount_fen[kept])
    else:
        np.add.at(total, gas.row, lines.amount_fen)
    for part in parts:
        np.add.at(total, part.interval, part.amount_fen)
    if tariffs.minimum_fen.any():
        parts.append(_minimum_lines(total, pieces, intervals, tariffs))
    return woven(lines, kept, joined(parts)), total


def _priced(gas: _Gas, tariffs: Tariffs) -> Lines:
    price = tariffs.prices.take(gas.ladder * tariffs.prices.shape[1] + gas.tier)
    return Lines(
        interval=gas.row,
        from_day=gas.from_day,
        to_day=gas.to_day,
        version=gas.version,
        code=tariffs.ladder_code[gas.ladder],
        period_day=tariffs.periods.value[gas.period],
        tier=gas.tier,
        litres=gas.litres,
        price_e4=price,
        amount_fen=line_amount(gas.litres, price),
    )


def _gas(pieces: Pieces, volumes: npt.NDArray[np.int64]) -> _Gas:
    tiers, count = volumes.shape
    found = np.flatnonzero((volumes > 0).T)
    piece = found // tiers
    tier = found - piece * tiers
    return _Gas(
        row=pieces.row[piece],
        from_day=pieces.from_day[piece],
        to_day=pieces.to_day[piece],
        ladder=pieces.ladder[piece],
        period=pieces.period[piece],
        tier=tier,
        litres=volumes.ravel()[tier * count + piece],
        version=pieces.version[piece],
    )


def _with_repeats(pieces: Pieces, intervals: int) -> Mask:
    """Intervals in which one ladder and tier period may come twice: neighbours alike, or three pieces and more."""
    again = np.zeros(intervals, np.bool_)
    row = pieces.row
    second = followers(row)
    again[row[second[pieces.period[second] == pieces.period[second - 1]]]] = True
    third = second[1:][second[1:] == second[:-1] + 1]
    again[row[third]] = True
    return again


def _merged(gas: _Gas, tariffs: Tariffs) -> _Gas:
    """The gas of an interval put together where tier period (so ladder) and tier are the same, by day, ladder and tier."""
    if not len(gas):
        return gas
    tiers = tariffs.prices.shape[1]
    same = (gas.row * len(tariffs.periods.value) + gas.period) * tiers + gas.tier
    order = np.argsort(same, kind="stable")
    same, litres = same[order], gas.litres[order]
    begins = np.flatnonzero(np.diff(same, prepend=-1))
    merged = replace(
        gas.take(order[begins]),
        litres=np.add.reduceat(litres, begins),
        from_day=np.minimum.reduceat(gas.from_day[order], begins),
        to_day=np.maximum.reduceat(gas.to_day[order], begins),
    )
    place = (
        (merged.row << _DAY_BITS | merged.from_day) * len(tariffs.ladder_code) + merged.ladder
    ) * tiers + merged.tier
    return merged.take(np.argsort(place))


def _moved_lines(pieces: Pieces, moved: Moved, used: Column, tariffs: Tariffs) -> Lines:
    """A line without gas for litres billed before that now cost what the whole volume costs."""
    piece, before, now = moved
    ladder = pieces.ladder[piece]
    price = tariffs.prices[ladder, now]
    return Lines(
        interval=pieces.row[piece],
        from_day=pieces.from_day[piece],
        to_day=pieces.to_day[piece],
        version=pieces.version[piece],
        code=tariffs.ladder_code[ladder],
        period_day=tariffs.periods.value[pieces.period[piece]],
        tier=now,
        litres=np.zeros(len(piece), np.int64),
        price_e4=price,
        amount_fen=line_amount(used[piece], price - tariffs.prices[ladder, before]),
    )


def _minimum_lines(amount: Column, pieces: Pieces, intervals: Intervals, tariffs: Tariffs) -> Lines:
    """A line without gas for what a bill lacks to the minimum charge of the version that ends it; it is added to ``amount``."""
    last = last_of_each(pieces, intervals)
    some = np.flatnonzero(tariffs.minimum_fen[pieces.version[last]])
    version = pieces.version[last[some]]
    lacking = tariffs.minimum_fen[version] * intervals.billing_months[some] - amount[some]
    short = np.flatnonzero(lacking > 0)
    rows, version, lacking = some[short], version[short], lacking[short]
    amount[rows] += lacking
    nothing, zero = np.full(len(rows), NOTHING, np.int64), np.zeros(len(rows), np.int64)
    return Lines(
        interval=rows,
        from_day=intervals.from_day[rows],
        to_day=intervals.to_day[rows],
        version=version,
        code=zero,
        period_day=nothing,
        tier=nothing,
        litres=zero,
        price_e4=zero,
        amount_fen=lacking,
    )
