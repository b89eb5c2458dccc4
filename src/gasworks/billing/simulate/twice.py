"""One part of history rated twice: by the prices in force, and by those with the draft among them. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np

from gasworks.billing.run.columns import Column, Mask
from gasworks.billing.run.intervals import changes_among, places_of_plans
from gasworks.billing.simulate.history import History
from gasworks.rating import Changes, Intervals, Lines, NotRatable, Rated, Tariffs, ToDate, rate
from gasworks.tariffs.types import Trial


@dataclass(frozen=True, slots=True)
class Side:
    """Fen of each interval, and the lines that they are made of: (interval, tier counted from 1, litres, fen)."""

    fen: Column
    interval: Column
    tier: Column
    litres: Column
    line_fen: Column

    def take(self, rows: Mask) -> "Side":
        """These intervals only, numbered anew."""
        kept, number = rows[self.interval], np.cumsum(rows) - 1
        interval = number[self.interval[kept]]
        return Side(self.fen[rows], interval, self.tier[kept], self.litres[kept], self.line_fen[kept])


@dataclass(frozen=True, slots=True)
class Twice:
    """``row``: the intervals of the history that both can rate. ``why`` counts the others by ``rating.Why``.

    ``touched`` marks intervals of the plan whose draft is tried.
    """

    row: Column
    touched: Column
    now: Side
    tried: Side
    why: Mapping[int, int]


def rate_twice(past: History, trial: Trial) -> Twice:
    """What the draft cannot change is rated once: groups without an interval of its plan.

    Intervals of months before the first one asked for are rated on both sides, and then left out.
    """
    asked = past.month >= past.first_month
    rows = np.arange(len(past), dtype=np.int64)
    why: dict[int, int] = {}
    now_plan, tried_plan = (places_of_plans(past.plan, prices.index) for prices in (trial.now, trial.tried))
    while True:
        some = past.intervals.take(rows)
        moved = np.isin(some.group, np.unique(some.group[past.plan[rows] == trial.plan_id]))
        again = np.flatnonzero(moved)
        try:
            now = _rate(some, now_plan[rows], past.changes, rows, trial.now.tariffs, past.to_date)
        except NotRatable as refused:
            rows = _without(rows, refused.why, np.arange(len(rows)), asked, why)
            continue
        try:
            tried = _rate(
                some.take(again), tried_plan[rows[again]], past.changes, rows[again], trial.tried.tariffs, past.to_date
            )
        except NotRatable as refused:
            rows = _without(rows, refused.why, again, asked, why)
            continue
        one = _side(now, np.arange(len(rows), dtype=np.int64))
        touched = past.plan[rows] == trial.plan_id
        mine = asked[rows]
        other = _instead(one, moved, _side(tried, again))
        return Twice(rows[mine], touched[mine], one.take(mine), other.take(mine), why)


def _rate(
    intervals: Intervals, plan: Column, changes: Changes, rows: Column, tariffs: Tariffs, to_date: ToDate
) -> Rated:
    """``rows`` of the history, ascending; their household changes go with them."""
    return rate(replace(intervals, plan=plan), tariffs, to_date=to_date, changes=changes_among(changes, rows))


def _without(rows: Column, reason: Column, of: Column, asked: Mask, why: dict[int, int]) -> Column:
    """The rows that are left; ``reason`` belongs to the rows at ``of``. Only those of the months ``asked`` for count."""
    told = reason[asked[rows[of]]]
    for code in np.unique(told[told > 0]).tolist():
        why[code] = why.get(code, 0) + int((told == code).sum())
    return np.delete(rows, of[reason > 0])


def _side(rated: Rated, of: Column) -> Side:
    lines: Lines = rated.lines
    return Side(rated.amount_fen, of[lines.interval], lines.tier + 1, lines.litres, lines.amount_fen)


def _instead(now: Side, moved: np.ndarray, tried: Side) -> Side:
    """Today's side with the groups that were rated again in their own places."""
    fen = now.fen.copy()
    fen[moved] = tried.fen
    kept = ~moved[now.interval]
    return Side(
        fen,
        np.concatenate([now.interval[kept], tried.interval]),
        np.concatenate([now.tier[kept], tried.tier]),
        np.concatenate([now.litres[kept], tried.litres]),
        np.concatenate([now.line_fen[kept], tried.line_fen]),
    )
