"""A relief case: the next bill of a supply point is spread back over its months, once a second person agrees."""

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_POST

from gasworks.billing import selectors
from gasworks.billing.services import relieving
from gasworks.customers.selectors import places_of
from gasworks.foundation.web import page, sentence, step, tell
from gasworks.kernel.errors import NotThere, Refusal


class ReliefForm(forms.Form):
    reason = forms.CharField(label=gettext_lazy("Reason"), max_length=200)
    weights = forms.CharField(
        label=gettext_lazy("Weights of the months"),
        required=False,
        max_length=100,
        help_text=gettext_lazy("Twelve numbers from January to December, how heavy a day is; empty: all days alike."),
    )

    def clean_weights(self) -> list[int]:
        parts = self.cleaned_data["weights"].replace(",", " ").split()
        if not all(part.isascii() and part.isdigit() and len(part) < 4 for part in parts):
            raise ValidationError(_("Whole numbers only."))
        return [int(part) for part in parts]


@require_http_methods(["GET", "POST"])
@page("billing.rebill")
def relief(request: Any, supply_point_id: int) -> HttpResponse:
    found = places_of(scope=request.scope, supply_point_ids=[supply_point_id])
    if supply_point_id not in found:
        raise NotThere(key=supply_point_id)
    form = ReliefForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            relieving.ask_for_relief(
                scope=request.scope,
                supply_point_id=supply_point_id,
                reason=form.cleaned_data["reason"],
                weights=form.cleaned_data["weights"],
                now=request.moment,
            )
        except Refusal as refusal:
            if refusal.status in (403, 404):
                raise
            form.add_error(None, sentence(refusal))
        else:
            tell(request, _("The relief waits for approval."))
            return redirect("billing:relief", supply_point_id=supply_point_id)
    number, address = found[supply_point_id]
    context = {
        "form": form,
        "supply_point_id": supply_point_id,
        "number": number,
        "address": address,
        "cases": selectors.reliefs_of(scope=request.scope, supply_point_id=supply_point_id),
    }
    return render(request, "billing/relief.html", context, status=422 if form.errors else 200)


@require_POST
@page("billing.rebill")
def drop(request: Any, supply_point_id: int) -> HttpResponse:
    text = request.POST.get("relief", "")
    key = int(text) if text.isascii() and text.isdigit() and len(text) < 18 else 0
    return step(
        request,
        lambda: relieving.drop_relief(scope=request.scope, relief_id=key, now=request.moment),
        then=reverse("billing:relief", args=[supply_point_id]),
        done=_("The relief was dropped."),
    )
