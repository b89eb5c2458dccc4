"""What bills would have cost by the normal price plans, where their households stood on the ladders.

The movements of their ladder groups since the tier period began are rated again. Back-bills climb where they were booked:
above the bills before them, below those after; one that was priced at a single tier is priced at that tier.
"""

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

import numpy as np

from gasworks.billing.back_price import back_intervals, last_versions, tier_price
from gasworks.billing.run.binary import Bigints, read_columns
from gasworks.billing.run.columns import NONE, Column, distinct, place_of
from gasworks.billing.run.intervals import (
    billing_months,
    changes_among,
    first_days,
    household_changes,
    month_begins,
    persons_on,
    places_of_plans,
)
from gasworks.billing.run.sheet import PARITIES, Dated, Reader, code_column, day_column
from gasworks.foundation.scope import Scope
from gasworks.kernel.errors import Refusal, gettext_noop
from gasworks.kernel.money import line_amount
from gasworks.rating import Changes, Intervals, Movements, Tariffs, ToDate, rate, refusals
from gasworks.rating.columns import day_of
from gasworks.rating.weaving import joined
from gasworks.tariffs.selectors import compiled_tariffs

LONGEST_PERIOD: Final = 400
"""Days: no tier period is longer."""
GROUPS: Final = 5_000
"""So many ladder groups are rated at a time."""
CLIMBS: Final = ("counts", "first", "top")
COUNTS: Final = 0

_USES: Final = f"""
SELECT m.source, g.group_id, m.installation_id, m.register_id, {day_column("min(m.from_on)")},
       {day_column("max(m.to_on)")}, sum(m.litres)::bigint, m.month::bigint, coalesce(t.normal_plan_id, x.plan_id),
       coalesce(x.measure, 0), {day_column("min(g.from_on)")},
       {code_column("coalesce(k.parity, 'monthly')", PARITIES)}, (piece.from_on IS NOT NULL)::int::bigint
  FROM usage_groupmember g
  JOIN metering_installation i ON i.supply_point_id = g.supply_point_id AND i.company_id = g.company_id
  JOIN usage_movement m ON m.installation_id = i.id AND m.live AND NOT m.counts_only AND m.source_kind = 1
   AND m.to_on > %(since)s AND m.month <= %(month)s
 CROSS JOIN LATERAL (
        SELECT CASE WHEN (i.supply_point_id, m.month) IN (
                        SELECT supply_point_id, month FROM billing_relief WHERE company_id = %(company)s AND state = 'used')
                    THEN m.from_on END AS from_on) piece
  JOIN usage_priceitem x ON x.id = m.price_item_id
  LEFT JOIN usage_subsidyterms t ON t.plan_id = x.plan_id AND t.company_id = x.company_id
   AND t.from_on < m.to_on AND (t.to_on IS NULL OR t.to_on >= m.to_on)
  LEFT JOIN metering_bookseat s ON s.supply_point_id = g.supply_point_id AND s.company_id = g.company_id
  LEFT JOIN metering_readingbook k ON k.id = s.book_id
 WHERE g.company_id = %(company)s AND g.group_id = ANY(%(groups)s)
   AND g.from_on < m.to_on AND (g.to_on IS NULL OR g.to_on >= m.to_on)
 GROUP BY m.source, g.group_id, m.installation_id, m.register_id, m.price_item_id, m.month, x.plan_id,
       t.normal_plan_id, x.measure, k.parity, piece.from_on
 ORDER BY m.installation_id, m.register_id, min(m.from_on)
"""
_BACKS: Final = f"""
SELECT b.id, g.group_id, {day_column("b.from_on")}, {day_column("b.to_on")}, b.litres,
       coalesce(t.normal_plan_id, v.plan_id), coalesce(x.measure, 0), {code_column("k.climb", CLIMBS)}
  FROM billing_backbill k
  JOIN billing_bill b ON b.id = k.bill_id AND b.state = 2 AND b.to_on > %(since)s AND b.month <= %(month)s
  JOIN billing_billline l ON l.bill_id = b.id AND l.seq = 1
  JOIN tariffs_planversion v ON v.id = l.version_id
  JOIN usage_groupmember g ON g.supply_point_id = b.supply_point_id AND g.company_id = b.company_id
   AND g.from_on < b.to_on AND (g.to_on IS NULL OR g.to_on >= b.to_on)
  LEFT JOIN usage_priceitem x ON x.supply_point_id = b.supply_point_id AND x.company_id = b.company_id
   AND x.plan_id = v.plan_id AND x.from_on < b.to_on AND (x.to_on IS NULL OR x.to_on >= b.to_on)
  LEFT JOIN usage_subsidyterms t ON t.plan_id = v.plan_id AND t.company_id = k.company_id
   AND t.from_on < b.to_on AND (t.to_on IS NULL OR t.to_on >= b.to_on)
 WHERE k.company_id = %(company)s AND g.group_id = ANY(%(groups)s)
 ORDER BY b.id
"""


