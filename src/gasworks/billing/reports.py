"""Reports on bills: homes and gas per tier for the price bureau, and one organisation's bills of a month together."""

from dataclasses import dataclass
from typing import Final

from django.db import connection

from gasworks.billing.models import Bill
from gasworks.foundation.scope import Scope
from gasworks.kernel.errors import NotThere

RIGHT: Final = "billing.view"

_TIERS: Final = """
WITH reached AS (
    SELECT b.agreement_id, v.plan_id, l.tier, sum(l.litres)::bigint AS litres, sum(l.amount_fen)::bigint AS fen
    FROM billing_bill b
    JOIN billing_billline l ON l.bill_id = b.id AND l.tier > 0
    JOIN tariffs_planversion v ON v.id = l.version_id
    WHERE b.company_id = %(company)s AND b.state = 2 AND b.month BETWEEN %(first)s AND %(last)s
    GROUP BY 1, 2, 3),
highest AS (SELECT agreement_id, plan_id, max(tier) AS tier FROM reached GROUP BY 1, 2)
SELECT p.name, p.customer_type, r.tier, count(*), count(h.tier), sum(r.litres)::bigint, sum(r.fen)::bigint
FROM reached r JOIN tariffs_plan p ON p.id = r.plan_id
LEFT JOIN highest h ON h.agreement_id = r.agreement_id AND h.plan_id = r.plan_id AND h.tier = r.tier
GROUP BY p.code, p.name, p.customer_type, r.tier ORDER BY p.code, r.tier
"""


@dataclass(frozen=True, slots=True)
class TierRow:
    """One tier of one price plan. ``homes`` have used gas in it; ``highest`` of them went no further."""

    plan: str
    customer_type: str
    tier: int
    homes: int
    highest: int
    litres: int
    amount_fen: int


@dataclass(frozen=True, slots=True)
class Together:
    """The bills of one customer in one accounting month, over all its supply points."""

    customer_id: int
    holder: str
    month: int
    bills: tuple[Bill, ...]

    @property
    def litres(self) -> int:
        return sum(bill.litres for bill in self.bills)

    @property
    def amount_fen(self) -> int:
        return sum(bill.amount_fen for bill in self.bills)


def tier_report(*, scope: Scope, first_month: int, last_month: int) -> list[TierRow]:
    """Issued bills of accounting months ``first_month`` to ``last_month``, both included, by plan and tier.

    What lacks to a minimum charge stands in no tier. Cancelled bills do not count, those in their place do.
    """
    scope.require(RIGHT)
    with connection.cursor() as cursor:
        cursor.execute(_TIERS, {"company": scope.company_id, "first": first_month, "last": last_month})
        return [TierRow(*row) for row in cursor.fetchall()]


def bills_together(*, scope: Scope, customer_id: int, month: int) -> Together:
    """Issued bills of every agreement that the customer holds. Raises NotThere where there is none."""
    scope.require(RIGHT)
    found = Bill.objects.filter(
        company_id=scope.company_id,
        state=Bill.State.ISSUED,
        month=month,
        agreement__customer_id=customer_id,
        agreement__company_id=scope.company_id,
    )
    rows = tuple(found.select_related("agreement__customer", "supply_point__premises").order_by("supply_point__number"))
    if not rows:
        raise NotThere(key=customer_id)
    return Together(customer_id, rows[0].agreement.customer.name, month, rows)
