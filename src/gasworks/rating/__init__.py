"""Rating: use intervals and price plans in, bill lines out. Pure NumPy and standard library; knows no database.

``README.md`` has the words, the rules and an example.
"""

from gasworks.rating.columns import Changes, Intervals, Lines, Movements, Rated, ToDate
from gasworks.rating.kernel import ladder_keys, rate, refusals
from gasworks.rating.purchase import NotForSale, NothingToBuy, Sale, Wish, sell
from gasworks.rating.refusals import NotRatable
from gasworks.rating.shares import Shares, share_out
from gasworks.rating.tables import Tariffs, compile_tariffs
from gasworks.rating.types import (
    Allowance,
    Basis,
    Boundary,
    CarryOver,
    DayProfile,
    ExtraPersons,
    FirstYear,
    InSeason,
    Ladder,
    Link,
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
    "Allowance",
    "Basis",
    "Boundary",
    "CarryOver",
    "Changes",
    "DayProfile",
    "ExtraPersons",
    "FirstYear",
    "InSeason",
    "Intervals",
    "Ladder",
    "Lines",
    "Link",
    "Movements",
    "NotForSale",
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
    "Shares",
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
    "share_out",
]
