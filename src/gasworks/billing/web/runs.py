"""Billing runs on screen: the list, a new one with its preview, and one with its progress and issue summary."""

import uuid
from typing import Any

from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from gasworks.billing import sampling, selectors, services
from gasworks.billing.lists import RUNS
from gasworks.billing.models import Run
from gasworks.billing.services.asking import ask_for_preview, ask_for_run
from gasworks.billing.types import SummaryRow
from gasworks.billing.web.forms import RunForm
from gasworks.billing.wording import problem_name, rule_name, summary_tier_name
from gasworks.foundation.calendar import shown_month
from gasworks.foundation.lists import list_page
from gasworks.foundation.models import Work
from gasworks.foundation.web import page, sentence
from gasworks.foundation.web.works import work_context
from gasworks.kernel.errors import Refusal


@require_GET
@page("billing.view")
def run_list(request: Any) -> HttpResponse:
    actions = []
    if request.scope.may("billing.run"):
        actions.append({"label": _("New billing run"), "url": reverse("billing:run_new"), "primary": True})
    return list_page(request, RUNS, context={"actions": actions})


@require_http_methods(["GET", "POST"])
@page("billing.run")
def run_new(request: Any) -> HttpResponse:
    """The form; «Preview» rates without writing, «Start» bills. A worker does either."""
    today = timezone.localdate(request.moment)
    form = RunForm(request.POST or None, scope=request.scope, today=today)
    if request.method == "POST" and form.is_valid():
        try:
            if "start" in request.POST:
                return redirect("billing:run", run_id=_start(request, form, today).id)
            return redirect("billing:preview", public_id=_ask_for_preview(request, form).public_id)
        except Refusal as refusal:
            form.add_error(None, sentence(refusal))
    return render(request, "billing/run_new.html", {"form": form}, status=422 if form.errors else 200)


@require_GET
@page("billing.run")
def preview(request: Any, public_id: uuid.UUID) -> HttpResponse:
    """What a run would do, as soon as the worker has rated it; from here it is started with the same choice."""
    return render(request, "billing/preview.html", _preview_context(request, public_id))


@require_GET
@page("billing.run")
def preview_figures(request: Any, public_id: uuid.UUID) -> HttpResponse:
    """The part of the page that asks for itself until the preview is there."""
    return render(request, "billing/_preview.html", _preview_context(request, public_id))


@require_GET
@page("billing.view")
def run(request: Any, run_id: int) -> HttpResponse:
    return render(request, "billing/run.html", _run_context(request, run_id))


@require_GET
@page("billing.view")
def run_figures(request: Any, run_id: int) -> HttpResponse:
    """The part of the page that asks for itself until the run has ended."""
    return render(request, "billing/_run_figures.html", _run_context(request, run_id))


@require_POST
@page("billing.run")
def run_stop(request: Any, run_id: int) -> HttpResponse:
    services.stop_run(scope=request.scope, run_id=run_id, now=request.moment)
    return redirect("billing:run", run_id=run_id)


def _start(request: Any, form: RunForm, today: Any) -> Run:
    month = form.cleaned_data["month"]
    return ask_for_run(
        scope=request.scope,
        title=_("Billing run %(month)s") % {"month": shown_month(month)},
        due_on=form.cleaned_data["due_on"],
        today=today,
        now=request.moment,
        **form.choice,
    )


def _ask_for_preview(request: Any, form: RunForm) -> Work:
    month = form.cleaned_data["month"]
    return ask_for_preview(
        scope=request.scope,
        title=_("Preview of %(month)s") % {"month": shown_month(month)},
        due_on=form.cleaned_data["due_on"],
        now=request.moment,
        **form.choice,
    )


def _preview_context(request: Any, public_id: uuid.UUID) -> dict[str, Any]:
    work = selectors.find_preview(scope=request.scope, public_id=public_id)
    context = work_context(work) | {"poll_url": reverse("billing:preview_figures", args=[public_id])}
    if work.state == Work.State.DONE:
        found = work.result
        named = selectors.name_problems(scope=request.scope, problems=found["problems"])
        context |= {
            "preview": found,
            "rows": _named_rows([SummaryRow(*row) for row in found["summary"]]),
            "problems": [(one, problem_name(one.reason)) for one in named],
            "holds": [(rule_name(code), count) for code, count in found.get("holds", {}).items()],
        }
    return context


def _run_context(request: Any, run_id: int) -> dict[str, Any]:
    found = selectors.find_run(scope=request.scope, run_id=run_id)
    progress = selectors.run_progress(scope=request.scope, run_id=run_id)
    named = selectors.not_billed(scope=request.scope, run_id=run_id, most=200)
    return {
        "run": found,
        "progress": progress,
        "sample": sampling.sample_figures(scope=request.scope, run_id=run_id),
        "running": found.state == Run.State.RUNNING,
        "issued": _named_rows(progress.issued),
        "held": _named_rows(progress.held),
        "problems": [(one, problem_name(one.reason)) for one in named],
        "bills_url": f"{reverse('billing:list')}?run={run_id}",
    }


def _named_rows(rows: Any) -> list[tuple[SummaryRow, str]]:
    return [(row, summary_tier_name(row.tier)) for row in rows]
