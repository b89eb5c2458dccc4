"""Bad tariffs and bad intervals are refused by name and place."""

import dataclasses
import datetime as dt

import numpy as np
import pytest

from gasworks.rating import (
    Allowance,
    Basis,
    Boundary,
    CarryOver,
    Changes,
    DayProfile,
    ExtraPersons,
    FirstYear,
    InSeason,
    Intervals,
    Ladder,
    Link,
    PerHead,
    Period,
    PeriodKind,
    PlanVersion,
    PricePlan,
    SeasonCalendar,
    TariffError,
    Tier,
    ToDate,
    Why,
    compile_tariffs,
    rate,
    refusals,
)
from gasworks.rating.columns import day_number
from gasworks.rating.data import build_plan, read_version
from gasworks.rating.refusals import NotRatable

D = dt.date
START = D(2020, 1, 1)
YEAR = Period(PeriodKind.YEAR)
FLAT = Ladder((Tier(None, 30_000),))
HOME = Ladder((Tier(300_000, 30_000), Tier(500_000, 36_000), Tier(None, 45_000)), YEAR)
HEATING = SeasonCalendar("heating", (11, 15), (3, 15), 4)


PROFILES = [DayProfile("short", (1,) * 11), DayProfile("heavy", (301,) * 12)]


def version(ladder=HOME, start=START, **others):
    return PlanVersion(start, ladder, "", "", **others)


def plan(*versions, **others):
    return PricePlan("home", "home", versions or (version(),), **others)


def home(**changes):
    return plan(version(dataclasses.replace(HOME, **changes)))


def seasonal(ladder, **others):
    return plan(version(seasonal=(InSeason("heating", ladder, **others),)))


PLACE = "plan home, version 2020-01-01, ladder"
ALLOWANCE = "plan home, version 2020-01-01, allowance"
SEASON = "plan home, version 2020-01-01, season heating"

FREE = Ladder((Tier(3_000, 0), Tier(None, 0)), Period(PeriodKind.MONTH), code=9)


def allowing(**others):
    return plan(version(allowance=Allowance(dataclasses.replace(FREE, **others))))


