"""Reads of claims: the list, one claim with its bills and its money."""

from dataclasses import dataclass
from typing import Final

from django.db.models import QuerySet

from gasworks.billing.models import Claim, ClaimLine, ClaimPayment
from gasworks.foundation.scope import Scope
from gasworks.kernel.errors import NotThere

VIEW: Final = "billing.view"


@dataclass(frozen=True, slots=True)
class ClaimDetail:
    """``lines`` by supply point number, as the list is handed in; not read yet, for there may be a hundred thousand."""

    claim: Claim
    lines: QuerySet[ClaimLine]
    payments: list[ClaimPayment]

    @property
    def left_fen(self) -> int:
        return self.claim.amount_fen - self.claim.paid_fen

    @property
    def payable(self) -> bool:
        return self.left_fen > 0


def claims(*, scope: Scope) -> QuerySet[Claim]:
    scope.require(VIEW)
    return Claim.objects.filter(company_id=scope.company_id).select_related("payer", "made_by")


def claim_detail(*, scope: Scope, claim_id: int) -> ClaimDetail:
    """Raises NotThere."""
    found = claims(scope=scope).filter(pk=claim_id).first()
    if found is None:
        raise NotThere(key=claim_id)
    lines = ClaimLine.objects.filter(company_id=scope.company_id, claim=found)
    payments = ClaimPayment.objects.filter(company_id=scope.company_id, claim=found)
    return ClaimDetail(
        found,
        lines.select_related("supply_point__premises").order_by("supply_point__number", "bill_id"),
        list(payments.order_by("paid_on", "id")),
    )


def claimed_months(*, scope: Scope, first: int, last: int) -> list[int]:
    """Accounting months from ``first`` until before ``last`` that something was claimed for, oldest first."""
    rows = claims(scope=scope).filter(month__gte=first, month__lt=last)
    return list(rows.order_by("month").values_list("month", flat=True).distinct())
