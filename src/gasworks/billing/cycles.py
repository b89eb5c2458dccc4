"""What another reading cycle of a book would do, before anybody plans it: days of the next intervals, and tier years."""

import datetime as dt
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any, Final

import numpy as np
from django.db import connection

from gasworks.foundation.calendar import cycle_limits
from gasworks.foundation.scope import Scope
from gasworks.kernel.periods import month_of, month_start
from gasworks.metering.selectors import book_detail
from gasworks.metering.services import planned_reads
from gasworks.rating import Intervals, Tariffs, ladder_keys, refusals
from gasworks.rating.columns import day_number
from gasworks.tariffs.selectors import company_plans, compiled_tariffs

RIGHT: Final = "metering.books"
LOOKED_AHEAD: Final = 26
"""Months: one tier year whole, and the next one begun."""
SHOWN: Final = 200
STEPS: Final = 3
"""So many intervals after the last reading are looked at."""
PARITIES: Final = ("monthly", "odd", "even", "quarter")

_HOMES: Final = """
SELECT p.id, p.number, m.address, last.read_on, coalesce(i.plan_id, 0)
FROM metering_bookseat s
JOIN customers_supplypoint p ON p.id = s.supply_point_id AND p.status = 'active'
JOIN customers_premises m ON m.id = p.premises_id
JOIN LATERAL (
    SELECT max(r.read_on) AS read_on FROM metering_installation n
    JOIN metering_reading r ON r.company_id = n.company_id AND r.installation_id = n.id AND r.state IN (1, 2, 3)
    WHERE n.company_id = s.company_id AND n.supply_point_id = p.id AND n.to_on IS NULL) last ON last.read_on IS NOT NULL
LEFT JOIN usage_priceitem i ON i.company_id = s.company_id AND i.supply_point_id = p.id AND i.share = 'rest'
     AND i.to_on IS NULL
WHERE s.company_id = %s AND s.book_id = %s ORDER BY s.sequence, p.id
"""


@dataclass(frozen=True, slots=True)
class Interval:
    """The days between two readings that a home would get."""

    from_on: dt.date
    to_on: dt.date

    @property
    def days(self) -> int:
        return (self.to_on - self.from_on).days


@dataclass(frozen=True, slots=True)
class HomeCycle:
    supply_point_id: int
    number: str
    address: str
    intervals: tuple[Interval, ...]
    outside: bool


@dataclass(frozen=True, slots=True)
class TierYear:
    """Homes of one price plan: the reading with which their next tier period begins, as it is now and as planned."""

    plan: str
    homes: int
    now_on: dt.date | None
    then_on: dt.date | None


@dataclass(frozen=True, slots=True)
class Simulation:
    """``days`` are (days, homes, outside the limits) of the interval in which the cycle changes."""

    homes: int
    low: int
    high: int
    days: tuple[tuple[int, int, bool], ...]
    outside: tuple[HomeCycle, ...]
    outside_count: int
    tier_years: tuple[TierYear, ...]

    def figures(self) -> dict[str, Any]:
        """What the approver is shown, as JSON."""
        return {
            "homes": self.homes,
            "days": [list(row) for row in self.days],
            "outside": self.outside_count,
            "limits": [self.low, self.high],
            "tier_years": [
                [one.plan, one.homes, str(one.now_on or ""), str(one.then_on or "")] for one in self.tier_years
            ],
        }


