"""What a meter that nobody could read probably shows, and why it may not be guessed again. Pure: facts in, an answer out.

Methods are tried in the company's order; the first one with a basis decides. Every number that a method used is kept with
the estimate, so that a bill explains itself years later. Only actual readings are a basis: no guess stands on a guess.
Volumes are whole cubic metres, rounded half up once, from thousandths of a litre.
"""

import calendar
import datetime as dt
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, Final

from gasworks.kernel.errors import Refusal, gettext_noop
from gasworks.metering.types import Flag

CLOSED, LAST_YEAR, RECENT, NEIGHBOURS = "closed", "last_year", "recent", "neighbours"
METHODS: Final = (CLOSED, LAST_YEAR, RECENT, NEIGHBOURS)
FROM_FILE: Final = "file"
"""The method of an estimate that another system made."""
PRICE_CHANGES: Final = "price-changes"
"""Why a meter is read specially that could be estimated: its price changes on a day."""
M3: Final = 1000
FEWEST_NEIGHBOURS: Final = 3
FEWEST_DAYS: Final = 25
"""A mean of fewer days says little."""


class NothingToEstimate(Refusal):
    sentence = gettext_noop("There is a reading of %(last_on)s already.")


class NoBasis(Refusal):
    sentence = gettext_noop("No method has enough actual readings.")


class ZeroTwice(Refusal):
    """A second estimate of nothing is how a home comes to a lump of many months."""

    sentence = gettext_noop("The last estimate was zero too, and neither is the valve closed nor the use suspended.")


class TooManyInARow(Refusal):
    sentence = gettext_noop("Estimated %(count)d times in a row. Somebody has to read the meter.")


class PastTheCounter(Refusal):
    sentence = gettext_noop("The counter would pass its end.")


@dataclass(frozen=True, slots=True)
class Use:
    """Gas between two actual readings of one register."""

    from_on: dt.date
    to_on: dt.date
    litres: int

    @property
    def days(self) -> int:
        return (self.to_on - self.from_on).days


@dataclass(frozen=True, slots=True)
class Seen:
    """A live reading, newest first in ``Missing.last``."""

    read_on: dt.date
    index_litres: int
    estimated: bool


@dataclass(frozen=True, slots=True)
class Neighbours:
    """Median of the litres a day that homes of the same customer type used in the month. ``where`` book or community."""

    where: str
    count: int
    per_day_litres: int


@dataclass(frozen=True, slots=True)
class Missing:
    """What is known of a register without a reading. ``no_gas``: why nothing can flow (valve, suspended), or empty."""

    read_on: dt.date
    capacity_litres: int
    last: tuple[Seen, ...]
    uses: tuple[Use, ...]
    no_gas: str = ""
    neighbours: Neighbours | None = None

    @property
    def days(self) -> int:
        return (self.read_on - self.last[0].read_on).days


@dataclass(frozen=True, slots=True)
class Rules:
    """Parameters of the company: order of the methods, months of the mean, estimates in a row."""

    order: tuple[str, ...] = METHODS
    months: int = 4
    most_in_a_row: int = 2


@dataclass(frozen=True, slots=True)
class Estimate:
    """The index, the volume since the last index, and everything that it stands on."""

    method: str
    litres: int
    index_litres: int
    inputs: dict[str, Any]


def estimate(missing: Missing, rules: Rules) -> Estimate | Refusal:
    """The estimate, or the first reason why there must be none."""
    if not missing.last:
        return NoBasis()
    if missing.days <= 0:
        return NothingToEstimate(last_on=missing.last[0].read_on)
    row = in_a_row(missing.last)
    if row >= rules.most_in_a_row and not missing.no_gas:
        return TooManyInARow(count=row)
    found = _first(missing, rules)
    if found is None:
        return NoBasis()
    method, basis = found
    litres, inputs = _capped(missing, basis)
    if litres == 0 and row and not missing.no_gas and last_volume(missing.last) == 0:
        return ZeroTwice()
    index = missing.last[0].index_litres + litres
    if index >= missing.capacity_litres:
        return PastTheCounter()
    return Estimate(method, litres, index, {"days": missing.days, "litres": litres, "row": row + 1, **inputs})


def oddities(missing: Missing, index_litres: int, rules: Rules) -> Flag:
    """What is wrong with an estimate that somebody else made: it is taken down and waits for a person."""
    found = Flag(0)
    if not missing.last or missing.no_gas:
        return found
    row, litres = in_a_row(missing.last), index_litres - missing.last[0].index_litres
    if litres == 0 and row and last_volume(missing.last) == 0:
        found |= Flag.ZERO_AGAIN
    if row >= rules.most_in_a_row:
        found |= Flag.MANY_ESTIMATES
    top = peak(missing)
    if top is not None and missing.days > 0 and litres > top.share(missing.days):
        found |= Flag.ABOVE_PEAK
    return found


def reaches_neighbours(missing: Missing, rules: Rules) -> bool:
    """Whether no method before «neighbours» has a basis, so that the neighbours have to be looked up."""
    if not missing.last or NEIGHBOURS not in rules.order:
        return False
    before = rules.order[: rules.order.index(NEIGHBOURS)]
    return all(_HOW[method](missing, rules) is None for method in before)


def in_a_row(last: Sequence[Seen]) -> int:
    """How many estimates stand on top of the last actual reading."""
    row = 0
    for seen in last:
        if not seen.estimated:
            break
        row += 1
    return row


