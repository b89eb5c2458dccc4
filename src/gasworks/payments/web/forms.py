"""What a cashier types."""

import uuid
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from gasworks.foundation.forms import YuanField
from gasworks.kernel.money import format_scaled
from gasworks.payments.models import Payment
from gasworks.payments.web.desk import Read, ReadTooOld, unseal

MOST_FEN = 100_000_000_00
DESK_MEANS = ("cash", "qr", "card", "transfer", "cheque")
FACES_FEN = (10_000, 5_000, 2_000, 1_000, 500, 100, 50, 10)


class TakeForm(forms.Form):
    """The money of one customer. ``read`` is what the page showed, ``key`` makes a second sending harmless."""

    key = forms.UUIDField(widget=forms.HiddenInput)
    read = forms.CharField(widget=forms.HiddenInput)
    given = YuanField(label=_("Received (yuan)"), min_units=1, max_units=MOST_FEN)
    means = forms.ChoiceField(
        label=_("By"),
        choices=[(m.value, m.label) for m in Payment.Means if m.value in DESK_MEANS],
        initial="cash",
        widget=forms.RadioSelect,
    )
    keep = forms.BooleanField(label=_("Keep what is left as an advance, give no change"), required=False)

    def clean_read(self) -> Read:
        try:
            return unseal(self.cleaned_data["read"])
        except ReadTooOld:
            raise ValidationError(_("This page is too old. Find the customer again.")) from None

    @property
    def chosen(self) -> frozenset[int] | None:
        """The ticked items; none ticked at all means that the page offered none."""
        ticked = [text for text in self.data.getlist("item") if text.isdigit()]
        return frozenset(map(int, ticked)) if "items_shown" in self.data else None

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        data["keep"] = data.get("keep", False) or data.get("means") != "cash"
        return data


def fresh_take(read_text: str, due_fen: int) -> TakeForm:
    return TakeForm(initial={"key": uuid.uuid4(), "read": read_text, "means": "cash", "given": due_fen or None})


class OpenShift(forms.Form):
    float_fen = YuanField(
        label=_("Cash in the drawer at the start (yuan)"),
        min_units=0,
        max_units=MOST_FEN,
        initial=0,
        help_text=_("The float that you were given, counted."),
    )


class CloseShift(forms.Form):
    """Counted notes and coins, one field a face; ``other`` for what has no face here."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for face in FACES_FEN:
            self.fields[f"face_{face}"] = forms.IntegerField(
                label=face_label(face),
                min_value=0,
                max_value=100_000,
                required=False,
                widget=forms.TextInput(
                    attrs={"inputmode": "numeric", "autocomplete": "off", "data-gas-column": "face"}
                ),
            )

    @property
    def sheet(self) -> dict[int, int]:
        """Face in fen → pieces."""
        return {face: self.cleaned_data.get(f"face_{face}") or 0 for face in FACES_FEN}


def face_label(face_fen: int) -> str:
    """«100», «0.5»: the face in yuan."""
    return format_scaled(face_fen, 2, 0)


class Reason(forms.Form):
    reason = forms.CharField(label=_("Reason"), max_length=200, widget=forms.TextInput(attrs={"autocomplete": "off"}))


class Banking(forms.Form):
    amount_fen = YuanField(label=_("Amount banked (yuan)"), min_units=1, max_units=MOST_FEN)
    slip_no = forms.CharField(label=_("Number of the bank's slip"), max_length=40)


class SpoiltSheet(forms.Form):
    why = forms.ChoiceField(
        label=_("What happened"),
        choices=[("jam", _("The paper jammed or tore")), ("void", _("The paper came back and is void"))],
        initial="jam",
    )
    reason = forms.CharField(label=_("Reason"), max_length=200, widget=forms.TextInput(attrs={"autocomplete": "off"}))