BAD_TARIFFS = [
    (plan(household_change=Boundary.BY_CYCLES), "plan home", "a household changes by day or by reading"),
    (plan(profile="x"), "plan home", "unknown day profile x"),
    (plan(profile="short"), "profile short", "twelve months need twelve weights"),
    (plan(profile="heavy"), "profile heavy", "weight outside 0..300"),
    (plan(version(ceiling_e4=-1)), "plan home, version 2020-01-01, ceiling", "price outside 0..1000000"),
    (
        plan(version(linked=Link(30_000, 20_000, 21_000))),
        "plan home, version 2020-01-01, linked",
        "the formula gives 3.1000, tier 1 says otherwise",
    ),
    (
        plan(version(linked=Link(30_000, 20_000, 21_000, step_e4=0))),
        "plan home, version 2020-01-01, linked",
        "a price is rounded to a step above zero",
    ),
    (allowing(period=None), ALLOWANCE, "an allowance needs a period"),
    (
        allowing(tiers=(Tier(None, 0),)),
        ALLOWANCE,
        "an allowance is one volume; what goes on has the version's prices",
    ),
    (allowing(tiers=(Tier(5, 0), Tier(None, 1))), ALLOWANCE, "what goes on has the version's prices"),
    (allowing(code=0), ALLOWANCE, "an allowance needs a ladder code of its own"),
    (allowing(whole=True), ALLOWANCE, "an allowance and prices for the whole volume do not go together"),
    (allowing(basis=Basis.FLOOR_AREA), ALLOWANCE, "an allowance is not stated by floor area or contract"),
    (
        allowing(period=Period(PeriodKind.SEASON, season="heating")),
        ALLOWANCE,
        "an allowance counts over months or cycles, not seasons",
    ),
    (home(period=None, tiers=(Tier(None, 1),), whole=True), PLACE, "the whole volume is that of a tier period"),
    (home(carry=CarryOver(0)), f"{PLACE}, carry-over", "periods outside 1..12"),
    (home(carry=CarryOver(1, (2, 30))), f"{PLACE}, carry-over", "start must be a month and a day up to 28"),
    (
        home(carry=CarryOver(1), first_year=FirstYear.MONTHS_LEFT),
        f"{PLACE}, carry-over",
        "carrying over and a first year by time do not go together",
    ),
    (
        home(carry=CarryOver(1), period=Period(PeriodKind.CYCLE), tiers=(Tier(None, 1),)),
        f"{PLACE}, carry-over",
        "to carry over it takes a period of months",
    ),
    (PricePlan("home", "home", ()), "plan home", "has no version"),
    (plan(unit_litres=0), "plan home", "billing unit must be above zero"),
    (
        plan(version(effective_to=D(2021, 1, 1)), version(start=D(2021, 2, 1))),
        "plan home, version 2021-02-01",
        "gap: nothing holds from 2021-01-01 on",
    ),
    (
        plan(version(effective_to=D(2021, 3, 1)), version(start=D(2021, 2, 1))),
        "plan home, version 2021-02-01",
        "overlap: the one before ends 2021-03-01",
    ),
    (
        plan(version(start=D(2021, 1, 1)), version()),
        "plan home, version 2020-01-01",
        "versions are not in order of their dates",
    ),
    (plan(version(effective_to=D(2020, 1, 1))), "plan home, version 2020-01-01", "ends before it begins"),
    (
        plan(version(change=Boundary.BY_CYCLES)),
        "plan home, version 2020-01-01",
        "a price changes by day or by reading, not by cycles",
    ),
    (plan(version(minimum_fen=-1)), "plan home, version 2020-01-01", "minimum charge below zero"),
    (home(tiers=()), PLACE, "has no tier"),
    (home(tiers=(Tier(300_000, 30_000),)), f"{PLACE}, tier 1", "the last tier must be without end"),
    (home(tiers=(Tier(None, 1), Tier(None, 2))), PLACE, "a tier without end stands before the last"),
    (home(tiers=(Tier(5, 1), Tier(5, 2), Tier(None, 3))), f"{PLACE}, tier 2", "bound is not above the one before"),
    (home(tiers=(Tier(5, None), Tier(None, 2))), f"{PLACE}, tier 1", "price is missing"),
    (home(tiers=(Tier(5, -1), Tier(None, 2))), f"{PLACE}, tier 1", "price outside 0..1000000"),
    (home(tiers=(Tier(5.0, 1), Tier(None, 2))), f"{PLACE}, tier 1", "bound is not a whole number of litres"),
    (home(tiers=(Tier(0, 1), Tier(None, 2))), f"{PLACE}, tier 1", "bound outside 1..10000000000000"),
    (home(period=None), PLACE, "tiers need a tier period"),
    (home(period=Period("week")), f"{PLACE}, period", "unknown period week"),
    (home(period=Period(PeriodKind.YEAR, (2, 30))), f"{PLACE}, period", "start must be a month and a day up to 28"),
    (home(period=Period(PeriodKind.SEASON, season="x")), f"{PLACE}, period", "unknown season calendar x"),
    (
        home(period=Period(PeriodKind.SEASON, season="heating")),
        PLACE,
        "a seasonal period belongs to a seasonal ladder",
    ),
    (
        home(period=Period(PeriodKind.YEAR, (11, 1), Boundary.BY_CYCLES, (11, 12))),
        f"{PLACE}, period",
        "four parities need four start months",
    ),
    (
        home(period=Period(PeriodKind.YEAR, starts_by_parity=(1, 1, 1, 1))),
        f"{PLACE}, period",
        "starts by parity belong to cycles",
    ),
    (home(basis=Basis.BILLING_MONTH), PLACE, "bounds per billing month need the billing cycle as period"),
    (
        home(period=Period(PeriodKind.CYCLE)),
        PLACE,
        "the billing cycle as period needs bounds per billing month",
    ),
    (
        home(period=Period(PeriodKind.CYCLE), basis=Basis.BILLING_MONTH, first_year=FirstYear.MONTHS_LEFT),
        PLACE,
        "a first year by time needs a period of months",
    ),
    (home(code=16), PLACE, "ladder code outside 0..15"),
    (home(household=ExtraPersons(4, (70_000,))), f"{PLACE}, household", "2 bounds need 2 numbers"),
    (
        home(household=ExtraPersons(4, (150_000, 0))),
        f"{PLACE}, household of 6, tier 2",
        "bound is not above the one before",
    ),
    (home(household=PerHead(0, (1, 2))), f"{PLACE}, household", "household size outside 1..63"),
    (
        home(household=PerHead(4, (125_000, 125_000))),
        f"{PLACE}, household of 4, tier 2",
        "bound is not above the one before",
    ),
    (seasonal(FLAT, boundary=Boundary.BY_CYCLES), SEASON, "a season changes by day or by reading"),
    (
        seasonal(FLAT, counts_toward_main=True),
        SEASON,
        "to count toward the main ladder it takes two ladders",
    ),
    (
        plan(version(seasonal=(InSeason("x", FLAT),))),
        "plan home, version 2020-01-01, season x",
        "unknown season calendar",
    ),
    (
        plan(version(), version(dataclasses.replace(HOME, period=Period(PeriodKind.QUARTER)), D(2021, 1, 1))),
        "plan home, version 2021-01-01",
        "ladder 0 counts another period than before: give it a code of its own",
    ),
]


