"""Seasons on screen: last winter, this one and the next, and setting one by the city's paper."""

import datetime as dt
from typing import Any

from django import forms
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_GET, require_http_methods

from gasworks.foundation.web import page, tell
from gasworks.kernel.errors import NotThere, Refusal
from gasworks.tariffs import selectors, services
from gasworks.tariffs.selectors import Season
from gasworks.tariffs.web.answers import show_refusal


class DayInput(forms.DateInput):
    input_type = "date"

    def __init__(self) -> None:
        super().__init__(format="%Y-%m-%d")


class SeasonForm(forms.Form):
    """First and last day, as the city's notice says them."""

    from_on = forms.DateField(label=_("First day"), widget=DayInput())
    last_on = forms.DateField(label=_("Last day of the season"), widget=DayInput())
    document_no = forms.CharField(label=_("Number of the notice"), max_length=80)


@require_GET
@page("tariffs.view")
def season_list(request: Any) -> HttpResponse:
    year = request.today.year
    found = selectors.seasons(scope=request.scope, years=(year - 1, year, year + 1))
    return render(request, "tariffs/seasons.html", {"seasons": [(one, _last(one)) for one in found]})


@require_http_methods(["GET", "POST"])
@page("tariffs.draft")
def season_set(request: Any, calendar: str, year: int) -> HttpResponse:
    held = _season(request, calendar, year)
    given = {"from_on": held.from_on, "last_on": _last(held), "document_no": held.document_no}
    form = SeasonForm(request.POST or None, initial=given)
    if request.method == "POST" and form.is_valid():
        data = form.cleaned_data
        try:
            services.set_season(
                scope=request.scope,
                calendar=calendar,
                from_on=data["from_on"],
                to_on=data["last_on"] + dt.timedelta(days=1),
                document_no=data["document_no"],
                today=request.today,
                now=request.moment,
            )
        except Refusal as refusal:
            show_refusal(form, refusal)
        else:
            tell(request, gettext("The season is set."))
            return redirect("tariffs:seasons")
    context = {
        "form": form,
        "title": gettext("Season beginning in %(year)s: %(plans)s") % {"plans": held.name, "year": year},
        "lead": gettext("All price plans that go by this season take the dates from the next billing run on."),
        "submit": gettext("Set the season"),
        "back": reverse("tariffs:seasons"),
    }
    return render(request, "console/_form_page.html", context, status=422 if form.errors else 200)


def _last(season: Season) -> dt.date:
    return season.to_on - dt.timedelta(days=1)


def _season(request: Any, calendar: str, year: int) -> Season:
    if not 1990 < year < 2060:
        raise NotThere(key=year)
    found = [one for one in selectors.seasons(scope=request.scope, years=[year]) if one.calendar == calendar]
    if not found:
        raise NotThere(key=calendar)
    return found[0]
