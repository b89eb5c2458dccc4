"""The space of price shapes and intervals for Hypothesis, and the same things as the twin reads them."""

import datetime as dt
from dataclasses import dataclass
from fractions import Fraction

import numpy as np
from hypothesis import strategies as st

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
    PerHead,
    Period,
    PeriodKind,
    PlanVersion,
    PricePlan,
    Remainder,
    SeasonCalendar,
    TariffError,
    Tier,
    ToDate,
    compile_tariffs,
)
from gasworks.rating.columns import day_number

FIRST, LAST = dt.date(2024, 1, 1), dt.date(2026, 3, 1)
BY_READING_OR_DAY = [Boundary.BY_DAY, Boundary.BY_OPENING_READING, Boundary.BY_CLOSING_READING]
NOTABLE = [dt.date(2024, 7, 1), dt.date(2024, 9, 1), dt.date(2024, 11, 15), dt.date(2025, 1, 1), dt.date(2025, 3, 1)]

HEATING = SeasonCalendar("heating", (11, 15), (3, 15), 4, ((dt.date(2024, 11, 1), dt.date(2025, 4, 1)),))
SUMMER = SeasonCalendar("summer", (6, 1), (9, 1), 3)
CALENDARS = {"heating": HEATING, "summer": SUMMER}
DEGREE_DAYS = DayProfile(
    "degree-days",
    (210, 170, 90, 20, 0, 0, 0, 0, 0, 40, 120, 190),
    ((dt.date(2025, 1, 7), 300), (dt.date(2025, 1, 8), 0)),
)
PROFILES = {"degree-days": DEGREE_DAYS}

dates = st.one_of(st.sampled_from(NOTABLE), st.dates(FIRST, LAST))
prices = st.one_of(st.integers(0, 60_000), st.sampled_from([29_400, 46_050, 12_345, 5, 15, 25]))


@dataclass(frozen=True)
class Case:
    """One call: plans, intervals as the twin reads them (the kernel's columns follow from them), tier-to-date."""

    plans: tuple[PricePlan, ...]
    intervals: tuple[dict, ...]
    to_date: dict

    @property
    def columns(self):
        rows = self.intervals
        return Intervals.of(
            plan=[row["plan"] for row in rows],
            from_day=[day_number(row["from"]) for row in rows],
            to_day=[day_number(row["to"]) for row in rows],
            litres=[row["litres"] for row in rows],
            persons=[row["persons"] for row in rows],
            billing_months=[row["months"] for row in rows],
            parity=[row["parity"] for row in rows],
            cycle_day=[day_number(row["cycle"]) for row in rows],
            group=[row["group"] for row in rows],
            opened_day=[day_number(row["opened"]) if row["opened"] else 0 for row in rows],
            member=[row["member"] for row in rows],
            measure=[row["measure"] for row in rows],
        )

    @property
    def changes(self):
        found = [(i, day_number(day), size) for i, row in enumerate(self.intervals) for day, size in row["changes"]]
        columns = zip(*found, strict=True) if found else ([], [], [])
        return Changes(*(np.array(list(each), dtype=np.int64) for each in columns))

    @property
    def sparse_to_date(self):
        rows = [(group, code, day_number(day), litres) for (group, code, day), litres in self.to_date.items()]
        columns = zip(*rows, strict=True) if rows else ([], [], [], [])
        return ToDate(*(np.array(list(each), dtype=np.int64) for each in columns))

    @property
    def twin_plans(self):
        return [twin_plan(plan) for plan in self.plans]


