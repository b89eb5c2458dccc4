"""Re-billing on screen: the list, a new one, one with what it comes to, and what is decided about it."""

from collections.abc import Callable
from typing import Any

from django.http import HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from gasworks.billing.lists import REBILLS
from gasworks.billing.models import Rebill
from gasworks.billing.rebill import reads
from gasworks.billing.services import rebilling
from gasworks.billing.web.rebill_form import RebillForm
from gasworks.billing.wording import obstacle_name
from gasworks.foundation import files, parameters
from gasworks.foundation.lists import list_page
from gasworks.foundation.models import Work
from gasworks.foundation.web import page, sentence, tell
from gasworks.kernel.errors import NotThere, Refusal

EVIDENCE = (".pdf", ".png", ".jpg", ".jpeg", ".webp", ".xlsx")
ENDED = (Work.State.DONE, Work.State.FAILED, Work.State.CANCELLED)


@require_GET
@page("billing.view")
def rebill_list(request: Any) -> HttpResponse:
    actions = []
    if request.scope.may("billing.rebill"):
        actions.append({"label": _("Bill again"), "url": reverse("billing:rebill_new"), "primary": True})
    return list_page(request, REBILLS, context={"actions": actions})


@require_http_methods(["GET", "POST"])
@page("billing.rebill")
def rebill_new(request: Any) -> HttpResponse:
    """The form; what is asked for is worked out, and nothing changes before it is started on its own page."""
    first = {name: request.GET[name] for name in ("target", "bill", "number", "since", "run") if name in request.GET}
    form = RebillForm(request.POST or None, request.FILES or None, scope=request.scope, initial=first)
    if request.method == "POST" and form.is_valid():
        try:
            done = _draft(request, form)
        except Refusal as refusal:
            form.add_error(None, sentence(refusal))
        else:
            return redirect("billing:rebill", rebill_id=done.id)
    return render(request, "billing/rebill_new.html", {"form": form}, status=422 if form.errors else 200)


def _draft(request: Any, form: RebillForm) -> Rebill:
    data, scope = form.cleaned_data, request.scope
    kept = None
    if data["evidence"]:
        kept = files.store_file(
            name=data["evidence"].name,
            chunks=data["evidence"].chunks(),
            scope=scope,
            now=request.moment,
            endings=EVIDENCE,
        )
    return rebilling.draft_rebill(
        scope=scope,
        target=data["target"],
        chosen=form.chosen,
        cause=data["cause"],
        reason=data["reason"],
        correction=form.correction,
        evidence_id=kept.id if kept else None,
        title=_("Re-billing worked out"),
        today=request.today,
        now=request.moment,
    )


@require_GET
@page("billing.view")
def rebill(request: Any, rebill_id: int) -> HttpResponse:
    return render(request, "billing/rebill.html", _context(request, rebill_id))


@require_GET
@page("billing.view")
def rebill_figures(request: Any, rebill_id: int) -> HttpResponse:
    """The part of the page that asks for itself while work is under way."""
    return render(request, "billing/_rebill_figures.html", _context(request, rebill_id))


@require_GET
@page("billing.view")
def rebill_evidence(request: Any, rebill_id: int) -> HttpResponseBase:
    found = reads.find_rebill(scope=request.scope, rebill_id=rebill_id)
    if found.evidence is None:
        raise NotThere(key=rebill_id)
    return files.send_file(found.evidence)


@require_POST
@page("billing.rebill")
def rebill_start(request: Any, rebill_id: int) -> HttpResponse:
    found = reads.find_rebill(scope=request.scope, rebill_id=rebill_id)
    act = rebilling.start_rebill if found.state == Rebill.State.READY else rebilling.go_on
    return _act(request, rebill_id, act, _("The bills are taken back and made again."), title=_("Re-billing"))


@require_POST
@page("billing.rebill")
def rebill_ask(request: Any, rebill_id: int) -> HttpResponse:
    return _act(request, rebill_id, rebilling.ask_rebill, _("The approval is asked for."), title=_("Re-billing"))


@require_POST
@page("billing.rebill")
def rebill_drop(request: Any, rebill_id: int) -> HttpResponse:
    try:
        rebilling.drop_rebill(scope=request.scope, rebill_id=rebill_id, now=request.moment)
    except Refusal as refusal:
        return _refused(request, rebill_id, refusal)
    tell(request, _("Dropped. No bill was changed."))
    return redirect("billing:rebill", rebill_id=rebill_id)


def _act(request: Any, rebill_id: int, act: Callable[..., Any], told: str, *, title: str) -> HttpResponse:
    try:
        act(scope=request.scope, rebill_id=rebill_id, title=title, today=request.today, now=request.moment)
    except Refusal as refusal:
        return _refused(request, rebill_id, refusal)
    tell(request, told)
    return redirect("billing:rebill", rebill_id=rebill_id)


def _refused(request: Any, rebill_id: int, refusal: Refusal) -> HttpResponse:
    context = _context(request, rebill_id) | {"problem": sentence(refusal)}
    return render(request, "billing/rebill.html", context, status=422)


def _context(request: Any, rebill_id: int) -> dict[str, Any]:
    scope = request.scope
    found = reads.find_rebill(scope=scope, rebill_id=rebill_id)
    case = reads.case_of(scope=scope, rebill_id=rebill_id)
    limit = parameters.get(scope=scope, code=rebilling.FREE_LIMIT, on=request.today)
    working = found.work is not None and found.work.state not in ENDED
    unfinished = found.state in (Rebill.State.DRAFT, Rebill.State.RUNNING)
    return {
        "rebill": found,
        "case": case,
        "obstacles": [(one, obstacle_name(one.reason)) for one in case.obstacles],
        "under_way": unfinished and working,
        "stopped": unfinished and not working,
        "ready": found.state == Rebill.State.READY,
        "needs_two": case.moved_fen > limit,
        "limit_fen": limit,
    }
