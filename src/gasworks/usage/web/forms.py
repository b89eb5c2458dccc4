"""What a clerk fills in about households and prices."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from gasworks.foundation.scope import Scope
from gasworks.tariffs.selectors import company_plans
from gasworks.usage.opening import MOST_PERSONS


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
