"""Price versions tried on billed gas: the list, a new one, one with its progress and what it came to."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

from django import forms
from django.http import HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET, require_http_methods

from gasworks.billing import selectors
from gasworks.billing.lists import SIMULATIONS
from gasworks.billing.models import Simulation
from gasworks.billing.run.selection import Selection
from gasworks.billing.services import simulating
from gasworks.billing.wording import problem_of_rating, tier_name
from gasworks.customers.selectors import area_choices
from gasworks.foundation import calendar, files, words
from gasworks.foundation.charts import Chart, Series
from gasworks.foundation.lists import list_page
from gasworks.foundation.organisation import branches
from gasworks.foundation.web import page, sentence
from gasworks.foundation.web.works import work_context
from gasworks.kernel import money
from gasworks.kernel.errors import NotThere, Refusal
from gasworks.metering.selectors import book_choices
from gasworks.tariffs.selectors import find_version

YEAR: Final = 12
RIGHT: Final = simulating.RIGHT


class SimulationForm(forms.Form):
    """Which months, whose gas, and from when the version is to count. Nothing chosen: the whole company."""

    first = forms.TypedChoiceField(label=gettext_lazy("From month"), coerce=int)
    last = forms.TypedChoiceField(label=gettext_lazy("To month"), coerce=int)
    throughout = forms.TypedChoiceField(
        label=gettext_lazy("The version counts"),
        coerce=lambda value: value == "1",
        choices=[
            ("1", gettext_lazy("as if it had always been in force")),
            ("0", gettext_lazy("from its own first day")),
        ],
    )
    branches = forms.TypedMultipleChoiceField(
        label=gettext_lazy("Branches"),
        coerce=int,
        required=False,
        help_text=gettext_lazy("None chosen: all of them."),
    )
    areas = forms.TypedMultipleChoiceField(label=gettext_lazy("Areas"), coerce=int, required=False)
    books = forms.TypedMultipleChoiceField(label=gettext_lazy("Reading books"), coerce=int, required=False)
    listed = forms.BooleanField(
        label=gettext_lazy("List every supply point in the file"),
        required=False,
        help_text=gettext_lazy("Otherwise the 500 largest rises and falls. A million lines take some minutes."),
    )

    def __init__(self, *args: Any, scope: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        known = sorted(month.month for month in calendar.months(scope=scope)) or [200001]
        mine = scope.branches_for(RIGHT)
        offered = [one for one in branches(scope=scope) if mine is None or one.id in mine]
        choices = {
            "first": [(month, calendar.shown_month(month)) for month in known],
            "last": [(month, calendar.shown_month(month)) for month in known],
            "branches": [(one.id, one.name) for one in offered],
            "areas": [(key, name) for key, name in area_choices(scope=scope) if key],
            "books": book_choices(scope=scope, right=RIGHT),
        }
        for name, each in choices.items():
            self.fields[name].choices = each  # type: ignore[attr-defined]
        self.fields["first"].initial = known[-YEAR:][0]
        self.fields["last"].initial = known[-1]

    @property
    def choice(self) -> dict[str, Any]:
        """The keyword arguments of ``ask_simulation``."""
        data = self.cleaned_data
        return {
            "first_month": data["first"],
            "last_month": data["last"],
            "throughout": data["throughout"],
            "listed": data["listed"],
            **{name: tuple(data[name]) for name in ("branches", "areas", "books")},
        }


@dataclass(frozen=True, slots=True)
class Line:
    """One row of a table of money: who, gas, what it costs now and by the version, who gains and who loses."""

    label: str
    points: int
    litres: int
    now_fen: int
    tried_fen: int
    less: int
    more: int
    middle_fen: int

    @property
    def change_fen(self) -> int:
        return self.tried_fen - self.now_fen

    @property
    def change(self) -> str:
        return per_cent(self.change_fen, self.now_fen)

    @property
    def same(self) -> int:
        return self.points - self.less - self.more


@require_GET
@page(RIGHT)
def simulation_list(request: Any) -> HttpResponse:
    return list_page(request, SIMULATIONS)


@require_http_methods(["GET", "POST"])
@page(RIGHT)
def simulation_new(request: Any, version_id: int) -> HttpResponse:
    """The form; a worker rates the gas of these months twice."""
    version = find_version(scope=request.scope, version_id=version_id)
    form = SimulationForm(request.POST or None, scope=request.scope)
    if request.method == "POST" and form.is_valid():
        try:
            asked = simulating.ask_simulation(
                scope=request.scope,
                version_id=version_id,
                title=_("Price simulation of %(plan)s") % {"plan": version.plan.name},
                now=request.moment,
                **form.choice,
            )
        except Refusal as refusal:
            form.add_error(None, sentence(refusal))
        else:
            return redirect("billing:simulation", simulation_id=asked.id)
    context = {"form": form, "price_version": version}
    return render(request, "billing/simulation_new.html", context, status=422 if form.errors else 200)


@require_GET
@page(RIGHT)
def simulation(request: Any, simulation_id: int) -> HttpResponse:
    return render(request, "billing/simulation.html", _context(request, simulation_id))


@require_GET
@page(RIGHT)
def simulation_figures(request: Any, simulation_id: int) -> HttpResponse:
    """The part of the page that asks for itself until the work has ended."""
    return render(request, "billing/_simulation.html", _context(request, simulation_id))


@require_GET
@page(RIGHT)
def simulation_file(request: Any, simulation_id: int) -> HttpResponseBase:
    found = selectors.find_simulation(scope=request.scope, simulation_id=simulation_id)
    if found.file is None:
        raise NotThere(key=simulation_id)
    return files.send_file(found.file)


def _context(request: Any, simulation_id: int) -> dict[str, Any]:
    found = selectors.find_simulation(scope=request.scope, simulation_id=simulation_id)
    context = {"simulation": found, "whom": _whom(request, found)}
    if found.work is not None:
        poll = {"poll_url": reverse("billing:simulation_figures", args=[simulation_id])}
        context |= work_context(found.work) | poll
    return context | (_figures(found.figures) if found.figures else {})


def _whom(request: Any, found: Simulation) -> str:
    """Which part of the company it looked at, in words."""
    chosen = Selection.from_json(found.selection)
    names = []
    if chosen.branches is not None:
        names += [one.name for one in branches(scope=request.scope) if one.id in chosen.branches]
    for keys, offered in (
        (chosen.areas, area_choices(scope=request.scope)),
        (chosen.books, book_choices(scope=request.scope, right=RIGHT)),
    ):
        names += [label for key, label in offered if key in keys]
    return _(", ").join(names) or _("The whole company")


def _figures(figures: dict[str, Any]) -> dict[str, Any]:
    change = figures["tried_fen"] - figures["now_fen"]
    return {
        "figures": figures,
        "change_fen": change,
        "change": per_cent(change, figures["now_fen"]),
        "types": [Line(_kind(row[0]), *row[1:]) for row in figures["types"]],
        "tiers": [(_kind(row[0]), tier_name(row[1]), *row[2:]) for row in figures["tiers"]],
        "tenths": [(_kind(kind), _tenths(rows)) for kind, rows in figures["tenths"]],
        "spreads": [_spread_chart(kind, bars) for kind, bars in figures["spread"]],
        "sides": [_tenths_chart(kind, rows) for kind, rows in figures["tenths"]],
        "months": _months_chart(figures["months"]),
        "left_out": [(problem_of_rating(why), count) for why, count in figures["why"]],
    }


def per_cent(part: int, whole: int) -> str:
    """«+3.2 %», one decimal, half up; nothing where there is no whole."""
    if not whole:
        return ""
    tenths = (abs(part) * 2000 + abs(whole)) // (2 * abs(whole))
    sign = "-" if (part < 0) != (whole < 0) and tenths else "+" if tenths else ""
    return f"{sign}{tenths // 10}.{tenths % 10} %"


def _kind(kind: str) -> str:
    return words.label(words.CUSTOMER_TYPE, kind)


def _tenths(rows: Sequence[Sequence[int]]) -> list[Line]:
    return [Line(_tenth_label(row), *row[3:]) for row in rows]


def _tenth_label(row: Sequence[int]) -> str:
    number, low, high = row[:3]
    return _("%(number)d: %(low)s to %(high)s m³") % {
        "number": number,
        "low": money.cubic_metres(low),
        "high": money.cubic_metres(high),
    }


def _bar_label(low: int | None, high: int | None) -> str:
    if low == high == 0:
        return _("no change")
    if low is None:
        return _("below %(yuan)s") % {"yuan": _signed(high or 0)}
    if high is None:
        return _("above %(yuan)s") % {"yuan": _signed(low)}
    return _("%(low)s to %(high)s") % {"low": _signed(low), "high": _signed(high)}


def _signed(fen: int) -> str:
    """Whole yuan where it is whole, with its sign."""
    text = money.yuan(abs(fen)).removesuffix(".00")
    return f"+{text}" if fen > 0 else f"-{text}" if fen < 0 else "0"


def _spread_chart(kind: str, bars: Sequence[Sequence[Any]]) -> Chart:
    return Chart(
        id=f"spread-{kind}",
        title=_("How much the cost changes: %(type)s") % {"type": _kind(kind)},
        axis=_("Change in these months (yuan)"),
        kind="bar",
        unit="count",
        labels=[_bar_label(low, high) for low, high, _count in bars],
        series=[Series(_("Supply points"), [count for _low, _high, count in bars])],
    )


def _tenths_chart(kind: str, rows: Sequence[Sequence[int]]) -> Chart:
    lines = _tenths(rows)
    return Chart(
        id=f"tenths-{kind}",
        title=_("Who pays more and who less, by tenth of use: %(type)s") % {"type": _kind(kind)},
        axis=_("Tenth by use"),
        kind="bar",
        unit="count",
        labels=[line.label for line in lines],
        series=[
            Series(_("Pay less"), [line.less for line in lines]),
            Series(_("Pay the same"), [line.same for line in lines]),
            Series(_("Pay more"), [line.more for line in lines]),
        ],
        stacked=True,
    )


def _months_chart(rows: Sequence[Sequence[int]]) -> Chart:
    return Chart(
        id="simulated-months",
        title=_("Revenue by accounting month"),
        axis=_("Accounting month"),
        kind="bar",
        unit="yuan",
        labels=[calendar.shown_month(month) for month, _litres, _now, _tried in rows],
        series=[
            Series(_("Prices in force"), [now for _month, _litres, now, _tried in rows]),
            Series(_("Version tried"), [tried for _month, _litres, _now, tried in rows]),
        ],
    )
