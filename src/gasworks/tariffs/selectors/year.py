"""What a tier year looks like for one home: its bounds, and what twelve months of gas would cost."""

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

import numpy as np

from gasworks.foundation.scope import Scope
from gasworks.rating import Intervals, PeriodKind, compile_tariffs, ladder_keys, rate, refusals
from gasworks.rating.columns import NOTHING, day_number, day_of
from gasworks.rating.data import build_plan, read_version
from gasworks.rating.tables import WITHOUT_END, Tariffs
from gasworks.rating.types import PERSONS_MAX, Basis, Ladder
from gasworks.tariffs.models import PlanVersion
from gasworks.tariffs.selectors.compiled import NoPricesYet, calendars_of, compiled_tariffs, profiles_of
from gasworks.tariffs.selectors.plans import version_in_force

HORIZON_DAYS: Final = 800
"""Longer than any tier period."""
HELD_SINCE: Final = dt.date(2000, 1, 1)


@dataclass(frozen=True, slots=True)
class YearLadder:
    """One ladder for a home of that size: cumulative bounds in litres (None: no end) with their prices.

    ``season`` is the calendar's code, empty for the main ladder; ``period`` one of ``PeriodKind``, empty for a flat price.
    """

    season: str
    period: str
    tiers: tuple[tuple[int | None, int], ...]


@dataclass(frozen=True, slots=True)
class PlanYear:
    """``amount_fen`` None: the plan cannot bill this, for instance without a floor area."""

    ladders: tuple[YearLadder, ...]
    amount_fen: int | None


def next_period_start(*, scope: Scope, plan_id: int, after: dt.date, parity: int = 0) -> dt.date | None:
    """The first day after ``after`` on which a tier period of the household's ladder begins; None off the ladder."""
    prices = compiled_tariffs(scope=scope)
    if plan_id not in prices.index:
        raise NoPricesYet
    days = day_number(after) + np.arange(HORIZON_DAYS, dtype=np.int64)
    asked = Intervals.of(
        plan=prices.index[plan_id],
        from_day=days,
        to_day=days + 1,
        litres=np.zeros(HORIZON_DAYS, np.int64),
        cycle_day=days.view("M8[D]").astype("M8[M]").astype("M8[D]").astype(np.int64),
        parity=parity,
    )
    good = refusals(asked, prices.tariffs) == 0
    _group, code, period_day = ladder_keys(asked.take(good), prices.tariffs)
    begun = period_day[(period_day != NOTHING) & (code == code.min(initial=99)) & (period_day > day_number(after))]
    return day_of(int(begun.min())) if len(begun) else None


def plan_year(
    *, scope: Scope, plan_id: int, on: dt.date, persons: int, measure: int, litres_by_month: Mapping[int, int]
) -> PlanYear:
    """The version in force on a day as if it held all year; gas by calendar month (1 … 12), in litres.

    The year begins with a tier year, or in January; each month is billed by itself.
    """
    row = version_in_force(scope=scope, plan_id=plan_id, on=on)
    if row is None:
        raise NoPricesYet
    tariffs, ladders = _alone(row)
    shown = tuple(_shown(ladder, season, number, tariffs, persons, measure) for number, (season, ladder) in ladders)
    return PlanYear(shown, _amount(tariffs, ladders[0][1][1], on, persons, measure, litres_by_month))


def _alone(row: PlanVersion) -> tuple[Tariffs, list[tuple[int, tuple[str, Ladder]]]]:
    place = f"plan {row.plan.code}, version {row.from_on}"
    version = read_version(row.content, place=place, effective_from=HELD_SINCE)
    plan = build_plan(row.plan.code, row.plan.name, [row.content], [version])
    tariffs = compile_tariffs([plan], calendars_of([row]), profiles_of([row]))
    return tariffs, list(enumerate([("", version.ladder), *((s.season, s.ladder) for s in version.seasonal)]))


def _shown(ladder: Ladder, season: str, number: int, tariffs: Tariffs, persons: int, measure: int) -> YearLadder:
    bounds = tariffs.bounds[: len(ladder.tiers), number * (PERSONS_MAX + 1) + persons].tolist()
    once = int(tariffs.measured[number])
    unit = int(tariffs.unit[0])
    ends = [None if bound == WITHOUT_END else _measured(bound, measure, once, unit) for bound in bounds]
    kind = ladder.period.kind.value if ladder.period else ""
    prices = tariffs.prices[number][: len(ladder.tiers)].tolist()
    return YearLadder(season, kind, tuple(zip(ends, prices, strict=True)))


def _measured(bound: int, measure: int, once: int, unit: int) -> int:
    """The bound of a floor area or contract volume, half up to the billing unit."""
    if not once:
        return bound
    whole = once * unit
    return (2 * bound * measure + whole) // (2 * whole) * unit


def _amount(
    tariffs: Tariffs, main: Ladder, on: dt.date, persons: int, measure: int, litres_by_month: Mapping[int, int]
) -> int | None:
    month, day = main.period.start if main.period and main.period.kind is PeriodKind.YEAR else (1, 1)
    begins = [dt.date(on.year + (month - 1 + k) // 12, (month - 1 + k) % 12 + 1, day) for k in range(13)]
    days = np.array([day_number(begin) for begin in begins], np.int64)
    asked = Intervals.of(
        plan=0,
        from_day=days[:-1],
        to_day=days[1:],
        litres=[litres_by_month.get(begin.month, 0) for begin in begins[:-1]],
        persons=persons,
        measure=measure,
        cycle_day=days[:-1].view("M8[D]").astype("M8[M]").astype("M8[D]").astype(np.int64),
        group=np.zeros(12, np.int64),
        member=np.zeros(12, np.int64),
    )
    if (refusals(asked, tariffs) != 0).any():
        return None
    return int(rate(asked, tariffs).amount_fen.sum())


def goes_by_area(*, scope: Scope, plan_id: int, on: dt.date) -> bool:
    """Whether some ladder of the plan is stated for a m² of heated floor."""
    row = version_in_force(scope=scope, plan_id=plan_id, on=on)
    if row is None:
        return False
    return any(ladder.basis is Basis.FLOOR_AREA for _n, (_s, ladder) in _alone(row)[1])