def simulate_cycle(*, scope: Scope, book_id: int, parity: str, from_month: int, today: dt.date) -> Simulation:
    """Lay the planned rounds that are still to come, old cycle and new, behind each home's last reading; writes nothing."""
    scope.require(RIGHT)
    book = book_detail(scope=scope, book_id=book_id).book
    low, high = cycle_limits(scope=scope, on=today)

    def reads(after: str) -> list[tuple[int, dt.date]]:
        plan = planned_reads(
            read_day=book.read_day,
            parity_in=lambda month: after if month >= from_month else book.parity,
            first_month=month_of(today),
            months=LOOKED_AHEAD,
        )
        return [(month, day) for month, day in plan if day > today]

    new, old = reads(parity), reads(book.parity)
    homes = _homes(scope, book_id)
    change_on = month_start(from_month)
    across: Counter[int] = Counter()
    outside: list[HomeCycle] = []
    for point, number, address, last_on, _plan in homes:
        intervals = intervals_after(last_on, [day for _month, day in new])
        across[next((one.days for one in intervals if one.to_on >= change_on), 0)] += 1
        if any(not low <= one.days <= high for one in intervals[:STEPS]):
            outside.append(HomeCycle(point, number, address, intervals[:STEPS], outside=True))
    return Simulation(
        homes=len(homes),
        low=low,
        high=high,
        days=tuple((days, count, not low <= days <= high) for days, count in sorted(across.items())),
        outside=tuple(outside[:SHOWN]),
        outside_count=len(outside),
        tier_years=_tier_years(scope, homes, old, new, book.parity, parity, from_month),
    )


def intervals_after(last_on: dt.date, days: Sequence[dt.date]) -> tuple[Interval, ...]:
    """The use intervals that planned days would make behind a last reading."""
    ends = [day for day in days if day > last_on]
    return tuple(Interval(a, b) for a, b in zip([last_on, *ends], ends, strict=False))


def _tier_years(
    scope: Scope,
    homes: Sequence[tuple[Any, ...]],
    old: Sequence[tuple[int, dt.date]],
    new: Sequence[tuple[int, dt.date]],
    before: str,
    after: str,
    from_month: int,
) -> tuple[TierYear, ...]:
    """Per price plan and last reading; homes of a book mostly share both."""
    prices = compiled_tariffs(scope=scope)
    found: Counter[tuple[int, dt.date | None, dt.date | None]] = Counter()
    alike = Counter((plan, last_on) for _point, _number, _address, last_on, plan in homes if plan in prices.index)
    for (plan, last_on), count in alike.items():
        index = prices.index[plan]
        now_on = _next_period(prices.tariffs, index, last_on, old, lambda _month: before)
        then_on = _next_period(
            prices.tariffs, index, last_on, new, lambda month: after if month >= from_month else before
        )
        found[plan, now_on, then_on] += count
    labels = dict(company_plans(scope=scope).values_list("id", "name"))
    rows = [TierYear(labels.get(plan, ""), count, now_on, then_on) for (plan, now_on, then_on), count in found.items()]
    return tuple(sorted(rows, key=lambda row: (row.plan, -row.homes)))


def _next_period(
    tariffs: Tariffs, plan: int, last_on: dt.date, reads: Sequence[tuple[int, dt.date]], parity_in: Callable[[int], str]
) -> dt.date | None:
    """The reading that closes the first interval whose gas falls into the tier period after the present one."""
    ends = [(month, day) for month, day in reads if day > last_on]
    if not ends:
        return None
    days = [last_on, *(day for _month, day in ends)]
    intervals = Intervals.of(
        plan=np.full(len(ends), plan),
        from_day=np.array([day_number(day) for day in days[:-1]]),
        to_day=np.array([day_number(day) for day in days[1:]]),
        litres=np.zeros(len(ends), np.int64),
        parity=np.array([PARITIES.index(parity_in(month)) for month, _day in ends]),
        cycle_day=np.array([day_number(month_start(month)) for month, _day in ends]),
        group=np.arange(1, len(ends) + 1),
        billing_months=np.array(_billing_months(month_of(last_on), [month for month, _day in ends])),
    )
    if refusals(intervals, tariffs).any():
        return None
    group, code, period = ladder_keys(intervals, tariffs)
    main = code == 0
    if not main.any():
        return None
    present = int(period[main & (group == group[main].min())].min())
    later = group[main & (period > present)]
    return ends[int(later.min()) - 1][1] if len(later) else None


def _billing_months(first: int, months: Sequence[int]) -> list[int]:
    numbers = [(month // 100) * 12 + month % 100 for month in (first, *months)]
    return [max(1, b - a) for a, b in pairwise(numbers)]


def _homes(scope: Scope, book_id: int) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(_HOMES, [scope.company_id, book_id])
        return cursor.fetchall()
