"""Back-bills on screen: the list, a new one with its formula, and one with its inputs and its bill."""

from typing import Any

from django import forms
from django.http import HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_GET, require_http_methods

from gasworks.billing.lists import BACK_BILLS
from gasworks.billing.models import BackBill
from gasworks.billing.rebill import reads
from gasworks.billing.services.backbilling import ask_back_bill
from gasworks.billing.web.rebill_form import DayInput
from gasworks.billing.web.rebills import EVIDENCE
from gasworks.customers.selectors import numbers_in_use
from gasworks.foundation import files
from gasworks.foundation.forms import CubicMetresField
from gasworks.foundation.lists import list_page
from gasworks.foundation.scope import Scope
from gasworks.foundation.web import page, sentence, tell
from gasworks.kernel.errors import Refusal


class BackBillForm(forms.Form):
    """Where, when, the formula's inputs, and how the ladder takes it."""

    number = forms.CharField(label=_("Supply point number"), max_length=40)
    cause = forms.ChoiceField(label=_("Cause"), choices=BackBill.Cause.choices)
    from_on = forms.DateField(label=_("From"), widget=DayInput())
    to_on = forms.DateField(label=_("To (not included)"), widget=DayInput())
    flow_litres = CubicMetresField(label=_("Flow (m³ an hour)"))
    hours = forms.IntegerField(label=_("Hours a day"), min_value=1, max_value=24)
    climb = forms.ChoiceField(label=_("On the ladder"), choices=BackBill.Climb.choices)
    evidence = forms.FileField(label=_("Evidence"))
    reason = forms.CharField(label=_("Reason"), max_length=200)

    def __init__(self, *args: Any, scope: Scope, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.scope = scope

    def clean(self) -> dict[str, Any]:
        data: dict[str, Any] = super().clean() or {}
        number = data.get("number", "").strip()
        data["point"] = numbers_in_use(scope=self.scope, numbers=[number]).get(number)
        if number and data["point"] is None:
            self.add_error("number", gettext("There is no such supply point."))
        return data


@require_GET
@page("billing.view")
def back_bill_list(request: Any) -> HttpResponse:
    actions = []
    if request.scope.may("billing.back_bill"):
        actions.append({"label": gettext("New back-bill"), "url": reverse("billing:back_bill_new"), "primary": True})
    return list_page(request, BACK_BILLS, context={"actions": actions})


@require_http_methods(["GET", "POST"])
@page("billing.back_bill")
def back_bill_new(request: Any) -> HttpResponse:
    form = BackBillForm(request.POST or None, request.FILES or None, scope=request.scope)
    if request.method == "POST" and form.is_valid():
        try:
            row = _ask(request, form.cleaned_data)
        except Refusal as refusal:
            form.add_error(None, sentence(refusal))
        else:
            tell(request, gettext("The approval is asked for."))
            return redirect("billing:back_bill", back_bill_id=row.id)
    return render(request, "billing/back_bill_new.html", {"form": form}, status=422 if form.errors else 200)


def _ask(request: Any, data: dict[str, Any]) -> BackBill:
    paper = data["evidence"]
    kept = files.store_file(
        name=paper.name, chunks=paper.chunks(), scope=request.scope, now=request.moment, endings=EVIDENCE
    )
    return ask_back_bill(
        scope=request.scope,
        supply_point_id=data["point"],
        cause=data["cause"],
        from_on=data["from_on"],
        to_on=data["to_on"],
        flow_litres=data["flow_litres"],
        hours=data["hours"],
        climb=data["climb"],
        reason=data["reason"],
        evidence_id=kept.id,
        today=request.today,
        now=request.moment,
    )


@require_GET
@page("billing.view")
def back_bill(request: Any, back_bill_id: int) -> HttpResponse:
    found = reads.find_back_bill(scope=request.scope, back_bill_id=back_bill_id)
    return render(request, "billing/back_bill.html", {"row": found, "days": (found.to_on - found.from_on).days})


@require_GET
@page("billing.view")
def evidence(request: Any, back_bill_id: int) -> HttpResponseBase:
    return files.send_file(reads.find_back_bill(scope=request.scope, back_bill_id=back_bill_id).evidence)
