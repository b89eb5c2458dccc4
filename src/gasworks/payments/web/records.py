"""Payments after the fact: the list, one payment, and taking one back."""

import uuid

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext
from django.views.decorators.http import require_GET, require_http_methods

from gasworks.foundation.lists import list_page
from gasworks.foundation.web import page, tell
from gasworks.kernel.errors import NotThere
from gasworks.payments import selectors
from gasworks.payments.lists import PAYMENTS
from gasworks.payments.models import Payment
from gasworks.payments.services import reverse_payment
from gasworks.payments.web.desk import lay_out
from gasworks.payments.web.forms import Reason
from gasworks.payments.web.papers import book_context
from gasworks.payments.web.shown import show_payments

SHOWN_PAYMENTS = 30


@require_GET
@page("payments.view")
def payment_list(request: HttpRequest) -> HttpResponse:
    return list_page(request, PAYMENTS)


@require_GET
@page("payments.view")
def payment(request: HttpRequest, payment_id: int) -> HttpResponse:
    (shown,) = show_payments(scope=request.scope, payment_ids=[payment_id])
    takable = shown.view.state == Payment.State.TAKEN and request.scope.may("payments.withdraw")
    sheets = selectors.papers_of(scope=request.scope, payment_ids=[payment_id])
    context = {
        "p": shown,
        "payments": [shown],
        "takable": takable,
        "sheets": sheets,
        "printable": shown.view.state == Payment.State.TAKEN and not any(sheet.state == "printed" for sheet in sheets),
        **book_context(request.scope),
    }
    return render(request, "payments/payment.html", context)


@require_GET
@page("payments.view")
def of_point(request: HttpRequest, supply_point_id: int) -> HttpResponse:
    """What a supply point owes, holds and has paid: a panel of its page."""
    lines, _read = lay_out(
        scope=request.scope, supply_point_ids=[supply_point_id], today=timezone.localdate(request.moment)
    )
    if not lines:
        raise NotThere(key=supply_point_id)
    agreements = [line.home.agreement_id for line in lines]
    newest = selectors.payments(scope=request.scope).filter(agreement_id__in=agreements).values_list("id", flat=True)
    paid = show_payments(scope=request.scope, payment_ids=list(newest[:SHOWN_PAYMENTS]))
    template = "payments/_of_point.html" if request.headers.get("HX-Request") else "payments/of_point.html"
    return render(request, template, {"lines": lines, "paid": paid, "supply_point_id": supply_point_id})


@require_http_methods(["GET", "POST"])
@page("payments.withdraw")
def reverse_one(request: HttpRequest, payment_id: int) -> HttpResponse:
    """撤销 in one's own shift, 冲账 later: the whole payment, with a reason."""
    (shown,) = show_payments(scope=request.scope, payment_ids=[payment_id])
    form = Reason(request.POST or None)
    if request.method == "POST" and form.is_valid():
        shift = selectors.open_shift_of(scope=request.scope)
        reversal = reverse_payment(
            scope=request.scope,
            payment_id=payment_id,
            key=uuid.UUID(request.POST["key"]),
            reason=form.cleaned_data["reason"],
            today=timezone.localdate(request.moment),
            now=request.moment,
            shift_id=shift.id if shift else None,
        )
        tell(request, gettext("The payment was taken back."))
        return redirect("payments:payment", reversal)
    context = {"p": shown, "form": form, "key": request.POST.get("key") or uuid.uuid4()}
    return render(request, "payments/reverse.html", context, status=422 if form.errors else 200)
