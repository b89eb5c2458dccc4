"""How gas by formula is priced: one interval as a whole, by the household of its last day; or all of it at one tier."""

from typing import Final

import numpy as np

from gasworks.rating import Changes, Intervals, Tariffs, rate
from gasworks.rating.columns import Column

MONTH_DAYS: Final = 30
FIRST: Final = "first"


def back_intervals(
    *,
    plan: Column,
    from_day: Column,
    to_day: Column,
    litres: Column,
    persons: Column,
    group: Column,
    measure: Column,
) -> Intervals:
    """One interval a back-bill. Tiers by the month get as many months as its days hold, at least one."""
    return Intervals.of(
        plan=plan,
        from_day=from_day,
        to_day=to_day,
        litres=litres,
        persons=persons,
        billing_months=np.maximum(1, np.round((to_day - from_day) / MONTH_DAYS).astype(np.int64)),
        group=group,
        measure=measure,
    )


def last_versions(gas: Intervals, tariffs: Tariffs) -> list[int]:
    """The version that prices the last of each interval, as an index of ``tariffs.versions``."""
    none = np.zeros(0, np.int64)
    lines = rate(gas, tariffs, changes=Changes(none, none, none)).lines
    last = np.searchsorted(lines.interval, np.arange(len(gas)), side="right") - 1
    return [int(version) for version in lines.version[last]]


def tier_price(tariffs: Tariffs, version: int, climb: str) -> tuple[int, int]:
    """(tier, counted from 0, its price) of a back-bill that is all at the first or the last tier."""
    tiers = tariffs.versions[version].ladder.tiers
    tier = 0 if climb == FIRST else len(tiers) - 1
    return tier, int(tiers[tier].price_e4)
