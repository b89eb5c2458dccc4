"""Long work: the list, a page that shows progress and can be left and found again, cancel, the result file."""

import uuid
from typing import Any, Final

from django.http import HttpResponse, HttpResponseBase
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_GET, require_POST

from gasworks.foundation.files import find_file, send_file
from gasworks.foundation.imports.workbooks import problem_text
from gasworks.foundation.lists import Column, Filter, ListSpec, Sort, list_page, register_list
from gasworks.foundation.models import Work
from gasworks.foundation.web import page, step
from gasworks.foundation.work import cancel_work, find_work, visible_work
from gasworks.kernel.errors import NotThere

WORKS: Final = register_list(
    ListSpec(
        code="foundation.works",
        title=_("Long work"),
        right="work.view",
        rows=lambda scope: visible_work(scope).select_related("asked_by").defer("log", "args", "scope"),
        columns=(
            Column("title", _("What"), link=lambda row: reverse("foundation:work", args=[row.public_id])),
            Column("state", _("State"), kind="state"),
            Column("done", _("Done so far"), kind="number", phone=False),
            Column("total", _("In all"), kind="number", phone=False),
            Column("asked_by", _("Asked by"), show="asked_by.full_name", phone=False),
            Column("asked_at", _("Asked at"), kind="moment"),
            Column("ended_at", _("Ended at"), kind="moment", phone=False),
        ),
        sorts=(Sort("newest", _("Newest first"), ("id",), index="work_newest", descending=True),),
        filters=(Filter("state", _("State"), kind="choice", choices=Work.State.choices),),
        empty=_("No long work yet. Imports, exports and billing runs appear here."),
    )
)


@require_GET
@page("work.view")
def work_list(request: Any) -> HttpResponse:
    return list_page(request, WORKS)


@require_GET
@page("work.view")
def work(request: Any, public_id: uuid.UUID) -> HttpResponse:
    return render(request, "foundation/work.html", work_context(find_work(public_id, scope=request.scope)))


@require_GET
@page("work.view")
def progress(request: Any, public_id: uuid.UUID) -> HttpResponse:
    """The fragment that asks for itself until the work has ended."""
    return render(request, "console/_work.html", work_context(find_work(public_id, scope=request.scope)))


@require_POST
@page("work.view")
def cancel(request: Any, public_id: uuid.UUID) -> HttpResponse:
    def act() -> None:
        cancel_work(public_id, scope=request.scope, now=request.moment)

    then = reverse("foundation:work", args=[public_id])
    return step(request, act, then=then, done=gettext("It will stop at the next safe place."))


@require_GET
@page("work.view")
def result(request: Any, public_id: uuid.UUID) -> HttpResponseBase:
    found = find_work(public_id, scope=request.scope)
    if found.result_file_id is None:
        raise NotThere(key=found.title)
    return send_file(find_file(found.result_file_id, scope=request.scope))


def work_context(found: Work) -> dict[str, Any]:
    """What ``console/_work.html`` needs."""
    key = [found.public_id]
    refusal = found.result.get("refusal")
    return {
        "work": found,
        "poll_url": reverse("foundation:work_progress", args=key),
        "cancel_url": "" if found.cancel_asked else reverse("foundation:work_cancel", args=key),
        "result_url": reverse("foundation:work_result", args=key) if found.result_file_id else "",
        "refusal": problem_text(["", refusal, found.result.get("params", {})]) if refusal else "",
    }
