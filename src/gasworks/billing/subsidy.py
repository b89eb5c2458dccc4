"""What a payer owes for a month's subsidised gas: each bill priced once more by the normal plan, and the difference.

The bills' own movements are rated again, with all gas of their ladder groups since the tier period began, so that the
normal plan meets the tiers where the household stood. What was claimed before is taken off.
"""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from django.db import connection

from gasworks.billing.run.binary import server_cursor
from gasworks.billing.run.columns import Column
from gasworks.billing.run.intervals import household_changes, persons_on
from gasworks.billing.run.sheet import PARITIES, Reader
from gasworks.foundation.scope import Scope
from gasworks.kernel.errors import Refusal, gettext_noop
from gasworks.kernel.periods import month_start
from gasworks.rating import Intervals, rate, refusals
from gasworks.rating.columns import day_number
from gasworks.tariffs.selectors import compiled_tariffs

LONGEST_PERIOD: Final = dt.timedelta(days=400)

_BILLS: Final = """
SELECT DISTINCT b.id, b.supply_point_id, b.amount_fen, b.from_on, t.payer_id, g.group_id
  FROM usage_subsidyterms t
  JOIN usage_priceitem x ON x.plan_id = t.plan_id AND x.company_id = t.company_id
  JOIN customers_agreement a ON a.supply_point_id = x.supply_point_id AND a.company_id = x.company_id
  JOIN billing_bill b ON b.agreement_id = a.id
   AND b.month = %(month)s AND b.state = 2 AND b.kind <> 4
   AND t.from_on < b.to_on AND (t.to_on IS NULL OR t.to_on >= b.to_on)
  JOIN usage_movement m ON m.source = b.id AND m.source_kind = 1 AND m.live AND m.price_item_id = x.id
  JOIN usage_groupmember g ON g.supply_point_id = b.supply_point_id AND g.company_id = b.company_id
   AND g.from_on < b.to_on AND (g.to_on IS NULL OR g.to_on >= b.to_on)
 WHERE t.company_id = %(company)s AND (%(payer)s::bigint IS NULL OR t.payer_id = %(payer)s)
 ORDER BY b.id
"""
_USES: Final = """
SELECT m.source, g.group_id, m.installation_id, m.register_id, min(m.from_on), max(m.to_on), sum(m.litres)::bigint,
       m.month, x.plan_id, t.normal_plan_id, coalesce(x.measure, 0), min(g.from_on), coalesce(k.parity, 'monthly')
  FROM usage_groupmember g
  JOIN metering_installation i ON i.supply_point_id = g.supply_point_id AND i.company_id = g.company_id
  JOIN usage_movement m ON m.installation_id = i.id AND m.live AND NOT m.counts_only AND m.source_kind = 1
   AND m.to_on > %(since)s AND m.month <= %(month)s
  JOIN usage_priceitem x ON x.id = m.price_item_id
  LEFT JOIN usage_subsidyterms t ON t.plan_id = x.plan_id AND t.company_id = x.company_id
   AND t.from_on < m.to_on AND (t.to_on IS NULL OR t.to_on >= m.to_on)
  LEFT JOIN metering_bookseat s ON s.supply_point_id = g.supply_point_id AND s.company_id = g.company_id
  LEFT JOIN metering_readingbook k ON k.id = s.book_id
 WHERE g.company_id = %(company)s AND g.group_id = ANY(%(groups)s)
   AND g.from_on < m.to_on AND (g.to_on IS NULL OR g.to_on >= m.to_on)
 GROUP BY m.source, g.group_id, m.installation_id, m.register_id, m.price_item_id, m.month, x.plan_id,
       t.normal_plan_id, x.measure, k.parity
 ORDER BY m.installation_id, m.register_id, min(m.from_on)
"""
_CLAIMED: Final = """
SELECT l.bill_id, l.supply_point_id, sum(l.amount_fen)::bigint FROM billing_claim c JOIN billing_claimline l ON l.claim_id = c.id
 WHERE c.company_id = %s AND c.payer_id = %s AND c.month = %s GROUP BY l.bill_id, l.supply_point_id
"""


class CannotPriceNormally(Refusal):
    sentence = gettext_noop("By the normal price plan bill %(bill)s cannot be priced. Check the plan's dates and data.")


@dataclass(frozen=True, slots=True)
class Part:
    """One bill's part of a claim. ``amount_fen`` is what is claimed now; below zero it is given back."""

    bill_id: int
    supply_point_id: int
    litres: int
    normal_fen: int
    billed_fen: int
    amount_fen: int


