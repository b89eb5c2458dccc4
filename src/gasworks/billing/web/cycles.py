"""Another reading cycle for a book: simulated first, then asked of a second person."""

from typing import Any

from django import forms
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods

from gasworks.billing.cycles import simulate_cycle
from gasworks.foundation.web import page, sentence, tell
from gasworks.kernel.errors import Refusal
from gasworks.kernel.periods import add_months, month_of
from gasworks.metering import services as metering
from gasworks.metering.selectors import book_detail, parity_choices


class CycleForm(forms.Form):
    parity = forms.ChoiceField(label=gettext_lazy("Read in"))
    from_month = forms.RegexField(
        label=gettext_lazy("From the accounting month"),
        regex=r"^\d{4}-?(0[1-9]|1[0-2])$",
        help_text=gettext_lazy("Year and month, such as 2026-07. The book must not have been read for it yet."),
    )
    reason = forms.CharField(label=gettext_lazy("Reason"), max_length=200)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["parity"].choices = parity_choices()  # type: ignore[attr-defined]

    def month(self) -> int:
        return int(self.cleaned_data["from_month"].replace("-", ""))


@require_http_methods(["GET", "POST"])
@page("metering.books")
def cycle(request: Any, book_id: int) -> HttpResponse:
    """«Simulate» shows what would come; «Ask» hands plan and figures to whoever may approve it."""
    book = book_detail(scope=request.scope, book_id=book_id).book
    request.scope.require_change(book.branch_id, "metering.books")
    next_month = add_months(month_of(request.today), 1)
    form = CycleForm(request.POST or None, initial={"from_month": f"{next_month // 100}-{next_month % 100:02d}"})
    context: dict[str, Any] = {"book": book, "form": form}
    if request.method == "POST" and form.is_valid():
        asked = {"book_id": book_id, "parity": form.cleaned_data["parity"], "from_month": form.month()}
        try:
            found = simulate_cycle(scope=request.scope, today=request.today, **asked)
            context["found"] = found
            if "ask" in request.POST:
                metering.ask_for_cycle(
                    scope=request.scope,
                    reason=form.cleaned_data["reason"],
                    figures=found.figures(),
                    now=request.moment,
                    **asked,
                )
                tell(request, _("The change waits for approval."))
                return redirect("metering:book", book_id=book_id)
        except Refusal as refusal:
            if refusal.status in (403, 404):
                raise
            form.add_error(None, sentence(refusal))
    return render(request, "billing/cycle.html", context, status=422 if form.errors else 200)
