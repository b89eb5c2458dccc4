"""Cases that chance rarely meets: ties between remainders, dates that meet, ladders that fill each other."""

import datetime as dt
from dataclasses import replace

from gasworks.rating import (
    Allowance,
    Basis,
    Boundary,
    CarryOver,
    ExtraPersons,
    FirstYear,
    InSeason,
    Ladder,
    PerHead,
    Period,
    PeriodKind,
    PlanVersion,
    PricePlan,
    Remainder,
    Tier,
)
from tests.rating.shapes import Case

YEAR = Period(PeriodKind.YEAR)


def _plan(*versions):
    return PricePlan("plan", "plan", versions)


def _version(start, ladder, **others):
    return PlanVersion(start, ladder, "", "", **others)


def _interval(begin, end, litres, **others):
    row = {"plan": 0, "from": begin, "to": end, "litres": litres, "persons": 3, "changes": [], "months": 1, "parity": 0}
    return row | {"cycle": end.replace(day=1), "group": 0, "opened": None, "member": 0, "measure": 0} | others


def _flat(price):
    return Ladder((Tier(None, price),))


def _yearly(*bounds_and_prices, **others):
    return Ladder(tuple(Tier(*each) for each in bounds_and_prices), YEAR, **others)


OLD, NEW = dt.date(2020, 1, 1), dt.date(2025, 6, 1)
TWO_PRICES = _plan(_version(OLD, _flat(20_001)), _version(NEW, _flat(30_001)))
THREE_PRICES = _plan(*TWO_PRICES.versions, _version(dt.date(2025, 6, 11), _flat(40_001)))
HOME = _yearly((10_000, 10_000), (20_000, 20_000), (None, 30_000))
HEATED = _plan(
    _version(
        OLD,
        HOME,
        seasonal=(
            InSeason(
                "heating",
                Ladder((Tier(15_000, 11_000), Tier(None, 12_000)), Period(PeriodKind.SEASON, season="heating"), code=1),
                counts_toward_main=True,
            ),
        ),
    )
)
CHEAP_SUMMER = _plan(_version(OLD, HOME, seasonal=(InSeason("summer", _flat(9_000)),)))
LARGE_HOMES = _plan(_version(OLD, _yearly((10_000, 10_000), (None, 20_000), household=ExtraPersons(4, (8_000,)))))
BY_FLOOR = _plan(_version(OLD, _yearly((15_000, 10_000), (None, 20_000), basis=Basis.FLOOR_AREA)))
ONE_INCREMENT = _plan(
    _version(OLD, _yearly((10_000, 10_000), (None, 20_000), household=ExtraPersons(4, (8_000,), once=True)))
)
TWO_INCREMENTS = _plan(
    _version(
        OLD,
        _yearly((10_000, 10_000), (20_000, 20_000), (None, 30_000), household=ExtraPersons(4, (3_000, 8_000))),
    )
)
PER_HEAD = _plan(_version(OLD, _yearly((10_000, 10_000), (None, 20_000), household=PerHead(4, (4_000,)))))
HALF_YEARLY = _plan(
    _version(OLD, Ladder((Tier(5_000, 10_000), Tier(None, 20_000)), Period(PeriodKind.HALF_YEAR), basis=Basis.MONTH))
)
BY_CYCLES = _plan(
    _version(
        OLD,
        Ladder(HOME.tiers, Period(PeriodKind.YEAR, (11, 1), Boundary.BY_CYCLES, (11, 11, 12, 11))),
    )
)
BY_OPENING = _plan(_version(OLD, Ladder(HOME.tiers, Period(PeriodKind.YEAR, (9, 1), Boundary.BY_OPENING_READING))))
MONTHLY = _plan(
    _version(
        OLD,
        Ladder((Tier(10_000, 10_000), Tier(None, 20_000)), Period(PeriodKind.CYCLE), basis=Basis.BILLING_MONTH),
    )
)
FIRST_YEAR = _plan(_version(OLD, _yearly((20_500, 10_000), (None, 20_000), first_year=FirstYear.MONTHS_LEFT)))
FROM_LADDER_TO_FLAT = _plan(_version(OLD, HOME), _version(NEW, _flat(15_000)))
BY_CLOSING = _plan(_version(OLD, HOME), _version(NEW, HOME, change=Boundary.BY_CLOSING_READING))

