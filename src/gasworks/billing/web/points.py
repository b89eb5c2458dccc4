"""Bills of one supply point: a tab of its page, and the glance that its first tab begins with."""

from typing import Any

from django.http import HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_GET

from gasworks.billing import selectors
from gasworks.billing.models import Bill
from gasworks.billing.web.bills import TONES, months_chart
from gasworks.billing.wording import tier_name
from gasworks.customers.selectors import agreements_of, supply_point_detail
from gasworks.foundation.web import page
from gasworks.metering.selectors import readings_of
from gasworks.receivables.selectors import read_accounts

SHOWN = 60


@require_GET
@page("billing.view")
def of_point(request: Any, supply_point_id: int) -> HttpResponse:
    """Every bill of the supply point, whoever held it, newest first."""
    detail = supply_point_detail(scope=request.scope, supply_point_id=supply_point_id)
    found = selectors.bills_of_agreements(
        scope=request.scope, agreement_ids=_agreements(request, supply_point_id), most=SHOWN
    )
    shown = [(bill, Bill.State(bill.state).label, TONES[Bill.State(bill.state)]) for bill in found]
    template = "billing/_of_point.html" if request.headers.get("HX-Request") else "billing/of_point.html"
    return render(request, template, {"bills": shown, "point": detail.point})


@require_GET
@page("billing.view")
def glance(request: Any, supply_point_id: int) -> HttpResponse:
    """What is owed, the newest index and bill, how far the household is in its tiers, twelve months of gas."""
    detail = supply_point_detail(scope=request.scope, supply_point_id=supply_point_id)
    agreements = _agreements(request, supply_point_id)
    accounts = read_accounts(scope=request.scope, agreement_ids=agreements) if agreements else []
    newest = selectors.bills_of_agreements(scope=request.scope, agreement_ids=agreements[:1], most=1)
    bill = selectors.bill_detail(scope=request.scope, bill_id=newest[0].id) if newest else None
    context = {
        "point": detail.point,
        "owed_fen": sum(account.owed_fen for account in accounts),
        "advance_fen": sum(account.advance_fen for account in accounts),
        "reading": next(iter(readings_of(scope=request.scope, supply_point_id=supply_point_id, limit=1)), None),
        "bill": bill,
        "tiers": [(tier, tier_name(tier.tier)) for tier in bill.tiers] if bill else [],
        "chart": months_chart(bill) if bill else None,
        "today": timezone.localdate(request.moment),
    }
    template = "billing/_glance.html" if request.headers.get("HX-Request") else "billing/glance.html"
    return render(request, template, context)


def _agreements(request: Any, supply_point_id: int) -> list[int]:
    """Agreements of the supply point, the newest first."""
    return [one.id for one in agreements_of(scope=request.scope, supply_point_id=supply_point_id)]
