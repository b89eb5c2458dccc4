"""Price orders in words and rows: what a clerk reads on the page of a version."""

import datetime as dt
from dataclasses import dataclass
from itertools import zip_longest
from typing import Final

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy

from gasworks.kernel.money import cubic_metres, price, yuan
from gasworks.rating import (
    Allowance,
    Basis,
    Boundary,
    CarryOver,
    ExtraPersons,
    FirstYear,
    Ladder,
    Link,
    Period,
    PeriodKind,
    PlanVersion,
    PricePlan,
    Remainder,
    SeasonCalendar,
    TariffError,
    compile_tariffs,
)
from gasworks.rating.data import build_plan, read_calendars, read_profiles, read_version
from gasworks.rating.household import bounds_of
from gasworks.tariffs import models

Text = str | Promise
Facts = tuple[tuple[Text, Text], ...]

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
    FirstYear.DAYS_LEFT: gettext_lazy("By the days that are left"),
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
    warnings: tuple[str, ...]


def picture(row: "models.PlanVersion") -> VersionPicture:
    """A stored version as the page shows it. Raises TariffError if its content cannot be read."""
    place = f"plan {row.plan.code}, version {row.from_on}"
    version = read_version(row.content, place=place, effective_from=row.from_on)
    calendars = {c.code: c for c in read_calendars(row.content, place=place)}
    main = _ladder(version.ladder, _("Prices"), {})
    seasons = [_season(each.ladder, each.season, each.counts_toward_main, calendars) for each in version.seasonal]
    before = [_allowance(version.allowance)] if version.allowance else []
    plan = build_plan(row.plan.code, row.plan.name, [row.content], [version])
    profiles = read_profiles(row.content, place=place)
    warnings = compile_tariffs([plan], calendars.values(), profiles).warnings
    return VersionPicture(
        ladders=(*before, main, *seasons),
        facts=_facts(plan, version),
        assumed=version.assumed,
        complete=version.complete,
        warnings=tuple(say(TariffError(*warning)) for warning in warnings),
    )


def _facts(plan: PricePlan, version: PlanVersion) -> tuple[tuple[Text, Text], ...]:
    unit = _("%(volume)s m³, what is left of a split goes %(where)s") % {
        "volume": cubic_metres(plan.unit_litres),
        "where": REMAINDER[plan.remainder],
    }
    facts: list[tuple[Text, Text]] = [
        (_("A change of price takes effect"), BOUNDARY[version.change]),
        (_("Billing unit"), unit),
    ]
    if plan.profile:
        facts.append(
            (_("A split interval is shared"), _("by the weights of its days (%(name)s)") % {"name": plan.profile})
        )
    if plan.household_change is not Boundary.BY_DAY:
        facts.append((_("A change of household size takes effect"), BOUNDARY[plan.household_change]))
    if version.ceiling_e4 is not None:
        facts.append((_("No gas costs more than"), _yuan_a_cubic_metre(version.ceiling_e4)))
    if version.minimum_fen:
        least = _("%(amount)s yuan a billing month") % {"amount": yuan(version.minimum_fen)}
        facts.append((_("Minimum charge"), least))
    if version.linked:
        facts.append((_("Linked price"), _linked(version.linked)))
    return tuple(facts)


def _linked(link: Link) -> str:
    return _("%(base)s + (cost %(cost)s − %(base_cost)s) × %(share)s %%, to %(step)s yuan") % {
        "base": price(link.base_price_e4),
        "cost": price(link.cost_e4),
        "base_cost": price(link.base_cost_e4),
        "share": f"{link.share_e4 / 100:g}",
        "step": price(link.step_e4),
    }


def _yuan_a_cubic_metre(price_e4: int) -> str:
    return _("%(price)s yuan per m³") % {"price": price(price_e4)}


def _allowance(allowance: Allowance) -> LadderPicture:
    """The gas that is priced before the version's prices begin: one tier."""
    shown = _ladder(allowance.ladder, _("Before these prices"), {})
    title = _("Free gas") if allowance.ladder.tiers[0].price_e4 == 0 else _("Gas at a price of its own")
    yes = _("Also counts toward the main ladder")
    no = _("Does not count toward the main ladder")
    facts = (*shown.facts, (_("This gas"), yes if allowance.counts_toward_main else no))
    return LadderPicture(title, shown.tiers[:1], facts, shown.households)


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
        facts.append((_("Unused volume"), _carried(ladder.carry)))
    if ladder.whole:
        facts.append((_("How tiers are priced"), _("All gas of the period costs the price of the tier reached")))
    return tuple(facts)


def _carried(carry: CarryOver | None) -> Text:
    if carry is None:
        return _("Is lost at the end of the period")
    how = {"periods": carry.periods, "day": _month_day(carry.lost_on) if carry.lost_on else ""}
    if carry.lost_on is None:
        return _("Is carried over, out of the last %(periods)s periods") % how
    return _("Is carried over, out of the last %(periods)s periods, and lost on %(day)s") % how


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
    "allowance": gettext_lazy("allowance"),
    "profile": gettext_lazy("day profile"),
    "carry-over": gettext_lazy("carry-over"),
    "ceiling": gettext_lazy("ceiling"),
    "linked": gettext_lazy("linked price"),
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


@dataclass(frozen=True, slots=True)
class TierPair:
    """A tier of one version beside the same tier of another; None where one does not have it."""

    number: int
    left: TierRow | None
    right: TierRow | None

    @property
    def more_e4(self) -> int | None:
        return self.right.price_e4 - self.left.price_e4 if self.left and self.right else None


@dataclass(frozen=True, slots=True)
class FactPair:
    name: Text
    left: Text
    right: Text

    @property
    def same(self) -> bool:
        return str(self.left) == str(self.right)


@dataclass(frozen=True, slots=True)
class LadderPair:
    title: Text
    tiers: tuple[TierPair, ...]
    facts: tuple[FactPair, ...]


def ladders_beside(left: VersionPicture, right: VersionPicture) -> list[LadderPair]:
    """The ladders of two versions by their titles, tier beside tier and rule beside rule."""
    one, other = ({str(each.title): each for each in picture.ladders} for picture in (left, right))
    return [_pair(title, one.get(title), other.get(title)) for title in dict.fromkeys([*one, *other])]


def facts_beside(left: Facts, right: Facts) -> tuple[FactPair, ...]:
    one, other = ({str(name): value for name, value in facts} for facts in (left, right))
    return tuple(FactPair(name, one.get(name, "—"), other.get(name, "—")) for name in dict.fromkeys([*one, *other]))


def _pair(title: Text, left: LadderPicture | None, right: LadderPicture | None) -> LadderPair:
    one, other = (each.tiers if each else () for each in (left, right))
    tiers = tuple(TierPair(n, *pair) for n, pair in enumerate(zip_longest(one, other), start=1))
    return LadderPair(title, tiers, facts_beside(left.facts if left else (), right.facts if right else ()))
