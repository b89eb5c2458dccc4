"""Price plans compiled into arrays that the kernel reads by index; bad ones are refused, with the place named."""

import datetime as dt
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cache
from itertools import pairwise

import numpy as np
import numpy.typing as npt

from gasworks.kernel.errors import gettext_noop as _
from gasworks.rating.checks import PRICE_MAX, check_plan
from gasworks.rating.columns import NOTHING, Column, column, day_number, day_of
from gasworks.rating.household import bounds_of
from gasworks.rating.keys import ladder_key
from gasworks.rating.timelines import FAR, Timelines
from gasworks.rating.types import (
    MEASURES,
    MONTHS,
    PERSONS_MAX,
    Basis,
    Boundary,
    CarryOver,
    DayProfile,
    FirstYear,
    Ladder,
    PeriodKind,
    PlanVersion,
    PricePlan,
    Remainder,
    SeasonCalendar,
    TariffError,
)

WITHOUT_END = 1 << 62
PARITIES = 4
HORIZON = (1990, 2060)
"""First year in, last year out: what the timelines hold."""
_MODES = {
    Boundary.BY_DAY: 0,
    Boundary.BY_OPENING_READING: 1,
    Boundary.BY_CLOSING_READING: 2,
    Boundary.BY_CYCLES: 3,
}
BY_DAY, BY_OPENING, BY_CLOSING, BY_CYCLES = range(4)


@dataclass(frozen=True, slots=True, eq=False)
class Tariffs:
    """Compiled plans; build with ``compile_tariffs``. Immutable: share it between threads and keep it in a cache.

    The tables are the kernel's own. For callers: ``plan(code)``, ``codes``, ``version_ids`` (the ids given in
    ``PlanVersion.id`` by the index that lines carry), ``versions`` (the same order), ``warnings`` (place, reason).
    """

    codes: tuple[str, ...]
    versions: tuple[PlanVersion, ...]
    version_ids: Column
    warnings: tuple[tuple[str, str], ...]
    unit: Column
    last_gets_rest: npt.NDArray[np.bool_]
    household_mode: Column
    profile: Column
    day_weights: npt.NDArray[np.int64] | None
    cuts: Timelines
    switches: Timelines | None
    closing_switch: Column
    complete: npt.NDArray[np.bool_]
    minimum_fen: Column
    seasons: Timelines
    season_mode: Column
    periods: Timelines
    period_key: Column
    """Ladder key of each tier period for group 0; ``NOTHING`` off the ladder."""
    period_mode: Column
    ladder_code: Column
    toward_main: Column
    allowance: Column
    allowance_counts: npt.NDArray[np.bool_]
    carry_first: Column | None
    whole: npt.NDArray[np.bool_]
    whole_plan: npt.NDArray[np.bool_]
    bounds: npt.NDArray[np.int64]
    prices: npt.NDArray[np.int64]
    per_billing_month: npt.NDArray[np.bool_]
    measured: Column
    first_by_months: npt.NDArray[np.bool_]
    first_by_days: npt.NDArray[np.bool_]
    months: Column

    def plan(self, code: str) -> int:
        """Index of a plan for ``Intervals.plan``. Raises KeyError for an unknown code."""
        try:
            return self.codes.index(code)
        except ValueError:
            raise KeyError(code) from None


