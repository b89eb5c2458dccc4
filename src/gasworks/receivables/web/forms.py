"""What is typed about fees and items."""

import datetime as dt
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from gasworks.foundation.forms import ScaledField, YuanField
from gasworks.foundation.scope import Scope
from gasworks.foundation.templatetags.gas import either
from gasworks.receivables import fees, selectors

MOST_FEN = 100_000_000_00


class ChargeForm(forms.Form):
    """Fees that this kind of customer may be charged; gas and late fees come by themselves."""

    fee_code = forms.ChoiceField(label=_("Fee"))
    gross_fen = YuanField(label=_("Amount with tax (yuan)"), min_units=1, max_units=MOST_FEN)
    due_on = forms.DateField(label=_("Due on"), widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"))

    def __init__(self, *args: Any, scope: Scope, customer_type: str, today: dt.date, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        charged = selectors.fee_types(scope=scope, customer_type=customer_type, kinds=("own", "third_party", "deposit"))
        self.fields["fee_code"].choices = [
            (fee.code, either(fee.name, fee.name_en)) for fee in charged if fee.code not in (fees.GAS, fees.LATE_FEE)
        ]
        self.fields["due_on"].initial = today


class Note(forms.Form):
    note = forms.CharField(label=_("Reason"), max_length=200, widget=forms.TextInput(attrs={"autocomplete": "off"}))


class DayInput(forms.DateInput):
    def __init__(self) -> None:
        super().__init__(attrs={"type": "date"}, format="%Y-%m-%d")


def day(label: Any, **more: Any) -> forms.DateField:
    return forms.DateField(label=label, widget=DayInput(), **more)


def percent(label: Any, decimals: int = 2, **more: Any) -> ScaledField:
    """A share typed in per cent; units are 0.01 % with two decimals, millionths with four."""
    return ScaledField(label=label, decimals=decimals, keep=2, **more)
