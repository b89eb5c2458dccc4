"""Price orders in words and rows: what a clerk reads on the page of a version."""

import datetime as dt
from dataclasses import dataclass
from typing import Final

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy

from gasworks.kernel.money import cubic_metres
from gasworks.rating import (
    Basis,
    Boundary,
    ExtraPersons,
    FirstYear,
    Ladder,
    Period,
    PeriodKind,
    PlanVersion,
    Remainder,
    SeasonCalendar,
    TariffError,
)
from gasworks.rating.data import build_plan, read_calendars, read_version
from gasworks.rating.household import bounds_of
from gasworks.tariffs import models

Text = str | Promise

PERIOD: Final[dict[PeriodKind, Text]] = {
    PeriodKind.MONTH: pgettext_lazy("period", "Month"),
    PeriodKind.QUARTER: gettext_lazy("Quarter"),
    PeriodKind.HALF_YEAR: gettext_lazy("Half-year"),
    PeriodKind.YEAR: gettext_lazy("Year"),
    PeriodKind.CYCLE: gettext_lazy("Billing cycle"),
    PeriodKind.SEASON: gettext_lazy("Season"),
}
BOUNDARY: Final[dict[Boundary, Text]] = {
    Boundary.BY_DAY: gettext_lazy("By day of use: an interval across the date is split there"),
    Boundary.BY_OPENING_READING: gettext_lazy("By the reading that opens the interval"),
    Boundary.BY_CLOSING_READING: gettext_lazy("By the reading that closes the interval"),
    Boundary.BY_CYCLES: gettext_lazy("By the accounting month, with a start for each kind of book"),
}
BASIS: Final[dict[Basis, Text]] = {
    Basis.PERIOD: gettext_lazy("For the whole tier period"),
    Basis.MONTH: gettext_lazy("For a month, times the months of the tier period"),
    Basis.FLOOR_AREA: gettext_lazy("For a square metre of heated floor"),
    Basis.CONTRACT: gettext_lazy("In times of the contract volume"),
    Basis.BILLING_MONTH: gettext_lazy("For a month, times the billing months of the cycle"),
}
FIRST_YEAR: Final[dict[FirstYear, Text]] = {
    FirstYear.FULL: gettext_lazy("Full widths"),
    FirstYear.MONTHS_LEFT: gettext_lazy("By the months that are left"),
}
REMAINDER: Final[dict[Remainder, Text]] = {
    Remainder.LARGEST: gettext_lazy("to the largest remainders"),
    Remainder.LAST: gettext_lazy("to the last part"),
}
SHOWN_PERSONS: Final = 4
"""How many household sizes above the threshold a page shows."""


@dataclass(frozen=True, slots=True)
class TierRow:
    """One tier: above ``over_litres`` up to ``upto_litres`` (None: no end)."""

    number: int
    over_litres: int
    upto_litres: int | None
    price_e4: int


@dataclass(frozen=True, slots=True)
class LadderPicture:
    """One ladder of a version; ``households`` are (persons, bounds in litres) where the size widens the tiers."""

    title: Text
    tiers: tuple[TierRow, ...]
    facts: tuple[tuple[Text, Text], ...]
    households: tuple[tuple[int, tuple[int, ...]], ...]


@dataclass(frozen=True, slots=True)
class VersionPicture:
    ladders: tuple[LadderPicture, ...]
    facts: tuple[tuple[Text, Text], ...]
    assumed: tuple[str, ...]
    complete: bool


def picture(row: "models.PlanVersion") -> VersionPicture:
    """A stored version as the page shows it. Raises TariffError if its content cannot be read."""
    place = f"plan {row.plan.code}, version {row.from_on}"
    version = read_version(row.content, place=place, effective_from=row.from_on)
    calendars = {c.code: c for c in read_calendars(row.content, place=place)}
    main = _ladder(version.ladder, _("Prices"), {})
    seasons = [_season(each.ladder, each.season, each.counts_toward_main, calendars) for each in version.seasonal]
    return VersionPicture((main, *seasons), _facts(row, version), version.assumed, version.complete)


