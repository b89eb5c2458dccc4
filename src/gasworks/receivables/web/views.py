"""Open items, fee types, charges that are no bill, disputes."""

from collections.abc import Callable
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_GET, require_http_methods

from gasworks.customers.selectors import agreement_of
from gasworks.foundation import words
from gasworks.foundation.lists import list_page
from gasworks.foundation.templatetags.gas import point_url
from gasworks.foundation.web import page, tell
from gasworks.receivables import selectors, services
from gasworks.receivables.fee_types import FIXED
from gasworks.receivables.lists import ITEMS
from gasworks.receivables.web.forms import ChargeForm, Note
from gasworks.receivables.web.wording import told


@require_GET
@page("receivables.view")
def items(request: HttpRequest) -> HttpResponse:
    return list_page(request, ITEMS)


@require_GET
@page("receivables.view")
def fees(request: HttpRequest) -> HttpResponse:
    """费项: who may be charged, on what basis, at which rate today."""
    today = timezone.localdate(request.moment)
    rows = []
    for fee in selectors.fee_types(scope=request.scope):
        rate_e4, code = selectors.tax_on(scope=request.scope, fee_type_id=fee.id, on=today)
        types = [words.label(words.CUSTOMER_TYPE, code) for code in fee.customer_types]
        rows.append((fee, types, rate_e4, code))
    return render(request, "receivables/fees.html", {"rows": rows, "fixed": FIXED})


@require_http_methods(["GET", "POST"])
@page("receivables.charge")
def charge_one(request: HttpRequest, agreement_id: int) -> HttpResponse:
    today = timezone.localdate(request.moment)
    holder = selectors.agreement_holder(scope=request.scope, agreement_id=agreement_id)
    form = ChargeForm(request.POST or None, scope=request.scope, customer_type=holder.customer_type, today=today)
    if request.method == "POST" and form.is_valid():
        services.charge(
            scope=request.scope, agreement_id=agreement_id, today=today, now=request.moment, **form.cleaned_data
        )
        tell(request, gettext("The fee is charged."))
        return redirect("receivables:list")
    agreement = agreement_of(scope=request.scope, agreement_id=agreement_id)
    back = point_url(agreement.supply_point_id)
    return _form_page(request, form, _("Charge a fee"), _("Charge this fee"), _whose(agreement), back)


@require_http_methods(["GET", "POST"])
@page("receivables.dispute")
def dispute_one(request: HttpRequest, item_id: int) -> HttpResponse:
    return _noted(request, item_id, services.dispute, _("Mark as disputed"), _("The item is marked as disputed."))


@require_http_methods(["GET", "POST"])
@page("receivables.dispute")
def settle_one(request: HttpRequest, item_id: int) -> HttpResponse:
    return _noted(
        request, item_id, services.settle, _("Settle the dispute"), _("The dispute is settled; the item stands.")
    )


def _noted(
    request: HttpRequest, item_id: int, act: Callable[..., None], title: Promise | str, said: Promise | str
) -> HttpResponse:
    item = selectors.get_item(scope=request.scope, item_id=item_id)
    form = Note(request.POST or None)
    if request.method == "POST" and form.is_valid():
        act(scope=request.scope, item_id=item_id, note=form.cleaned_data["note"], now=request.moment)
        tell(request, str(said))
        return redirect("receivables:list")
    return _form_page(request, form, title, title, told(request.scope, item.id), reverse("receivables:list"))


def _whose(agreement: Any) -> str:
    return f"{agreement.supply_point.number} {agreement.customer.name}"


def _form_page(
    request: HttpRequest, form: Note | ChargeForm, title: Promise | str, submit: Promise | str, lead: str, back: str
) -> HttpResponse:
    context = {"form": form, "title": title, "submit": submit, "lead": lead, "back": back}
    return render(request, "console/_form_page.html", context, status=422 if form.errors else 200)
