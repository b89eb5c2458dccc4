"""What makes a price order unusable, and what is only strange. Every refusal names its place in the data."""

from collections.abc import Iterator, Mapping
from itertools import pairwise

from gasworks.kernel.errors import gettext_noop as _
from gasworks.rating.household import bounds_of
from gasworks.rating.types import (
    MEASURES,
    MONTHS,
    PERSONS_MAX,
    WEIGHT_MAX,
    Allowance,
    Basis,
    Boundary,
    CarryOver,
    DayProfile,
    ExtraPersons,
    FirstYear,
    Ladder,
    Link,
    PerHead,
    Period,
    PeriodKind,
    PlanVersion,
    PricePlan,
    SeasonCalendar,
    TariffError,
)

BOUND_MAX = 10**13
MEASURED_MAX = 10**7
"""Largest bound per m² of floor or per contract, so that bound × measure fits 64 bits."""
PRICE_MAX = 10**6
FALLING = _("a higher tier is cheaper")
PERIODS_MAX = 12
CODE_MAX = 15
_SAFE_DAY = 28

Calendars = Mapping[str, SeasonCalendar]
Profiles = Mapping[str, DayProfile]
Warnings = Iterator[tuple[str, str]]


def check_plan(plan: PricePlan, calendars: Calendars, profiles: Profiles) -> Warnings:
    """Refuse a bad plan with TariffError; yield (place, reason) for what a person should look at."""
    place = f"plan {plan.code}"
    _demand(bool(plan.versions), place, _("has no version"))
    _demand(plan.unit_litres > 0, place, _("billing unit must be above zero"))
    _demand(plan.household_change is not Boundary.BY_CYCLES, place, _("a household changes by day or by reading"))
    if plan.profile:
        _demand(plan.profile in profiles, place, _("unknown day profile %(value)s"), value=plan.profile)
        _check_profile(f"profile {plan.profile}", profiles[plan.profile])
    for earlier, later in pairwise(plan.versions):
        _check_neighbours(place, earlier, later)
    for version in plan.versions:
        yield from _check_version(f"{place}, version {version.effective_from}", plan, version, calendars)
    _check_accumulators(place, plan)


def _demand(holds: bool, place: str, sentence: str, **params: object) -> None:
    if not holds:
        raise TariffError(place, sentence, **params)


def _check_neighbours(place: str, earlier: PlanVersion, later: PlanVersion) -> None:
    place = f"{place}, version {later.effective_from}"
    _demand(earlier.effective_from < later.effective_from, place, _("versions are not in order of their dates"))
    if earlier.effective_to is None:
        return
    _demand(
        earlier.effective_to >= later.effective_from,
        place,
        _("gap: nothing holds from %(day)s on"),
        day=earlier.effective_to,
    )
    _demand(
        earlier.effective_to <= later.effective_from,
        place,
        _("overlap: the one before ends %(day)s"),
        day=earlier.effective_to,
    )


def _check_version(place: str, plan: PricePlan, version: PlanVersion, calendars: Calendars) -> Warnings:
    ends = version.effective_to
    _demand(ends is None or version.effective_from < ends, place, _("ends before it begins"))
    _demand(version.change is not Boundary.BY_CYCLES, place, _("a price changes by day or by reading, not by cycles"))
    _demand(version.minimum_fen >= 0, place, _("minimum charge below zero"))
    _demand(len({s.boundary for s in version.seasonal}) <= 1, place, _("seasons with different boundaries"))
    _demand(len({s.season for s in version.seasonal}) == len(version.seasonal), place, _("a season stands twice"))
    yield from _check_ladder(f"{place}, ladder", plan, version.ladder, calendars)
    _demand(
        version.ladder.period is None or version.ladder.period.kind is not PeriodKind.SEASON,
        f"{place}, ladder",
        _("a seasonal period belongs to a seasonal ladder"),
    )
    _check_prices_of_version(place, version)
    if version.allowance:
        yield from _check_allowance(f"{place}, allowance", plan, version, version.allowance, calendars)
    for season in version.seasonal:
        where = f"{place}, season {season.season}"
        _demand(season.season in calendars, where, _("unknown season calendar"))
        _demand(season.boundary is not Boundary.BY_CYCLES, where, _("a season changes by day or by reading"))
        period = season.ladder.period
        own = period is None or period.kind is not PeriodKind.SEASON or period.season == season.season
        _demand(own, where, _("its period counts another season"))
        main = version.ladder
        two = season.ladder.period is not None and main.period is not None and season.ladder.code != main.code
        _demand(
            not (main.whole and season.counts_toward_main),
            where,
            _("gas with a price of its own is no part of a whole volume"),
        )
        _demand(two or not season.counts_toward_main, where, _("to count toward the main ladder it takes two ladders"))
        yield from _check_ladder(where, plan, season.ladder, calendars)


