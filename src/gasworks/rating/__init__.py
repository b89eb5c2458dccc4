"""Rating: use intervals and price plans in, bill lines out. Pure NumPy and standard library; knows no database.

``README.md`` has the words, the rules and an example.
"""

from gasworks.rating.columns import Changes, Intervals, Lines, Movements, Rated, ToDate
from gasworks.rating.kernel import ladder_keys, rate, refusals
from gasworks.rating.purchase import NothingToBuy, Sale, Wish, sell
from gasworks.rating.refusals import NotRatable
from gasworks.rating.tables import Tariffs, compile_tariffs
from gasworks.rating.types import (
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
    SeasonCalendar,
    TariffError,
    Tier,
    Why,
)

__all__ = [
    "Basis",
    "Boundary",
    "Changes",
    "ExtraPersons",
    "FirstYear",
    "InSeason",
    "Intervals",
    "Ladder",
    "Lines",
    "Movements",
    "NotRatable",
    "NothingToBuy",
    "PerHead",
    "Period",
    "PeriodKind",
    "PlanVersion",
    "PricePlan",
    "Rated",
    "Remainder",
    "Sale",
    "SeasonCalendar",
    "TariffError",
    "Tariffs",
    "Tier",
    "ToDate",
    "Why",
    "Wish",
    "compile_tariffs",
    "ladder_keys",
    "rate",
    "refusals",
    "sell",
]
