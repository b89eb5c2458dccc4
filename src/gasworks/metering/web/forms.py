"""What is typed about meters, books and readings."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from gasworks.foundation.forms import CubicMetresField
from gasworks.foundation.models import OrgUnit, Staff
from gasworks.foundation.scope import Scope
from gasworks.foundation.versions import VersionedForm
from gasworks.metering import selectors
from gasworks.metering.models import Meter, MeterModel, Reading, ReadingBook
from gasworks.metering.types import NewMeter


class DayField(forms.DateField):
    widget = forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")


def readers(scope: Scope) -> Any:
    """Active staff of the company who may key readings by role."""
    return Staff.objects.filter(
        home__company_id=scope.company_id, is_active=True, grants__role__in=("reader", "reading_lead")
    ).distinct()


class BookFields(forms.Form):
    name = forms.CharField(label=_("Name"), max_length=80)
    parity = forms.ChoiceField(label=_("Read in"), choices=ReadingBook.Parity.choices)
    read_day = forms.IntegerField(label=_("Planned day of the month"), min_value=1, max_value=28)
    reader = forms.ModelChoiceField(label=_("Reader"), queryset=Staff.objects.none(), required=False)


class NewBookForm(BookFields):
    branch = forms.TypedChoiceField(label=_("Branch"), coerce=int)
    code = forms.CharField(label=_("Code"), max_length=20)
    field_order = ("branch", "code", "name", "parity", "read_day", "reader")

    def __init__(self, *args: Any, scope: Scope, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        rows = OrgUnit.objects.filter(company_id=scope.company_id, kind=OrgUnit.Kind.BRANCH).order_by("path")
        self.fields["branch"].choices = [
            (key, name) for key, name in rows.values_list("id", "name") if scope.changes(key, "metering.books")
        ]
        self.fields["reader"].queryset = readers(scope)


class BookForm(BookFields, VersionedForm):
    versioned_fields = ("name", "parity", "read_day", "reader")

    def __init__(self, *args: Any, scope: Scope, row: ReadingBook, **kwargs: Any) -> None:
        super().__init__(*args, row=row, **kwargs)
        self.fields["reader"].queryset = readers(scope)


class NewMeterFields(forms.Form):
    """A meter from stock, or a new one by its number and model."""

    stock = forms.TypedChoiceField(label=_("From stock"), coerce=int, required=False, empty_value=None)
    serial = forms.CharField(label=_("Or a new meter number"), max_length=40, required=False)
    model = forms.TypedChoiceField(label=_("Model"), coerce=int, required=False, empty_value=None)
    start = CubicMetresField(label=_("First index (m³)"), min_units=0)

    def __init__(self, *args: Any, scope: Scope, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["stock"].choices = [("", "—"), *selectors.stock_choices(scope=scope)]
        self.fields["model"].choices = [("", "—"), *selectors.model_choices(scope=scope)]

    def clean(self) -> dict[str, Any]:
        data: dict[str, Any] = super().clean() or {}
        fresh = bool(data.get("serial"))
        if fresh == bool(data.get("stock")):
            self.add_error("stock", _("Choose a meter from stock or type a new number."))
        if fresh and not data.get("model"):
            self.add_error("model", _("A new meter needs its model."))
        return data

    def meter(self) -> int | NewMeter:
        data = self.cleaned_data
        return data["stock"] or NewMeter(data["serial"].strip(), data["model"])


class InstallForm(NewMeterFields):
    from_on = DayField(label=_("Installed on"))
    field_order = ("from_on", "stock", "serial", "model", "start")


class RemoveForm(forms.Form):
    version = forms.IntegerField(widget=forms.HiddenInput)
    on = DayField(label=_("Removed on"))
    end = CubicMetresField(label=_("Index when removed (m³)"), min_units=0)
    rolled_over = forms.BooleanField(label=_("The counter passed its end since the last reading"), required=False)
    reason = forms.ChoiceField(
        label=_("Reason"),
        choices=(
            ("expired", _("End of its life")),
            ("faulty", _("Faulty")),
            ("verification", _("Verification")),
            ("upgrade", _("Other size or kind")),
            ("closed", _("Supply point closed")),
        ),
    )

    def keep_and_tell(self, refusal: Any) -> None:
        from gasworks.foundation.web import sentence

        self.data = self.data.copy()
        self.data["version"] = str(refusal.version)
        self.add_error(None, sentence(refusal))


class ExchangeForm(RemoveForm, NewMeterFields):
    field_order = ("version", "on", "end", "rolled_over", "reason", "stock", "serial", "model", "start")


class MeterForm(VersionedForm):
    versioned_fields = ("serial", "model", "made_on")
    serial = forms.CharField(label=_("Meter number"), max_length=40)
    model = forms.ModelChoiceField(label=_("Model"), queryset=MeterModel.objects.none())
    made_on = DayField(label=_("Made on"), required=False)

    def __init__(self, *args: Any, row: Meter, **kwargs: Any) -> None:
        super().__init__(*args, row=row, **kwargs)
        models: Any = self.fields["model"]
        models.queryset = MeterModel.objects.filter(company_id=row.company_id)


class StockForm(forms.Form):
    serial = forms.CharField(label=_("Meter number"), max_length=40)
    model = forms.TypedChoiceField(label=_("Model"), coerce=int)
    made_on = DayField(label=_("Made on"), required=False)

    def __init__(self, *args: Any, scope: Scope, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["model"].choices = selectors.model_choices(scope=scope)


class CorrectForm(forms.Form):
    read_on = DayField(label=_("Read on"))
    index = CubicMetresField(label=_("Index (m³)"), min_units=0)
    kind = forms.TypedChoiceField(
        label=_("Why"),
        coerce=int,
        choices=(
            (Reading.Kind.NORMAL, _("Wrongly keyed")),
            (Reading.Kind.CORRECTION, _("Recorded correction, the index may fall")),
            (Reading.Kind.ROLLOVER, _("The counter passed its end")),
        ),
    )
    reason = forms.CharField(label=_("Explanation"), max_length=200)


class AddSeatsForm(forms.Form):
    """Supply point numbers, one a line or separated by spaces, as they are pasted from a list."""

    numbers = forms.CharField(
        label=_("Supply point numbers"), widget=forms.Textarea(attrs={"rows": 4}), max_length=20_000
    )

    def listed(self) -> list[str]:
        return list(dict.fromkeys(self.cleaned_data["numbers"].replace(",", " ").split()))


class CloseValveForm(forms.Form):
    from_on = DayField(label=_("Closed since"))
    reason = forms.CharField(label=_("Reason"), max_length=200)


class OpenValveForm(forms.Form):
    to_on = DayField(label=_("Valve opened on"))


class MonthForm(forms.Form):
    month = forms.RegexField(label=_("Accounting month"), regex=r"^\d{4}-?(0[1-9]|1[0-2])$")

    def value(self) -> int:
        return int(self.cleaned_data["month"].replace("-", ""))