def compile_tariffs(
    plans: Iterable[PricePlan], calendars: Iterable[SeasonCalendar] = (), profiles: Iterable[DayProfile] = ()
) -> Tariffs:
    """Check the plans and lay them out as arrays. Raises TariffError naming the first bad place."""
    plans = tuple(plans)
    by_code = {calendar.code: calendar for calendar in calendars}
    by_profile = {profile.code: profile for profile in profiles}
    if not plans:
        raise TariffError("plans", _("there is none"))
    codes = tuple(plan.code for plan in plans)
    if len(set(codes)) < len(codes):
        raise TariffError("plans", _("a code stands twice"))
    warnings = [warning for plan in plans for warning in check_plan(plan, by_code, by_profile)]
    versions = tuple(version for plan in plans for version in plan.versions)
    ladders = [ladder for version in versions for ladder in ladders_of(version)]
    cuts, switches, closing = _version_timelines(plans)
    periods = Timelines([_period_line(ladder, parity, by_code) for ladder in ladders for parity in range(PARITIES)])
    profile, day_weights = _profiles(plans, by_profile)
    return Tariffs(
        codes=codes,
        versions=versions,
        version_ids=column([version.id for version in versions]),
        warnings=tuple(warnings),
        unit=column([plan.unit_litres for plan in plans]),
        last_gets_rest=np.array([plan.remainder is Remainder.LAST for plan in plans]),
        household_mode=column([_MODES[plan.household_change] for plan in plans]),
        profile=profile,
        day_weights=day_weights,
        cuts=cuts,
        switches=switches,
        closing_switch=closing,
        complete=np.array([version.complete for version in versions]),
        minimum_fen=column([version.minimum_fen for version in versions]),
        seasons=Timelines(_season_lines(versions, by_code)),
        season_mode=column([_MODES[v.seasonal[0].boundary] if v.seasonal else BY_DAY for v in versions]),
        periods=periods,
        period_key=_period_keys(ladders, periods),
        period_mode=column(_period_modes(versions)),
        ladder_code=column([ladder.code for ladder in ladders]),
        toward_main=column(_toward_main(versions)),
        allowance=column(_allowances(versions)),
        allowance_counts=np.array([bool(v.allowance and v.allowance.counts_toward_main) for v in versions]),
        carry_first=_carry_first(plans, ladders, periods),
        whole=np.array([ladder.whole for ladder in ladders]),
        whole_plan=np.array([any(lad.whole for v in plan.versions for lad in ladders_of(v)) for plan in plans]),
        bounds=_bounds(ladders, by_code),
        prices=_prices(versions),
        per_billing_month=np.array([ladder.basis is Basis.BILLING_MONTH for ladder in ladders]),
        measured=column([MEASURES.get(ladder.basis, 0) for ladder in ladders]),
        first_by_months=np.array([ladder.first_year is FirstYear.MONTHS_LEFT for ladder in ladders]),
        first_by_days=np.array([ladder.first_year is FirstYear.DAYS_LEFT for ladder in ladders]),
        months=column([_months(ladder, by_code) for ladder in ladders]),
    )


def ladders_of(version: PlanVersion) -> list[Ladder]:
    """In the order of the tables: the main one, the seasons', the allowance."""
    more = [version.allowance.ladder] if version.allowance else []
    return [version.ladder, *(season.ladder for season in version.seasonal), *more]


def _version_timelines(plans: Sequence[PricePlan]) -> tuple[Timelines, Timelines | None, Column]:
    """Cuts by day of use; all changes, where some go by reading; and each change's latest closing-reading change."""
    cuts, switches, modes = [], [], []
    number = 0
    for plan in plans:
        changes = [(0, NOTHING, Boundary.BY_DAY)]
        for version in plan.versions:
            changes.append((day_number(version.effective_from), number, version.change))
            number += 1
        last = plan.versions[-1].effective_to
        if last:
            changes.append((day_number(last), NOTHING, Boundary.BY_DAY))
        cuts.append([(day, value) for day, value, mode in changes if mode is Boundary.BY_DAY])
        switches.append([(day, value) for day, value, _ in changes])
        modes.append([mode for _, _, mode in changes])
    if all(mode is Boundary.BY_DAY for line in modes for mode in line):
        return Timelines(cuts), None, column([])
    return Timelines(cuts), Timelines(switches), _latest_closing(modes)


def _latest_closing(modes: Sequence[Sequence[Boundary]]) -> Column:
    latest, index = [], 0
    for line in modes:
        found = NOTHING
        for mode in line:
            if mode is Boundary.BY_CLOSING_READING:
                found = index
            latest.append(found)
            index += 1
    return column(latest)


def _season_lines(versions: Sequence[PlanVersion], calendars: dict[str, SeasonCalendar]) -> list[list[tuple[int, int]]]:
    """For each version, which ladder (global index) prices which days."""
    lines, first = [], 0
    for version in versions:
        changes = {0: first}
        for offset, season in enumerate(version.seasonal, start=1):
            for begin, end in season_days(calendars[season.season]):
                changes[begin] = first + offset
                changes.setdefault(end, first)
        lines.append(list(changes.items()))
        first += len(ladders_of(version))
    return lines


