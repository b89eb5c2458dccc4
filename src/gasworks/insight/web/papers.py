"""Papers and data of a supply point: payment notice, dunning slip, consolidated statement, the data file."""

import json
from typing import Any

from django import forms
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_GET, require_http_methods

from gasworks.customers.selectors import agreements_of, area_choices, supply_point_detail
from gasworks.foundation import exports as files
from gasworks.foundation import words
from gasworks.foundation.forms import YuanField
from gasworks.foundation.models import OrgUnit
from gasworks.foundation.printing import A4, A5, pdf_response, print_page
from gasworks.foundation.scope import Scope
from gasworks.foundation.web import page, sentence
from gasworks.insight import selectors
from gasworks.insight.debt_papers import DUNNING, NOTICE, Debtors, ask_to_remind, debt_paper, hand_out
from gasworks.insight.feed import feed_csv, feed_of
from gasworks.insight.together import StatementPaper, statement
from gasworks.kernel.errors import Refusal
from gasworks.kernel.periods import add_months, month_of
from gasworks.metering.selectors import book_choices
from gasworks.receivables.selectors import reminders_of

TITLES = {NOTICE: _("Payment notices"), DUNNING: _("Dunning slips")}


class RemindForm(forms.Form):
    """Which paper, to whom. Neither book nor area chosen: everybody."""

    kind = forms.ChoiceField(label=_("Paper"), choices=list(TITLES.items()))
    late = forms.TypedChoiceField(
        label=_("Past due"),
        coerce=int,
        empty_value=None,
        required=False,
        choices=[
            ("", _("All who owe")), ("0", _("Past due")), ("30", _("More than 30 days")), ("90", _("More than 90 days")),
            ("180", _("More than 180 days")), ("365", _("More than a year")),
        ],
    )  # fmt: skip
    least = YuanField(label=_("From so many yuan"), required=False)
    branch = forms.TypedChoiceField(label=_("Branch"), coerce=int, empty_value=None, required=False)
    customer_type = forms.ChoiceField(label=_("Type"), required=False)
    books = forms.TypedMultipleChoiceField(
        label=_("Reading books"), coerce=int, required=False, help_text=_("None chosen: all of them.")
    )
    areas = forms.TypedMultipleChoiceField(label=_("Areas"), coerce=int, required=False)
    size = forms.ChoiceField(label=_("Paper size"), choices=[(one.code, one.label) for one in (A5, A4)])

    def __init__(self, *args: Any, scope: Scope, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        fields: Any = self.fields
        branches = OrgUnit.objects.filter(company_id=scope.company_id, kind=OrgUnit.Kind.BRANCH).order_by("path")
        fields["branch"].choices = [("", _("All")), *branches.values_list("id", "name")]
        fields["customer_type"].choices = [("", _("All")), *words.choices(words.CUSTOMER_TYPE)]
        fields["books"].choices = book_choices(scope=scope)
        fields["areas"].choices = area_choices(scope=scope)

    @property
    def debtors(self) -> Debtors:
        data = self.cleaned_data
        return Debtors(
            data["branch"] or 0,
            data["customer_type"],
            tuple(data["books"]),
            tuple(data["areas"]),
            data["late"],
            data["least"] or 1,
        )


@require_GET
@page("insight.view")
def of_point(request: Any, supply_point_id: int) -> HttpResponse:
    """The papers and the data file of a supply point: a panel of its page."""
    detail = supply_point_detail(scope=request.scope, supply_point_id=supply_point_id)
    held = agreements_of(scope=request.scope, supply_point_id=supply_point_id)
    template = "insight/_papers.html" if request.headers.get("HX-Request") else "insight/papers.html"
    reminders = reminders_of(scope=request.scope, agreement_ids=[one.id for one in held])
    return render(request, template, {"point": detail.point, "held": held, "reminders": reminders})


@require_GET
@page("insight.remind")
def debt_pdf(request: Any, kind: str, agreement_id: int) -> HttpResponse:
    found = debt_paper(scope=request.scope, kind=kind, agreement_id=agreement_id, on=_today(request))
    name = f"{kind}-{found.supply_point}"
    return pdf_response(kind, found, name=name, language=get_language() or "zh-hans")


@require_http_methods(["GET", "POST"])
@page("insight.remind")
def debt_print(request: Any, kind: str, agreement_id: int) -> HttpResponse:
    """The sheet for the browser's print; POST also notes it among the printed ones."""
    if request.method == "POST":
        hand_out(scope=request.scope, kind=kind, agreement_id=agreement_id, on=_today(request), now=request.moment)
    found = debt_paper(scope=request.scope, kind=kind, agreement_id=agreement_id, on=_today(request))
    return print_page(request, kind, found)


@require_http_methods(["GET", "POST"])
@page("insight.remind")
def remind(request: Any) -> HttpResponse:
    """Notices or slips by the thousand: a worker draws them."""
    form = RemindForm(request.POST or None, scope=request.scope)
    if request.method == "POST" and form.is_valid():
        kind = form.cleaned_data["kind"]
        try:
            work = ask_to_remind(
                scope=request.scope,
                kind=kind,
                debtors=form.debtors,
                size=form.cleaned_data["size"],
                title=str(TITLES[kind]),
                on=_today(request),
                now=request.moment,
            )
        except Refusal as refusal:
            form.add_error(None, sentence(refusal))
        else:
            return redirect("foundation:work", public_id=work.public_id)
    return render(request, "insight/remind.html", {"form": form}, status=422 if form.errors else 200)


@require_GET
@page("insight.view")
def together(request: Any, customer_id: int) -> HttpResponse:
    """对账单 on screen, with the months to choose."""
    context = {"together": _statement(request, customer_id), "months": _months(request), "customer_id": customer_id}
    return render(request, "insight/together.html", context)


@require_GET
@page("insight.view")
def together_pdf(request: Any, customer_id: int) -> HttpResponse:
    found = _statement(request, customer_id)
    name = f"statement-{customer_id}-{found.first}-{found.last}"
    return pdf_response("statement", found, name=name, language=get_language() or "zh-hans")


@require_GET
@page("insight.view")
def together_print(request: Any, customer_id: int) -> HttpResponse:
    return print_page(request, "statement", _statement(request, customer_id))


@require_GET
@page("insight.feed")
def feed(request: Any, supply_point_id: int, form: str) -> HttpResponse:
    found = feed_of(scope=request.scope, supply_point_id=supply_point_id, on=_today(request))
    name = f"gas-{found['supply_point']['number']}.{form}"
    if form == "json":
        answer = HttpResponse(json.dumps(found, ensure_ascii=False, indent=1), content_type="application/json")
    elif form == "csv":
        answer = HttpResponse(feed_csv(found), content_type=files.CONTENT_TYPES["csv"])
    else:
        raise Http404
    answer["Content-Disposition"] = files.attachment(name)
    return answer


def _statement(request: Any, customer_id: int) -> StatementPaper:
    """The months asked for; without any the newest three that have begun."""
    known = _months(request)
    this = month_of(_today(request))
    newest = next((month for month in known if month <= this), this)
    last = _month(request.GET.get("last"), known, newest)
    first = _month(request.GET.get("first"), known, add_months(last, -2))
    asked = sorted((first, last))
    return statement(scope=request.scope, customer_id=customer_id, first=asked[0], last=asked[1], on=_today(request))


def _months(request: Any) -> list[int]:
    return selectors.accounting_months(scope=request.scope)


def _month(asked: str | None, known: list[int], default: int) -> int:
    return int(asked) if asked and asked.isdecimal() and int(asked) in known else default


def _today(request: Any) -> Any:
    return timezone.localdate(request.moment)