LOST = CarryOver(12, (4, 1))


def _monthly(carry, **others):
    return Ladder(
        (Tier(10_000, 10_000), Tier(20_000, 20_000), Tier(None, 30_000)),
        Period(PeriodKind.MONTH),
        carry=carry,
        **others,
    )


CARRIED = _plan(_version(OLD, _monthly(CarryOver(12))))
CARRIED_TWICE = _plan(_version(OLD, _monthly(CarryOver(2))))
CARRIED_UNTIL_APRIL = _plan(_version(OLD, _monthly(LOST)))
CARRIED_SINCE_APRIL = _plan(_version(OLD, _monthly(None)), _version(dt.date(2025, 4, 1), _monthly(CarryOver(12))))
CARRIED_ON = _plan(_version(OLD, _monthly(CarryOver(12))), _version(NEW, _monthly(CarryOver(12))))
_FREE = Ladder((Tier(5_000, 0), Tier(None, 0)), Period(PeriodKind.MONTH), code=9)
FREE = _plan(_version(OLD, HOME, allowance=Allowance(_FREE)))
FREE_BESIDE = _plan(_version(OLD, HOME, allowance=Allowance(_FREE, counts_toward_main=False)))
CEILING = _plan(_version(OLD, HOME, ceiling_e4=15_000))
WHOLE = PricePlan("plan", "plan", (_version(OLD, replace(_yearly((10_000, 40_000), (20_000, 36_000), (None, 30_000)), whole=True)),), residential=False)  # fmt: skip # noqa: E501
BY_DEGREES = replace(TWO_PRICES, profile="degree-days")
BY_DAYS_LEFT = _plan(_version(OLD, _yearly((20_500, 10_000), (None, 20_000), first_year=FirstYear.DAYS_LEFT)))


def _grown(boundary, *days):
    """A household of 4 that becomes 5 and 6 on these days, under an order that treats it so."""
    changes = [(day, 5 + n) for n, day in enumerate(days)]
    row = _interval(dt.date(2025, 4, 1), dt.date(2025, 4, 11), 30_000, persons=4, changes=changes)
    return Case((replace(LARGE_HOMES, household_change=boundary),), (row,), {})


def _spring(plan, litres, to_date, **others):
    return Case((plan,), (_interval(dt.date(2025, 5, 1), dt.date(2025, 6, 1), litres, **others),), to_date)