class CannotPriceNormally(Refusal):
    sentence = gettext_noop("By the normal price plan bill %(bill)s cannot be priced. Check the plan's dates and data.")


def normal_fen(cursor: Any, scope: Scope, bills: Mapping[str, Column], month: int) -> Column:
    """Fen of each of ``bills`` (columns bill, group, from; by bill) by the normal plan. ``cursor`` is a server's.

    Raises CannotPriceNormally.
    """
    fen = np.zeros(len(bills["bill"]), np.int64)
    if not len(fen):
        return fen
    prices = compiled_tariffs(scope=scope)
    groups = distinct(bills["group"])
    since = day_of(int(bills["from"].min()) - LONGEST_PERIOD)
    for start in range(0, len(groups), GROUPS):
        gas = _read(cursor, scope.company_id, groups[start : start + GROUPS], since, month, prices.index)
        for source, amounts in (gas.climbed(prices.tariffs), gas.at_one_tier(prices.tariffs)):
            at = place_of(bills["bill"], source)
            np.add.at(fen, at[at != NONE], amounts[at != NONE])
    return fen


@dataclass(frozen=True, slots=True)
class _Gas:
    """Gas of some ladder groups: what dials showed, and that of back-bills. ``climb`` indexes ``CLIMBS``."""

    source: Column
    shown: Intervals
    changes: Changes
    back_source: Column
    back: Intervals
    climb: Column

    def climbed(self, tariffs: Tariffs) -> tuple[Column, Column]:
        """(bill, fen) of all gas that climbs: in turns, so that each back-bill stands above what was billed before it."""
        rows = np.flatnonzero(self.climb == COUNTS)
        _refuse(self.shown, self.source, tariffs)
        _refuse(self.back, self.back_source, tariffs)
        source = np.concatenate([self.source, self.back_source[rows]])
        gas = joined([self.shown, self.back.take(rows)])
        turn = _turns(source, gas.group, len(self.source))
        fen = np.zeros(len(source), np.int64)
        booked: ToDate | None = None
        for number in distinct(turn):
            mine = np.flatnonzero(turn == number)
            rated = rate(gas.take(mine), tariffs, to_date=booked, changes=changes_among(self.changes, mine))
            fen[mine] = rated.amount_fen
            booked = _with(booked, rated.movements)
        return source, fen

    def at_one_tier(self, tariffs: Tariffs) -> tuple[Column, Column]:
        """(bill, fen) of back-bills all at one tier: few, each by what its version says of that tier."""
        rows = np.flatnonzero(self.climb != COUNTS)
        if not len(rows):
            return rows, rows
        versions = last_versions(self.back.take(rows), tariffs)
        fen = [
            line_amount(int(self.back.litres[row]), tier_price(tariffs, version, CLIMBS[self.climb[row]])[1])
            for row, version in zip(rows, versions, strict=True)
        ]
        return self.back_source[rows], np.array(fen, np.int64)


