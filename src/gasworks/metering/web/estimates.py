"""Estimating missed reads: looked at line by line, then written; what must be read instead; and valves that are closed."""

from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from gasworks.customers import selectors as customers
from gasworks.foundation.calendar import shown_month
from gasworks.foundation.lists import list_page
from gasworks.foundation.web import form_page, page, sentence
from gasworks.kernel.errors import Refusal
from gasworks.metering import selectors, services
from gasworks.metering.lists import SPECIAL
from gasworks.metering.web import forms
from gasworks.metering.web.books import chosen_month, whole
from gasworks.metering.wording import METHOD_NAMES, estimate_story


@require_GET
@page("metering.estimate")
def estimates(request: Any) -> HttpResponse:
    """What the missed reads of a month or a book would be estimated at, by which method and from what."""
    month, book_id = chosen_month(request), whole(request.GET.get("book"))
    found = services.preview_estimates(
        scope=request.scope,
        month=month,
        today=request.today,
        book_id=book_id,
        after=_place(request.GET.get("after", "")),
    )
    context = {
        "month": month,
        "months": selectors.months_with_rounds(scope=request.scope),
        "book_id": book_id,
        "books": selectors.book_choices(scope=request.scope, right="metering.estimate"),
        "lines": [(line, _method(line.method), _why(line)) for line in found],
        "total": services.count_missed(scope=request.scope, month=month, today=request.today, book_id=book_id),
        "at_once": services.AT_ONCE,
        "after": ".".join(map(str, found[-1].place)) if len(found) == services.PREVIEWED else "",
    }
    return render(request, "metering/estimates.html", context)


@require_POST
@page("metering.estimate")
def estimate(request: Any) -> HttpResponse:
    """Write the estimates of a month or a book; more than a page may do at once goes to a worker."""
    form = forms.MonthForm(request.POST)
    month = form.value() if form.is_valid() else chosen_month(request)
    book_id = whole(request.POST.get("book"))
    asked = {"scope": request.scope, "month": month, "today": request.today}
    back = f"{reverse('metering:estimates')}?month={month}" + (f"&book={book_id}" if book_id else "")
    try:
        if services.count_missed(**asked, book_id=book_id) > services.AT_ONCE:
            title = _("Estimating missed reads %(month)s") % {"month": shown_month(month)}
            work = services.ask_for_estimates(**asked, title=title, now=request.moment)
            return redirect("foundation:work", public_id=work.public_id)
        done = services.make_estimates(**asked, book_id=book_id, now=request.moment)
    except Refusal as refusal:
        if refusal.status in (403, 404):
            raise
        messages.error(request, sentence(refusal))
        return redirect(back)
    told = _("%(made)d estimated, %(special)d must be read.") % {"made": done.made, "special": done.special}
    messages.success(request, told)
    return redirect(back)


@require_GET
@page("metering.view")
def special(request: Any) -> HttpResponse:
    """专项抄表: what may not be estimated any more."""
    return list_page(request, SPECIAL)


@page("metering.change")
def close_valve(request: Any, supply_point_id: int) -> HttpResponse:
    point = customers.supply_point_detail(scope=request.scope, supply_point_id=supply_point_id).point
    back = reverse("customers:tab", args=[supply_point_id, "meters"])
    form = forms.CloseValveForm(request.POST or None, initial={"from_on": request.today})

    def act(form: forms.CloseValveForm) -> str:
        services.close_valve(
            scope=request.scope,
            supply_point_id=supply_point_id,
            from_on=form.cleaned_data["from_on"],
            reason=form.cleaned_data["reason"],
            now=request.moment,
        )
        return back

    return form_page(
        request,
        form,
        act,
        title=_("Close the valve"),
        lead=point.number,
        submit=_("Closed and sealed"),
        back=back,
        done=_("The closed valve is recorded."),
    )


@page("metering.change")
def open_valve(request: Any, closure_id: int) -> HttpResponse:
    closure = selectors.closure_of(scope=request.scope, closure_id=closure_id)
    back = reverse("customers:tab", args=[closure.supply_point_id, "meters"])
    form = forms.OpenValveForm(request.POST or None, initial={"to_on": request.today})

    def act(form: forms.OpenValveForm) -> str:
        services.open_valve(
            scope=request.scope, closure_id=closure_id, to_on=form.cleaned_data["to_on"], now=request.moment
        )
        return back

    return form_page(
        request,
        form,
        act,
        title=_("Open the valve"),
        lead=closure.supply_point.number,
        submit=_("Record as open"),
        back=back,
        done=_("The valve is recorded as open."),
    )


def _method(code: str) -> Any:
    return METHOD_NAMES.get(code, code)


def _why(line: Any) -> str:
    return _(line.sentence) % line.params if line.refusal else estimate_story(line.method, line.inputs)


def _place(text: str) -> tuple[int, int, int]:
    parts = [whole(part) for part in text.split(".")]
    return (parts[0], parts[1], parts[2]) if len(parts) == 3 else (0, -1, 0)
