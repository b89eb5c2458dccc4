"""Two versions of a plan beside each other: what a year of gas costs by each."""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from gasworks.rating import Intervals, compile_tariffs, rate, refusals
from gasworks.rating.columns import day_number
from gasworks.rating.data import build_plan, read_calendars, read_profiles, read_version
from gasworks.tariffs import models

YEAR: Final = (dt.date(2025, 1, 1), dt.date(2026, 1, 1))
"""Any year of twelve months: a version that is compared is priced as if it held throughout."""
VOLUMES_M3: Final = (60, 120, 200, 300, 400, 500, 800, 1_200, 2_000, 3_000)


@dataclass(frozen=True, slots=True)
class YearBill:
    """What a year's gas costs by two versions, in fen; None where a version cannot bill it."""

    litres: int
    left_fen: int | None
    right_fen: int | None

    @property
    def more_fen(self) -> int | None:
        return None if self.left_fen is None or self.right_fen is None else self.right_fen - self.left_fen

    @property
    def more_percent(self) -> float | None:
        if self.more_fen is None or not self.left_fen:
            return None
        return round(100 * self.more_fen / self.left_fen, 1)


def year_bills(
    left: "models.PlanVersion", right: "models.PlanVersion", *, persons: int, volumes_m3: Sequence[int] = VOLUMES_M3
) -> list[YearBill]:
    """A year of each volume in one bill, for a household of that size, without anything used before."""
    litres = [volume * 1000 for volume in volumes_m3]
    one, other = _fen(left, litres, persons), _fen(right, litres, persons)
    return [YearBill(*each) for each in zip(litres, one, other, strict=True)]


def _fen(row: "models.PlanVersion", litres: list[int], persons: int) -> list[int | None]:
    place = f"plan {row.plan.code}, version {row.from_on}"
    version = read_version(row.content, place=place, effective_from=dt.date(2000, 1, 1))
    plan = build_plan(row.plan.code, row.plan.name, [row.content], [version])
    tariffs = compile_tariffs([plan], read_calendars(row.content, place=place), read_profiles(row.content, place=place))
    asked = Intervals.of(
        plan=0,
        from_day=day_number(YEAR[0]),
        to_day=day_number(YEAR[1]),
        litres=np.array(litres, np.int64),
        persons=persons,
        billing_months=12,
    )
    good = refusals(asked, tariffs) == 0
    if not good.all():
        return [None] * len(litres)
    return [int(fen) for fen in rate(asked, tariffs).amount_fen]
