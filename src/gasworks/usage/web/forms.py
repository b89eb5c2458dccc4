"""What a clerk fills in about households and prices."""

import datetime as dt
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from gasworks.foundation.forms import ScaledField
from gasworks.foundation.scope import Scope
from gasworks.tariffs.selectors import company_plans
from gasworks.usage.models import Entitlement
from gasworks.usage.opening import MOST_PERSONS
from gasworks.usage.selectors import subsidy_payers
from gasworks.usage.types import NewRight


def day_field(label: Any, *, required: bool = True) -> forms.DateField:
    widget = forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
    return forms.DateField(label=label, widget=widget, required=required)


class HouseholdForm(forms.Form):
    persons = forms.IntegerField(label=_("Persons"), min_value=1, max_value=MOST_PERSONS)
    from_on = day_field(_("From"))
    to_on = day_field(_("Until (empty: until further notice)"), required=False)


class PlanForm(forms.Form):
    """One plan for all the gas of a supply point from a day on."""

    plan = forms.TypedChoiceField(label=_("Price plan"), coerce=int)
    from_on = day_field(_("From"))

    def __init__(self, *args: Any, scope: Scope, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        plans = company_plans(scope=scope).order_by("code")
        self.fields["plan"].choices = [(plan.id, plan.name) for plan in plans]  # type: ignore[attr-defined]


AREA_LIMIT = 100_000_00
"""0.01 m²: a hundred thousand square metres."""


class RightForm(forms.Form):
    """A right of one kind; only what that kind needs is asked. ``evidence_id`` is a file that was uploaded before."""

    persons = forms.IntegerField(label=_("Persons"), min_value=1, max_value=MOST_PERSONS)
    id_numbers = forms.CharField(
        label=_("ID numbers"),
        required=False,
        widget=forms.Textarea(attrs={"rows": 5, "autocomplete": "off"}),
        help_text=_("One in a line. They are compared and not kept: one person counts in one household only."),
    )
    plan = forms.TypedChoiceField(label=_("Price plan by this entitlement"), coerce=int)
    area = ScaledField(label=_("Heated floor area (m²)"), decimals=2, min_units=1, max_units=AREA_LIMIT)
    start_rule = forms.ChoiceField(label=_("Takes effect"), choices=Entitlement.Start.choices)
    day = day_field(_("Day (of the application, or on which it begins)"))
    last_on = day_field(_("Last day (empty: until further notice)"), required=False)
    evidence = forms.FileField(label=_("Evidence"), required=False)
    evidence_id = forms.IntegerField(required=False, widget=forms.HiddenInput)
    note = forms.CharField(label=_("Note"), max_length=200, required=False)
    shown = forms.CharField(required=False, widget=forms.HiddenInput)

    def __init__(self, *args: Any, scope: Scope, kind: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.kind = kind
        kinds = Entitlement.Kind
        if kind == kinds.HOUSEHOLD:
            self._without("plan", "area")
            return
        self._without("persons", "id_numbers")
        plans: list[tuple[Any, Any]] = [(plan.id, plan.name) for plan in company_plans(scope=scope)]
        if kind == kinds.AREA:
            plans = [("", _("As it is")), *plans]
            self.fields["plan"].required = False
            self.fields["plan"].empty_value = None  # type: ignore[attr-defined]
        if kind == kinds.LOW_INCOME:
            self._without("area")
            self.fields["last_on"].required = True
            self.fields["last_on"].label = _("Last day of the certificate")
        if kind == kinds.HEATING:
            self.fields["area"].required = False
        self.fields["plan"].choices = plans  # type: ignore[attr-defined]

    def _without(self, *names: str) -> None:
        for name in names:
            del self.fields[name]

    def new_right(self, supply_point_id: int, evidence_id: int | None) -> NewRight:
        data = self.cleaned_data
        last = data["last_on"]
        return NewRight(
            supply_point_id=supply_point_id,
            kind=self.kind,
            start_rule=data["start_rule"],
            day=data["day"],
            to_on=last + dt.timedelta(days=1) if last else None,
            value=data.get("persons") or data.get("area") or 0,
            plan_id=data.get("plan") or None,
            id_numbers=tuple(data.get("id_numbers", "").split()),
            evidence_id=evidence_id,
            note=data["note"],
        )


class RenewForm(forms.Form):
    last_on = day_field(_("New last day"))
    evidence = forms.FileField(label=_("New evidence"))


class EndForm(forms.Form):
    on = day_field(_("First day without it"))


class PayerForm(forms.Form):
    code = forms.CharField(label=_("Code"), max_length=20)
    name = forms.CharField(label=_("Name"), max_length=80)


class TermsForm(forms.Form):
    payer_id = forms.TypedChoiceField(label=_("Payer"), coerce=int)
    plan_id = forms.TypedChoiceField(label=_("Subsidised price plan"), coerce=int)
    normal_plan_id = forms.TypedChoiceField(label=_("Normal price plan"), coerce=int)
    document_no = forms.CharField(label=_("Document number"), max_length=80)
    from_on = day_field(_("From"))

    def __init__(self, *args: Any, scope: Scope, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        plans = [(plan.id, plan.name) for plan in company_plans(scope=scope)]
        for name in ("plan_id", "normal_plan_id"):
            self.fields[name].choices = plans  # type: ignore[attr-defined]
        payers = [(payer.id, payer.name) for payer in subsidy_payers(scope=scope)]
        self.fields["payer_id"].choices = payers  # type: ignore[attr-defined]
