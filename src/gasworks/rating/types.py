"""A price order written down as data: no city in code.

Volumes are litres, prices 0.0001 yuan per m³, money fen, all ``int``. Bounds are cumulative upper bounds and belong to
the tier below: with bounds 310/520 the 310th m³ still costs tier 1. Periods are half-open: ``effective_to`` is the
first day on which a version no longer holds.
"""

import datetime as dt
from dataclasses import dataclass
from enum import Enum, IntEnum

PERSONS_MAX = 63
"""Largest household that the tables hold."""


class TariffError(ValueError):
    """A price order that cannot be billed by. ``place`` names where in the data, ``reason`` says what is wrong.

    ``sentence`` is the reason with ``%(name)s`` places for ``params``, so that a shell can say it in another language.
    """

    def __init__(self, place: str, sentence: str, **params: object) -> None:
        self.place, self.sentence, self.params = place, sentence, params
        self.reason = sentence % params if params else sentence
        super().__init__(f"{place}: {self.reason}")


class PeriodKind(Enum):
    """How long a ladder counts before it begins again at zero."""

    MONTH = "month"
    QUARTER = "quarter"
    HALF_YEAR = "half_year"
    YEAR = "year"
    CYCLE = "cycle"
    """Each billing cycle is a period of its own; its key is the first day of the cycle's accounting month."""
    SEASON = "season"
    """One season of a calendar, for instance the heating season of a city."""


MONTHS = {PeriodKind.MONTH: 1, PeriodKind.QUARTER: 3, PeriodKind.HALF_YEAR: 6, PeriodKind.YEAR: 12}


class Boundary(Enum):
    """What decides on which side of a date the gas of an interval falls."""

    BY_DAY = "by_day"
    """The day of use: an interval across the date is cut there."""
    BY_OPENING_READING = "by_opening_reading"
    """The reading that opens the interval: the whole interval stays before the date unless it opened on or after it."""
    BY_CLOSING_READING = "by_closing_reading"
    """The reading that closes the interval: read on the date or later, the whole interval falls after it."""
    BY_CYCLES = "by_cycles"
    """The accounting month of the billing cycle, counted from a start month per book parity. Tier periods only."""


class Basis(Enum):
    """What the bounds of the order are stated for."""

    PERIOD = "period"
    """The whole tier period (310 m³ a year)."""
    MONTH = "month"
    """One month; the period has as many times that as it has months (26 m³ a month, settled half-yearly: 156)."""
    BILLING_MONTH = "billing_month"
    """One billing month; a cycle has as many times that as it bills months. With PeriodKind.CYCLE only."""
    FLOOR_AREA = "floor_area"
    """One m² of heated floor; the interval's ``measure`` is in 0.01 m². Bounds half up to the billing unit."""
    CONTRACT = "contract"
    """1 m³ stands for the whole contract volume («1.2»: 120 % of it); ``measure`` is that volume in litres."""


MEASURES = {Basis.FLOOR_AREA: 100, Basis.CONTRACT: 1000}
"""What of ``Intervals.measure`` makes the bound once."""


class FirstYear(Enum):
    """Bounds of the tier period in which a ladder group begins."""

    FULL = "full"
    MONTHS_LEFT = "months_left"
    """Bound × months left ÷ months of the period, the month of the beginning included, half up to the billing unit."""
    DAYS_LEFT = "days_left"
    """Bound × days left ÷ days of the period, half up to the billing unit."""


class Remainder(Enum):
    """Who gets the units that remain when an interval's volume is cut at a date."""

    LARGEST = "largest"
    """One unit each to the largest remainders; of equal ones the earlier piece."""
    LAST = "last"
    """All to the last piece."""


class Why(IntEnum):
    """Why an interval cannot be rated. ``OK`` is zero; the first that applies is given."""

    OK = 0
    BAD_DATES = 1
    BAD_VOLUME = 2
    BROKEN_UNIT = 3
    BAD_HOUSEHOLD = 4
    BAD_CYCLE = 5
    BAD_PLAN = 6
    BAD_GROUP = 7
    NO_PRICE = 8
    NO_PERIOD = 9
    INCOMPLETE = 10
    NO_MEASURE = 11


@dataclass(frozen=True, slots=True)
class Tier:
    """Gas up to ``upto_litres`` (``None``: without end) at an absolute price."""

    upto_litres: int | None
    price_e4: int


@dataclass(frozen=True, slots=True)
class ExtraPersons:
    """Wider tiers for larger households.

    ``litres`` has one number per bound, added to that cumulative bound: for each person above ``above``, or once when
    ``once`` (Shanghai: above 4 persons, 150 m³ in all, not per person).
    """

    above: int
    litres: tuple[int, ...]
    once: bool = False


@dataclass(frozen=True, slots=True)
class PerHead:
    """From ``from_persons`` persons on each bound is litres per head × persons (Nanjing: 125 and 285 m³ a head)."""

    from_persons: int
    litres: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Period:
    """Tier period. ``start`` is (month, day) of one beginning, day ≤ 28; the others follow from the kind.

    ``starts_by_parity``: for BY_CYCLES, the start month of each book parity (monthly, odd, even, quarter), else empty.
    """

    kind: PeriodKind
    start: tuple[int, int] = (1, 1)
    boundary: Boundary = Boundary.BY_DAY
    starts_by_parity: tuple[int, ...] = ()
    season: str = ""


