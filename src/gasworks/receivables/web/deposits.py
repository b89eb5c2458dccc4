"""Deposit slips on screen: the list, issuing one for a paid deposit, giving the money back against it."""

from typing import Any

from django import forms
from django.http import HttpResponse
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_GET, require_http_methods

from gasworks.foundation.lists import list_page
from gasworks.foundation.web import form_page, page
from gasworks.receivables import slips
from gasworks.receivables.lists import SLIPS
from gasworks.receivables.models import DepositSlip
from gasworks.receivables.web.wording import told


class SlipForm(forms.Form):
    number = forms.CharField(
        label=_("Slip number"), max_length=30, widget=forms.TextInput(attrs={"autocomplete": "off"})
    )


class ReturnForm(SlipForm):
    receiver = forms.CharField(label=_("To whom, bank and account"), max_length=120)


@require_GET
@page("receivables.view")
def listed(request: Any) -> HttpResponse:
    return list_page(request, SLIPS)


@require_http_methods(["GET", "POST"])
@page("receivables.deposit")
def issue(request: Any, item_id: int) -> HttpResponse:
    def act(form: Any) -> str:
        slips.issue_slip(scope=request.scope, item_id=item_id, number=form.cleaned_data["number"], now=request.moment)
        return reverse("receivables:slips")

    return form_page(
        request,
        SlipForm(request.POST or None),
        act,
        title=_("Issue a deposit slip"),
        submit=_("Issue"),
        back=reverse("receivables:item", args=[item_id]),
        lead=told(request.scope, item_id, whole=True),
        done=_("The slip is issued."),
    )


@require_http_methods(["GET", "POST"])
@page("receivables.view")
def slip(request: Any, slip_id: int) -> HttpResponse:
    found = slips.find_slip(scope=request.scope, slip_id=slip_id)

    def act(form: Any) -> str:
        slips.return_deposit(
            scope=request.scope, slip_id=slip_id, today=request.today, now=request.moment, **form.cleaned_data
        )
        return reverse("receivables:slips")

    return form_page(
        request,
        ReturnForm(request.POST or None),
        act,
        title=_("Deposit slip"),
        submit=_("Give back through the bank"),
        back=reverse("receivables:slips"),
        done=_("The deposit is given back."),
        lead=f"{found.agreement.supply_point.number} {found.agreement.customer.name}",
        template="receivables/slip.html",
        row=found,
        may_return=found.state == DepositSlip.State.HELD and request.scope.may(slips.RIGHT),
    )
