"""The quality board for managers and regulators, and the rows behind each figure."""

import json
from typing import Any

from django.http import Http404
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET

from gasworks.foundation import exports as files
from gasworks.foundation.exports import Head
from gasworks.foundation.web import page
from gasworks.insight import quality, selectors
from gasworks.insight.quality import Behind, Place, Quality
from gasworks.insight.web import forms
from gasworks.metering.selectors import estimate_story

SHOWN = 500
TITLES = {
    "estimated": gettext_lazy("Estimated reads"),
    "zero": gettext_lazy("Estimated at zero"),
    "corrected": gettext_lazy("Corrections"),
    "outside": gettext_lazy("Cycles outside the limits"),
    "disputed": gettext_lazy("Disputed bills"),
}


def share(part: int, whole: int) -> str:
    """A percentage with two decimals, half up; empty without a whole."""
    if not whole:
        return ""
    hundredths = (2 * part * 10_000 + whole) // (2 * whole)
    return f"{hundredths // 100}.{hundredths % 100:02d} %"


def per_10_000(part: int, whole: int) -> str:
    """How many of 10,000, with one decimal, half up; empty without a whole."""
    if not whole:
        return ""
    tenths = (2 * part * 100_000 + whole) // (2 * whole)
    return f"{tenths // 10}.{tenths % 10}"


@require_GET
@page("insight.view")
def board(request: Any) -> HttpResponseBase:
    months = selectors.accounting_months(scope=request.scope)
    form = forms.Quality(request.GET, months=months, scope=request.scope, today=request.today)
    asked = form.cleaned_data if form.is_valid() else {"month": form.months[0], "level": "branch"}
    found = quality.quality_board(scope=request.scope, month=asked["month"], level=asked["level"])
    if request.GET.get("export") in files.CONTENT_TYPES:
        return files.download("quality", request.GET["export"], _heads(), map(_row, [*found.lines, found.total]))
    context = {
        "form": form,
        "month": asked["month"],
        "level": asked["level"],
        "lines": [(line, *_shares(line)) for line in found.lines],
        "total": (found.total, *_shares(found.total)),
        "low": found.low,
        "high": found.high,
    }
    return render(request, "insight/quality.html", context)


@require_GET
@page("insight.view")
def behind(request: Any, figure: str) -> HttpResponseBase:
    """The rows that a figure counts: all of the company, or of one branch, book or reader."""
    if figure not in quality.FIGURES:
        raise Http404
    months = selectors.accounting_months(scope=request.scope)
    form = forms.Month(request.GET, months=months, scope=request.scope, today=request.today)
    month = form.cleaned_data["month"] if form.is_valid() else form.months[0]
    place = _place(request.GET.get("level", ""), request.GET.get("key", ""))
    export = request.GET.get("export") in files.CONTENT_TYPES
    limit = None if export else SHOWN + 1
    found = quality.rows_behind(scope=request.scope, month=month, figure=figure, place=place, limit=limit)
    if export:
        heads = [
            Head(_("Supply point number")), Head(_("Address")), Head(_("Book")), Head(_("Day"), "date"),
            Head(_("m³"), "m3"), Head(_("Days"), "number"), Head(_("Why")),
        ]  # fmt: skip
        rows = ([one.number, one.address, one.book, one.on, one.litres, one.days or None, _why(one)] for one in found)
        return files.download(f"quality-{figure}", request.GET["export"], heads, rows)
    context = {
        "title": TITLES[figure],
        "month": month,
        "rows": [(one, _why(one)) for one in found[:SHOWN]],
        "more": len(found) > SHOWN,
        "shown": SHOWN,
        "bills": figure in ("outside", "disputed"),
    }
    return render(request, "insight/quality_rows.html", context)


def _place(level: str, text: str) -> Place:
    key = int(text) if text.isascii() and text.isdigit() and len(text) < 18 else 0
    return Place(
        branch=key if level == "branch" else 0,
        book=key if level == "book" else 0,
        reader=key if level == "reader" and text else -1,
    )


def _why(one: Behind) -> str:
    if one.bill:
        return _("Bill %(number)s") % {"number": one.bill}
    return estimate_story(one.method, json.loads(one.inputs) if one.inputs else None) or one.note


def _shares(line: Quality) -> tuple[str, str, str]:
    return share(line.estimated, line.due), share(line.on_time, line.bills), per_10_000(line.disputed, line.bills)


def _heads() -> list[Head]:
    return [
        Head(_("Branch, book or reader")),
        Head(_("Due"), "number"),
        Head(_("Estimated reads"), "number"),
        Head(_("Estimate rate")),
        Head(_("Estimated at zero"), "number"),
        Head(_("Corrections"), "number"),
        Head(_("Bills"), "number"),
        Head(_("Cycles on time")),
        Head(_("Cycles outside the limits"), "number"),
        Head(_("Disputed bills"), "number"),
        Head(_("Disputed of 10,000")),
    ]


def _row(line: Quality) -> list[Any]:
    rate, on_time, disputes = _shares(line)
    label = line.label or _("All")
    read = [label, line.due, line.estimated, rate, line.zero, line.corrected]
    return [*read, line.bills, on_time, line.outside, line.disputed, disputes]