@dataclass(frozen=True, slots=True)
class CarryOver:
    """What is not used below a bound in one tier period widens that bound in the next ones.

    It reaches over ``periods`` earlier periods and is lost on the day ``lost_on`` (month, day) of each year, if given. What an
    earlier period had is measured by the widths in force now; periods before the order, or before the home, carry
    nothing.
    """

    periods: int
    lost_on: tuple[int, int] | None = None


@dataclass(frozen=True, slots=True)
class Ladder:
    """Tiers and the period over which they count. ``period=None`` is a flat price: one tier, off the ladder.

    ``code`` names the accumulator (0 the household's, 1 heating …): the same code carries tier-to-date unbroken from
    version to version. ``whole``: all gas of the period costs the price of the tier that it reaches (全额), not only
    what lies above the bound; what was billed at another price before is made up by a line without gas.
    """

    tiers: tuple[Tier, ...]
    period: Period | None = None
    basis: Basis = Basis.PERIOD
    household: ExtraPersons | PerHead | None = None
    first_year: FirstYear = FirstYear.FULL
    code: int = 0
    carry: CarryOver | None = None
    whole: bool = False


@dataclass(frozen=True, slots=True)
class InSeason:
    """Another ladder (or flat price) in the seasons of a calendar.

    ``counts_toward_main``: season gas also fills the version's main ladder, without being priced there.
    """

    season: str
    ladder: Ladder
    boundary: Boundary = Boundary.BY_DAY
    counts_toward_main: bool = False


@dataclass(frozen=True, slots=True)
class Allowance:
    """Gas at a price of its own (free: 0) before the version's prices begin, counted over a period of its own.

    ``ladder`` has two tiers: the allowance and, without end and at price 0, what goes on to the version's prices.
    ``counts_toward_main``: the allowed gas also fills the ladder that prices the rest.
    """

    ladder: Ladder
    counts_toward_main: bool = True


@dataclass(frozen=True, slots=True)
class Link:
    """A linked price (联动): base price + (cost − base cost) × share, half up to ``step_e4``. Prices in 0.0001 yuan.

    The first tier of the version must say what the formula gives.
    """

    base_price_e4: int
    base_cost_e4: int
    cost_e4: int
    share_e4: int = 10_000
    step_e4: int = 100

    @property
    def price_e4(self) -> int:
        whole = self.step_e4 * 10_000
        moved = self.base_price_e4 * 10_000 + (self.cost_e4 - self.base_cost_e4) * self.share_e4
        return (2 * moved + whole) // (2 * whole) * self.step_e4


@dataclass(frozen=True, slots=True)
class PlanVersion:
    """What one order says from a day on. ``id`` is the caller's key and comes back on the lines.

    ``change`` says how gas across ``effective_from`` is treated. ``assumed`` lists what the source leaves silent.
    ``ceiling_e4``: no gas of this version costs more. ``minimum_fen``: least charge of a billing month.
    """

    effective_from: dt.date
    ladder: Ladder
    document_no: str
    source: str
    effective_to: dt.date | None = None
    change: Boundary = Boundary.BY_DAY
    seasonal: tuple[InSeason, ...] = ()
    minimum_fen: int = 0
    allowance: Allowance | None = None
    ceiling_e4: int | None = None
    linked: Link | None = None
    assumed: tuple[str, ...] = ()
    complete: bool = True
    id: int = 0


@dataclass(frozen=True, slots=True)
class PricePlan:
    """A plan and its versions in order. ``residential`` plans get the checks that protect homes.

    ``profile`` names the day profile by which a cut interval's volume is shared; empty: all days alike.
    ``household_change`` says what a household that grows or shrinks inside an interval does: BY_DAY cuts there.
    """

    code: str
    name: str
    versions: tuple[PlanVersion, ...]
    residential: bool = True
    unit_litres: int = 1000
    remainder: Remainder = Remainder.LARGEST
    profile: str = ""
    household_change: Boundary = Boundary.BY_DAY


@dataclass(frozen=True, slots=True)
class SeasonCalendar:
    """Seasons of a city: a yearly rule, and the dates that were set for single years.

    ``from_day``/``to_day`` are (month, day), half-open; a season may cross New Year. ``dated`` replaces the season
    that begins in the same calendar year. ``months`` is what a basis per month counts.
    """

    code: str
    from_day: tuple[int, int]
    to_day: tuple[int, int]
    months: int
    dated: tuple[tuple[dt.date, dt.date], ...] = ()


WEIGHT_MAX = 300
"""Largest weight of a day: keeps units × weight inside 64 bits."""


@dataclass(frozen=True, slots=True)
class DayProfile:
    """How much of an interval's gas falls on a day, in proportion: degree days, or any other weights 0..300.

    ``by_month`` is the weight of one day in each calendar month; ``dated`` replaces it for single days. An interval
    whose days all weigh nothing is shared by days.
    """

    code: str
    by_month: tuple[int, ...]
    dated: tuple[tuple[dt.date, int], ...] = ()
