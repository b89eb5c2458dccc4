"""Price orders as plain data (TOML, JSON) → types, and nothing else. One format for packs, drafts and stored versions.

Volumes are m³ and prices yuan per m³, as whole numbers or decimal strings ("3.45"), never floats. What a version's
``content`` holds:

    change        "by_day" | "by_opening_reading" | "by_closing_reading"      default by_day
    unit_m3       billing unit, default 1
    remainder     "largest" | "last", default largest
    profile       code of a day profile, default all days alike
    household_change  "by_day" | "by_opening_reading" | "by_closing_reading", default by_day
    residential   default true
    minimum       yuan per billing month, default 0
    ceiling       yuan per m³ that no gas costs more than
    linked        {base_price, base_cost, cost, share, step}: tier 1 must say base_price + (cost − base_cost) × share
    allowance     {m3, price, period, basis, code, household, carry, counts_toward_main}: gas before the prices begin
    complete      false: refuses to bill, default true
    assumed       sentences: what the source leaves silent
    ladder        tiers [{upto_m3, price}, …, {price}], basis, first_year, code,
                  period {kind, start [month, day], boundary, starts_by_parity, season},
                  household {above, m3 [per bound], once} or {from_persons, m3_per_head [per bound]},
                  carry {periods, lost_on [month, day]}, whole (all gas at the price of the tier reached)
    seasonal      [{season, boundary, ladder, counts_toward_main}]
    calendars     [{code, from [month, day], to [month, day], months, dated [[from, to], …]}]
    profiles      [{code, by_month [12 weights of a day], dated [[day, weight], …]}]
"""

import datetime as dt
from collections.abc import Iterable, Mapping
from decimal import Decimal, InvalidOperation
from enum import Enum
from typing import Any, TypeVar

from gasworks.kernel.errors import gettext_noop as _
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
)

Data = Mapping[str, Any]
E = TypeVar("E", bound=Enum)

_CONTENT = {
    "change",
    "unit_m3",
    "remainder",
    "profile",
    "household_change",
    "residential",
    "minimum",
    "ceiling",
    "linked",
    "allowance",
    "complete",
    "assumed",
    "ladder",
    "seasonal",
    "calendars",
    "profiles",
}
_LADDER = {"tiers", "period", "basis", "household", "first_year", "code", "carry", "whole"}
_ALLOWANCE = {"m3", "price", "period", "basis", "household", "code", "carry", "counts_toward_main"}


def read_version(
    content: Data,
    *,
    place: str,
    effective_from: dt.date,
    effective_to: dt.date | None = None,
    document_no: str = "",
    source: str = "",
    version_id: int = 0,
) -> PlanVersion:
    """Content of one version → PlanVersion. Raises TariffError naming the first place that cannot be read."""
    _known_only(content, _CONTENT, place)
    return PlanVersion(
        effective_from=effective_from,
        effective_to=effective_to,
        ladder=_ladder(_need(content, "ladder", place), f"{place}, ladder"),
        document_no=document_no,
        source=source,
        change=_choice(content, "change", Boundary, Boundary.BY_DAY, place),
        seasonal=tuple(
            _in_season(each, f"{place}, season {number}")
            for number, each in enumerate(content.get("seasonal", ()), start=1)
        ),
        minimum_fen=_scaled(content.get("minimum", 0), 2, f"{place}, minimum"),
        allowance=_allowance(content["allowance"], f"{place}, allowance") if content.get("allowance") else None,
        ceiling_e4=_scaled(content["ceiling"], 4, f"{place}, ceiling") if "ceiling" in content else None,
        linked=_link(content["linked"], f"{place}, linked") if content.get("linked") else None,
        assumed=tuple(str(each) for each in content.get("assumed", ())),
        complete=bool(content.get("complete", True)),
        id=version_id,
    )


def read_calendars(content: Data, *, place: str) -> tuple[SeasonCalendar, ...]:
    return tuple(_calendar(each, f"{place}, calendar") for each in content.get("calendars", ()))