@st.composite
def ladders(draw, unit, code, seasonal=""):
    count = draw(st.integers(0, 3))
    kinds = [kind for kind in PeriodKind if kind is not PeriodKind.SEASON or seasonal]
    kind = draw(st.sampled_from(kinds)) if count or draw(st.booleans()) else None
    steps = draw(st.lists(st.integers(1, 25), min_size=count, max_size=count))
    bounds = list(np.cumsum(steps) * unit + draw(st.sampled_from([0, 0, unit // 2])))
    tiers = (*(Tier(int(bound), draw(prices)) for bound in bounds), Tier(None, draw(prices)))
    if kind is None:
        return Ladder(tiers, code=code)
    months = kind not in (PeriodKind.CYCLE, PeriodKind.SEASON)
    basis = draw(st.sampled_from([Basis.PERIOD, Basis.PERIOD, Basis.MONTH, Basis.FLOOR_AREA, Basis.CONTRACT]))
    if kind is PeriodKind.CYCLE and basis not in (Basis.FLOOR_AREA, Basis.CONTRACT):
        basis = Basis.BILLING_MONTH
    carry = draw(carries()) if months and draw(st.integers(0, 2)) == 0 else None
    return Ladder(
        tiers,
        period=draw(periods(kind, seasonal)),
        basis=basis,
        household=draw(households(count, unit)),
        first_year=draw(st.sampled_from(list(FirstYear))) if months and not carry else FirstYear.FULL,
        code=code,
        carry=carry,
        whole=draw(st.integers(0, 5)) == 0,
    )


def carries():
    lost = st.one_of(st.none(), st.just((1, 1)), st.tuples(st.integers(1, 12), st.sampled_from([1, 15, 28])))
    return st.builds(CarryOver, st.sampled_from([1, 2, 12]), lost)


@st.composite
def allowances(draw, unit):
    kind = draw(st.sampled_from([PeriodKind.MONTH, PeriodKind.YEAR, PeriodKind.CYCLE]))
    tiers = (Tier(draw(st.integers(1, 9)) * unit, draw(st.sampled_from([0, 0, 16_400]))), Tier(None, 0))
    if kind is PeriodKind.CYCLE:
        ladder = Ladder(tiers, Period(kind), Basis.BILLING_MONTH, code=9)
    else:
        carry = draw(st.one_of(st.none(), carries()))
        household = draw(households(1, unit))
        ladder = Ladder(tiers, draw(periods(kind, "")), Basis.PERIOD, household, code=9, carry=carry)
    return Allowance(ladder, draw(st.booleans()))


@st.composite
def periods(draw, kind, seasonal):
    if kind is PeriodKind.SEASON:
        return Period(kind, season=seasonal)
    if kind is PeriodKind.CYCLE:
        return Period(kind)
    boundary = draw(st.sampled_from(list(Boundary)))
    if boundary is Boundary.BY_CYCLES:
        parity = draw(st.one_of(st.just(()), st.tuples(*[st.integers(1, 12)] * 4)))
        return Period(kind, (draw(st.integers(1, 12)), 1), boundary, parity)
    return Period(kind, (draw(st.integers(1, 12)), draw(st.sampled_from([1, 1, 15, 28]))), boundary)


def households(count, unit):
    rising = st.lists(st.integers(0, 6), min_size=count, max_size=count).map(
        lambda steps: tuple(int(x) * unit for x in np.cumsum(steps))
    )
    heads = st.lists(st.integers(1, 6), min_size=count, max_size=count).map(
        lambda steps: tuple(int(x) * unit for x in np.cumsum(steps))
    )
    return st.one_of(
        st.none(),
        st.builds(ExtraPersons, st.integers(2, 5), rising, st.booleans()),
        st.builds(PerHead, st.integers(2, 5), heads),
    )


@st.composite
def versions(draw, unit, start):
    main = draw(ladders(unit, 0))
    seasonal, whole = (), main.whole
    if draw(st.booleans()):
        boundary = draw(st.sampled_from(BY_READING_OR_DAY))
        names = draw(st.lists(st.sampled_from(["heating", "summer"]), min_size=1, max_size=2, unique=True))
        seasonal = tuple(_in_season(draw, unit, name, code, boundary, main) for code, name in enumerate(names, start=1))
    whole = main.whole or any(season.ladder.whole for season in seasonal)
    return PlanVersion(
        effective_from=start,
        ladder=main,
        document_no="",
        source="",
        change=draw(st.sampled_from(BY_READING_OR_DAY)),
        seasonal=seasonal,
        minimum_fen=draw(st.sampled_from([0, 0, 0, 500])),
        allowance=draw(allowances(unit)) if not whole and draw(st.integers(0, 2)) == 0 else None,
        ceiling_e4=draw(st.sampled_from([None, None, None, 20_000])),
    )


def _in_season(draw, unit, name, code, boundary, main):
    ladder = draw(ladders(unit, code, name))
    two = ladder.period is not None and main.period is not None and not main.whole
    return InSeason(name, ladder, boundary, two and draw(st.booleans()))


@st.composite
def plans(draw, code):
    unit = draw(st.sampled_from([1000, 1000, 1, 10]))
    starts = [FIRST - dt.timedelta(days=400), *sorted(set(draw(st.lists(dates, max_size=3))))]
    found = [draw(versions(unit, start)) for start in starts]
    remainder = draw(st.sampled_from([Remainder.LARGEST, Remainder.LARGEST, Remainder.LAST]))
    how = (
        True,
        unit,
        remainder,
        draw(st.sampled_from(["", "", "degree-days"])),
        draw(st.sampled_from(BY_READING_OR_DAY)),
    )
    plan = PricePlan(code, code, tuple(found), *how)
    try:
        compile_tariffs([plan], CALENDARS.values(), PROFILES.values())
    except TariffError:
        return PricePlan(code, code, (found[0],), *how)
    return plan


@st.composite
def intervals(draw, plan, unit, groups=3):
    begin = draw(dates)
    later = [day for day in NOTABLE if day > begin] or [begin + dt.timedelta(days=1)]
    lengths = st.one_of(st.integers(1, 70), st.integers(71, 420)).map(lambda days: begin + dt.timedelta(days=days))
    end = draw(st.one_of(lengths, lengths, st.sampled_from(later)))
    inside = st.dates(begin - dt.timedelta(days=5), end + dt.timedelta(days=5))
    changes = draw(st.dictionaries(inside, st.integers(0, 9), max_size=draw(st.sampled_from([0, 0, 2]))))
    return {
        "plan": plan,
        "from": begin,
        "to": end,
        "litres": unit * draw(st.one_of(st.integers(0, 60), st.integers(0, 250))),
        "persons": draw(st.integers(0, 8)),
        "changes": sorted(changes.items()),
        "months": draw(st.integers(1, 3)),
        "parity": draw(st.integers(0, 3)),
        "cycle": draw(st.sampled_from([end, begin])).replace(day=1),
        "group": draw(st.integers(0, groups - 1)),
        "opened": draw(st.one_of(st.none(), dates)),
        "member": 0,
        "measure": draw(st.integers(1, 3000)),
    }


@st.composite
def cases(draw, most=4, rate_twin=None):
    count = draw(st.integers(1, 2))
    tariff_plans = tuple(draw(plans(f"plan{n}")) for n in range(count))
    rows = []
    for member in range(draw(st.integers(1, most))):
        plan = draw(st.integers(0, count - 1))
        rows.append(draw(intervals(plan, tariff_plans[plan].unit_litres)) | {"member": member})
    empty = Case(tariff_plans, tuple(rows), {})
    keys = set()
    if rate_twin:
        for answer, row in zip(rate_twin(empty.twin_plans, rows, {}), rows, strict=True):
            keys |= {(row["group"], m[2], m[3]) for m in answer["movements"] if m[3] is not None}
    amounts = st.one_of(st.just(0), st.integers(0, 90_000), st.sampled_from([1, 1000, 9999, 10_000, 25_000]))
    to_date = {key: draw(amounts) for key in sorted(keys) if draw(st.booleans())}
    return Case(tariff_plans, tuple(rows), to_date)


def twin_plan(plan, calendars=CALENDARS, profiles=PROFILES):
    """A plan as the twin reads it."""
    profile = profiles.get(plan.profile)
    last = plan.versions[-1].effective_to
    return {
        "unit": plan.unit_litres,
        "remainder": plan.remainder.value,
        "profile": profile and (profile.by_month, dict(profile.dated)),
        "household_change": plan.household_change.value,
        "versions": [
            {
                "from": version.effective_from,
                "to": last,
                "change": version.change.value,
                "main": twin_ladder(version.ladder),
                "seasons": [_twin_season(season, calendars[season.season]) for season in version.seasonal],
                "minimum": version.minimum_fen,
                "allowance": version.allowance
                and (twin_ladder(version.allowance.ladder), version.allowance.counts_toward_main),
                "ceiling": None if version.ceiling_e4 is None else Fraction(version.ceiling_e4, 10_000),
            }
            for version in plan.versions
        ],
    }


def _twin_season(season, calendar):
    return {
        "days": _season_dates(calendar),
        "boundary": season.boundary.value,
        "months": calendar.months,
        "ladder": twin_ladder(season.ladder),
        "toward_main": season.counts_toward_main,
    }


def _season_dates(calendar):
    """Seasons of the years that the cases reach, written out from the calendar's rule and its dated exceptions."""
    dated = {begin.year: (begin, end) for begin, end in calendar.dated}
    days = []
    for year in range(2021, 2029):
        ends = year + (calendar.to_day < calendar.from_day)
        days.append(dated.get(year, (dt.date(year, *calendar.from_day), dt.date(ends, *calendar.to_day))))
    return days


def twin_ladder(ladder):
    period, household = ladder.period, None
    if isinstance(ladder.household, ExtraPersons):
        rule = ladder.household
        household = ("once" if rule.once else "each", rule.above, list(rule.litres))
    elif ladder.household:
        household = ("per_head", ladder.household.from_persons, list(ladder.household.litres))
    return {
        "tiers": [(tier.upto_litres, Fraction(tier.price_e4, 10_000)) for tier in ladder.tiers],
        "period": period
        and {
            "kind": period.kind.value,
            "start": period.start,
            "boundary": period.boundary.value,
            "parity": list(period.starts_by_parity),
        },
        "basis": ladder.basis.value,
        "household": household,
        "first": ladder.first_year.value,
        "code": ladder.code,
        "carry": ladder.carry and (ladder.carry.periods, ladder.carry.lost_on),
        "whole": ladder.whole,
    }