def last_volume(last: Sequence[Seen]) -> int:
    """Litres between the last two live readings."""
    return last[0].index_litres - last[1].index_litres if len(last) > 1 else -1


@dataclass(frozen=True, slots=True)
class Peak:
    """The month of the year before in which most gas was used."""

    month: int
    litres: int
    days: int

    def share(self, days: int) -> int:
        """The most that so many days may be estimated at: whole m³, rounded down."""
        return self.litres * days // self.days // M3 * M3


def peak(missing: Missing) -> Peak | None:
    """Of the calendar months of the year before that actual readings cover whole; None where there is none."""
    year = missing.read_on.year - 1
    volume, covered = [0] * 13, [0] * 13
    for use in missing.uses:
        if use.from_on.year > year or use.to_on.year < year:
            continue
        for number, days in _days_by_month(use, year):
            volume[number] += use.litres * M3 * days // use.days
            covered[number] += days
    whole = [n for n in range(1, 13) if covered[n] == calendar.monthrange(year, n)[1]]
    if not whole:
        return None
    top = max(whole, key=lambda n: volume[n])
    return Peak(year * 100 + top, -(-volume[top] // M3), covered[top])


def _days_by_month(use: Use, year: int) -> list[tuple[int, int]]:
    """(month, days) of the part of a use that lies in a year."""
    begin, end = max(use.from_on, dt.date(year, 1, 1)), min(use.to_on, dt.date(year + 1, 1, 1))
    found: list[tuple[int, int]] = []
    while begin < end:
        next_month = dt.date(year + begin.month // 12, begin.month % 12 + 1, 1)
        until = min(next_month, end)
        found.append((begin.month, (until - begin).days))
        begin = until
    return found


Basis = tuple[int, dict[str, Any]]
"""Litres before any cap, and the inputs."""


def _first(missing: Missing, rules: Rules) -> tuple[str, Basis] | None:
    for method in rules.order:
        basis = _HOW[method](missing, rules)
        if basis is not None:
            return method, basis
    return None


def _capped(missing: Missing, basis: Basis) -> Basis:
    """Never above last year's peak month, by the day."""
    litres, inputs = basis
    top = peak(missing)
    if top is None:
        return litres, inputs
    inputs = {**inputs, "peak_month": top.month, "peak_litres": top.litres}
    most = top.share(missing.days)
    return (most, {**inputs, "uncapped_litres": litres}) if litres > most else (litres, inputs)


def _closed(missing: Missing, rules: Rules) -> Basis | None:
    return (0, {"why": missing.no_gas}) if missing.no_gas else None


def _last_year(missing: Missing, rules: Rules) -> Basis | None:
    """Litres a day of the same calendar days last year, times the days; only where actual readings cover them all."""
    begin, end = year_before(missing.last[0].read_on), year_before(missing.read_on)
    volume, days = used_between(missing.uses, begin, end)
    if begin >= end or days < (end - begin).days:
        return None
    inputs = {"from_on": begin.isoformat(), "to_on": end.isoformat(), "base_litres": volume // M3, "base_days": days}
    return whole(volume * missing.days, days), inputs


def _recent(missing: Missing, rules: Rules) -> Basis | None:
    """Mean a day of the last months before the last actual reading, times the days."""
    if not missing.uses:
        return None
    end = max(use.to_on for use in missing.uses)
    begin = months_before(end, rules.months)
    volume, days = used_between(missing.uses, begin, end)
    if days < FEWEST_DAYS:
        return None
    inputs = {
        "from_on": max(begin, min(use.from_on for use in missing.uses)).isoformat(),
        "to_on": end.isoformat(),
        "base_litres": volume // M3,
        "base_days": days,
        "months": rules.months,
    }
    return whole(volume * missing.days, days), inputs


def _neighbours(missing: Missing, rules: Rules) -> Basis | None:
    near = missing.neighbours
    if near is None or near.count < FEWEST_NEIGHBOURS:
        return None
    inputs = {"where": near.where, "neighbours": near.count, "per_day_litres": near.per_day_litres}
    return whole(near.per_day_litres * M3 * missing.days, 1), inputs


_HOW: Final[Mapping[str, Callable[[Missing, Rules], Basis | None]]] = MappingProxyType(
    {CLOSED: _closed, LAST_YEAR: _last_year, RECENT: _recent, NEIGHBOURS: _neighbours}
)


def used_between(uses: Sequence[Use], begin: dt.date, end: dt.date) -> tuple[int, int]:
    """(thousandths of a litre, days) of the part of the uses between two days, each spread evenly over its days."""
    volume = days = 0
    for use in uses:
        inside = (min(use.to_on, end) - max(use.from_on, begin)).days
        if inside > 0:
            volume += use.litres * M3 * inside // use.days
            days += inside
    return volume, days


def whole(thousandths: int, divisor: int) -> int:
    """Thousandths of a litre divided, in litres of whole m³, half up."""
    unit = divisor * M3 * M3
    return (2 * thousandths + unit) // (2 * unit) * M3


def year_before(day: dt.date) -> dt.date:
    """The same calendar day a year ago; 29 February becomes 28 February."""
    try:
        return day.replace(year=day.year - 1)
    except ValueError:
        return day.replace(year=day.year - 1, day=28)


def months_before(day: dt.date, months: int) -> dt.date:
    """The same day of the month so many months ago, or that month's last day."""
    index = day.year * 12 + day.month - 1 - months
    year, month = index // 12, index % 12 + 1
    return dt.date(year, month, min(day.day, calendar.monthrange(year, month)[1]))