def _read(cursor: Any, company_id: int, groups: Column, since: dt.date, month: int, plans: Mapping[int, int]) -> _Gas:
    asked = {"company": company_id, "groups": Bigints(groups), "since": since, "month": month}
    uses = read_columns(
        cursor,
        _USES,
        asked,
        (
            "source",
            "group",
            "installation",
            "register",
            "from",
            "to",
            "litres",
            "month",
            "plan",
            "measure",
            "opened",
            "parity",
            "piece",
        ),
    )
    backs = read_columns(cursor, _BACKS, asked, ("source", "group", "from", "to", "litres", "plan", "measure", "climb"))
    sizes = Reader(cursor, company_id).dated("usage_household", "group_id", groups, {"persons": "persons::bigint"})
    shown = _shown(uses, sizes, plans)
    back = back_intervals(
        plan=places_of_plans(backs["plan"], plans),
        from_day=backs["from"],
        to_day=backs["to"],
        litres=backs["litres"],
        persons=persons_on(sizes, backs["group"], backs["to"] - 1),
        group=backs["group"],
        measure=backs["measure"],
    )
    return _Gas(uses["source"], shown, household_changes(sizes, shown), backs["source"], back, backs["climb"])


def _shown(uses: Mapping[str, Column], sizes: Dated, plans: Mapping[int, int]) -> Intervals:
    """Movements as the run had rated them, by the normal plan where one is subsidised.

    What a relief case had spread stands month by month, each as if it had been read by itself.
    """
    piece, closed = uses["piece"] == 1, first_days(uses["month"])
    return Intervals.of(
        plan=places_of_plans(uses["plan"], plans),
        from_day=uses["from"],
        to_day=uses["to"],
        litres=uses["litres"],
        persons=persons_on(sizes, uses["group"], uses["from"]),
        billing_months=np.where(piece, 1, _months(uses)),
        parity=uses["parity"],
        cycle_day=np.where(piece, np.minimum(month_begins(uses["to"]), closed), closed),
        group=uses["group"],
        opened_day=np.maximum(uses["opened"], 0),
        member=uses["installation"],
        measure=uses["measure"],
    )


def _months(uses: Mapping[str, Column]) -> Column:
    """Accounting months since the register's bill before; before the first one known, those of the book's cycle."""
    month = uses["month"]
    if not len(month):
        return month
    same = np.zeros(len(month), np.bool_)
    same[1:] = (uses["installation"][1:] == uses["installation"][:-1]) & (uses["register"][1:] == uses["register"][:-1])
    fresh = ~same
    fresh[1:] |= month[1:] != month[:-1]
    last = np.zeros(len(month), np.int64)
    last[1:] = np.where(same[1:], month[:-1], 0)
    return billing_months(last[fresh][np.cumsum(fresh) - 1], uses["parity"], month)


def _turns(source: Column, group: Column, shown: int) -> Column:
    """In which turn each bill's gas climbs: twice the back-bills of its group before it, and one more for those themselves.

    ``source`` and ``group`` hold ``shown`` rows of dials, then back-bills; bills are numbered as they were written.
    """
    if shown == len(source):
        return np.zeros(shown, np.int64)
    bills = distinct(source)
    base = place_of(distinct(group), group) * len(bills)
    keys = base + place_of(bills, source)
    backs = np.sort(keys[shown:])
    turn = 2 * (np.searchsorted(backs, keys) - np.searchsorted(backs, base))
    turn[shown:] += 1
    return turn


def _with(booked: ToDate | None, moved: Movements) -> ToDate:
    """Tier-to-date after what was rated, each ladder and tier period once."""
    names = ("group", "code", "period_day", "litres")
    more = [getattr(moved, name) for name in names]
    if booked is not None:
        more = [np.concatenate([getattr(booked, name), column]) for name, column in zip(names, more, strict=True)]
    *keys, litres = more
    known, place = np.unique(np.stack(keys), axis=1, return_inverse=True)
    sums = np.zeros(known.shape[1], np.int64)
    np.add.at(sums, place.reshape(-1), litres)
    return ToDate(group=known[0], code=known[1], period_day=known[2], litres=sums)


def _refuse(gas: Intervals, source: Column, tariffs: Tariffs) -> None:
    why = refusals(gas, tariffs)
    if why.any():
        raise CannotPriceNormally(bill=int(source[np.flatnonzero(why)[0]]))
