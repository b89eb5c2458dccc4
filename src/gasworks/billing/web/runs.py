"""Billing runs on screen: the list, a new one with its preview, and one with its progress and issue summary."""

from typing import Any

from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from gasworks.billing import selectors, services
from gasworks.billing.lists import RUNS
from gasworks.billing.models import Run
from gasworks.billing.services.asking import ask_for_run
from gasworks.billing.types import SummaryRow
from gasworks.billing.web.forms import RunForm
from gasworks.billing.wording import problem_name, summary_tier_name
from gasworks.foundation.calendar import shown_month
from gasworks.foundation.lists import list_page
from gasworks.foundation.web import page, sentence
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
    """The form; «Preview» rates without writing, «Start» hands the run to a worker."""
    today = timezone.localdate(request.moment)
    form = RunForm(request.POST or None, scope=request.scope, today=today)
    context: dict[str, Any] = {"form": form}
    if request.method == "POST" and form.is_valid():
        try:
            if "start" in request.POST:
                return redirect("billing:run", run_id=_start(request, form, today).id)
            context |= _preview(request, form)
        except Refusal as refusal:
            form.add_error(None, sentence(refusal))
    return render(request, "billing/run_new.html", context, status=422 if form.errors else 200)


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


def _preview(request: Any, form: RunForm) -> dict[str, Any]:
    found = services.preview_run(scope=request.scope, now=request.moment, **form.choice)
    rows = [SummaryRow(kind, tier, *figures) for (kind, tier), figures in sorted(found.summary.items())]
    named = selectors.name_problems(scope=request.scope, problems=found.problems[:200])
    return {
        "preview": found,
        "rows": _named_rows(rows),
        "problems": [(one, problem_name(one.reason)) for one in named],
        "problem_count": len(found.problems),
    }


def _run_context(request: Any, run_id: int) -> dict[str, Any]:
    found = selectors.find_run(scope=request.scope, run_id=run_id)
    progress = selectors.run_progress(scope=request.scope, run_id=run_id)
    named = selectors.not_billed(scope=request.scope, run_id=run_id, most=200)
    return {
        "run": found,
        "progress": progress,
        "running": found.state == Run.State.RUNNING,
        "issued": _named_rows(progress.issued),
        "held": _named_rows(progress.held),
        "problems": [(one, problem_name(one.reason)) for one in named],
        "bills_url": f"{reverse('billing:list')}?run={run_id}",
    }


def _named_rows(rows: Any) -> list[tuple[SummaryRow, str]]:
    return [(row, summary_tier_name(row.tier)) for row in rows]
