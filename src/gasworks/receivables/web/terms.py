"""Late-fee terms on screen: what is agreed with whom from when, and new terms."""

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_GET, require_http_methods

from gasworks.customers.selectors import agreement_of
from gasworks.foundation import words
from gasworks.foundation.web import form_page, page
from gasworks.kernel.money import NotANumber, format_scaled, parse_scaled
from gasworks.receivables import late_terms, selectors
from gasworks.receivables.fees import ALL
from gasworks.receivables.models import LateTerms
from gasworks.receivables.web.forms import day, percent

RATE_DECIMALS = 4


class TermsForm(forms.Form):
    """One line a step: from which day that counts, and per cent a day."""

    customer_type = forms.ChoiceField(label=_("Customer type"), required=False)
    from_on = day(_("For debts that fall due from"))
    steps = forms.CharField(
        label=_("From day and rate (percent a day), one step a line"),
        max_length=200,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=_("For example «1 0.02»; a second line «31 0.05» raises the rate from the 31st day."),
    )
    grace_days = forms.IntegerField(
        label=_("Days of grace"), min_value=0, max_value=late_terms.LONGEST_GRACE, initial=0
    )
    grace_counts = forms.BooleanField(
        label=_("Once the grace is over its days count too"), required=False, initial=True
    )
    base = forms.ChoiceField(label=_("Days count"), choices=LateTerms.Base.choices)
    cap_e4 = percent(
        _("At most (percent of the debt)"),
        required=False,
        min_units=0,
        max_units=late_terms.HIGHEST_CAP_E4,
        help_text=_("100 is the debt itself; empty: no limit."),
    )
    basis = forms.CharField(label=_("Contract or rule"), max_length=200)

    def __init__(self, *args: Any, of_agreement: bool = False, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        types = [(code, words.label(words.CUSTOMER_TYPE, code)) for code in ALL]
        self.fields["customer_type"].choices = [("", gettext("All")), *types]  # type: ignore[attr-defined]
        if of_agreement:
            del self.fields["customer_type"]

    def clean_steps(self) -> list[tuple[int, int]]:
        steps = []
        for line in self.cleaned_data["steps"].splitlines():
            parts = line.replace("%", "").split()
            if not parts:
                continue
            try:
                first, rate = (parts[0], parts[1]) if len(parts) == 2 else ("1", parts[0])
                steps.append((int(first), parse_scaled(rate, RATE_DECIMALS)))
            except (NotANumber, ValueError):
                raise ValidationError(gettext("A line is a day and a rate, for example «1 0.02».")) from None
        return steps


@require_GET
@page("receivables.view")
def shown(request: Any) -> HttpResponse:
    rows = selectors.late_terms(scope=request.scope)
    kinds = {code: words.label(words.CUSTOMER_TYPE, code) for code in ALL}
    context = {
        "rows": [(row, kinds.get(row.customer_type, ""), _steps(row)) for row in rows],
        "today": request.today,
    }
    return render(request, "receivables/terms.html", context)


@require_http_methods(["GET", "POST"])
@page("receivables.terms")
def new(request: Any) -> HttpResponse:
    return _agree(request, None)


@require_http_methods(["GET", "POST"])
@page("receivables.terms")
def of_agreement(request: Any, agreement_id: int) -> HttpResponse:
    return _agree(request, agreement_id)


def _agree(request: Any, agreement_id: int | None) -> HttpResponse:
    lead = _("Terms hold for debts that fall due from their day on; an older debt keeps the terms it fell due under.")
    if agreement_id is not None:
        found = agreement_of(scope=request.scope, agreement_id=agreement_id)
        lead = f"{found.supply_point.number} {found.customer.name}"  # type: ignore[assignment]
    initial = {"from_on": request.today, "steps": "1 0.02", "cap_e4": 10_000}
    form = TermsForm(request.POST or None, initial=initial, of_agreement=agreement_id is not None)

    def act(form: Any) -> str:
        late_terms.agree_late_fee(
            scope=request.scope,
            agreement_id=agreement_id,
            today=request.today,
            now=request.moment,
            **form.cleaned_data,
        )
        return reverse("receivables:terms")

    return form_page(
        request,
        form,
        act,
        title=_("Set late-fee terms"),
        submit=_("Save"),
        back=reverse("receivables:terms"),
        lead=lead,
        done=_("The terms are saved."),
    )


def _steps(row: LateTerms) -> list[tuple[int, str]]:
    return [(first, format_scaled(rate, RATE_DECIMALS, 2)) for first, rate in row.steps]