def read_profiles(content: Data, *, place: str) -> tuple[DayProfile, ...]:
    return tuple(_profile(each, f"{place}, profile") for each in content.get("profiles", ()))


def build_plan(code: str, name: str, contents: Iterable[Data], versions: Iterable[PlanVersion]) -> PricePlan:
    """A plan of versions that were read from ``contents``, which must agree on what belongs to the plan as a whole."""
    place = f"plan {code}"
    marks = {_plan_marks(content, place) for content in contents}
    if len(marks) != 1:
        raise TariffError(
            place, _("versions differ in billing unit, remainder, profile, household rule or residential")
        )
    return PricePlan(code, name, tuple(versions), *marks.pop())


def _plan_marks(content: Data, place: str) -> tuple[bool, int, Remainder, str, Boundary]:
    return (
        bool(content.get("residential", True)),
        _scaled(content.get("unit_m3", 1), 3, f"{place}, unit_m3"),
        _choice(content, "remainder", Remainder, Remainder.LARGEST, place),
        str(content.get("profile", "")),
        _choice(content, "household_change", Boundary, Boundary.BY_DAY, place),
    )


def _ladder(data: Data, place: str) -> Ladder:
    _known_only(data, _LADDER, place)
    tiers = tuple(_tier(tier, f"{place}, tier {n}") for n, tier in enumerate(_need(data, "tiers", place), start=1))
    return Ladder(
        tiers=tiers,
        period=_period(data["period"], f"{place}, period") if data.get("period") else None,
        basis=_choice(data, "basis", Basis, Basis.PERIOD, place),
        household=_household(data["household"], f"{place}, household") if data.get("household") else None,
        first_year=_choice(data, "first_year", FirstYear, FirstYear.FULL, place),
        code=_whole(data.get("code", 0), f"{place}, code"),
        carry=_carry(data["carry"], f"{place}, carry-over") if data.get("carry") else None,
        whole=bool(data.get("whole", False)),
    )


def _carry(data: Data, place: str) -> CarryOver:
    _known_only(data, {"periods", "lost_on"}, place)
    lost_on = data.get("lost_on")
    return CarryOver(
        _whole(_need(data, "periods", place), place), None if lost_on is None else _month_day(lost_on, place)
    )


def _allowance(data: Data, place: str) -> Allowance:
    _known_only(data, _ALLOWANCE, place)
    ladder = {name: data[name] for name in ("period", "basis", "household", "carry") if name in data}
    allowed = {"upto_m3": _need(data, "m3", place), "price": data.get("price", 0)}
    tiers = [allowed, {"price": 0}]
    return Allowance(
        _ladder({**ladder, "tiers": tiers, "code": data.get("code", 9)}, place),
        bool(data.get("counts_toward_main", True)),
    )


def _link(data: Data, place: str) -> Link:
    _known_only(data, {"base_price", "base_cost", "cost", "share", "step"}, place)
    base_price, base_cost, cost = (
        _scaled(_need(data, name, place), 4, place) for name in ("base_price", "base_cost", "cost")
    )
    share, step = _scaled(data.get("share", 1), 4, place), _scaled(data.get("step", "0.01"), 4, place)
    return Link(base_price, base_cost, cost, share, step)


def _profile(data: Data, place: str) -> DayProfile:
    _known_only(data, {"code", "by_month", "dated"}, place)
    return DayProfile(
        code=str(_need(data, "code", place)),
        by_month=tuple(_whole(weight, place) for weight in _need(data, "by_month", place)),
        dated=tuple((_date(day, place), _whole(weight, place)) for day, weight in data.get("dated", ())),
    )


def _tier(data: Data, place: str) -> Tier:
    _known_only(data, {"upto_m3", "price"}, place)
    if "price" not in data:
        raise TariffError(place, _("price is missing"))
    upto = data.get("upto_m3")
    return Tier(None if upto is None else _scaled(upto, 3, place), _scaled(data["price"], 4, place))


