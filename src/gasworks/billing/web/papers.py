"""Papers beyond the single bill: the note on a correction, the texts of a bill, bills by the thousand, bills together."""

from typing import Any

from django import forms
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import get_language, gettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_GET, require_http_methods

from gasworks.billing import selectors
from gasworks.billing.bulk_print import Choice, ask_to_print
from gasworks.billing.papers import correction_of
from gasworks.billing.texts import LANGUAGES, bill_text
from gasworks.customers.selectors import area_choices
from gasworks.foundation import calendar
from gasworks.foundation.printing import A4, A5, pdf_response, print_page
from gasworks.foundation.scope import Scope
from gasworks.foundation.web import page, sentence
from gasworks.kernel.errors import Refusal
from gasworks.metering.selectors import book_choices


class PrintForm(forms.Form):
    """Which issued bills go on paper. Neither run, book nor area chosen: all of the month."""

    month = forms.TypedChoiceField(label=_("Accounting month"), coerce=int)
    run = forms.TypedChoiceField(label=_("Billing run"), coerce=int, empty_value=None, required=False)
    books = forms.TypedMultipleChoiceField(
        label=_("Reading books"), coerce=int, required=False, help_text=_("None chosen: all of them.")
    )
    areas = forms.TypedMultipleChoiceField(label=_("Areas"), coerce=int, required=False)
    owing = forms.BooleanField(label=_("Leave out bills of nothing"), required=False, initial=True)
    size = forms.ChoiceField(label=_("Paper size"), choices=[(one.code, one.label) for one in (A4, A5)])

    def __init__(self, *args: Any, scope: Scope, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        known = sorted((month.month for month in calendar.months(scope=scope)), reverse=True)
        fields: Any = self.fields
        fields["month"].choices = [(month, calendar.shown_month(month)) for month in known]
        newest = selectors.runs(scope=scope).order_by("-id")[:50]
        fields["run"].choices = [("", "—"), *((run.id, _run_name(run)) for run in newest)]
        fields["books"].choices = book_choices(scope=scope)
        fields["areas"].choices = area_choices(scope=scope)

    @property
    def choice(self) -> Choice:
        data = self.cleaned_data
        return Choice(data["month"], data["run"] or 0, tuple(data["books"]), tuple(data["areas"]), data["owing"])


def _run_name(run: Any) -> str:
    return f"{run.id} · {calendar.shown_month(run.month)}"


@require_http_methods(["GET", "POST"])
@page("billing.print")
def print_new(request: Any) -> HttpResponse:
    """A worker draws them; the page of the work shows how far it is and hands the file out."""
    form = PrintForm(request.POST or None, scope=request.scope, initial=_asked_by_link(request))
    if request.method == "POST" and form.is_valid():
        try:
            work = ask_to_print(
                scope=request.scope,
                choice=form.choice,
                size=form.cleaned_data["size"],
                title=gettext("Print bills %(month)s") % {"month": calendar.shown_month(form.choice.month)},
                now=request.moment,
            )
        except Refusal as refusal:
            form.add_error(None, sentence(refusal))
        else:
            return redirect("foundation:work", public_id=work.public_id)
    return render(request, "billing/print_new.html", {"form": form}, status=422 if form.errors else 200)


def _asked_by_link(request: Any) -> dict[str, Any]:
    """The run's page links here with its run and month."""
    return {name: request.GET[name] for name in ("run", "month") if request.GET.get(name, "").isdigit()}


@require_GET
@page("billing.view")
def correction_pdf(request: Any, bill_id: int) -> HttpResponse:
    found = correction_of(scope=request.scope, bill_id=bill_id)
    name = f"correction-{found.supply_point}-{found.number}"
    return pdf_response("correction_note", found, name=name, language=get_language() or "zh-hans")


@require_GET
@page("billing.view")
def correction_print(request: Any, bill_id: int) -> HttpResponse:
    return print_page(request, "correction_note", correction_of(scope=request.scope, bill_id=bill_id))


@require_GET
@page("billing.view")
def texts(request: Any, bill_id: int) -> HttpResponse:
    """What the customer would read on a phone and in a mail, in both languages."""
    found = [bill_text(scope=request.scope, bill_id=bill_id, language=language) for language in LANGUAGES]
    names = {"zh-hans": "中文", "en": "English"}
    shown = [(names[text.language], "zh-CN" if text.language == "zh-hans" else "en", text) for text in found]
    bill = selectors.bill_detail(scope=request.scope, bill_id=bill_id)
    return render(request, "billing/texts.html", {"bill": bill, "texts": shown})