def season_days(calendar: SeasonCalendar) -> list[tuple[int, int]]:
    """All seasons of a calendar within the horizon as half-open day numbers, the dated ones in place of the rule."""
    dated = {begin.year: (begin, end) for begin, end in calendar.dated}
    crosses = calendar.to_day <= calendar.from_day
    seasons = [
        dated.get(year, (dt.date(year, *calendar.from_day), dt.date(year + crosses, *calendar.to_day)))
        for year in range(*HORIZON)
    ]
    days = [(day_number(begin), day_number(end)) for begin, end in seasons]
    for (_begin, end), (begin, _end) in pairwise(days):
        if end > begin:
            raise TariffError(f"calendar {calendar.code}", _("seasons overlap"))
    return days


def _period_modes(versions: Sequence[PlanVersion]) -> list[int]:
    modes = []
    for version in versions:
        boundaries = [None, *(season.boundary for season in version.seasonal), None]
        for ladder, of_season in zip(ladders_of(version), boundaries, strict=False):
            modes.append(_period_mode(ladder, of_season))
    return modes


def _period_mode(ladder: Ladder, of_season: Boundary | None) -> int:
    if ladder.period is None:
        return BY_DAY
    if ladder.period.kind is PeriodKind.CYCLE:
        return BY_CYCLES
    if ladder.period.kind is PeriodKind.SEASON and of_season:
        return _MODES[of_season]
    return _MODES[ladder.period.boundary]


def _period_line(ladder: Ladder, parity: int, calendars: dict[str, SeasonCalendar]) -> list[tuple[int, int]]:
    """First days of the tier periods; each is its own value. Off the ladder there is one period without a day."""
    period = ladder.period
    if period is None:
        return [(0, NOTHING)]
    days: Sequence[int]
    if period.kind is PeriodKind.SEASON:
        days = [begin for begin, _ in season_days(calendars[period.season])]
    elif period.kind is PeriodKind.CYCLE:
        days = _month_days(1, 1, 1)
    elif period.starts_by_parity:
        days = _month_days(period.starts_by_parity[parity], 1, MONTHS[period.kind])
    else:
        days = _month_days(*period.start, MONTHS[period.kind])
    return [(day, day) for day in days]


def _period_keys(ladders: Sequence[Ladder], periods: Timelines) -> Column:
    sizes = np.diff(periods.first, append=len(periods.value))
    code = np.repeat(column([ladder.code for ladder in ladders for _ in range(PARITIES)]), sizes)
    return ladder_key(np.zeros(len(code), np.int64), code, periods.value)


