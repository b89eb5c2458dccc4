"""One bill on screen, on paper and cancelled; and the list of bills."""

from typing import Any

from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods

from gasworks.billing import selectors, services
from gasworks.billing.lists import BILLS
from gasworks.billing.models import Bill
from gasworks.billing.papers import paper_of
from gasworks.billing.rebill.reads import place_of, rulings_of
from gasworks.billing.types import BillDetail
from gasworks.billing.web.forms import ReasonForm
from gasworks.billing.wording import SETTLED, rule_name, tier_name
from gasworks.foundation.charts import Chart, Series
from gasworks.foundation.lists import list_page
from gasworks.foundation.printing import pdf_response, print_page
from gasworks.foundation.web import page, sentence, tell
from gasworks.kernel.errors import Refusal
from gasworks.metering.selectors import estimate_story, source_name

TONES = {Bill.State.HELD: "wait", Bill.State.ISSUED: "good", Bill.State.CANCELLED: "bad", Bill.State.DISCARDED: "bad"}


@require_GET
@page("billing.view")
def bill_list(request: Any) -> HttpResponse:
    return list_page(request, BILLS)


@require_GET
@page("billing.view")
def bill(request: Any, bill_id: int) -> HttpResponse:
    return render(request, "billing/bill.html", _context(request, bill_id, ReasonForm()))


@require_http_methods(["GET", "POST"])
@page("billing.cancel")
def bill_cancel(request: Any, bill_id: int) -> HttpResponse:
    form = ReasonForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            services.cancel_bill(
                scope=request.scope,
                bill_id=bill_id,
                reason=form.cleaned_data["reason"],
                today=timezone.localdate(request.moment),
                now=request.moment,
            )
        except Refusal as refusal:
            form.add_error(None, sentence(refusal))
        else:
            tell(request, _("The bill is cancelled."))
            return redirect("billing:bill", bill_id=bill_id)
    context = _context(request, bill_id, form)
    return render(request, "billing/bill_cancel.html", context, status=422 if form.errors else 200)


@require_GET
@page("billing.view")
def bill_pdf(request: Any, bill_id: int) -> HttpResponse:
    found = selectors.bill_detail(scope=request.scope, bill_id=bill_id)
    name = f"{found.supply_point}-{found.month}"
    paper = paper_of(scope=request.scope, bill_id=bill_id)
    return pdf_response("bill", paper, name=name, language=get_language() or "zh-hans")


@require_GET
@page("billing.view")
def bill_print(request: Any, bill_id: int) -> HttpResponse:
    return print_page(request, "bill", paper_of(scope=request.scope, bill_id=bill_id))


def _context(request: Any, bill_id: int, form: ReasonForm) -> dict[str, Any]:
    found = selectors.bill_detail(scope=request.scope, bill_id=bill_id)
    replaces, replaced = place_of(scope=request.scope, bill_id=bill_id)
    return {
        "bill": found,
        "replaces": replaces,
        "replaced": replaced,
        "customer_id": Bill.objects.values_list("agreement__customer_id", flat=True).get(pk=found.id),
        "rulings": rulings_of(scope=request.scope, bill_id=bill_id),
        "kind": Bill.Kind(found.kind).label,
        "state": Bill.State(found.state).label,
        "tone": TONES[Bill.State(found.state)],
        "lines": [(line, tier_name(line.tier)) for line in found.lines],
        "readings": [
            (
                one,
                source_name(one.reading_source) if one.reading_source else "",
                estimate_story(one.estimate_method, one.estimate_inputs),
            )
            for one in found.readings
        ],
        "tiers": [(tier, tier_name(tier.tier)) for tier in found.tiers],
        "holds": [(rule_name(one.rule), one, SETTLED.get(one.settled_as, "")) for one in found.holds],
        "chart": months_chart(found),
        "cancellable": found.state == Bill.State.ISSUED,
        "is_held": found.state == Bill.State.HELD,
        "live": found.state in (Bill.State.HELD, Bill.State.ISSUED),
        "form": form,
    }


def months_chart(found: BillDetail) -> Chart:
    return Chart(
        id="gas-months",
        title=_("Gas used in twelve months"),
        axis=_("Accounting month"),
        kind="bar",
        unit="m3",
        labels=[f"{month // 100}-{month % 100:02d}" for month, _litres in found.months],
        series=[Series(_("Gas"), [litres for _month, litres in found.months])],
    )
