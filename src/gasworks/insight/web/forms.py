"""What a report asks for: days, months, outlets. Every form has defaults, so that a fresh visit shows figures."""

import datetime as dt
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from gasworks.foundation import words
from gasworks.foundation.models import OrgUnit
from gasworks.foundation.scope import Scope
from gasworks.kernel.periods import month_of

LONGEST_DAYS = 366


class DayInput(forms.DateInput):
    input_type = "date"

    def __init__(self) -> None:
        super().__init__(format="%Y-%m-%d")


class Report(forms.Form):
    """Bound to the query string; what is missing there takes its default."""

    def __init__(self, query: Any, *, scope: Scope, today: dt.date) -> None:
        self.scope, self.today = scope, today
        super().__init__({name: query.get(name, "") or self.default(name) for name in self.declared_fields})
        self.fill()

    def default(self, name: str) -> str:
        return ""

    def fill(self) -> None:
        """Put the company's own choices in."""

    def units(self, kind: str) -> list[tuple[str, str]]:
        found = OrgUnit.objects.filter(company_id=self.scope.company_id, kind=kind).order_by("path")
        return [("", str(_("All"))), *((str(unit.id), unit.name) for unit in found)]


class Days(Report):
    from_on = forms.DateField(label=_("From"), widget=DayInput())
    to_on = forms.DateField(label=_("To (included)"), widget=DayInput())
    outlet = forms.TypedChoiceField(label=_("Outlet"), coerce=int, empty_value=None, required=False)

    def default(self, name: str) -> str:
        if name == "from_on":
            return self.today.replace(day=1).isoformat()
        return self.today.isoformat() if name == "to_on" else ""

    def fill(self) -> None:
        self.fields["outlet"].choices = self.units(OrgUnit.Kind.OUTLET)

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        first, last = data.get("from_on"), data.get("to_on")
        if first and last and first > last:
            raise ValidationError(_("The first day lies after the last one."))
        if first and last and (last - first).days > LONGEST_DAYS:
            raise ValidationError(_("At most a year at a time."))
        return data


class Span(Report):
    """Days without an outlet, and without a limit: for exports."""

    from_on = forms.DateField(label=_("From"), widget=DayInput())
    to_on = forms.DateField(label=_("To (included)"), widget=DayInput())

    def default(self, name: str) -> str:
        return (self.today.replace(month=1, day=1) if name == "from_on" else self.today).isoformat()

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        if data.get("from_on") and data.get("to_on") and data["from_on"] > data["to_on"]:
            raise ValidationError(_("The first day lies after the last one."))
        return data


class OnDay(Report):
    on = forms.DateField(label=_("At the end of"), widget=DayInput())
    outlet = forms.TypedChoiceField(label=_("Outlet"), coerce=int, empty_value=None, required=False)

    def default(self, name: str) -> str:
        return self.today.isoformat() if name == "on" else ""

    def fill(self) -> None:
        self.fields["outlet"].choices = self.units(OrgUnit.Kind.OUTLET)


class Arrears(Report):
    branch = forms.TypedChoiceField(label=_("Branch"), coerce=int, empty_value=None, required=False)
    customer_type = forms.ChoiceField(label=_("Type"), required=False)
    older_than = forms.TypedChoiceField(
        label=_("Past due"),
        coerce=int,
        empty_value=None,
        required=False,
        choices=[
            ("", _("All")),
            ("0", _("Past due")),
            ("30", _("More than 30 days")),
            ("90", _("More than 90 days")),
            ("180", _("More than 180 days")),
            ("365", _("More than a year")),
        ],
    )

    def fill(self) -> None:
        self.fields["branch"].choices = self.units(OrgUnit.Kind.BRANCH)
        self.fields["customer_type"].choices = [("", _("All")), *words.choices(words.CUSTOMER_TYPE)]


class Month(Report):
    month = forms.TypedChoiceField(label=_("Accounting month"), coerce=int)
    branch = forms.TypedChoiceField(label=_("Branch"), coerce=int, empty_value=None, required=False)

    def __init__(self, query: Any, *, months: list[int], scope: Scope, today: dt.date) -> None:
        self.months = months or [month_of(today)]
        super().__init__(query, scope=scope, today=today)

    def default(self, name: str) -> str:
        return str(self.months[0]) if name == "month" else ""

    def fill(self) -> None:
        self.fields["month"].choices = [(str(m), f"{m // 100}-{m % 100:02d}") for m in self.months]
        self.fields["branch"].choices = self.units(OrgUnit.Kind.BRANCH)


class Quality(Month):
    """An accounting month, and whether figures stand by branch, book or reader."""

    level = forms.ChoiceField(
        label=_("Grouped by"),
        choices=[("branch", _("Branch")), ("book", _("Reading book")), ("reader", _("Meter reader"))],
    )
    field_order = ("month", "level")

    def default(self, name: str) -> str:
        return "branch" if name == "level" else super().default(name)

    def fill(self) -> None:
        super().fill()
        del self.fields["branch"]
