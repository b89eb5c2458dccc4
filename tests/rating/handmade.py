"""Cases that chance rarely meets: ties between remainders, dates that meet, ladders that fill each other."""

import datetime as dt
from dataclasses import replace

from gasworks.rating import (
    Basis,
    Boundary,
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
}
