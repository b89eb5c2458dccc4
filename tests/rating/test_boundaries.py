"""Dates that cut and dates that do not: tier years by cycles, prices by reading, widths that change inside a year."""

import datetime as dt

import pytest

from gasworks.rating import (
    Basis,
    Boundary,
    Intervals,
    Ladder,
    Period,
    PeriodKind,
    PlanVersion,
    PricePlan,
    Tier,
    ToDate,
    compile_tariffs,
    rate,
)
from gasworks.rating.columns import column, day_number

MONTHLY, ODD, EVEN = 0, 1, 2


def plan(*versions):
    return compile_tariffs([PricePlan("home", "home", versions)])


def version(start, tiers, period, **others):
    return PlanVersion(start, Ladder(tuple(Tier(*tier) for tier in tiers), period), "", "", **others)


def bill(tariffs, begin, end, m3, *, booked=None, **others):
    intervals = Intervals.of(
        plan=[0], from_day=day_number(begin), to_day=day_number(end), litres=m3 * 1000, group=0, **others
    )
    to_date = None
    if booked:
        to_date = ToDate(column([0]), column([0]), column([day_number(booked[0])]), column([booked[1] * 1000]))
    return rate(intervals, tariffs, to_date=to_date)


def lines(rated):
    found = rated.lines
    return list(zip((found.litres // 1000).tolist(), found.price_e4.tolist(), found.amount_fen.tolist(), strict=True))


YANTAI = Period(PeriodKind.YEAR, (11, 1), Boundary.BY_CYCLES, (11, 11, 12, 11))
TIERS = ((216_000, 30_000), (None, 36_000))
DEARER = ((216_000, 32_000), (None, 38_000))


@pytest.mark.parametrize(
    ("parity", "month", "period"),
    [
        (MONTHLY, dt.date(2025, 10, 1), dt.date(2024, 11, 1)),
        (MONTHLY, dt.date(2025, 11, 1), dt.date(2025, 11, 1)),
        (ODD, dt.date(2025, 11, 1), dt.date(2025, 11, 1)),
        (EVEN, dt.date(2025, 10, 1), dt.date(2024, 12, 1)),
        (EVEN, dt.date(2025, 12, 1), dt.date(2025, 12, 1)),
    ],
)
def test_the_tier_year_goes_by_the_books_cycles(parity, month, period):
    """Yantai: single-month books from November to November, even-month books from December to December."""
    tariffs = plan(version(dt.date(2020, 1, 1), TIERS, YANTAI))
    begin = month - dt.timedelta(days=20)
    rated = bill(tariffs, begin, begin + dt.timedelta(days=40), 30, parity=parity, cycle_day=day_number(month))
    assert rated.movements.period_day.tolist() == [day_number(period)]


@pytest.mark.parametrize(
    ("read_on", "expected"),
    [
        (dt.date(2025, 6, 30), [(40, 30_000, 12_000)]),
        (dt.date(2025, 7, 1), [(40, 32_000, 12_800)]),
        (dt.date(2025, 7, 20), [(40, 32_000, 12_800)]),
    ],
)
def test_a_price_by_the_closing_reading_takes_the_whole_interval(read_on, expected):
    july = dt.date(2025, 7, 1)
    tariffs = plan(
        version(dt.date(2020, 1, 1), TIERS, YANTAI),
        version(july, DEARER, YANTAI, change=Boundary.BY_CLOSING_READING),
    )
    assert lines(bill(tariffs, dt.date(2025, 5, 28), read_on, 40)) == expected


def test_a_price_by_the_opening_reading_waits_for_the_next_interval():
    july, august = dt.date(2025, 7, 1), dt.date(2025, 8, 5)
    tariffs = plan(
        version(dt.date(2020, 1, 1), TIERS, YANTAI),
        version(july, DEARER, YANTAI, change=Boundary.BY_OPENING_READING),
    )
    assert lines(bill(tariffs, dt.date(2025, 6, 5), august, 40)) == [(40, 30_000, 12_000)]
    assert lines(bill(tariffs, august, dt.date(2025, 10, 5), 40)) == [(40, 32_000, 12_800)]


def test_a_wider_tier_inside_the_year_keeps_what_was_used():
    """Fuzhou 2025: 192 m³ until 30 June, 240 after. 190 used; of 20 m³ in 20 days 2 fill the old tier 1, 8 fall into
    tier 2, and from 1 July the 10 others lie below 240 again: 2 × 3.61 + 8 × 4.33 + 10 × 3.61."""
    year = Period(PeriodKind.YEAR)
    tariffs = plan(
        version(dt.date(2024, 1, 1), ((192_000, 36_100), (None, 43_300)), year),
        version(dt.date(2025, 7, 1), ((240_000, 36_100), (None, 43_300)), year),
    )
    rated = bill(tariffs, dt.date(2025, 6, 21), dt.date(2025, 7, 11), 20, booked=(dt.date(2025, 1, 1), 190))
    assert lines(rated) == [(2, 36_100, 722), (8, 43_300, 3_464), (10, 36_100, 3_610)]
    assert rated.left_litres.tolist() == [30_000]
    assert rated.movements.litres.tolist() == [20_000]


def test_a_tier_year_from_november():
    """Haikou: 1 November to 31 October. 30 days around it, 15 on each side; 270 of 277 m³ used before."""
    tariffs = plan(
        version(
            dt.date(2025, 8, 5),
            ((277_000, 31_000), (421_000, 33_900), (None, 36_500)),
            Period(PeriodKind.YEAR, (11, 1)),
        )
    )
    rated = bill(tariffs, dt.date(2025, 10, 17), dt.date(2025, 11, 16), 30, booked=(dt.date(2024, 11, 1), 270))
    assert lines(rated) == [(7, 31_000, 2_170), (8, 33_900, 2_712), (15, 31_000, 4_650)]


def test_a_price_of_the_future_waits_for_its_day():
    """Urumqi: 1.50 until 31 December 2026, 1.63 from 2027-01-01; 4 of 10 days in the new year, tier year begun anew."""
    year = Period(PeriodKind.YEAR)
    tariffs = plan(
        version(dt.date(2024, 1, 1), ((300_000, 15_000), (None, 18_000)), year),
        version(dt.date(2027, 1, 1), ((300_000, 16_300), (None, 19_600)), year),
    )
    rated = bill(tariffs, dt.date(2026, 12, 26), dt.date(2027, 1, 5), 10)
    assert lines(rated) == [(6, 15_000, 900), (4, 16_300, 652)]
    assert rated.movements.litres.tolist() == [6_000, 4_000]


def test_heating_by_floor_area():
    """Changchun: 15 m³ a square metre. 86.5 m² make 1 297.5, half up 1 298 m³."""
    ladder = Ladder((Tier(15_000, 29_400), Tier(None, 35_300)), Period(PeriodKind.YEAR), basis=Basis.FLOOR_AREA)
    tariffs = plan(PlanVersion(dt.date(2020, 1, 1), ladder, "", ""))
    rated = bill(tariffs, dt.date(2025, 2, 1), dt.date(2025, 3, 1), 1_300, measure=8_650)
    assert lines(rated) == [(1_298, 29_400, 381_612), (2, 35_300, 706)]


def test_contract_volume_at_two_prices():
    """A works with 10 000 m³ a cycle: up to 110 % at 3.20, what goes beyond at 4.00."""
    ladder = Ladder((Tier(1_100, 32_000), Tier(None, 40_000)), Period(PeriodKind.CYCLE), basis=Basis.CONTRACT)
    tariffs = plan(PlanVersion(dt.date(2020, 1, 1), ladder, "", ""))
    rated = bill(tariffs, dt.date(2025, 2, 1), dt.date(2025, 3, 1), 11_500, measure=10_000_000)
    assert lines(rated) == [(11_000, 32_000, 3_520_000), (500, 40_000, 200_000)]
