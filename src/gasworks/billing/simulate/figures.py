"""The sums of a simulation: collected part by part, told once as plain numbers. Pure; money in fen, gas in litres."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

import numpy as np

from gasworks.billing.run.columns import Column, Mask, place_of
from gasworks.billing.run.sheet import TYPES
from gasworks.billing.simulate.history import History
from gasworks.billing.simulate.twice import Side, Twice

TENTHS: Final = 10
BARS: Final = 10
"""Bars of the distribution on each side of «no change», the outermost without end."""
STEPS: Final = tuple(digit * 10**zeros for zeros in range(1, 12) for digit in (1, 2, 5))
"""Widths of a bar in fen that a person would choose."""
_TIER_BITS: Final = 6


@dataclass(frozen=True, slots=True)
class Points:
    """One row per supply point: what its gas costs now and by the draft. ``touched``: on the plan of the draft."""

    supply_point: Column
    kind: Column
    litres: Column
    now_fen: Column
    tried_fen: Column
    touched: Mask

    def __len__(self) -> int:
        return len(self.supply_point)

    @property
    def more_fen(self) -> Column:
        return self.tried_fen - self.now_fen

    def take(self, rows: Column | Mask) -> "Points":
        return Points(
            self.supply_point[rows],
            self.kind[rows],
            self.litres[rows],
            self.now_fen[rows],
            self.tried_fen[rows],
            self.touched[rows],
        )


@dataclass(slots=True)
class Tally:
    """Adds up the parts. Only five numbers a supply point are kept, so a million of them are some forty megabytes."""

    points: list[Points] = field(default_factory=list)
    tiers: dict[tuple[int, int], list[int]] = field(default_factory=dict)
    months: dict[int, list[int]] = field(default_factory=dict)
    why: dict[int, int] = field(default_factory=dict)
    intervals: int = 0
    bills: int = 0
    billed_fen: int = 0
    apart: int = 0
    apart_fen: int = 0

    def add(self, past: History, twice: Twice) -> None:
        rows = twice.row
        self.intervals += len(rows)
        for code, count in twice.why.items():
            self.why[code] = self.why.get(code, 0) + count
        self._add_points(past, twice)
        kind = past.members.customer_type[past.member[rows]]
        for place, side in enumerate((twice.now, twice.tried)):
            self._add_tiers(kind, side, 2 * place)
        month = past.month[rows]
        litres = past.intervals.litres[rows]
        for each in np.unique(month).tolist():
            mine = month == each
            sums = self.months.setdefault(each, [0, 0, 0])
            for place, values in enumerate((litres, twice.now.fen, twice.tried.fen)):
                sums[place] += int(values[mine].sum())
        self._compare_bills(past, twice)

    def _add_points(self, past: History, twice: Twice) -> None:
        rows = twice.row
        member, place = np.unique(past.member[rows], return_inverse=True)

        def summed(values: Column) -> Column:
            total = np.zeros(len(member), np.int64)
            np.add.at(total, place, values)
            return total

        self.points.append(
            Points(
                past.members.supply_point[member],
                past.members.customer_type[member],
                summed(past.intervals.litres[rows]),
                summed(twice.now.fen),
                summed(twice.tried.fen),
                summed(twice.touched.astype(np.int64)) > 0,
            )
        )

    def _add_tiers(self, kind: Column, side: Side, place: int) -> None:
        key = (kind[side.interval] << _TIER_BITS) | side.tier
        found, at = np.unique(key, return_inverse=True)
        for offset, values in enumerate((side.litres, side.line_fen)):
            total = np.zeros(len(found), np.int64)
            np.add.at(total, at, values)
            for one, value in zip(found.tolist(), total.tolist(), strict=True):
                name = (one >> _TIER_BITS, one & ((1 << _TIER_BITS) - 1))
                self.tiers.setdefault(name, [0, 0, 0, 0])[place + offset] += value

    def _compare_bills(self, past: History, twice: Twice) -> None:
        """What was billed against what today's prices make of it. A bill that cannot be rated counts as nothing."""
        again = np.zeros(len(past.bills), np.int64)
        np.add.at(again, place_of(past.bills, past.bill[twice.row]), twice.now.fen)
        apart = again - past.billed_fen
        self.bills += len(again)
        self.billed_fen += int(past.billed_fen.sum())
        self.apart += int(np.count_nonzero(apart))
        self.apart_fen += int(apart.sum())

    def all_points(self) -> Points:
        if not self.points:
            nothing = np.zeros(0, np.int64)
            return Points(nothing, nothing, nothing, nothing, nothing, np.zeros(0, np.bool_))
        names = ("supply_point", "kind", "litres", "now_fen", "tried_fen", "touched")
        return Points(*(np.concatenate([getattr(part, name) for part in self.points]) for name in names))


