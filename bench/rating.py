"""Rating alone: intervals a second on one core, all published tariffs and every further shape in one table.

`./run bench rating [--intervals N] [--chunk N] [--trials N]`. Prints one JSON line; exit 1 when the answers differ from
the exact twin's, or when the rate is below the bar. The rate is that of the best of a few passes over the same
intervals, in CPU time; all passes are told, and beside them what a fixed NumPy loop took, so that figures of a machine
that is busy, or another one, can be set against each other.
"""

import argparse
import datetime as dt
import json
import os
import sys
import time

import numpy as np

from gasworks.rating import (
    Allowance,
    Basis,
    Boundary,
    CarryOver,
    Changes,
    DayProfile,
    ExtraPersons,
    InSeason,
    Intervals,
    Ladder,
    Period,
    PeriodKind,
    PlanVersion,
    PricePlan,
    SeasonCalendar,
    Tier,
    ToDate,
    compile_tariffs,
    rate,
    refusals,
)
from gasworks.rating.columns import NOTHING, day_number, day_of
from gasworks.tariffs.packs import pack_codes, price_plans, read_pack
from tests.rating import twin
from tests.rating.shapes import twin_plan

BAR = 2_000_000
SEED = 20260401
TODAY = dt.date(2026, 4, 10)
HEATING = SeasonCalendar("bench-heating", (11, 15), (3, 15), 4)
DEGREE_DAYS = DayProfile("bench-degree-days", (210, 170, 90, 20, 0, 0, 0, 0, 0, 40, 120, 190))
OLD, NEW = dt.date(2020, 1, 1), dt.date(2026, 3, 20)
YEAR, MONTH, CYCLE = Period(PeriodKind.YEAR), Period(PeriodKind.MONTH), Period(PeriodKind.CYCLE)


def _tiers(first: int, second: int, dearer: int = 0) -> tuple[Tier, ...]:
    return (Tier(first, 30_000 + dearer), Tier(second, 36_000 + dearer), Tier(None, 45_000 + dearer))


def _two_prices(code: str, ladder: Ladder, dearer: Ladder, **others: object) -> PricePlan:
    """The same order twice, the second with new prices from a day inside most intervals."""
    versions = tuple(
        PlanVersion(day, each, "", "", **others)  # type: ignore[arg-type]
        for day, each in ((OLD, ladder), (NEW, dearer))
    )
    return PricePlan(code, code, versions)


def further_shapes() -> tuple[PricePlan, ...]:
    """What no published order of the packs has, or not together."""
    yearly = [
        Ladder(_tiers(300_000, 500_000, more), YEAR, household=ExtraPersons(4, (60_000, 90_000))) for more in (0, 900)
    ]
    monthly = [Ladder(_tiers(26_000, 38_000, more), MONTH, carry=CarryOver(12, (1, 1))) for more in (0, 900)]
    free = Allowance(Ladder((Tier(5_000, 0), Tier(None, 0)), CYCLE, Basis.BILLING_MONTH, code=9))
    season = InSeason("bench-heating", Ladder(_tiers(900_000, 1_500_000), Period(PeriodKind.SEASON, season="bench-heating"), code=1), counts_toward_main=True)  # fmt: skip # noqa: E501
    falling = Ladder((Tier(500_000, 40_000), Tier(1_000_000, 39_000), Tier(None, 38_000)), YEAR, whole=True)
    contract = Ladder((Tier(1_100, 32_000), Tier(None, 40_000)), CYCLE, Basis.CONTRACT)
    plain = _two_prices("by-degree-days", *yearly)
    return (
        _two_prices("two-prices", *yearly),
        PricePlan(plain.code, plain.name, plain.versions, profile="bench-degree-days"),
        _two_prices("carry-over", *monthly),
        _two_prices("free-volume", *yearly, allowance=free, ceiling_e4=40_000),
        PricePlan("season", "season", (PlanVersion(OLD, yearly[0], "", "", seasonal=(season,), minimum_fen=500),)),
        PricePlan("whole", "whole", (PlanVersion(OLD, falling, "", ""),), residential=False),
        PricePlan("contract", "contract", (PlanVersion(OLD, contract, "", ""),), residential=False, unit_litres=1),
        _two_prices("by-reading", *yearly, change=Boundary.BY_CLOSING_READING),
    )