CASES = {
    "two equal remainders": Case((TWO_PRICES,), (_interval(dt.date(2025, 5, 22), dt.date(2025, 6, 11), 21_000),), {}),
    "three equal remainders": Case(
        (THREE_PRICES,), (_interval(dt.date(2025, 5, 22), dt.date(2025, 6, 21), 22_000),), {}
    ),
    "heating fills the household ladder": Case(
        (HEATED,),
        (
            _interval(dt.date(2025, 3, 1), dt.date(2025, 4, 11), 21_000),
            _interval(dt.date(2025, 4, 11), dt.date(2025, 5, 11), 9_000),
        ),
        {(0, 0, dt.date(2025, 1, 1)): 4_000},
    ),
    "a season over two tier years": Case(
        (HEATED,), (_interval(dt.date(2024, 10, 1), dt.date(2025, 5, 1), 60_000),), {}
    ),
    "spring and autumn around a summer price": Case(
        (CHEAP_SUMMER,), (_interval(dt.date(2025, 2, 1), dt.date(2025, 11, 1), 54_000),), {}
    ),
    "read on the last day of the tier year": Case(
        (_plan(_version(OLD, HOME)),), (_interval(dt.date(2024, 11, 1), dt.date(2025, 1, 1), 9_000),), {}
    ),
    "two children are born, one on the last day": Case(
        (LARGE_HOMES,),
        (
            _interval(
                dt.date(2025, 4, 1),
                dt.date(2025, 4, 11),
                30_000,
                persons=4,
                changes=[(dt.date(2025, 4, 6), 5), (dt.date(2025, 4, 10), 6)],
            ),
        ),
        {},
    ),
    "a household declared again at the same size": Case(
        (TWO_PRICES,),
        (
            _interval(
                dt.date(2025, 5, 22), dt.date(2025, 6, 11), 21_000, persons=4, changes=[(dt.date(2025, 5, 23), 4)]
            ),
        ),
        {},
    ),
    "what remains goes to the last piece": Case(
        (replace(THREE_PRICES, remainder=Remainder.LAST),),
        (_interval(dt.date(2025, 5, 22), dt.date(2025, 6, 21), 22_000),),
        {},
    ),
    "two persons more, one increment": Case(
        (ONE_INCREMENT,), (_interval(dt.date(2025, 4, 1), dt.date(2025, 5, 1), 40_000, persons=6),), {}
    ),
    "a cycle of two months": Case(
        (MONTHLY,), (_interval(dt.date(2025, 4, 1), dt.date(2025, 6, 1), 40_000, months=2),), {}
    ),
    "a home that opens in May": Case(
        (FIRST_YEAR,),
        (_interval(dt.date(2025, 6, 1), dt.date(2025, 7, 1), 40_000, opened=dt.date(2025, 5, 20)),),
        {},
    ),
    "the later meter number was read first": Case(
        (_plan(_version(OLD, HOME)),),
        (
            _interval(dt.date(2025, 4, 1), dt.date(2025, 5, 2), 15_000, member=1),
            _interval(dt.date(2025, 4, 1), dt.date(2025, 5, 1), 8_000, member=2),
        ),
        {},
    ),
    "a minimum charge for two months": Case(
        (_plan(_version(OLD, HOME, minimum_fen=500)),),
        (_interval(dt.date(2025, 4, 1), dt.date(2025, 6, 1), 2_000, months=2),),
        {},
    ),
    "half a fen above an even one": Case(
        (_plan(_version(OLD, _flat(50))),), (_interval(dt.date(2025, 4, 1), dt.date(2025, 5, 1), 1_000),), {}
    ),
    "used up to the bound": Case(
        (_plan(_version(OLD, HOME)),), (_interval(dt.date(2025, 4, 1), dt.date(2025, 5, 1), 10_000),), {}
    ),
    "a book of even months, read before its accounting month": Case(
        (BY_CYCLES,),
        (_interval(dt.date(2025, 10, 1), dt.date(2025, 11, 20), 9_000, parity=2, cycle=dt.date(2025, 12, 1)),),
        {},
    ),
    "a tier year by the opening reading": Case(
        (BY_OPENING,), (_interval(dt.date(2025, 7, 5), dt.date(2025, 9, 5), 9_000),), {}
    ),
    "two bounds, two increments": Case(
        (TWO_INCREMENTS,), (_interval(dt.date(2025, 4, 1), dt.date(2025, 5, 1), 40_000, persons=5),), {}
    ),
    "the first size with caps per head": Case(
        (PER_HEAD,), (_interval(dt.date(2025, 4, 1), dt.date(2025, 5, 1), 40_000, persons=4),), {}
    ),
    "monthly widths settled half-yearly": Case(
        (HALF_YEARLY,), (_interval(dt.date(2025, 4, 1), dt.date(2025, 5, 1), 40_000),), {}
    ),
    "just the minimum charge": Case(
        (_plan(_version(OLD, HOME, minimum_fen=500)),),
        (_interval(dt.date(2025, 4, 1), dt.date(2025, 5, 1), 5_000),),
        {},
    ),
    "heating by floor area": Case(
        (BY_FLOOR,), (_interval(dt.date(2025, 4, 1), dt.date(2025, 5, 1), 30_000, measure=109),), {}
    ),
    "a new price on the closing day": Case((FROM_LADDER_TO_FLAT,), (_interval(dt.date(2025, 5, 1), NEW, 9_000),), {}),
    "read on the day of the new price": Case((BY_CLOSING,), (_interval(dt.date(2025, 5, 1), NEW, 9_000),), {}),
    "unused gas of three months": _spring(
        CARRIED,
        60_000,
        {(0, 0, dt.date(2025, 2, 1)): 4_000, (0, 0, dt.date(2025, 3, 1)): 25_000, (0, 0, dt.date(2025, 4, 1)): 3_000},
        opened=dt.date(2025, 2, 10),
    ),
    "unused gas of a year": _spring(CARRIED, 400_000, {(0, 0, dt.date(2025, 4, 1)): 3_000}),
    "unused gas of two months at most": _spring(CARRIED_TWICE, 60_000, {(0, 0, dt.date(2025, 4, 1)): 3_000}),
    "unused gas is lost on 1 April": _spring(CARRIED_UNTIL_APRIL, 60_000, {(0, 0, dt.date(2025, 4, 1)): 3_000}),
    "unused gas since the order of April": _spring(CARRIED_SINCE_APRIL, 60_000, {(0, 0, dt.date(2025, 4, 1)): 3_000}),
    "unused gas across a price change": Case(
        (CARRIED_ON,), (_interval(dt.date(2025, 6, 1), dt.date(2025, 7, 1), 60_000, opened=dt.date(2025, 4, 20)),), {}
    ),
    "unused gas inside one interval": Case(
        (CARRIED,),
        (
            _interval(dt.date(2025, 4, 1), dt.date(2025, 6, 15), 40_000, opened=dt.date(2025, 4, 1)),
            _interval(dt.date(2025, 5, 1), dt.date(2025, 6, 20), 33_000, opened=dt.date(2025, 4, 1), member=1),
        ),
        {},
    ),
    "gas of the month before that is billed later": Case(
        (CARRIED,),
        (
            _interval(dt.date(2025, 5, 16), dt.date(2025, 7, 1), 23_000, opened=dt.date(2025, 5, 1)),
            _interval(dt.date(2025, 5, 1), dt.date(2025, 7, 2), 33_000, opened=dt.date(2025, 5, 1), member=1),
        ),
        {},
    ),
    "free gas each month beside a yearly ladder": Case(
        (FREE,),
        (
            _interval(dt.date(2025, 4, 16), dt.date(2025, 5, 16), 16_000),
            _interval(dt.date(2025, 5, 16), dt.date(2025, 6, 16), 12_000),
        ),
        {(0, 0, dt.date(2025, 1, 1)): 6_000, (0, 9, dt.date(2025, 4, 1)): 2_000},
    ),
    "free gas that does not fill the ladder": Case(
        (FREE_BESIDE,),
        (
            _interval(dt.date(2025, 4, 16), dt.date(2025, 5, 16), 16_000),
            _interval(dt.date(2025, 5, 16), dt.date(2025, 6, 16), 12_000),
        ),
        {(0, 0, dt.date(2025, 1, 1)): 6_000, (0, 9, dt.date(2025, 4, 1)): 2_000},
    ),
    "no gas above the ceiling": _spring(CEILING, 40_000, {}),
    "the whole volume falls in price": Case(
        (WHOLE,),
        (
            _interval(dt.date(2025, 4, 1), dt.date(2025, 5, 1), 9_000),
            _interval(dt.date(2025, 5, 1), dt.date(2025, 6, 1), 15_000),
        ),
        {},
    ),
    "spring by degree days": Case((BY_DEGREES,), (_interval(dt.date(2025, 4, 20), dt.date(2025, 6, 11), 31_000),), {}),
    "single cold days": Case(
        (
            replace(
                _plan(_version(OLD, _flat(20_001)), _version(dt.date(2025, 1, 8), _flat(30_001))), profile="degree-days"
            ),
        ),
        (_interval(dt.date(2025, 1, 2), dt.date(2025, 1, 11), 31_000),),
        {},
    ),
    "summer without degree days": Case(
        (BY_DEGREES,), (_interval(dt.date(2025, 5, 22), dt.date(2025, 6, 11), 21_000),), {}
    ),
    "a home that opens on 20 May, by days": Case(
        (BY_DAYS_LEFT,),
        (_interval(dt.date(2025, 6, 1), dt.date(2025, 7, 1), 40_000, opened=dt.date(2025, 5, 20)),),
        {},
    ),
    "a household grows before the closing reading": _grown(Boundary.BY_CLOSING_READING, dt.date(2025, 4, 6)),
    "a household grows with the closing reading": _grown(
        Boundary.BY_CLOSING_READING, dt.date(2025, 4, 6), dt.date(2025, 4, 11)
    ),
    "a household grows after the opening reading": _grown(
        Boundary.BY_OPENING_READING, dt.date(2025, 4, 1), dt.date(2025, 4, 6)
    ),
}
