"""What the clerk types about customers and supply points."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from gasworks.customers import selectors
from gasworks.customers.models import Agreement, Community, Customer, CustomerType, Premises, SupplyPoint
from gasworks.customers.types import NewCustomer, NewPremises
from gasworks.foundation.models import OrgUnit
from gasworks.foundation.scope import Scope
from gasworks.foundation.versions import VersionedForm


class DayField(forms.DateField):
    widget = forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")


def branch_choices(scope: Scope, right: str) -> list[tuple[int, str]]:
    """Branches where this person may change master data."""
    rows = OrgUnit.objects.filter(company_id=scope.company_id, kind=OrgUnit.Kind.BRANCH).order_by("path")
    return [(key, name) for key, name in rows.values_list("id", "name") if scope.changes(key, right)]


class HolderFields(forms.Form):
    """A new customer as part of another form."""

    name = forms.CharField(label=pgettext_lazy("customer", "Name"), max_length=80)
    kind = forms.ChoiceField(label=_("Person or organisation"), choices=Customer.Kind.choices)
    phone = forms.CharField(label=_("Phone"), max_length=20, required=False)
    id_number = forms.CharField(
        label=_("ID number"), max_length=30, required=False, help_text=_("Stored sealed; shown masked.")
    )

    def customer(self) -> NewCustomer:
        return NewCustomer(
            name=self.cleaned_data["name"],
            kind=self.cleaned_data["kind"],
            phone=self.cleaned_data["phone"],
            id_number=self.cleaned_data["id_number"],
        )


class NewSupplyPointForm(HolderFields):
    """Place, holder and number in one form."""

    number = forms.CharField(
        label=_("Supply point number"),
        max_length=32,
        required=False,
        help_text=_("Leave empty for the next number of the series."),
    )
    branch = forms.TypedChoiceField(label=_("Branch"), coerce=int)
    customer_type = forms.ChoiceField(label=_("Type"), choices=CustomerType.choices)
    community = forms.TypedChoiceField(label=_("Community"), coerce=int)
    building = forms.CharField(label=_("Building"), max_length=20, required=False)
    unit = forms.CharField(label=_("Entrance"), max_length=20, required=False)
    room = forms.CharField(label=_("Room"), max_length=20, required=False)
    address = forms.CharField(
        label=_("Address"),
        max_length=200,
        required=False,
        help_text=_("Leave empty to put it together from the parts."),
    )
    from_on = DayField(label=_("Agreement from"))

    field_order = (
        "branch",
        "customer_type",
        "number",
        "community",
        "building",
        "unit",
        "room",
        "address",
        "name",
        "kind",
        "phone",
        "id_number",
        "from_on",
    )

    def __init__(self, *args: Any, scope: Scope, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["branch"].choices = branch_choices(scope, "customers.change")
        self.fields["community"].choices = selectors.community_choices(scope=scope)

    def premises(self) -> NewPremises:
        return NewPremises(
            community_id=self.cleaned_data["community"],
            building=self.cleaned_data["building"],
            unit=self.cleaned_data["unit"],
            room=self.cleaned_data["room"],
            address=self.cleaned_data["address"],
        )


class CustomerForm(VersionedForm):
    versioned_fields = ("name", "kind", "phone", "note")
    name = forms.CharField(label=pgettext_lazy("customer", "Name"), max_length=80)
    kind = forms.ChoiceField(label=_("Person or organisation"), choices=Customer.Kind.choices)
    phone = forms.CharField(label=_("Phone"), max_length=20, required=False)
    note = forms.CharField(label=_("Note"), max_length=200, required=False)


class IdNumberForm(forms.Form):
    id_number = forms.CharField(label=_("ID number"), min_length=6, max_length=30)


class PremisesForm(VersionedForm):
    versioned_fields = ("community", "building", "unit", "room", "address")
    community = forms.ModelChoiceField(label=_("Community"), queryset=Community.objects.none())
    building = forms.CharField(label=_("Building"), max_length=20, required=False)
    unit = forms.CharField(label=_("Entrance"), max_length=20, required=False)
    room = forms.CharField(label=_("Room"), max_length=20, required=False)
    address = forms.CharField(label=_("Address"), max_length=200)

    def __init__(self, *args: Any, row: Premises, **kwargs: Any) -> None:
        super().__init__(*args, row=row, **kwargs)
        communities: Any = self.fields["community"]
        communities.queryset = Community.objects.filter(company_id=row.company_id).order_by("name")


class TypeForm(VersionedForm):
    versioned_fields = ("customer_type",)
    customer_type = forms.ChoiceField(label=_("Type"), choices=CustomerType.choices)


class BranchForm(VersionedForm):
    versioned_fields = ("branch",)
    branch = forms.ModelChoiceField(label=_("Branch"), queryset=OrgUnit.objects.none())

    def __init__(self, *args: Any, row: SupplyPoint, scope: Scope, **kwargs: Any) -> None:
        super().__init__(*args, row=row, **kwargs)
        branches: Any = self.fields["branch"]
        branches.queryset = OrgUnit.objects.filter(company_id=scope.company_id, kind=OrgUnit.Kind.BRANCH)


class StatusForm(VersionedForm):
    versioned_fields = ()
    on = DayField(label=_("On"))

    def __init__(self, *args: Any, row: SupplyPoint, **kwargs: Any) -> None:
        super().__init__(*args, row=row, **kwargs)


class AgreementForm(HolderFields):
    from_on = DayField(label=_("Agreement from"))


class EndAgreementForm(VersionedForm):
    versioned_fields = ("to_on",)
    to_on = DayField(label=_("Agreement ends on"), help_text=_("The first day on which it no longer holds."))

    def __init__(self, *args: Any, row: Agreement, **kwargs: Any) -> None:
        super().__init__(*args, row=row, **kwargs)


class PlaceForm(forms.Form):
    """A new community, in a known area or in a new one."""

    area = forms.TypedChoiceField(label=_("Area"), coerce=int, required=False, empty_value=None)
    new_area = forms.CharField(label=_("New area"), max_length=60, required=False)
    code = forms.CharField(label=_("Code"), max_length=20)
    name = forms.CharField(label=_("Community"), max_length=80)

    def __init__(self, *args: Any, scope: Scope, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["area"].choices = [("", "—"), *selectors.area_choices(scope=scope)]

    def clean(self) -> dict[str, Any]:
        data: dict[str, Any] = super().clean() or {}
        if bool(data.get("area")) == bool(data.get("new_area")):
            self.add_error("area", _("Choose an area or name a new one."))
        return data