@cache
def _month_days(month: int, day: int, step: int) -> tuple[int, ...]:
    """Every ``step`` months from that day of that month on; kept, since nearly all ladders begin alike."""
    first, last = HORIZON[0] * 12 + (month - 1) - 12, HORIZON[1] * 12
    return tuple(day_number(dt.date(m // 12, m % 12 + 1, day)) for m in range(first, last, step))


def _months(ladder: Ladder, calendars: dict[str, SeasonCalendar]) -> int:
    if ladder.period is None or ladder.period.kind is PeriodKind.CYCLE:
        return 1
    if ladder.period.kind is PeriodKind.SEASON:
        return calendars[ladder.period.season].months
    return MONTHS[ladder.period.kind]


def _toward_main(versions: Sequence[PlanVersion]) -> list[int]:
    """For each ladder, the main ladder that its gas also fills, or ``NOTHING``."""
    toward: list[int] = []
    for version in versions:
        main = len(toward)
        toward.append(NOTHING)
        toward += [main if season.counts_toward_main else NOTHING for season in version.seasonal]
        toward += [NOTHING] * (len(ladders_of(version)) - 1 - len(version.seasonal))
    return toward


def _allowances(versions: Sequence[PlanVersion]) -> list[int]:
    """For each version, the ladder of its allowance, or ``NOTHING``."""
    found, ladders = [], 0
    for version in versions:
        ladders += len(ladders_of(version))
        found.append(ladders - 1 if version.allowance else NOTHING)
    return found


def _carry_first(plans: Sequence[PricePlan], ladders: Sequence[Ladder], periods: Timelines) -> Column | None:
    """For each tier period, the first one from which unused volume reaches it; None where nothing is carried over."""
    if not any(ladder.carry for ladder in ladders):
        return None
    first = np.arange(len(periods.start), dtype=np.int64)
    line = 0
    for plan in plans:
        for number, version in enumerate(plan.versions):
            for ladder in ladders_of(version):
                if ladder.carry:
                    since = day_number(_carried_since(plan, number, ladder.code))
                    for parity in range(PARITIES):
                        _chain(first, periods, line + parity, ladder.carry, since)
                line += PARITIES
    return first


def _carried_since(plan: PricePlan, number: int, code: int) -> dt.date:
    """First day of the unbroken run of versions up to this one that carry over on this ladder."""
    while number and any(lad.carry and lad.code == code for lad in ladders_of(plan.versions[number - 1])):
        number -= 1
    return plan.versions[number].effective_from


def _chain(first: Column, periods: Timelines, line: int, carry: CarryOver, since: int) -> None:
    begins = periods.first[line]
    ends = periods.first[line + 1] if line + 1 < periods.count else len(periods.start)
    for segment in range(begins + 1, ends):
        linked = periods.start[segment - 1] >= since and not _lost_between(
            int(periods.start[segment - 1]), int(periods.start[segment]), carry
        )
        if linked:
            first[segment] = max(first[segment - 1], segment - carry.periods)


def _lost_between(earlier: int, later: int, carry: CarryOver) -> bool:
    """Whether the day on which unused volume is lost lies in (earlier, later]."""
    if carry.lost_on is None:
        return False
    years = range(day_of(earlier).year, day_of(later).year + 1)
    return any(earlier < day_number(dt.date(year, *carry.lost_on)) <= later for year in years)


def _profiles(
    plans: Sequence[PricePlan], profiles: dict[str, DayProfile]
) -> tuple[Column, npt.NDArray[np.int64] | None]:
    """(profile of each plan, [profile, day] → weights of all days before it); profile 0 has all days alike."""
    codes = ["", *sorted({plan.profile for plan in plans} - {""})]
    profile = column([codes.index(plan.profile) for plan in plans])
    if len(codes) == 1:
        return profile, None
    days = np.arange(FAR + 1, dtype=np.int64)
    month = days.view("M8[D]").astype("M8[M]").astype(np.int64) % 12
    table = [days]
    for code in codes[1:]:
        weights = np.array(profiles[code].by_month, np.int64)[month]
        for day, weight in profiles[code].dated:
            weights[day_number(day)] = weight
        table.append(np.cumsum(weights) - weights)
    return profile, np.stack(table)


def _width(ladders: Sequence[Ladder]) -> int:
    return max(len(ladder.tiers) for ladder in ladders)


def _bounds(ladders: Sequence[Ladder], calendars: dict[str, SeasonCalendar]) -> npt.NDArray[np.int64]:
    """[tier, ladder × persons] → cumulative upper bound in litres of a whole period (or of one billing month)."""
    table = np.full((len(ladders), PERSONS_MAX + 1, _width(ladders)), WITHOUT_END, np.int64)
    for row, ladder in enumerate(ladders):
        times = _months(ladder, calendars) if ladder.basis is Basis.MONTH else 1
        for persons in range(PERSONS_MAX + 1):
            for tier, bound in enumerate(bounds_of(ladder, persons)):
                table[row, persons, tier] = bound * times
    return np.ascontiguousarray(table.reshape(-1, table.shape[2]).T)


def _prices(versions: Sequence[PlanVersion]) -> npt.NDArray[np.int64]:
    """[ladder, tier] → price, none above the ceiling of its version."""
    rows = [
        [min(tier.price_e4, PRICE_MAX if v.ceiling_e4 is None else v.ceiling_e4) for tier in ladder.tiers]
        for v in versions
        for ladder in ladders_of(v)
    ]
    table = np.zeros((len(rows), max(len(row) for row in rows)), np.int64)
    for number, row in enumerate(rows):
        table[number, : len(row)] = row
    return table