def _facts(row: "models.PlanVersion", version: PlanVersion) -> tuple[tuple[Text, Text], ...]:
    plan = build_plan(row.plan.code, row.plan.name, [row.content], [version])
    unit = _("%(volume)s m³, what is left of a split goes %(where)s") % {
        "volume": cubic_metres(plan.unit_litres),
        "where": REMAINDER[plan.remainder],
    }
    return ((_("A change of price takes effect"), BOUNDARY[version.change]), (_("Billing unit"), unit))


def _season(ladder: Ladder, name: str, counts: bool, calendars: dict[str, SeasonCalendar]) -> LadderPicture:
    calendar = calendars[name]
    title = _("Season from %(begin)s to %(end)s") % {
        "begin": _month_day(calendar.from_day),
        "end": _month_day(calendar.to_day),
    }
    yes = _("Also counts toward the main ladder") if counts else _("Does not count toward the main ladder")
    shown = _ladder(ladder, title, calendars)
    return LadderPicture(shown.title, shown.tiers, (*shown.facts, (_("Gas of the season"), yes)), shown.households)


def _ladder(ladder: Ladder, title: str, calendars: dict[str, SeasonCalendar]) -> LadderPicture:
    bounds = bounds_of(ladder, 0)
    tiers = tuple(
        TierRow(number, over, upto, tier.price_e4)
        for number, (over, upto, tier) in enumerate(
            zip([0, *bounds], [*bounds, None], ladder.tiers, strict=True), start=1
        )
    )
    return LadderPicture(title, tiers, _ladder_facts(ladder), _households(ladder))


def _ladder_facts(ladder: Ladder) -> tuple[tuple[Text, Text], ...]:
    if ladder.period is None:
        return ((_("Tier period"), _("Flat price, no tiers")),)
    facts: list[tuple[Text, Text]] = [
        (_("Tier period"), _period(ladder.period)),
        (_("Bounds are stated"), BASIS[ladder.basis]),
    ]
    if ladder.period.kind not in (PeriodKind.CYCLE, PeriodKind.SEASON):
        facts.append((_("A new tier period begins"), BOUNDARY[ladder.period.boundary]))
        facts.append((_("First tier period of a new home"), FIRST_YEAR[ladder.first_year]))
    return tuple(facts)


def _period(period: Period) -> str:
    kind = str(PERIOD[period.kind])
    if period.kind in (PeriodKind.CYCLE, PeriodKind.SEASON, PeriodKind.MONTH):
        return kind
    return _("%(kind)s from %(day)s") % {"kind": kind, "day": _month_day(period.start)}


def _month_day(day: tuple[int, int]) -> str:
    return f"{day[0]:02d}-{day[1]:02d}"


def _households(ladder: Ladder) -> tuple[tuple[int, tuple[int, ...]], ...]:
    rule = ladder.household
    if rule is None:
        return ()
    first = rule.above + 1 if isinstance(rule, ExtraPersons) else rule.from_persons
    return tuple((persons, tuple(bounds_of(ladder, persons))) for persons in range(first, first + SHOWN_PERSONS))


_PLACE_WORDS: Final[dict[str, Text]] = {
    "plan": gettext_lazy("plan"),
    "version": gettext_lazy("version"),
    "ladder": gettext_lazy("prices"),
    "tier": gettext_lazy("tier"),
    "period": gettext_lazy("tier period"),
    "household": gettext_lazy("household"),
    "season": gettext_lazy("season"),
    "calendar": gettext_lazy("calendar"),
}


def say(error: TariffError) -> str:
    """What is wrong with a price order and where, in the reader's language."""
    reason = _(error.sentence)
    places = (_place_word(part.strip()) for part in error.place.split(","))
    return _("%(place)s: %(reason)s") % {
        "place": ", ".join(places),
        "reason": reason % error.params if error.params else reason,
    }


def _place_word(part: str) -> str:
    word, _space, rest = part.partition(" ")
    known = _PLACE_WORDS.get(word)
    return f"{known} {rest.removeprefix('of ')}".strip() if known else part


def last_day(to_on: dt.date | None) -> dt.date | None:
    """The last day on which something half-open still holds."""
    return to_on - dt.timedelta(days=1) if to_on else None
