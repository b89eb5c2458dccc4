"""The tier report for the price bureau, and the bills of an organisation together; on screen and as files."""

from collections.abc import Iterable
from typing import Any

from django import forms
from django.http import HttpResponseBase
from django.shortcuts import render
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_GET

from gasworks.billing.reports import TierRow, bills_together, tier_report
from gasworks.billing.wording import tier_name
from gasworks.foundation import calendar, words
from gasworks.foundation import exports as files
from gasworks.foundation.exports import Head
from gasworks.foundation.scope import Scope
from gasworks.foundation.web import page


class MonthsForm(forms.Form):
    """From and to an accounting month, both included."""

    first = forms.TypedChoiceField(label=_("From month"), coerce=int)
    last = forms.TypedChoiceField(label=_("To month"), coerce=int)

    def __init__(self, query: Any, *, scope: Scope) -> None:
        known = sorted(month.month for month in calendar.months(scope=scope)) or [200001]
        newest = known[-1]
        begin = max(known[0], newest // 100 * 100 + 1)
        super().__init__({"first": query.get("first") or begin, "last": query.get("last") or newest})
        self.newest, self.begin = newest, begin
        for name in ("first", "last"):
            self.fields[name].choices = [(m, calendar.shown_month(m)) for m in known]  # type: ignore[attr-defined]


@require_GET
@page("billing.view")
def tiers(request: Any) -> HttpResponseBase:
    form = MonthsForm(request.GET, scope=request.scope)
    good = form.is_valid()
    first = form.cleaned_data["first"] if good else form.begin
    last = form.cleaned_data["last"] if good else form.newest
    rows = tier_report(scope=request.scope, first_month=first, last_month=last)
    if request.GET.get("export") in files.CONTENT_TYPES:
        return files.download("tiers", request.GET["export"], _heads(), _cells(rows))
    context = {"form": form, "first": first, "last": last, "rows": [(row, tier_name(row.tier)) for row in rows]}
    return render(request, "billing/tiers.html", context)


@require_GET
@page("billing.view")
def together(request: Any, customer_id: int, month: int) -> HttpResponseBase:
    found = bills_together(scope=request.scope, customer_id=customer_id, month=month)
    if request.GET.get("export") in files.CONTENT_TYPES:
        heads = [
            Head(gettext("Supply point number")),
            Head(gettext("Address")),
            Head(gettext("Bill"), "number"),
            Head(gettext("From"), "date"),
            Head(gettext("To"), "date"),
            Head(gettext("Gas (m³)"), "m3"),
            Head(gettext("Amount (yuan)"), "yuan"),
        ]
        cells = (
            [b.supply_point.number, b.supply_point.premises.address, b.id, b.from_on, b.to_on, b.litres, b.amount_fen]
            for b in found.bills
        )
        return files.download(f"bills-{month}", request.GET["export"], heads, cells)
    return render(request, "billing/together.html", {"together": found})


def _heads() -> list[Head]:
    return [
        Head(gettext("Price plan")),
        Head(gettext("Customer type")),
        Head(gettext("Tier"), "number"),
        Head(gettext("Homes with gas in it"), "number"),
        Head(gettext("Homes that went no further"), "number"),
        Head(gettext("Gas (m³)"), "m3"),
        Head(gettext("Amount (yuan)"), "yuan"),
    ]


def _cells(rows: Iterable[TierRow]) -> Iterable[list[Any]]:
    names = dict(words.choices(words.CUSTOMER_TYPE))
    return (
        [
            row.plan,
            str(names.get(row.customer_type, row.customer_type)),
            row.tier,
            row.homes,
            row.highest,
            row.litres,
            row.amount_fen,
        ]
        for row in rows
    )
