"""Claims of subsidies on screen: the list, a month claimed, one claim as it is handed in, and its payment."""

import datetime as dt
from typing import Any, Final

from django import forms
from django.http import HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_GET, require_http_methods

from gasworks.billing.claims import ClaimDetail, claim_detail
from gasworks.billing.lists import CLAIMS
from gasworks.billing.models import Claim
from gasworks.billing.services import claiming
from gasworks.billing.web.rebill_form import DayInput
from gasworks.foundation import calendar
from gasworks.foundation.exports import Head, download
from gasworks.foundation.forms import YuanField
from gasworks.foundation.lists import list_page
from gasworks.foundation.web import page, sentence, tell
from gasworks.kernel.errors import Refusal

SHOWN: Final = 500
TONES: Final = {Claim.State.BOOKED: "open", Claim.State.SENT: "wait", Claim.State.PAID: "paid"}


class MonthForm(forms.Form):
    month = forms.TypedChoiceField(label=_("Accounting month"), coerce=int)

    def __init__(self, *args: Any, months: list[int], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["month"].choices = [(m, calendar.shown_month(m)) for m in months]  # type: ignore[attr-defined]


class HandInForm(forms.Form):
    sent_no = forms.CharField(label=_("Number of the paper"), max_length=80)
    on = forms.DateField(label=_("Handed in on"), widget=DayInput())


class PaymentForm(forms.Form):
    amount_fen = YuanField(label=_("Amount (yuan)"), min_units=1)
    paid_on = forms.DateField(label=_("Paid on"), widget=DayInput())
    document_no = forms.CharField(label=_("Number of the bank slip"), max_length=80)


@require_GET
@page("billing.view")
def claim_list(request: Any) -> HttpResponse:
    actions = [{"label": gettext("Payers of subsidies"), "url": reverse("usage:payers"), "primary": False}]
    if request.scope.may("billing.claim"):
        actions.append({"label": gettext("Claim a month"), "url": reverse("billing:claim_new"), "primary": True})
    return list_page(request, CLAIMS, context={"actions": actions})


@require_http_methods(["GET", "POST"])
@page("billing.claim")
def claim_new(request: Any) -> HttpResponse:
    months = [row.month for row in calendar.months(scope=request.scope)]
    form = MonthForm(request.POST or None, months=months)
    if request.method == "POST" and form.is_valid():
        try:
            made = claiming.claim_month(
                scope=request.scope, month=form.cleaned_data["month"], today=request.today, now=request.moment
            )
        except Refusal as refusal:
            form.add_error(None, sentence(refusal))
        else:
            count = len(made)
            said = ngettext("%(count)d claim is booked.", "%(count)d claims are booked.", count) % {"count": count}
            tell(request, said if count else gettext("Nothing is left to claim for this month."))
            return redirect("billing:claims")
    lead = gettext(
        "Every bill by a subsidised plan is priced once more by the normal one; the payer owes the difference. What is "
        "claimed already is left out."
    )
    return _form_page(request, form, gettext("Claim a month"), lead, gettext("Claim"), reverse("billing:claims"))


@require_GET
@page("billing.view")
def claim(request: Any, claim_id: int) -> HttpResponseBase:
    """One claim; with ``?export=xlsx|csv`` the list that is handed in."""
    detail = claim_detail(scope=request.scope, claim_id=claim_id)
    if request.GET.get("export") in ("xlsx", "csv"):
        return _file(request.GET["export"], detail)
    context = {
        "detail": detail,
        "claim": detail.claim,
        "lines": detail.lines[:SHOWN],
        "count": detail.lines.count(),
        "tone": TONES[Claim.State(detail.claim.state)],
        "can": request.scope.may("billing.claim"),
    }
    return render(request, "billing/claim.html", context)


@require_http_methods(["GET", "POST"])
@page("billing.claim")
def claim_hand_in(request: Any, claim_id: int) -> HttpResponse:
    detail = claim_detail(scope=request.scope, claim_id=claim_id)
    form = HandInForm(request.POST or None, initial={"on": request.today})
    if request.method == "POST" and form.is_valid():
        try:
            claiming.hand_in(scope=request.scope, claim_id=claim_id, now=request.moment, **form.cleaned_data)
        except Refusal as refusal:
            form.add_error(None, sentence(refusal))
        else:
            tell(request, gettext("The claim is marked as handed in."))
            return redirect("billing:claim", claim_id)
    return _form_page(request, form, gettext("Hand the claim in"), _name(detail), gettext("Handed in"), _url(claim_id))


@require_http_methods(["GET", "POST"])
@page("billing.claim")
def claim_paid(request: Any, claim_id: int) -> HttpResponse:
    detail = claim_detail(scope=request.scope, claim_id=claim_id)
    given: dict[str, int | dt.date] = {"amount_fen": max(detail.left_fen, 0), "paid_on": request.today}
    form = PaymentForm(request.POST or None, initial=given)
    if request.method == "POST" and form.is_valid():
        try:
            claiming.book_payment(
                scope=request.scope, claim_id=claim_id, today=request.today, now=request.moment, **form.cleaned_data
            )
        except Refusal as refusal:
            form.add_error(None, sentence(refusal))
        else:
            tell(request, gettext("The payment is booked."))
            return redirect("billing:claim", claim_id)
    return _form_page(
        request, form, gettext("Payment of the payer"), _name(detail), gettext("Book the payment"), _url(claim_id)
    )


def _form_page(request: Any, form: Any, title: str, lead: str, submit: str, back: str) -> HttpResponse:
    context = {"form": form, "title": title, "lead": lead, "submit": submit, "back": back}
    return render(request, "console/_form_page.html", context, status=422 if form.errors else 200)


def _name(detail: ClaimDetail) -> str:
    return f"{detail.claim.payer.name} · {calendar.shown_month(detail.claim.month)} · {detail.claim.no}"


def _url(claim_id: int) -> str:
    return reverse("billing:claim", args=[claim_id])


def _file(kind: str, detail: ClaimDetail) -> HttpResponseBase:
    heads = [
        Head(gettext("Supply point number"), "text"),
        Head(gettext("Address"), "text"),
        Head(gettext("Bill"), "number"),
        Head(gettext("Gas (m³)"), "m3"),
        Head(gettext("By the normal price (yuan)"), "yuan"),
        Head(gettext("As billed (yuan)"), "yuan"),
        Head(gettext("Claimed (yuan)"), "yuan"),
    ]
    rows = (
        [
            line.supply_point.number,
            line.supply_point.premises.address,
            line.bill_id,
            line.litres,
            line.normal_fen,
            line.billed_fen,
            line.amount_fen,
        ]
        for line in detail.lines.iterator(chunk_size=2_000)
    )
    return download(f"claim-{detail.claim.month}-{detail.claim.no}", kind, heads, rows)
