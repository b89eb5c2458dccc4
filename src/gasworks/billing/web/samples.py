"""The sample of a run: a list to look through, each bill marked right or wrong."""

from typing import Any

from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_GET, require_POST

from gasworks.billing import sampling, selectors
from gasworks.billing.models import SampleCheck
from gasworks.foundation.web import page, sentence
from gasworks.kernel.errors import Refusal

TONES = {SampleCheck.Mark.OPEN: "wait", SampleCheck.Mark.GOOD: "good", SampleCheck.Mark.WRONG: "bad"}


@require_GET
@page("billing.view")
def sample(request: Any, run_id: int) -> HttpResponse:
    return render(request, "billing/sample.html", _context(request, run_id))


@require_POST
@page("billing.run")
def mark(request: Any, check_id: int) -> HttpResponse:
    check = sampling.find_check(scope=request.scope, check_id=check_id)
    try:
        sampling.mark_sample(
            scope=request.scope,
            check_id=check_id,
            good="good" in request.POST,
            note=request.POST.get("note", ""),
            now=request.moment,
        )
    except Refusal as refusal:
        context = _context(request, check.run_id) | {"problem": sentence(refusal)}
        return render(request, "billing/sample.html", context, status=refusal.status)
    return redirect("billing:sample", run_id=check.run_id)


def _context(request: Any, run_id: int) -> dict[str, Any]:
    found = sampling.sample_of_run(scope=request.scope, run_id=run_id)
    return {
        "run": selectors.find_run(scope=request.scope, run_id=run_id),
        "figures": sampling.sample_figures(scope=request.scope, run_id=run_id),
        "checks": [(one, SampleCheck.Mark(one.mark).label, TONES[SampleCheck.Mark(one.mark)]) for one in found],
    }