@pytest.mark.parametrize(("bad", "place", "reason"), BAD_TARIFFS)
def test_a_bad_tariff_is_refused_where_it_is_bad(bad, place, reason):
    with pytest.raises(TariffError) as refused:
        compile_tariffs([bad], [HEATING], PROFILES)
    assert (refused.value.place, refused.value.reason) == (place, reason)


def test_a_cheaper_higher_tier_warns_for_homes_only():
    falling = dataclasses.replace(HOME, tiers=(Tier(300_000, 36_000), Tier(None, 30_000)))
    assert compile_tariffs([plan(version(falling))]).warnings == ((PLACE, "a higher tier is cheaper"),)
    assert compile_tariffs([plan(version(falling), residential=False)]).warnings == ()


def test_overlapping_seasons_are_refused():
    dated = ((D(2024, 11, 1), D(2025, 12, 1)),)
    calendar = dataclasses.replace(HEATING, dated=dated)
    with pytest.raises(TariffError, match="calendar heating: seasons overlap"):
        compile_tariffs([seasonal(FLAT)], [calendar])


GOOD = {"plan": 0, "from_day": day_number(D(2025, 1, 5)), "to_day": day_number(D(2025, 3, 5)), "litres": 61_000}


@pytest.mark.parametrize(
    ("column", "value", "why"),
    [
        ("plan", 2, Why.BAD_PLAN),
        ("plan", -1, Why.BAD_PLAN),
        ("from_day", GOOD["to_day"], Why.BAD_DATES),
        ("from_day", 5, Why.BAD_DATES),
        ("to_day", day_number(D(2070, 1, 1)), Why.BAD_DATES),
        ("litres", -1000, Why.BAD_VOLUME),
        ("litres", 10**13, Why.BAD_VOLUME),
        ("litres", 61_500, Why.BROKEN_UNIT),
        ("persons", 64, Why.BAD_HOUSEHOLD),
        ("persons", -1, Why.BAD_HOUSEHOLD),
        ("billing_months", 0, Why.BAD_CYCLE),
        ("parity", 4, Why.BAD_CYCLE),
        ("cycle_day", 0, Why.BAD_CYCLE),
        ("group", -1, Why.BAD_GROUP),
        ("plan", 1, Why.INCOMPLETE),
        ("from_day", day_number(D(2019, 12, 31)), Why.NO_PRICE),
    ],
)
def test_a_bad_interval_is_named_and_its_neighbour_is_not(column, value, why):
    incomplete = PricePlan("gap", "gap", (version(complete=False),))
    tariffs = compile_tariffs([plan(), incomplete])
    rows = {name: [each, each] for name, each in GOOD.items()} | {"group": [1, 2]}
    rows[column] = [rows.get(column, [1, 1])[0], value]
    if column in ("persons", "billing_months", "parity", "cycle_day"):
        rows[column][0] = {"cycle_day": GOOD["to_day"]}.get(column, 1)
    intervals = Intervals.of(**rows)
    assert refusals(intervals, tariffs).tolist() == [Why.OK, why]
    with pytest.raises(NotRatable) as refused:
        rate(intervals, tariffs)
    assert refused.value.why.tolist() == [Why.OK, why]