def _period(data: Data, place: str) -> Period:
    _known_only(data, {"kind", "start", "boundary", "starts_by_parity", "season"}, place)
    return Period(
        kind=_choice(data, "kind", PeriodKind, None, place),
        start=_month_day(data.get("start", (1, 1)), place),
        boundary=_choice(data, "boundary", Boundary, Boundary.BY_DAY, place),
        starts_by_parity=tuple(_whole(month, place) for month in data.get("starts_by_parity", ())),
        season=str(data.get("season", "")),
    )


def _household(data: Data, place: str) -> ExtraPersons | PerHead:
    if "from_persons" in data:
        _known_only(data, {"from_persons", "m3_per_head"}, place)
        litres = tuple(_scaled(m3, 3, place) for m3 in _need(data, "m3_per_head", place))
        return PerHead(_whole(data["from_persons"], place), litres)
    _known_only(data, {"above", "m3", "once"}, place)
    litres = tuple(_scaled(m3, 3, place) for m3 in _need(data, "m3", place))
    return ExtraPersons(_whole(_need(data, "above", place), place), litres, bool(data.get("once", False)))


def _in_season(data: Data, place: str) -> InSeason:
    _known_only(data, {"season", "ladder", "boundary", "counts_toward_main"}, place)
    return InSeason(
        season=str(_need(data, "season", place)),
        ladder=_ladder(_need(data, "ladder", place), f"{place}, ladder"),
        boundary=_choice(data, "boundary", Boundary, Boundary.BY_DAY, place),
        counts_toward_main=bool(data.get("counts_toward_main", False)),
    )


def _calendar(data: Data, place: str) -> SeasonCalendar:
    _known_only(data, {"code", "from", "to", "months", "dated"}, place)
    return SeasonCalendar(
        code=str(_need(data, "code", place)),
        from_day=_month_day(_need(data, "from", place), place),
        to_day=_month_day(_need(data, "to", place), place),
        months=_whole(_need(data, "months", place), place),
        dated=tuple((_date(begin, place), _date(end, place)) for begin, end in data.get("dated", ())),
    )


def _known_only(data: Data, known: set[str], place: str) -> None:
    if not isinstance(data, Mapping):
        raise TariffError(place, _("a table of names and values is wanted"))
    for name in sorted(set(data) - known):
        raise TariffError(place, _("unknown entry %(value)s"), value=name)


def _need(data: Data, name: str, place: str) -> Any:
    if name not in data:
        raise TariffError(place, _("%(name)s is missing"), name=name)
    return data[name]


def _choice(data: Data, name: str, kind: type[E], default: E | None, place: str) -> E:
    value = data.get(name, default)
    try:
        return kind(value)
    except ValueError:
        raise TariffError(place, _("unknown %(name)s %(value)s"), name=name, value=value) from None


def _whole(value: object, place: str) -> int:
    if not isinstance(value, int) or isinstance(value, bool):
        raise TariffError(place, _("a whole number is wanted, not %(value)s"), value=value)
    return value


def _scaled(value: object, decimals: int, place: str) -> int:
    """Decimal string or whole number × 10^decimals, exactly."""
    if isinstance(value, bool) or not isinstance(value, int | str):
        raise TariffError(place, _("a whole number or decimal text is wanted, not %(value)s"), value=value)
    try:
        scaled = Decimal(value).scaleb(decimals)
        whole = int(scaled)
    except (InvalidOperation, OverflowError, ValueError):
        raise TariffError(place, _("%(value)s is not a number"), value=value) from None
    if whole != scaled:
        raise TariffError(place, _("%(value)s has more than %(count)s decimals"), value=value, count=decimals)
    return whole


def _month_day(value: Any, place: str) -> tuple[int, int]:
    try:
        month, day = value
    except (TypeError, ValueError):
        raise TariffError(place, _("month and day are wanted, not %(value)s"), value=value) from None
    return _whole(month, place), _whole(day, place)


def _date(value: object, place: str) -> dt.date:
    if isinstance(value, dt.date):
        return value
    try:
        return dt.date.fromisoformat(str(value))
    except ValueError:
        raise TariffError(place, _("%(value)s is not a date"), value=value) from None
