"""What is typed about paper."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from gasworks.foundation.models import Staff
from gasworks.foundation.scope import Scope
from gasworks.invoicing.models import PaperBook


class ReceiveBook(forms.Form):
    kind = forms.ChoiceField(label=_("Kind"), choices=PaperBook.Kind.choices)
    prefix = forms.CharField(  # type: ignore[assignment]
        label=_("Letters before the number"), max_length=20, required=False
    )
    first_no = forms.IntegerField(label=_("First number"), min_value=0, max_value=10**15)
    last_no = forms.IntegerField(label=_("Last number"), min_value=0, max_value=10**15)
    width = forms.IntegerField(label=_("Digits on the paper"), min_value=1, max_value=16, initial=8)


class HandOut(forms.Form):
    holder = forms.TypedChoiceField(label=_("To whom"), coerce=int)
    version = forms.IntegerField(widget=forms.HiddenInput)

    def __init__(self, *args: Any, scope: Scope, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        people = Staff.objects.filter(
            home__company_id=scope.company_id, is_active=True, grants__role__in=("cashier", "cash_lead")
        )
        self.fields["holder"].choices = [
            (person.id, person.full_name) for person in people.distinct().order_by("full_name")
        ]


class Spoil(forms.Form):
    reason = forms.CharField(label=_("Reason"), max_length=200)
    number = forms.IntegerField(widget=forms.HiddenInput)