@pytest.mark.parametrize(("measure", "why"), [(0, Why.NO_MEASURE), (1, Why.OK), (10**12, Why.NO_MEASURE)])
def test_bounds_by_floor_area_need_the_area(measure, why):
    tariffs = compile_tariffs([home(basis=Basis.FLOOR_AREA)])
    assert refusals(Intervals.of(**{k: [v] for k, v in GOOD.items()}, measure=measure), tariffs).tolist() == [why]


def test_gas_after_the_last_day_of_a_plan_has_no_price():
    tariffs = compile_tariffs([plan(version(effective_to=D(2025, 2, 1)))])
    assert refusals(Intervals.of(**{k: [v] for k, v in GOOD.items()}), tariffs).tolist() == [Why.NO_PRICE]


def test_nothing_to_rate_gives_nothing():
    none = Intervals.of(plan=[], from_day=[], to_day=[], litres=[])
    rated = rate(none, compile_tariffs([plan()]))
    assert (len(rated.lines), len(rated.movements), len(rated.amount_fen)) == (0, 0, 0)


def test_columns_take_whole_numbers_only():
    with pytest.raises(TypeError, match="whole numbers wanted"):
        Intervals.of(plan=[0], from_day=[1], to_day=[2], litres=[1000.0])


def test_two_tier_to_dates_for_one_ladder_are_refused():
    twice = ToDate(*(np.array([each, each]) for each in (0, 0, day_number(D(2025, 1, 1)), 1000)))
    with pytest.raises(ValueError, match="tier-to-date stands twice"):
        rate(Intervals.of(**{k: [v] for k, v in GOOD.items()}), compile_tariffs([plan()]), to_date=twice)


def test_two_household_sizes_on_one_day_are_refused():
    twice = Changes(*(np.array(each) for each in ([0, 0], [GOOD["from_day"] + 3] * 2, [4, 5])))
    with pytest.raises(ValueError, match="two household sizes"):
        rate(Intervals.of(**{k: [v] for k, v in GOOD.items()}), compile_tariffs([plan()]), changes=twice)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ({}, "v: ladder is missing"),
        ({"ladder": {}}, "v, ladder: tiers is missing"),
        ({"ladder": {"tiers": [{}]}}, "v, ladder, tier 1: price is missing"),
        (
            {"ladder": {"tiers": [{"price": 3.45}]}},
            "v, ladder, tier 1: a whole number or decimal text is wanted, not 3.45",
        ),
        ({"ladder": {"tiers": [{"price": "3.45678"}]}}, "v, ladder, tier 1: 3.45678 has more than 4 decimals"),
        ({"ladder": {"tiers": [{"price": "three"}]}}, "v, ladder, tier 1: three is not a number"),
        ({"ladder": {"tiers": [{"price": "3", "width": 3}]}}, "v, ladder, tier 1: unknown entry width"),
        ({"ladder": {"tiers": [], "period": {"kind": "week"}}}, "v, ladder, period: unknown kind week"),
        ({"ladder": {"tiers": []}, "chnage": "by_day"}, "v: unknown entry chnage"),
        ({"ladder": {"tiers": [{"price": "NaN"}]}}, "v, ladder, tier 1: NaN is not a number"),
        ({"ladder": 3}, "v, ladder: a table of names and values is wanted"),
    ],
)
def test_data_that_cannot_be_read_is_refused_where_it_stands(content, message):
    with pytest.raises(TariffError) as refused:
        read_version(content, place="v", effective_from=D(2025, 1, 1))
    assert str(refused.value) == message


def test_versions_of_a_plan_agree_on_the_billing_unit():
    with pytest.raises(TariffError, match="versions differ in billing unit"):
        build_plan("p", "p", [{}, {"unit_m3": "0.001"}], [])
