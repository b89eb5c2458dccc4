"""What a clerk fills in to take bills back and make them again."""

from typing import Any, Final

from django import forms
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from gasworks.billing.models import Rebill
from gasworks.customers.selectors import numbers_in_use
from gasworks.foundation.scope import Scope
from gasworks.metering.selectors import book_choices
from gasworks.tariffs.selectors import company_plans

Target, Cause = Rebill.Target, Rebill.Cause
NEEDS: Final = {
    Target.BILL: ("bill",),
    Target.POINT: ("number", "since"),
    Target.RUN: ("run",),
    Target.PLAN: ("plan", "since"),
    Target.BOOKS: ("books", "since"),
}


class DayInput(forms.DateInput):
    input_type = "date"

    def __init__(self) -> None:
        super().__init__(format="%Y-%m-%d")


class RebillForm(forms.Form):
    """Which bills, why, and what is put right first. Every choice of bills takes all later ones of the ladder along."""

    target = forms.ChoiceField(label=_("Which bills"), choices=Target.choices, initial=Target.POINT)
    number = forms.CharField(label=_("Supply point number"), max_length=40, required=False)
    since = forms.DateField(
        label=_("Since"), widget=DayInput(), required=False, help_text=_("Bills with gas used on this day or later.")
    )
    bill = forms.IntegerField(label=_("Bill"), min_value=1, required=False)
    run = forms.IntegerField(label=_("Run"), min_value=1, required=False)
    plan = forms.TypedChoiceField(label=_("Price plan"), coerce=int, required=False, empty_value=None)
    books = forms.TypedMultipleChoiceField(label=_("Reading books"), coerce=int, required=False)
    cause = forms.ChoiceField(label=_("Cause"), choices=Cause.choices, initial=Cause.READING)
    right_plan = forms.TypedChoiceField(
        label=_("The right price plan"),
        coerce=int,
        required=False,
        empty_value=None,
        help_text=_("Only where the supply point was on a wrong plan."),
    )
    persons = forms.IntegerField(label=_("The right household size"), min_value=1, max_value=30, required=False)
    error_percent = forms.DecimalField(
        label=_("Error of the meter (%)"),
        max_digits=4,
        decimal_places=2,
        required=False,
        help_text=_("By the test report: + fast, − slow. Left empty, the mean of the months before counts."),
    )
    evidence = forms.FileField(label=_("Evidence"), required=False)
    reason = forms.CharField(label=_("Reason"), max_length=200)

    def __init__(self, *args: Any, scope: Scope, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.scope = scope
        plans = [("", "—"), *((plan.id, plan.name) for plan in company_plans(scope=scope))]
        self.fields["plan"].choices = self.fields["right_plan"].choices = plans  # type: ignore[attr-defined]
        self.fields["books"].choices = book_choices(scope=scope, right="billing.rebill")  # type: ignore[attr-defined]

    def clean(self) -> dict[str, Any]:
        data: dict[str, Any] = super().clean() or {}
        for name in NEEDS.get(data.get("target"), ()):  # type: ignore[arg-type, call-overload]
            if not data.get(name) and name not in self.errors:
                self.add_error(name, gettext("This choice needs it."))
        if data.get("target") == Target.POINT and data.get("number"):
            self._find_point(data)
        wants = "persons" if data.get("cause") == Cause.HOUSEHOLD else ""
        if wants and not data.get(wants):
            self.add_error(wants, gettext("This cause needs it."))
        return data

    def _find_point(self, data: dict[str, Any]) -> None:
        number = data["number"].strip()
        point = numbers_in_use(scope=self.scope, numbers=[number]).get(number)
        if point is None:
            self.add_error("number", gettext("There is no such supply point."))
        else:
            data["point"] = point

    @property
    def chosen(self) -> dict[str, Any]:
        data = self.cleaned_data
        since = {"since": data["since"].isoformat()} if data["since"] else {}
        return {
            Target.BILL: {"bill": data["bill"]},
            Target.POINT: {"point": data.get("point"), **since},
            Target.RUN: {"run": data["run"]},
            Target.PLAN: {"plan": data["plan"], **since},
            Target.BOOKS: {"books": data["books"], **since},
        }[Target(data["target"])]

    @property
    def correction(self) -> dict[str, Any]:
        data = self.cleaned_data
        if data["target"] != Target.POINT:
            return {}
        if data["cause"] == Cause.TARIFF and data["right_plan"]:
            return {"plan": data["right_plan"], "from_on": data["since"].isoformat()}
        if data["cause"] == Cause.HOUSEHOLD:
            return {"persons": data["persons"], "from_on": data["since"].isoformat()}
        if data["cause"] == Cause.METER and data["error_percent"]:
            return {"error_e2": int(data["error_percent"] * 100)}
        return {}
