"""Payment orders with the bank on screen: handed over, answered, or told afterwards."""

from typing import Any

from django import forms
from django.http import HttpResponse
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_http_methods

from gasworks.foundation.web import form_page, page
from gasworks.receivables import bank
from gasworks.receivables.web.forms import day
from gasworks.receivables.web.wording import told


class OrderForm(forms.Form):
    order = forms.CharField(
        label=_("Number of the payment order"), max_length=200, widget=forms.TextInput(attrs={"autocomplete": "off"})
    )
    on = day(_("Handed over on"))


class AnswerForm(forms.Form):
    on = day(_("Day of the bank's answer"))
    note = forms.CharField(
        label=_("What the bank answered"),
        max_length=200,
        required=False,
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )


class DaysForm(forms.Form):
    from_on = day(_("Handed over on"))
    to_on = day(_("Day of the bank's answer"))
    note = forms.CharField(
        label=_("Number of the payment order"), max_length=200, widget=forms.TextInput(attrs={"autocomplete": "off"})
    )


@require_http_methods(["GET", "POST"])
@page("receivables.bank")
def hand_over(request: Any, item_id: int) -> HttpResponse:
    def act(form: Any) -> None:
        bank.hand_to_bank(
            scope=request.scope, item_id=item_id, today=request.today, now=request.moment, **form.cleaned_data
        )

    form = OrderForm(request.POST or None, initial={"on": request.today})
    lead = _("The item waits for the bank's answer: it is not taken, not dunned, and bears no late fee.")
    return _page(request, item_id, form, act, _("Hand to the bank"), lead, _("The item is with the bank."))


@require_http_methods(["GET", "POST"])
@page("receivables.bank")
def answered(request: Any, item_id: int) -> HttpResponse:
    def act(form: Any) -> None:
        bank.answer_of_bank(
            scope=request.scope, item_id=item_id, today=request.today, now=request.moment, **form.cleaned_data
        )

    form = AnswerForm(request.POST or None, initial={"on": request.today})
    lead = _("The item is open again from that day. What the bank paid is taken as a payment afterwards.")
    return _page(request, item_id, form, act, _("The bank has answered"), lead, _("The item is open again."))


@require_http_methods(["GET", "POST"])
@page("receivables.bank")
def days(request: Any, item_id: int) -> HttpResponse:
    def act(form: Any) -> None:
        bank.freeze(
            scope=request.scope,
            item_id=item_id,
            today=request.today,
            now=request.moment,
            **form.cleaned_data,
        )

    form = DaysForm(request.POST or None)
    lead = _("For a payment order that was handed over and answered before anybody noted it here.")
    return _page(request, item_id, form, act, _("Days with the bank"), lead, _("Those days bear no late fee."))


def _page(request: Any, item_id: int, form: Any, act: Any, title: Any, lead: Any, done: Any) -> HttpResponse:
    here = reverse("receivables:item", args=[item_id])

    def carry_out(form: Any) -> str:
        act(form)
        return here

    whose = told(request.scope, item_id)
    return form_page(
        request, form, carry_out, title=title, submit=title, back=here, done=done, lead=f"{whose} · {lead}"
    )