def _check_profile(place: str, profile: DayProfile) -> None:
    _demand(len(profile.by_month) == 12, place, _("twelve months need twelve weights"))
    weights = [*profile.by_month, *(weight for _, weight in profile.dated)]
    fits = all(_whole(weight) and 0 <= weight <= WEIGHT_MAX for weight in weights)
    _demand(fits, place, _("weight outside 0..%(most)s"), most=WEIGHT_MAX)


def _check_prices_of_version(place: str, version: PlanVersion) -> None:
    ceiling, link = version.ceiling_e4, version.linked
    if ceiling is not None:
        _demand(0 <= ceiling <= PRICE_MAX, f"{place}, ceiling", _("price outside 0..%(most)s"), most=PRICE_MAX)
    if link is not None:
        _check_link(f"{place}, linked", version, link)


def _check_link(place: str, version: PlanVersion, link: Link) -> None:
    _demand(link.step_e4 > 0, place, _("a price is rounded to a step above zero"))
    says = version.ladder.tiers[0].price_e4 if version.ladder.tiers else None
    _demand(
        says == link.price_e4,
        place,
        _("the formula gives %(price)s, tier 1 says otherwise"),
        price=_yuan(link.price_e4),
    )


def _yuan(price_e4: int) -> str:
    return f"{price_e4 // 10_000}.{price_e4 % 10_000:04d}"


def _check_allowance(
    place: str, plan: PricePlan, version: PlanVersion, allowance: Allowance, calendars: Calendars
) -> Warnings:
    ladder = allowance.ladder
    _demand(ladder.period is not None, place, _("an allowance needs a period"))
    _demand(len(ladder.tiers) == 2, place, _("an allowance is one volume; what goes on has the version's prices"))
    _demand(ladder.tiers[1].price_e4 == 0, place, _("what goes on has the version's prices"))
    whole = ladder.whole or version.ladder.whole or any(season.ladder.whole for season in version.seasonal)
    _demand(not whole, place, _("an allowance and prices for the whole volume do not go together"))
    codes = {version.ladder.code, *(season.ladder.code for season in version.seasonal)}
    _demand(ladder.code not in codes, place, _("an allowance needs a ladder code of its own"))
    _demand(ladder.basis not in MEASURES, place, _("an allowance is not stated by floor area or contract"))
    season = ladder.period is not None and ladder.period.kind is PeriodKind.SEASON
    _demand(not season, place, _("an allowance counts over months or cycles, not seasons"))
    for where, sentence in _check_ladder(place, plan, ladder, calendars):
        if sentence != FALLING:
            yield where, sentence


def _check_ladder(place: str, plan: PricePlan, ladder: Ladder, calendars: Calendars) -> Warnings:
    _check_tiers(place, ladder)
    _demand(0 <= ladder.code <= CODE_MAX, place, _("ladder code outside 0..%(most)s"), most=CODE_MAX)
    if ladder.period is None:
        _demand(len(ladder.tiers) == 1, place, _("tiers need a tier period"))
    else:
        _check_period(f"{place}, period", ladder.period, calendars)
    _check_basis(place, ladder)
    _check_first_year(place, ladder)
    if ladder.carry is not None:
        _check_carry(f"{place}, carry-over", ladder, ladder.carry)
    _demand(not ladder.whole or ladder.period is not None, place, _("the whole volume is that of a tier period"))
    if ladder.household is not None:
        _check_household(f"{place}, household", ladder, ladder.household)
    prices = [tier.price_e4 for tier in ladder.tiers]
    if plan.residential and any(dearer > cheaper for dearer, cheaper in pairwise(prices)):
        yield place, FALLING
    if plan.residential and ladder.whole:
        yield place, _("a home pays the whole volume at the tier reached")


def _check_tiers(place: str, ladder: Ladder) -> None:
    _demand(bool(ladder.tiers), place, _("has no tier"))
    bounds = [tier.upto_litres for tier in ladder.tiers]
    for number, tier in enumerate(ladder.tiers, start=1):
        where = f"{place}, tier {number}"
        _demand(_whole(tier.price_e4), where, _("price is missing"))
        _demand(0 <= tier.price_e4 <= PRICE_MAX, where, _("price outside 0..%(most)s"), most=PRICE_MAX)
        _demand(tier.upto_litres is None or _whole(tier.upto_litres), where, _("bound is not a whole number of litres"))
        _demand(
            tier.upto_litres is None or 0 < tier.upto_litres <= BOUND_MAX,
            where,
            _("bound outside 1..%(most)s"),
            most=BOUND_MAX,
        )
    _demand(bounds[-1] is None, f"{place}, tier {len(bounds)}", _("the last tier must be without end"))
    _demand(None not in bounds[:-1], place, _("a tier without end stands before the last"))
    _demand_rising(place, [bound for bound in bounds if bound is not None])


