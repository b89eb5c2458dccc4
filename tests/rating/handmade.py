"""Cases that chance rarely meets: ties between remainders, dates that meet, ladders that fill each other."""

import datetime as dt

from gasworks.rating import (
    Basis,
    Boundary,
    ExtraPersons,
    InSeason,
    Ladder,
    Period,
    PeriodKind,
    PlanVersion,
    PricePlan,
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
    "heating by floor area": Case(
        (BY_FLOOR,), (_interval(dt.date(2025, 4, 1), dt.date(2025, 5, 1), 30_000, measure=109),), {}
    ),
    "a new price on the closing day": Case((FROM_LADDER_TO_FLAT,), (_interval(dt.date(2025, 5, 1), NEW, 9_000),), {}),
    "read on the day of the new price": Case((BY_CLOSING,), (_interval(dt.date(2025, 5, 1), NEW, 9_000),), {}),
}
