"""Readings of a supply point, and those that wait for a decision."""

from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_GET, require_POST

from gasworks.customers import selectors as customers
from gasworks.foundation.lists import list_page
from gasworks.foundation.web import form_page, page, sentence
from gasworks.kernel.errors import Refusal
from gasworks.metering import selectors, services
from gasworks.metering.lists import REVIEW
from gasworks.metering.models import Reading
from gasworks.metering.web import forms
from gasworks.metering.web.meters import panel
from gasworks.metering.wording import estimate_story, flag_labels


class RowRefused(Refusal):
    """Carries the reason of a single row to the form above it."""

    status = 409

    def __init__(self, text: str) -> None:
        super().__init__()
        self.sentence = text  # type: ignore[misc]


@require_GET
@page("metering.view")
def of_point(request: Any, supply_point_id: int) -> HttpResponse:
    """The panel of readings on the page of a supply point."""
    point = customers.supply_point_detail(scope=request.scope, supply_point_id=supply_point_id).point
    lines = selectors.readings_of(scope=request.scope, supply_point_id=supply_point_id)
    context = {
        "point": point,
        "lines": [(line, flag_labels(line.reading.flags), _story(line.reading)) for line in lines],
        "approved": int(Reading.State.APPROVED),
        "may_key": request.scope.may_change(point.branch_id, "metering.key"),
        "may_approve": request.scope.may_change(point.branch_id, "metering.approve"),
    }
    return panel(request, "metering/_readings.html", context)


def _story(reading: Reading) -> str:
    return estimate_story(reading.estimate_method, reading.estimate_inputs)


@require_GET
@page("metering.approve")
def review(request: Any) -> HttpResponse:
    return list_page(request, REVIEW, template="metering/review.html", fragment="metering/review.html")


@require_POST
@page("metering.approve")
def approve(request: Any) -> HttpResponse:
    """Approve the chosen readings: all or none."""
    return _decide(
        request,
        lambda ids: services.approve_readings(scope=request.scope, reading_ids=ids, now=request.moment),
        lambda count: ngettext("%(count)d reading was approved.", "%(count)d readings were approved.", count),
    )


@require_POST
@page("metering.approve")
def reject(request: Any) -> HttpResponse:
    reason = request.POST.get("reason", "").strip()
    return _decide(
        request,
        lambda ids: services.reject_readings(scope=request.scope, reading_ids=ids, reason=reason, now=request.moment),
        lambda count: ngettext("%(count)d reading was rejected.", "%(count)d readings were rejected.", count),
    )


def _decide(request: Any, act: Any, words: Callable[[int], str]) -> HttpResponse:
    ids = [int(text) for text in request.POST.getlist("reading") if text.isascii() and text.isdigit()]
    try:
        count = act(ids)
    except Refusal as refusal:
        if refusal.status == 403:
            raise
        messages.error(request, sentence(refusal))
    else:
        messages.success(request, words(count) % {"count": count})
    back = request.POST.get("query", "")[:500]
    return redirect(f"{reverse('metering:review')}?{back}")


@page("metering.key")
def correct(request: Any, reading_id: int) -> HttpResponse:
    """A new row in the old one's place; the old one stays readable."""
    reading = selectors.reading_of(scope=request.scope, reading_id=reading_id)
    point = reading.installation.supply_point
    back = reverse("customers:tab", args=[point.id, "readings"])
    form = forms.CorrectForm(
        request.POST or None, initial={"read_on": reading.read_on, "index": reading.index_litres, "kind": 1}
    )

    def act(form: forms.CorrectForm) -> str:
        data = form.cleaned_data
        answer = services.correct_reading(
            scope=request.scope,
            reading_id=reading_id,
            read_on=data["read_on"],
            index_litres=data["index"],
            kind=data["kind"],
            reason=data["reason"],
            now=request.moment,
            today=request.today,
        )
        if answer.refusal:
            raise RowRefused(_(answer.sentence) % answer.params)
        return back

    return form_page(
        request,
        form,
        act,
        title=_("Correct a reading"),
        lead=f"{point.number} · {reading.installation.meter.serial}",
        submit=_("Record the correction"),
        back=back,
        done=_("The correction is recorded and waits for approval."),
    )
