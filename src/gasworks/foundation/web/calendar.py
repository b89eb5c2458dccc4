"""Accounting months and holidays."""

import datetime as dt
from typing import Any, Final

from django import forms
from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_GET, require_POST

from gasworks.foundation import calendar
from gasworks.foundation.models import AccountingMonth
from gasworks.foundation.web import form_page, page, seen_version, step
from gasworks.kernel.errors import NotThere

PAGE: Final = "foundation:calendar"


class HolidayForm(forms.Form):
    day = forms.DateField(label=_("Day"), widget=forms.DateInput(attrs={"type": "date"}))
    name = forms.CharField(label=_("Name"), max_length=40)
    works = forms.BooleanField(
        label=_("A working day"), required=False, help_text=_("Tick it for a weekend day that is worked instead.")
    )


@require_GET
@page("calendar.view")
def calendar_page(request: Any) -> HttpResponse:
    year = _year(request)
    context = {
        "months": [(row, _buttons(row), _unfinished(request, row)) for row in calendar.months(scope=request.scope)],
        "next_month": calendar.next_month_to_open(scope=request.scope, today=request.today),
        "holidays": calendar.holidays(scope=request.scope, year=year),
        "year": year,
        "years": (year - 1, year + 1),
    }
    return render(request, "foundation/calendar.html", context)


@require_POST
@page("calendar.change")
def month_open(request: Any) -> HttpResponse:
    """Open the next month; which one that is, the calendar knows."""
    month = calendar.next_month_to_open(scope=request.scope, today=request.today)

    def act() -> None:
        calendar.open_month(scope=request.scope, month=month, now=request.moment)

    return step(request, act, then=PAGE, done=gettext("The accounting month was opened."))


@require_POST
@page("calendar.change")
def month_act(request: Any, month: int, act: str) -> HttpResponse:
    def move() -> None:
        calendar.move_month(scope=request.scope, month=month, act=act, seen=seen_version(request), now=request.moment)

    return step(request, move, then=PAGE, done=gettext("Saved."))


@page("calendar.change")
def holiday_add(request: Any) -> HttpResponse:
    def act(form: Any) -> str:
        calendar.add_holiday(scope=request.scope, now=request.moment, **form.cleaned_data)
        return f"{reverse(PAGE)}?year={form.cleaned_data['day'].year}"

    return form_page(
        request,
        HolidayForm(request.POST or None),
        act,
        title=_("New holiday"),
        lead=_("Enter the days of the yearly notice; ordinary weekends need no entry."),
        submit=_("Add"),
        back=reverse(PAGE),
        done=gettext("The holiday was added."),
    )


@require_POST
@page("calendar.change")
def holiday_remove(request: Any, day: str) -> HttpResponse:
    try:
        date = dt.date.fromisoformat(day)
    except ValueError:
        raise NotThere(key=day) from None

    def act() -> None:
        calendar.remove_holiday(scope=request.scope, day=date, now=request.moment)

    return step(request, act, then=f"{reverse(PAGE)}?year={date.year}", done=gettext("The holiday was removed."))


def _buttons(row: AccountingMonth) -> list[tuple[str, Any]]:
    """What can be done with a month now: address and label."""
    machine = calendar.MONTH
    return [
        (reverse(f"foundation:month_{act}", args=[row.month]), machine.acts[act]) for act in machine.acts_in(row.state)
    ]


def _unfinished(request: Any, row: AccountingMonth) -> list[tuple[calendar.Unfinished, str]]:
    """What stands in the way of closing an issued month, with the page where it is done."""
    if row.state != AccountingMonth.State.ISSUED:
        return []
    found = calendar.unfinished(scope=request.scope, month=row.month)
    return [(one, f"{reverse(one.route)}?month={row.month}") for one in found]


def _year(request: Any) -> int:
    text = request.GET.get("year", "")
    return int(text) if text.isascii() and text.isdigit() and 2000 <= int(text[:5]) <= 2100 else request.today.year
