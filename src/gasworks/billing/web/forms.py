"""What a clerk fills in about runs and bills."""

import datetime as dt
from typing import Any, Final

from django import forms
from django.utils.translation import gettext_lazy as _

from gasworks.customers.selectors import area_choices
from gasworks.foundation import calendar
from gasworks.foundation.models import AccountingMonth
from gasworks.foundation.scope import Scope
from gasworks.metering.selectors import book_choices

DUE_AFTER_DAYS: Final = 30


class RunForm(forms.Form):
    """Which month, for whom, and payable until when. Neither book nor area chosen: everybody."""

    month = forms.TypedChoiceField(label=_("Accounting month"), coerce=int)
    books = forms.TypedMultipleChoiceField(
        label=_("Reading books"), coerce=int, required=False, help_text=_("None chosen: all of them.")
    )
    areas = forms.TypedMultipleChoiceField(label=_("Areas"), coerce=int, required=False)
    due_on = forms.DateField(
        label=_("Payable until"), widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
    )

    def __init__(self, *args: Any, scope: Scope, today: dt.date, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        open_months = [m.month for m in calendar.months(scope=scope) if m.state != AccountingMonth.State.CLOSED]
        self.fields["month"].choices = [(m, calendar.shown_month(m)) for m in open_months]  # type: ignore[attr-defined]
        self.fields["books"].choices = book_choices(scope=scope, right="billing.run")  # type: ignore[attr-defined]
        self.fields["areas"].choices = area_choices(scope=scope)  # type: ignore[attr-defined]
        self.fields["due_on"].initial = today + dt.timedelta(days=DUE_AFTER_DAYS)

    @property
    def choice(self) -> dict[str, Any]:
        """The keyword arguments of ``preview_run`` and ``start_run``."""
        data = self.cleaned_data
        return {"month": data["month"], "books": tuple(data["books"]), "areas": tuple(data["areas"])}


class ReasonForm(forms.Form):
    reason = forms.CharField(label=_("Reason"), max_length=200)
