"""Bill lines from the litres of each piece and tier."""

from collections.abc import Sequence
from dataclasses import dataclass, fields, replace
from typing import TypeVar

import numpy as np
import numpy.typing as npt

from gasworks.rating.amounts import line_amount
from gasworks.rating.columns import NOTHING, Column, Columns, Intervals, Lines
from gasworks.rating.pieces import Pieces
from gasworks.rating.tables import Tariffs

C = TypeVar("C", bound=Columns)
Mask = npt.NDArray[np.bool_]
Climbed = tuple[Pieces, npt.NDArray[np.int64]]
"""Pieces on the ladder that they climb, and [piece, tier] → litres there."""
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
) -> Lines:
    """One line for each (version, ladder, tier period, tier) of an interval that has gas, by day, ladder and tier.

    The first of ``climbed`` are all pieces, ``used`` their ladder position before; others are allowances below them.
    """
    pieces = climbed[0][0]
    gas = _gas(*climbed[0])
    again = _with_repeats(pieces, len(intervals))
    for below, volumes in climbed[1:]:
        if len(below):
            gas = _concatenated([gas, _gas(below, volumes)])
            again[below.row] = True
    if again.any():
        gas = _merge(again, gas)
    price = tariffs.prices[gas.ladder, gas.tier]
    lines = Lines(
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
    more = _moved_lines(pieces, moved, used, tariffs)
    if tariffs.minimum_fen.any():
        least = _minimum_lines(sums_by_interval(lines, len(intervals)), more, pieces, intervals, tariffs)
        more = _concatenated([more, least])
        more = more.take(np.argsort(more.interval, kind="stable"))
    if not len(lines):
        return more
    return _woven(lines, np.arange(len(lines)), more, "interval") if len(more) else lines


def sums_by_interval(lines: Lines, intervals: int) -> Column:
    """Fen of each interval."""
    total = np.zeros(intervals, np.int64)
    np.add.at(total, lines.interval, lines.amount_fen)
    return total


def _gas(pieces: Pieces, volumes: npt.NDArray[np.int64]) -> _Gas:
    piece, tier = np.nonzero(volumes > 0)
    return _Gas(
        row=pieces.row[piece],
        from_day=pieces.from_day[piece],
        to_day=pieces.to_day[piece],
        ladder=pieces.ladder[piece],
        period=pieces.period[piece],
        tier=tier,
        litres=volumes[piece, tier],
        version=pieces.version[piece],
    )


def _concatenated(parts: Sequence[C]) -> C:
    one = parts[0]
    return type(one)(**{f.name: np.concatenate([getattr(p, f.name) for p in parts]) for f in fields(one)})  # type: ignore[arg-type]


def _woven(one: C, kept: Column, other: C, by: str) -> C:
    """Rows ``kept`` of one and all of the other in the order of the column ``by``; each is in that order already."""
    more = getattr(other, by)
    places = np.searchsorted(getattr(one, by)[kept], more, "right") + np.arange(len(more))
    old = np.ones(len(kept) + len(more), np.bool_)
    old[places] = False
    source = np.zeros(len(old), np.int64)
    source[old] = kept
    woven = {}
    for f in fields(one):  # type: ignore[arg-type]
        values = woven[f.name] = getattr(one, f.name)[source]
        values[places] = getattr(other, f.name)
    return type(one)(**woven)


def _with_repeats(pieces: Pieces, intervals: int) -> Mask:
    """Intervals in which one ladder and tier period may come twice: neighbours alike, or three pieces and more."""
    again = np.zeros(intervals, np.bool_)
    row = pieces.row
    second = np.flatnonzero(row[1:] == row[:-1])
    alike = (pieces.ladder[second + 1] == pieces.ladder[second]) & (pieces.period[second + 1] == pieces.period[second])
    again[row[second[alike]]] = True
    third = second[1:][second[1:] == second[:-1] + 1]
    again[row[third]] = True
    return again


def _merge(again: Mask, gas: _Gas) -> _Gas:
    """Put the gas of those intervals together where ladder, tier period and tier are the same."""
    touched = again[gas.row]
    mine = gas.take(np.flatnonzero(touched))
    if not len(mine):
        return gas
    mine = mine.take(np.lexsort((mine.tier, mine.period, mine.ladder, mine.row)))
    changed = np.ones(len(mine), np.bool_)
    names = (mine.tier, mine.period, mine.ladder, mine.row)
    changed[1:] = np.any([name[1:] != name[:-1] for name in names], axis=0)
    begins = np.flatnonzero(changed)
    mine = replace(
        mine.take(begins),
        litres=np.add.reduceat(mine.litres, begins),
        from_day=np.minimum.reduceat(mine.from_day, begins),
        to_day=np.maximum.reduceat(mine.to_day, begins),
    )
    mine = mine.take(np.lexsort((mine.tier, mine.ladder, mine.from_day, mine.row)))
    return _woven(gas, np.flatnonzero(~touched), mine, "row")


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


def _minimum_lines(amount: Column, moved: Lines, pieces: Pieces, intervals: Intervals, tariffs: Tariffs) -> Lines:
    """A line without gas for what a bill lacks to the minimum charge of the version that ends it."""
    last = np.flatnonzero(np.diff(pieces.row, append=len(intervals)))
    version = pieces.version[last]
    least = tariffs.minimum_fen[version] * intervals.billing_months
    lacking = least - amount - sums_by_interval(moved, len(intervals))
    rows = np.flatnonzero((lacking > 0) & (least > 0))
    nothing, zero = np.full(len(rows), NOTHING, np.int64), np.zeros(len(rows), np.int64)
    return Lines(
        interval=rows,
        from_day=intervals.from_day[rows],
        to_day=intervals.to_day[rows],
        version=version[rows],
        code=zero,
        period_day=nothing,
        tier=nothing,
        litres=zero,
        price_e4=zero,
        amount_fen=lacking[rows],
    )
