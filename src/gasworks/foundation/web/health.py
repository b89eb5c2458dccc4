"""The health page, the retry of a parked fact, and what a load balancer asks."""

from typing import Any

from django.db import DatabaseError
from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext
from django.views.decorators.http import require_GET, require_POST

from gasworks.foundation.health import INVARIANTS_WORK, look, ready
from gasworks.foundation.parked import retry
from gasworks.foundation.web import page, public, step
from gasworks.foundation.work import start_work


@require_GET
@page("health.view")
def health(request: Any) -> HttpResponse:
    return render(request, "foundation/health.html", {"health": look(scope=request.scope, now=request.moment)})


@require_POST
@page("events.retry")
def retry_fact(request: Any, parked_id: int) -> HttpResponse:
    def act() -> None:
        retry(parked_id, scope=request.scope, now=request.moment)

    return step(request, act, then=reverse("foundation:health"), done=gettext("The fact was delivered."))


@require_POST
@page("health.view")
def ask_invariants(request: Any) -> HttpResponse:
    """Ask all invariants now, as long work."""

    def act() -> None:
        title = gettext("All invariants")
        start_work(kind=INVARIANTS_WORK, title=title, scope=request.scope, args={}, now=request.moment)

    return step(request, act, then=reverse("foundation:works"), done=gettext("The invariants are being asked."))


@require_GET
@public
def healthz(request: Any) -> HttpResponse:
    """200 when this process reaches the database, 503 when it does not; says nothing else."""
    try:
        ready()
    except DatabaseError:
        return HttpResponse("database", status=503, content_type="text/plain")
    return HttpResponse("ok", content_type="text/plain")
