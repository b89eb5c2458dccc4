"""One open item: what it is, what lies on it, and what can be done with it."""

from typing import Any

from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from gasworks.customers.selectors import agreement_of
from gasworks.foundation.web import page
from gasworks.receivables import selectors
from gasworks.receivables.freezing import freezes_of
from gasworks.receivables.models import FeeType, OpenItem
from gasworks.receivables.slips import slip_of
from gasworks.receivables.waiving import accrued_on

State = OpenItem.State


@require_GET
@page("receivables.view")
def item(request: Any, item_id: int) -> HttpResponse:
    found = selectors.get_item(scope=request.scope, item_id=item_id)
    own = found.fee_type.kind == FeeType.Kind.OWN
    paid_deposit = found.fee_type.kind == FeeType.Kind.DEPOSIT and found.state == State.PAID
    context = {
        "item": found,
        "agreement": agreement_of(scope=request.scope, agreement_id=found.agreement_id),
        "accrued": accrued_on(scope=request.scope, item=found, on=request.today),
        "today": request.today,
        "invoiceable": selectors.invoiceable(scope=request.scope, item_ids=[item_id]).get(item_id),
        "freezes": freezes_of(scope=request.scope, item_id=item_id),
        "late_fees": selectors.late_fees_of(scope=request.scope, item_id=item_id),
        "waivers": selectors.waivers_of(scope=request.scope, item_id=item_id),
        "slip": slip_of(scope=request.scope, item_id=item_id),
        "can_waive": own and found.state == State.OPEN and found.gross_fen > 0,
        "can_dispute": found.state == State.OPEN and found.gross_fen > 0,
        "disputed": found.state == State.DISPUTED,
        "with_bank": found.state == State.RESERVED and found.reserved_by == -found.id,
        "bears": found.fee_type.stops_supply and found.open_fen > 0 and found.due_on < request.today,
        "wants_slip": paid_deposit,
    }
    return render(request, "receivables/item.html", context)
