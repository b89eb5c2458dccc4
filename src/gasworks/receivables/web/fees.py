"""Fee types on screen: a new one, a change, a tax from a day on, and for whom it is collected."""

from typing import Any

from django import forms
from django.http import HttpResponse
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_http_methods

from gasworks.foundation import words
from gasworks.foundation.forms import YuanField
from gasworks.foundation.templatetags.gas import named
from gasworks.foundation.versions import VersionedForm
from gasworks.foundation.web import form_page, page
from gasworks.receivables import fee_types
from gasworks.receivables.fees import ALL
from gasworks.receivables.models import FeeType, Principal
from gasworks.receivables.web.forms import day, percent

BACK = "receivables:fees"


class _Fields(forms.Form):
    """What may be changed later too."""

    name = forms.CharField(label=_("Name in Chinese"), max_length=60)
    name_en = forms.CharField(label=_("Name in English"), max_length=60)
    purpose = forms.ChoiceField(label=_("What it is for"), choices=FeeType.Purpose.choices)
    legal_basis = forms.CharField(label=_("Legal basis"), max_length=200)
    customer_types = forms.MultipleChoiceField(label=_("May be charged to"), widget=forms.CheckboxSelectMultiple)
    homes_basis = forms.CharField(
        label=_("Document that allows it for homes"),
        max_length=200,
        required=False,
        help_text=_(
            "Only for what is otherwise refused for homes: connection, ignition, verification, inspection, deposit."
        ),
    )
    recurring = forms.BooleanField(label=_("May come again every month, quarter or year"), required=False)
    on_bill = forms.BooleanField(label=_("Shown on the gas bill of its month"), required=False, initial=True)
    needs_consent = forms.BooleanField(label=_("Only with the customer's written consent"), required=False)
    order = forms.IntegerField(label=_("Place in the order of payment"), min_value=1, max_value=999, initial=70)
    active = forms.BooleanField(label=_("In use"), required=False, initial=True)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["customer_types"].choices = [  # type: ignore[attr-defined]
            (code, words.label(words.CUSTOMER_TYPE, code)) for code in ALL
        ]


class NewFeeForm(_Fields):
    code = forms.CharField(label=_("Code"), max_length=20)
    kind = forms.ChoiceField(
        label=_("Kind"), choices=[choice for choice in FeeType.Kind.choices if choice[0] in fee_types.ACCOUNTS]
    )
    rate_e4 = percent(_("Tax rate (%)"), min_units=0, max_units=fee_types.HIGHEST_TAX_E4)
    tax_code = forms.CharField(label=_("Tax code (19 digits)"), max_length=19, required=False)
    tax_from = day(_("Tax from"))

    field_order = ("code", "kind")


class FeeForm(VersionedForm, _Fields):
    versioned_fields = fee_types.CHANGEABLE


class TaxForm(forms.Form):
    from_on = day(_("From"))
    rate_e4 = percent(_("Tax rate (%)"), min_units=0, max_units=fee_types.HIGHEST_TAX_E4)
    tax_code = forms.CharField(label=_("Tax code (19 digits)"), max_length=19, required=False)


class PrincipalForm(forms.Form):
    name = forms.CharField(label=_("Third party"), max_length=80)
    commission_e4 = percent(_("Our commission (percent of what is collected)"), min_units=0, max_units=10_000)
    commission_tax_e4 = percent(_("Tax in the commission (%)"), min_units=0, max_units=10_000)
    least_fen = YuanField(label=_("Smallest sum paid over (yuan)"), min_units=0, max_units=100_000_00)
    contract = forms.CharField(label=_("Agency contract"), max_length=120, required=False)
    bank_account = forms.CharField(label=_("Bank account"), max_length=120, required=False)


@require_http_methods(["GET", "POST"])
@page("receivables.fees")
def new(request: Any) -> HttpResponse:
    form = NewFeeForm(request.POST or None, initial={"tax_from": request.today, "rate_e4": 600})

    def act(form: Any) -> str:
        data = form.cleaned_data
        row = fee_types.draft_fee_type(
            scope=request.scope,
            code=data["code"],
            kind=data["kind"],
            values={name: data[name] for name in fee_types.CHANGEABLE},
            rate_e4=data["rate_e4"],
            tax_code=data["tax_code"],
            tax_from=data["tax_from"],
            now=request.moment,
        )
        third = row.kind == FeeType.Kind.THIRD_PARTY
        return reverse("receivables:principal", args=[row.id]) if third else reverse(BACK)

    return form_page(
        request,
        form,
        act,
        title=_("New fee type"),
        submit=_("Save"),
        back=reverse(BACK),
        lead=_("Net + tax = gross on every item; the amount that is charged has its tax inside."),
        done=_("The fee type is saved."),
    )


@require_http_methods(["GET", "POST"])
@page("receivables.fees")
def change(request: Any, fee_type_id: int) -> HttpResponse:
    row = fee_types.find_fee_type(scope=request.scope, fee_type_id=fee_type_id)
    form = FeeForm(request.POST or None, row=row)

    def act(form: Any) -> str:
        fee_types.change_fee_type(
            scope=request.scope, fee_type_id=fee_type_id, seen=form.seen, values=form.changes, now=request.moment
        )
        return reverse(BACK)

    return form_page(
        request,
        form,
        act,
        title=named(row),
        submit=_("Save"),
        back=reverse(BACK),
        lead=f"{row.code} · {row.get_kind_display()}",
        done=_("The fee type is saved."),
    )


@require_http_methods(["GET", "POST"])
@page("receivables.fees")
def tax(request: Any, fee_type_id: int) -> HttpResponse:
    row = fee_types.find_fee_type(scope=request.scope, fee_type_id=fee_type_id)
    form = TaxForm(request.POST or None, initial={"from_on": request.today})

    def act(form: Any) -> str:
        fee_types.set_fee_tax(
            scope=request.scope, fee_type_id=fee_type_id, today=request.today, now=request.moment, **form.cleaned_data
        )
        return reverse(BACK)

    return form_page(
        request,
        form,
        act,
        title=_("Tax of a fee"),
        submit=_("Save"),
        back=reverse(BACK),
        lead=named(row),
        done=_("The tax rate is saved."),
    )


@require_http_methods(["GET", "POST"])
@page("receivables.fees")
def principal(request: Any, fee_type_id: int) -> HttpResponse:
    row = fee_types.find_fee_type(scope=request.scope, fee_type_id=fee_type_id)
    known = Principal.objects.filter(company_id=request.scope.company_id, fee_type=row).first()
    initial = {
        name: getattr(known, name) if known else fallback
        for name, fallback in (
            ("name", ""),
            ("commission_e4", 0),
            ("commission_tax_e4", 600),
            ("least_fen", 0),
            ("contract", ""),
            ("bank_account", ""),
        )
    }
    form = PrincipalForm(request.POST or None, initial=initial)

    def act(form: Any) -> str:
        fee_types.name_principal(scope=request.scope, fee_type_id=fee_type_id, now=request.moment, **form.cleaned_data)
        return reverse(BACK)

    return form_page(
        request,
        form,
        act,
        title=_("For whom it is collected"),
        submit=_("Save"),
        back=reverse(BACK),
        lead=named(row),
        done=_("The third party is saved."),
    )