class World:
    """One month: 70 % on published tariffs, 20 % cut by a price change inside, 10 % on the further shapes."""

    def __init__(self, count: int) -> None:
        found = [pair for code in pack_codes() for pair in price_plans(read_pack(code))]
        self.calendars = {calendar.code: calendar for _, some in found for calendar in some} | {HEATING.code: HEATING}
        self.profiles = {DEGREE_DAYS.code: DEGREE_DAYS}
        self.plans = [plan for plan, _ in found] + list(further_shapes())
        self.tariffs = compile_tariffs(self.plans, self.calendars.values(), self.profiles.values())
        dice = np.random.default_rng(SEED)
        billable = self._billable()
        self.intervals = self._intervals(dice, billable, count)

    def _billable(self) -> np.ndarray:
        """Plans that price the bench's days."""
        plans = np.arange(len(self.plans), dtype=np.int64)
        probe = Intervals.of(
            plan=plans, from_day=day_number(TODAY) - 90, to_day=day_number(TODAY), litres=0, measure=10**6
        )
        return plans[refusals(probe, self.tariffs) == 0]

    def _intervals(self, dice: np.random.Generator, billable: np.ndarray, count: int) -> Intervals:
        special = len(self.plans) - 1 - np.arange(len(further_shapes()))
        plain, cut = billable[~np.isin(billable, special)], len(self.plans) - len(special)
        kind = dice.random(count)
        plan = np.where(kind < 0.2, cut, np.where(kind < 0.3, dice.choice(special, count), dice.choice(plain, count)))
        end = day_number(TODAY) - dice.integers(0, 10, count)
        return Intervals.of(
            plan=plan,
            from_day=end - np.where(dice.random(count) < 0.3, 60, 30),
            to_day=end,
            litres=np.where(dice.random(count) < 0.03, 0, dice.integers(1, 120, count) * 1000),
            persons=dice.integers(2, 7, count),
            measure=50_000,
            group=np.arange(count, dtype=np.int64),
        )

    def chunk(self, low: int, high: int) -> tuple[Intervals, ToDate, Changes]:
        rows = self.intervals.take(np.arange(low, high))
        year = day_number(dt.date(2026, 1, 1))
        zero = np.zeros(len(rows), np.int64)
        used = (rows.group * 7_919 % 400) * 1000
        grown = np.flatnonzero(rows.group % 50 == 0)
        changes = Changes(grown, rows.to_day[grown] - 10, rows.persons[grown] + 1)
        return rows, ToDate(rows.group, zero, zero + year, used), changes


def main() -> int:
    options = argparse.ArgumentParser()
    options.add_argument("--intervals", type=int, default=1_000_000)
    options.add_argument("--chunk", type=int, default=20_000)
    options.add_argument("--trials", type=int, default=5)
    options.add_argument("--twin", type=int, default=1_000, help="how many of them the exact twin prices, too")
    asked = options.parse_args()
    world = World(asked.intervals)
    chunks = [world.chunk(n, min(n + asked.chunk, asked.intervals)) for n in range(0, asked.intervals, asked.chunk)]
    rate(*chunks[0][:1], world.tariffs, to_date=chunks[0][1], changes=chunks[0][2])
    trials = [pass_over(world, chunks) for _ in range(asked.trials)]
    cpu, lines, fen = min(trials)
    differing = compare(world, chunks[0], asked.twin)
    a_second = round(asked.intervals / cpu)
    told = {
        "bench": "rating",
        "intervals": asked.intervals,
        "chunk": asked.chunk,
        "plans": len(world.plans),
        "lines": lines,
        "fen": fen,
        "cpu_s": round(cpu, 3),
        "intervals_per_s": a_second,
        "trials_per_s": [round(asked.intervals / each) for each, _, _ in trials],
        "calibration_s": round(calibration(), 3),
        "bar": BAR,
        "twin_compared": min(asked.twin, len(chunks[0][0])),
        "twin_differs": differing,
        "load": [round(x, 2) for x in os.getloadavg()],
        "passed": differing == 0 and a_second >= BAR,
    }
    print(json.dumps(told))
    return 0 if told["passed"] else 1


def pass_over(world: World, chunks: list[tuple[Intervals, ToDate, Changes]]) -> tuple[float, int, int]:
    """CPU seconds of rating all chunks once, their lines and fen."""
    lines = fen = 0
    began = time.process_time()
    for rows, to_date, changes in chunks:
        rated = rate(rows, world.tariffs, to_date=to_date, changes=changes)
        fen += int(rated.amount_fen.sum())
        lines += len(rated.lines)
    return time.process_time() - began, lines, fen


def calibration() -> float:
    """CPU seconds of a fixed piece of NumPy work, the best of five."""
    numbers = np.arange(3_000_000, dtype=np.int64)
    taken = []
    for _ in range(5):
        began = time.process_time()
        np.where(numbers % 7 > 3, numbers * 3, numbers - 1).sum()
        taken.append(time.process_time() - began)
    return min(taken)


def compare(world: World, chunk: tuple[Intervals, ToDate, Changes], most: int) -> int:
    """How many of the first intervals the exact twin prices otherwise."""
    rows, to_date, changes = chunk
    rated = rate(rows, world.tariffs, to_date=to_date, changes=changes)
    plans = [twin_plan(plan, world.calendars, world.profiles) for plan in world.plans]
    grown: dict[int, list[tuple[dt.date, int]]] = {}
    for interval, day, persons in zip(changes.interval, changes.day, changes.persons, strict=True):
        grown.setdefault(int(interval), []).append((day_of(day), int(persons)))
    asked = [
        {
            "plan": int(rows.plan[n]),
            "from": day_of(rows.from_day[n]),
            "to": day_of(rows.to_day[n]),
            "litres": int(rows.litres[n]),
            "persons": int(rows.persons[n]),
            "changes": grown.get(n, []),
            "months": int(rows.billing_months[n]),
            "parity": int(rows.parity[n]),
            "cycle": day_of(rows.cycle_day[n]),
            "group": int(rows.group[n]),
            "opened": None,
            "member": int(rows.member[n]),
            "measure": int(rows.measure[n]),
        }
        for n in range(min(most, len(rows)))
    ]
    booked = {
        (int(group), int(code), day_of(day)): int(litres)
        for group, code, day, litres in zip(
            to_date.group, to_date.code, to_date.period_day, to_date.litres, strict=True
        )
    }
    answers = twin.rate(plans, asked, booked)
    left = np.where(rated.left_litres == NOTHING, NOTHING, rated.left_litres)
    return sum(
        (answer["amount"], answer["left"]) != (int(rated.amount_fen[n]), int(left[n]))
        for n, answer in enumerate(answers)
    )


if __name__ == "__main__":
    sys.exit(main())