def tell(tally: Tally, points: Points) -> dict[str, Any]:
    """The figures of the page, as JSON holds them."""
    touched = points.take(points.touched)
    return {
        "points": len(points),
        "touched": len(touched),
        "intervals": tally.intervals,
        "litres": int(points.litres.sum()),
        "now_fen": int(points.now_fen.sum()),
        "tried_fen": int(points.tried_fen.sum()),
        "bills": tally.bills,
        "billed_fen": tally.billed_fen,
        "apart": tally.apart,
        "apart_fen": tally.apart_fen,
        "why": [[code, count] for code, count in sorted(tally.why.items())],
        **_sides(touched),
        "types": [[TYPES[kind], *_line(mine)] for kind, mine in _by_kind(points)],
        "tiers": [[TYPES[kind], tier, *sums] for (kind, tier), sums in sorted(tally.tiers.items())],
        "months": [[month, *sums] for month, sums in sorted(tally.months.items())],
        "tenths": [[TYPES[kind], tenths(mine)] for kind, mine in _by_kind(touched)],
        "spread": [[TYPES[kind], distribution(mine.more_fen)] for kind, mine in _by_kind(touched)],
    }


def tenths(points: Points) -> list[list[int]]:
    """Supply points by their gas in ten parts of equal size: [part, from litres, to litres, *_line] of each."""
    order = np.argsort(points.litres, kind="stable")
    found = []
    for number, rows in enumerate(np.array_split(order, TENTHS), start=1):
        if len(rows):
            litres = points.litres[rows]
            found.append([number, int(litres[0]), int(litres[-1]), *_line(points.take(rows))])
    return found


def distribution(more_fen: Column) -> list[list[int | None]]:
    """[above, up to and with, supply points] of each bar from the largest fall to the largest rise, in fen.

    Falls are told as [from and with, below]; «no change» is [0, 0]; None: without end.
    """
    if not len(more_fen):
        return []
    step = _step(more_fen)
    bar = np.sign(more_fen) * -(-np.abs(more_fen) // step)
    bars, counts = np.unique(np.clip(bar, -BARS, BARS), return_counts=True)
    known = dict(zip(bars.tolist(), counts.tolist(), strict=True))
    low, high = min(0, int(bars[0])), max(0, int(bars[-1]))
    return [[*_edges(number, step), known.get(number, 0)] for number in range(low, high + 1)]


def _step(more_fen: Column) -> int:
    """So wide that nine bars on a side hold all but the outermost hundredth."""
    size = np.sort(np.abs(more_fen))
    far = int(size[(len(size) - 1) * 99 // 100])
    return next((step for step in STEPS if step * (BARS - 1) >= far), STEPS[-1])


def _edges(number: int, step: int) -> tuple[int | None, int | None]:
    if number == 0:
        return 0, 0
    if number > 0:
        return (number - 1) * step, None if number == BARS else number * step
    return None if number == -BARS else number * step, (number + 1) * step


def _by_kind(points: Points) -> Iterator[tuple[int, Points]]:
    for kind in np.unique(points.kind[points.kind >= 0]).tolist():
        yield kind, points.take(points.kind == kind)


def _line(points: Points) -> list[int]:
    """[supply points, litres, fen now, fen by the draft, who pay less, who pay more, middle change in fen]."""
    more = points.more_fen
    return [
        len(points),
        int(points.litres.sum()),
        int(points.now_fen.sum()),
        int(points.tried_fen.sum()),
        int((more < 0).sum()),
        int((more > 0).sum()),
        middle(more),
    ]


def middle(values: Column) -> int:
    """The value in the middle; of two, the lower one."""
    return int(np.sort(values)[(len(values) - 1) // 2]) if len(values) else 0


def _sides(touched: Points) -> dict[str, int]:
    more = touched.more_fen
    return {
        "less_points": int((more < 0).sum()),
        "less_fen": -int(more[more < 0].sum()),
        "more_points": int((more > 0).sum()),
        "more_fen": int(more[more > 0].sum()),
        "same_points": int((more == 0).sum()),
        "middle_fen": middle(more),
    }


def most_moved(points: Points, most: int) -> tuple[Sequence[int], Sequence[int]]:
    """Rows of those whose cost rises most and of those whose cost falls most."""
    more = points.more_fen
    order = np.argsort(-more, kind="stable")
    rising = [row for row in order[:most].tolist() if more[row] > 0]
    falling = [row for row in order[::-1][:most].tolist() if more[row] < 0]
    return rising, falling