def _whole(number: object) -> bool:
    return isinstance(number, int) and not isinstance(number, bool)


def _demand_rising(place: str, bounds: list[int]) -> None:
    for number, (lower, upper) in enumerate(pairwise(bounds), start=2):
        _demand(lower < upper, f"{place}, tier {number}", _("bound is not above the one before"))


def _check_first_year(place: str, ladder: Ladder) -> None:
    counted = ladder.period is not None and ladder.period.kind in MONTHS
    _demand(ladder.first_year is FirstYear.FULL or counted, place, _("a first year by time needs a period of months"))


def _check_carry(place: str, ladder: Ladder, carry: CarryOver) -> None:
    counted = ladder.period is not None and ladder.period.kind in MONTHS
    _demand(counted, place, _("to carry over it takes a period of months"))
    _demand(ladder.first_year is FirstYear.FULL, place, _("carrying over and a first year by time do not go together"))
    _demand(1 <= carry.periods <= PERIODS_MAX, place, _("periods outside 1..%(most)s"), most=PERIODS_MAX)
    if carry.lost_on is not None:
        month, day = carry.lost_on
        _demand(1 <= month <= 12 and 1 <= day <= _SAFE_DAY, place, _("start must be a month and a day up to 28"))


def _check_period(place: str, period: Period, calendars: Calendars) -> None:
    _demand(isinstance(period.kind, PeriodKind), place, _("unknown period %(value)s"), value=period.kind)
    _demand(isinstance(period.boundary, Boundary), place, _("unknown boundary %(value)s"), value=period.boundary)
    if period.kind is PeriodKind.SEASON:
        _demand(period.season in calendars, place, _("unknown season calendar %(value)s"), value=period.season)
    month, day = period.start
    _demand(1 <= month <= 12 and 1 <= day <= _SAFE_DAY, place, _("start must be a month and a day up to 28"))
    starts = period.starts_by_parity
    _demand(not starts or period.boundary is Boundary.BY_CYCLES, place, _("starts by parity belong to cycles"))
    _demand(len(starts) in (0, 4), place, _("four parities need four start months"))
    _demand(all(1 <= start <= 12 for start in starts), place, _("start month outside 1..12"))
    if period.boundary is Boundary.BY_CYCLES:
        _demand(day == 1, place, _("cycles begin with a month"))


def _check_basis(place: str, ladder: Ladder) -> None:
    if ladder.basis in MEASURES:
        small = all(tier.upto_litres is None or tier.upto_litres <= MEASURED_MAX for tier in ladder.tiers)
        _demand(small, place, _("bound outside 1..%(most)s"), most=MEASURED_MAX)
    cycle = ladder.period is not None and ladder.period.kind is PeriodKind.CYCLE
    if ladder.basis is Basis.BILLING_MONTH:
        _demand(cycle, place, _("bounds per billing month need the billing cycle as period"))
    elif cycle and ladder.basis not in MEASURES:
        _demand(len(ladder.tiers) == 1, place, _("the billing cycle as period needs bounds per billing month"))


def _check_household(place: str, ladder: Ladder, rule: ExtraPersons | PerHead) -> None:
    bounds = len(ladder.tiers) - 1
    _demand(len(rule.litres) == bounds, place, _("%(count)s bounds need %(count)s numbers"), count=bounds)
    first = rule.above + 1 if isinstance(rule, ExtraPersons) else rule.from_persons
    _demand(1 <= first <= PERSONS_MAX, place, _("household size outside 1..%(most)s"), most=PERSONS_MAX)
    most = MEASURED_MAX if ladder.basis in MEASURES else BOUND_MAX
    for persons in range(first, PERSONS_MAX + 1):
        sized = bounds_of(ladder, persons)
        _demand(all(0 < bound <= most for bound in sized), f"{place} of {persons}", _("bound outside its limits"))
        _demand_rising(f"{place} of {persons}", sized)


def _check_accumulators(place: str, plan: PricePlan) -> None:
    """One ladder code must mean one kind of tier period, else tier-to-date of two periods would mix."""
    meaning: dict[int, Period] = {}
    for version in plan.versions:
        more = [version.allowance.ladder] if version.allowance else []
        for ladder in (version.ladder, *(season.ladder for season in version.seasonal), *more):
            if ladder.period is None:
                continue
            known = meaning.setdefault(ladder.code, ladder.period)
            same = (known.kind, known.start, known.season) == (
                ladder.period.kind,
                ladder.period.start,
                ladder.period.season,
            )
            _demand(
                same,
                f"{place}, version {version.effective_from}",
                _("ladder %(code)s counts another period than before: give it a code of its own"),
                code=ladder.code,
            )
