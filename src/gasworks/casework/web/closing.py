"""Closing an account on screen: the day, the last index of each meter, why; then what is owed and held."""

from typing import Any

from django import forms
from django.http import HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_http_methods

from gasworks.casework.closing import RIGHT, close_account, closed_account
from gasworks.customers.selectors import holder_on, supply_point_detail
from gasworks.foundation.forms import CubicMetresField
from gasworks.foundation.scope import Scope
from gasworks.foundation.web import page, sentence
from gasworks.kernel.errors import Refusal
from gasworks.metering.selectors import installations_of


class DayInput(forms.DateInput):
    input_type = "date"

    def __init__(self) -> None:
        super().__init__(format="%Y-%m-%d")


class ClosingForm(forms.Form):
    on = forms.DateField(label=_("First day without gas"), widget=DayInput())
    reason = forms.CharField(label=_("Reason"), max_length=200)

    def __init__(self, *args: Any, scope: Scope, supply_point_id: int, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        hung = installations_of(scope=scope, supply_point_id=supply_point_id)
        self.installations = [one.installation for one in hung if one.installation.to_on is None]
        for one in self.installations:
            label = _("Last index of meter %(serial)s (m³)") % {"serial": one.meter.serial}
            self.fields[f"end_{one.id}"] = CubicMetresField(label=label)

    @property
    def ends(self) -> dict[int, int]:
        return {one.id: self.cleaned_data[f"end_{one.id}"] for one in self.installations}


@require_http_methods(["GET", "POST"])
@page(RIGHT)
def close(request: Any, supply_point_id: int) -> HttpResponse:
    scope = request.scope
    point = supply_point_detail(scope=scope, supply_point_id=supply_point_id).point
    form = ClosingForm(
        request.POST or None, scope=scope, supply_point_id=supply_point_id, initial={"on": request.today}
    )
    context: dict[str, Any] = {"point": point, "form": form, "changes": scope.may_change(point.branch_id, RIGHT)}
    if request.method == "POST" and form.is_valid():
        try:
            context["closed"] = close_account(
                scope=scope,
                supply_point_id=supply_point_id,
                on=form.cleaned_data["on"],
                ends=form.ends,
                reason=form.cleaned_data["reason"],
                today=request.today,
                now=request.moment,
            )
        except Refusal as refusal:
            form.add_error(None, sentence(refusal))
    elif request.method == "GET":
        holder = holder_on(scope=scope, supply_point_id=supply_point_id, day=request.today)
        context["standing"] = closed_account(scope=scope, agreement_id=holder.id) if holder else None
    fragment = request.headers.get("HX-Request") and request.method == "GET"
    template = "casework/_close.html" if fragment else "casework/close.html"
    return render(request, template, context, status=422 if form.errors else 200)
