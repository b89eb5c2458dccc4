"""Payers of subsidies and what they pay for."""

from typing import Any

from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods

from gasworks.foundation.web import page, sentence, tell
from gasworks.kernel.errors import Refusal
from gasworks.usage import selectors
from gasworks.usage.services import subsidies
from gasworks.usage.web.forms import PayerForm, TermsForm


@require_GET
@page("usage.view")
def payers(request: Any) -> HttpResponse:
    terms = selectors.subsidy_terms(scope=request.scope)
    rows = [
        (payer, [one for one in terms if one.payer_id == payer.id])
        for payer in selectors.subsidy_payers(scope=request.scope)
    ]
    return render(request, "usage/payers.html", {"payers": rows})


@require_http_methods(["GET", "POST"])
@page("usage.subsidy")
def payer_add(request: Any) -> HttpResponse:
    form = PayerForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            subsidies.add_payer(scope=request.scope, now=request.moment, **form.cleaned_data)
        except Refusal as refusal:
            form.add_error(None, sentence(refusal))
        else:
            tell(request, _("Saved."))
            return redirect("usage:terms_add")
    return _answer(
        request, form, _("New payer of subsidies"), _("The treasury, civil affairs: who pays for the difference.")
    )


@require_http_methods(["GET", "POST"])
@page("usage.subsidy")
def terms_add(request: Any) -> HttpResponse:
    form = TermsForm(request.POST or None, scope=request.scope, initial={"from_on": request.today})
    if request.method == "POST" and form.is_valid():
        try:
            subsidies.set_terms(scope=request.scope, now=request.moment, **form.cleaned_data)
        except Refusal as refusal:
            form.add_error(None, sentence(refusal))
        else:
            tell(request, _("Saved."))
            return redirect("usage:payers")
    lead = _("Of each bill by the subsidised plan the payer owes what it would cost more by the normal plan.")
    return _answer(request, form, _("What the payer pays for"), lead)


def _answer(request: Any, form: Any, title: str, lead: str) -> HttpResponse:
    context = {"form": form, "title": title, "lead": lead, "submit": _("Save"), "back": reverse("usage:payers")}
    return render(request, "console/_form_page.html", context, status=422 if form.errors else 200)
