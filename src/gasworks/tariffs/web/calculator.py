"""The price calculator: what an interval would cost, line by line."""

from typing import Any

from django.http import HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_GET

from gasworks.foundation.web import page
from gasworks.kernel.errors import Refusal
from gasworks.tariffs import selectors
from gasworks.tariffs.models import PlanVersion
from gasworks.tariffs.web.answers import show_refusal
from gasworks.tariffs.web.forms import Calculation


@require_GET
@page("tariffs.view")
def calculator(request: Any) -> HttpResponse:
    """``?draft=`` tries a version that is not approved yet."""
    scope = request.scope
    draft = _draft(request)
    plans = [draft.plan] if draft else list(selectors.company_plans(scope=scope))
    form = Calculation(request.GET, scope=scope, plans=plans, today=timezone.localdate(request.moment))
    answer = None
    if form.is_bound and form.is_valid():
        try:
            answer = selectors.price_out(scope=scope, question=form.question(draft.id if draft else None))
        except Refusal as refusal:
            show_refusal(form, refusal)
    context = {"form": form, "answer": answer, "draft": draft, "plans": plans}
    return render(request, "tariffs/calculator.html", context)


def _draft(request: Any) -> PlanVersion | None:
    wanted = request.GET.get("draft", "")
    return selectors.find_version(scope=request.scope, version_id=int(wanted)) if wanted.isdigit() else None
