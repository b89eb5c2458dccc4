"""What must hold whatever the numbers: order, splitting, more gas, sums."""

import dataclasses
import datetime as dt

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from gasworks.rating import (
    Basis,
    ExtraPersons,
    Intervals,
    Ladder,
    Period,
    PeriodKind,
    PlanVersion,
    PricePlan,
    Tier,
    compile_tariffs,
    ladder_keys,
    rate,
)
from gasworks.rating.columns import day_number
from tests.rating import twin
from tests.rating.compare import by_kernel
from tests.rating.shapes import CALENDARS, PROFILES, cases

QUICK = settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))


@QUICK
@given(cases(most=5, rate_twin=twin.rate), st.randoms())
def test_the_order_of_rows_does_not_matter(case, random):
    order = list(range(len(case.intervals)))
    random.shuffle(order)
    shuffled = dataclasses.replace(case, intervals=tuple(case.intervals[i] for i in order))
    answers = by_kernel(case)
    assert by_kernel(shuffled) == [answers[i] for i in order]


@QUICK
@given(cases(rate_twin=twin.rate))
def test_lines_and_movements_hold_all_gas_and_the_amount_is_their_sum(case):
    for row, answer in zip(case.intervals, by_kernel(case), strict=True):
        assert sum(line[6] for line in answer["lines"]) == row["litres"]
        assert sum(move[4] for move in answer["movements"] if not move[5]) == row["litres"]
        assert sum(line[7] for line in answer["lines"]) == answer["amount"]


@QUICK
@given(cases(rate_twin=twin.rate))
def test_movements_cover_each_interval_once(case):
    for row, answer in zip(case.intervals, by_kernel(case), strict=True):
        spans = [(move[0], move[1]) for move in answer["movements"] if not move[5]]
        assert [begin for begin, _ in spans] == [row["from"], *(end for _, end in spans[:-1])]
        assert spans[-1][1] == row["to"]


@QUICK
@given(cases(rate_twin=twin.rate))
def test_the_keys_asked_for_are_those_that_are_climbed(case):
    tariffs = compile_tariffs(case.plans, CALENDARS.values(), PROFILES.values())
    asked = set(zip(*(column.tolist() for column in ladder_keys(case.columns, tariffs)), strict=True))
    moves = rate(case.columns, tariffs, changes=case.changes).movements
    booked = zip(moves.group.tolist(), moves.code.tolist(), moves.period_day.tolist(), strict=True)
    assert {key for key in booked if key[2] >= 0} == asked


prices = st.lists(st.integers(1, 60_000), min_size=3, max_size=3).map(sorted)
JANUARY, DECEMBER = dt.date(2025, 1, 1), dt.date(2026, 1, 1)


def home(price, household=None):
    first, second, third = price
    ladder = Ladder(
        (Tier(300_000, first), Tier(500_000, second), Tier(None, third)), Period(PeriodKind.YEAR), household=household
    )
    return compile_tariffs([PricePlan("home", "home", (PlanVersion(dt.date(2020, 1, 1), ladder, "", ""),))])


def year_of(tariffs, days, litres, persons=3):
    """Consecutive intervals of one home inside one tier year."""
    return rate(
        Intervals.of(
            plan=0, from_day=days[:-1], to_day=days[1:], litres=np.array(litres, np.int64), group=0, persons=persons
        ),
        tariffs,
    )


@QUICK
@given(prices, st.lists(st.integers(0, 250), min_size=1, max_size=8))
def test_splitting_a_year_changes_its_sum_by_rounding_only(price, parts):
    """Each line is rounded once, so a split moves the sum by at most half a fen a line, on both sides."""
    tariffs = home(price)
    begin, end = day_number(JANUARY), day_number(DECEMBER)
    days = np.linspace(begin, end, len(parts) + 1).astype(np.int64)
    split = year_of(tariffs, days, [part * 1000 for part in parts])
    whole = year_of(tariffs, np.array([begin, end]), [sum(parts) * 1000])
    lines = len(split.lines) + len(whole.lines)
    assert abs(int(split.amount_fen.sum()) - int(whole.amount_fen.sum())) * 2 <= lines


@QUICK
@given(prices, st.integers(0, 900), st.integers(0, 900))
def test_more_gas_never_costs_a_home_less(price, less, more):
    tariffs = home(price)
    days = np.array([day_number(JANUARY), day_number(DECEMBER)])
    small, large = (year_of(tariffs, days, [m3 * 1000]) for m3 in sorted((less, more)))
    assert small.amount_fen[0] <= large.amount_fen[0]


@QUICK
@given(prices, st.integers(0, 900), st.integers(1, 12), st.integers(1, 12))
def test_a_larger_household_never_pays_more(price, m3, one, other):
    tariffs = home(price, ExtraPersons(4, (60_000, 90_000)))
    days = np.array([day_number(JANUARY), day_number(DECEMBER)])
    small, large = (year_of(tariffs, days, [m3 * 1000], persons) for persons in sorted((one, other)))
    assert large.amount_fen[0] <= small.amount_fen[0]


@pytest.mark.parametrize("meters", [[100, 250, 40], [40, 100, 250], [250, 40, 100]])
def test_meters_of_one_household_share_its_ladder(meters):
    """390 m³ in all: 300 × 3.00 + 90 × 3.60, whichever meter comes first."""
    tariffs = home([30_000, 36_000, 45_000])
    rated = rate(
        Intervals.of(
            plan=0,
            from_day=day_number(JANUARY),
            to_day=day_number(JANUARY) + 30,
            litres=np.array(meters) * 1000,
            group=8,
        ),
        tariffs,
    )
    assert rated.amount_fen.sum() == 300 * 300 + 90 * 360


def test_meters_of_one_household_share_one_billing_cycle():
    """Old and new meter of an exchange in one two-month cycle: 2 × 50 m³ for both together."""
    ladder = Ladder((Tier(50_000, 29_400), Tier(None, 38_200)), Period(PeriodKind.CYCLE), basis=Basis.BILLING_MONTH)
    tariffs = compile_tariffs([PricePlan("home", "home", (PlanVersion(dt.date(2020, 1, 1), ladder, "", ""),))])
    rated = rate(
        Intervals.of(
            plan=0,
            from_day=[20_000, 20_030],
            to_day=[20_030, 20_061],
            litres=[70_000, 40_000],
            group=8,
            billing_months=2,
            cycle_day=day_number(dt.date(2024, 12, 1)),
        ),
        tariffs,
    )
    assert rated.amount_fen.tolist() == [70 * 294, 30 * 294 + 10 * 382]