def parts_of(*, scope: Scope, payer_id: int, month: int) -> list[Part]:
    """What is still to be claimed for the month, bill by bill; empty when all is claimed as it stands."""
    bills = _rows(_BILLS, {"company": scope.company_id, "month": month, "payer": payer_id})
    claimed = {bill: (point, fen) for bill, point, fen in _rows(_CLAIMED, [scope.company_id, payer_id, month])}
    normal = _by_normal_plan(scope, bills, month) if bills else {}
    parts = []
    for bill, point, billed_fen, *_rest in bills:
        litres, normal_fen = normal[bill]
        before = claimed.pop(bill, (point, 0))[1]
        due = max(normal_fen - billed_fen, 0)
        parts.append(Part(bill, point, litres, normal_fen, billed_fen, due - before))
    parts += [Part(bill, point, 0, 0, 0, -fen) for bill, (point, fen) in claimed.items()]
    return sorted((part for part in parts if part.amount_fen), key=lambda part: part.bill_id)


def payers_of(*, scope: Scope, month: int) -> list[int]:
    """Payers with subsidised bills in the month, or with a claim of it that may have to be put right."""
    bills = _rows(_BILLS, {"company": scope.company_id, "month": month, "payer": None})
    claims = _rows(
        "SELECT DISTINCT payer_id FROM billing_claim WHERE company_id = %s AND month = %s", [scope.company_id, month]
    )
    return sorted({row[4] for row in bills} | {row[0] for row in claims})


def _by_normal_plan(scope: Scope, bills: Sequence[Any], month: int) -> dict[int, tuple[int, int]]:
    """Bill → (litres, fen by the normal plan)."""
    since = min(row[3] for row in bills) - LONGEST_PERIOD
    groups = sorted({row[5] for row in bills})
    uses = _rows(_USES, {"company": scope.company_id, "groups": groups, "since": since, "month": month})
    prices = compiled_tariffs(scope=scope)
    asked = _intervals(uses, prices.index)
    sizes = Reader(server_cursor(connection), scope.company_id).dated(
        "usage_household", "group_id", np.array(groups, np.int64), {"persons": "persons::bigint"}
    )
    asked.persons[:] = persons_on(sizes, asked.group, asked.from_day)
    why = refusals(asked, prices.tariffs)
    if why.any():
        raise CannotPriceNormally(bill=uses[int(np.flatnonzero(why)[0])][0])
    fen = rate(asked, prices.tariffs, changes=household_changes(sizes, asked)).amount_fen
    wanted = {row[0] for row in bills}
    found: dict[int, tuple[int, int]] = {}
    for use, amount in zip(uses, fen, strict=True):
        if use[0] in wanted:
            litres, sum_fen = found.get(use[0], (0, 0))
            found[use[0]] = (litres + use[6], sum_fen + int(amount))
    return found


def _intervals(uses: Sequence[Any], index: Any) -> Intervals:
    """Movements as the run had rated them, by the normal plan where one is subsidised."""
    return Intervals.of(
        plan=[index.get(normal or plan, -1) for *_, plan, normal, _measure, _since, _parity in uses],
        from_day=_days([use[4] for use in uses]),
        to_day=_days([use[5] for use in uses]),
        litres=[use[6] for use in uses],
        persons=np.zeros(len(uses), np.int64),
        billing_months=_billing_months(uses),
        parity=[PARITIES.index(use[12]) for use in uses],
        cycle_day=_days([month_start(use[7]) for use in uses]),
        group=[use[1] for use in uses],
        opened_day=np.maximum(_days([use[11] for use in uses]), 0),
        member=[use[2] for use in uses],
        measure=[use[10] for use in uses],
    )


def _days(days: Sequence[dt.date]) -> Column:
    return np.array([day_number(day) for day in days], np.int64)


def _billing_months(uses: Sequence[Any]) -> list[int]:
    """Accounting months since the register's bill before; before the first known one, those of the book's cycle."""
    cycle = {"odd": 2, "even": 2, "quarter": 3}
    last: dict[tuple[int, int], tuple[int, int]] = {}
    months = []
    for use in uses:
        key, month = (use[2], use[3]), use[7] // 100 * 12 + use[7] % 100
        before, count = last.get(key, (0, cycle.get(use[12], 1)))
        if before and before != month:
            count = min(max(month - before, 1), 120)
        last[key] = (month, count)
        months.append(count)
    return months


def _rows(statement: str, params: Any) -> list[Any]:
    with connection.cursor() as cursor:
        cursor.execute(statement, params)
        return list(cursor.fetchall())
