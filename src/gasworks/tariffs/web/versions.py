"""One version of a plan: read it, draft it, ask for its approval."""

from typing import Any

from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from gasworks.foundation.panels import panels_of
from gasworks.foundation.web import page, tell
from gasworks.kernel.errors import NotThere, Refusal, StaleVersion
from gasworks.tariffs import selectors, services
from gasworks.tariffs.models import Plan, PlanVersion
from gasworks.tariffs.states import VERSION
from gasworks.tariffs.web.answers import show_refusal
from gasworks.tariffs.web.forms import FLAT, Ask, Comparison, DraftOrder, Order
from gasworks.tariffs.wording import facts_beside, ladders_beside, last_day, picture


@require_GET
@page("tariffs.view")
def version(request: Any, version_id: int) -> HttpResponse:
    found = selectors.find_version(scope=request.scope, version_id=version_id)
    return _version_page(request, found, Ask())


@require_GET
@page("tariffs.view")
def compare(request: Any, plan_id: int) -> HttpResponse:
    """Two versions beside each other (``?left=&right=``); at first the one in force and the newest other one."""
    plan = selectors.find_plan(scope=request.scope, plan_id=plan_id)
    versions = list(selectors.versions_of(scope=request.scope, plan_id=plan_id))
    today = timezone.localdate(request.moment)
    in_force = selectors.version_in_force(scope=request.scope, plan_id=plan_id, on=today)
    form = Comparison(request.GET, versions=versions, in_force=in_force)
    context = {"plan": plan, "form": form}
    if len(versions) > 1 and form.is_valid():
        left, right = form.chosen
        one, other = picture(left), picture(right)
        context |= {
            "left": left,
            "right": right,
            "facts": facts_beside(one.facts, other.facts),
            "ladders": ladders_beside(one, other),
            "bills": selectors.year_bills(left, right, persons=form.cleaned_data["persons"]),
        }
    return render(request, "tariffs/compare.html", context)


@require_http_methods(["GET", "POST"])
@page("tariffs.draft")
def draft(request: Any, plan_id: int) -> HttpResponse:
    """A new version in the shape of another one (``?like=``), of the plan's newest, or flat."""
    plan = selectors.find_plan(scope=request.scope, plan_id=plan_id)
    form = Order(request.POST or None, content=_shape(request, plan))
    if request.method == "POST" and form.is_valid():
        try:
            row = services.draft_version(scope=request.scope, plan_id=plan_id, new=form.new_version, now=request.moment)
        except Refusal as refusal:
            show_refusal(form, refusal)
        else:
            tell(request, _("Draft saved. Check it, then ask for its approval."))
            return redirect("tariffs:version", version_id=row.id)
    return _order_page(request, form, plan, reverse("tariffs:plan", args=[plan_id]))


def _shape(request: Any, plan: Plan) -> dict[str, Any]:
    like = request.GET.get("like", "")
    if like.isdigit():
        return dict(selectors.find_version(scope=request.scope, version_id=int(like)).content)
    newest = selectors.versions_of(scope=request.scope, plan_id=plan.id).first()
    return dict(newest.content) if newest else FLAT


@require_http_methods(["GET", "POST"])
@page("tariffs.draft")
def change(request: Any, version_id: int) -> HttpResponse:
    found = selectors.find_version(scope=request.scope, version_id=version_id)
    VERSION.after(found.state, "change")
    form = DraftOrder(request.POST or None, row=found)
    if request.method == "POST" and form.is_valid():
        try:
            services.change_draft(
                scope=request.scope, version_id=version_id, seen=form.seen, changes=form.changes, now=request.moment
            )
        except StaleVersion as refusal:
            form.keep_and_tell(refusal)
        except Refusal as refusal:
            show_refusal(form, refusal)
        else:
            tell(request, _("Saved."))
            return redirect("tariffs:version", version_id=version_id)
    return _order_page(request, form, found.plan, reverse("tariffs:version", args=[version_id]))


@require_POST
@page("tariffs.draft")
def ask(request: Any, version_id: int) -> HttpResponse:
    found = selectors.find_version(scope=request.scope, version_id=version_id)
    form = Ask(request.POST)
    if form.is_valid():
        try:
            services.ask_approval(
                scope=request.scope,
                version_id=version_id,
                seen=_seen(request),
                reason=form.cleaned_data["reason"],
                now=request.moment,
            )
        except Refusal as refusal:
            show_refusal(form, refusal)
        else:
            tell(request, _("Asked. Somebody with the right to approve prices decides."))
            return redirect("tariffs:version", version_id=version_id)
    return _version_page(request, found, form)


@require_POST
@page("tariffs.draft")
def withdraw(request: Any, version_id: int) -> HttpResponse:
    row = services.withdraw_draft(scope=request.scope, version_id=version_id, seen=_seen(request), now=request.moment)
    tell(request, _("Draft withdrawn."))
    return redirect("tariffs:plan", plan_id=row.plan_id)


def _seen(request: Any) -> int:
    text = request.POST.get("version", "")
    if not text.isdigit():
        raise NotThere(key="version")
    return int(text)


def _version_page(request: Any, found: PlanVersion, form: Ask) -> HttpResponse:
    is_draft = found.state == PlanVersion.State.DRAFT
    context = {
        "version": found,
        "plan": found.plan,
        "picture": picture(found),
        "last_day": last_day(found.to_on),
        "form": form,
        "is_draft": is_draft,
        "panels": [
            (one.url(found.id), one.label) for one in panels_of("tariffs.version", found.id, scope=request.scope)
        ],
        "may_draft": is_draft and request.scope.may("tariffs.draft"),
    }
    return render(request, "tariffs/version.html", context, status=422 if form.errors else 200)


def _order_page(request: Any, form: Order, plan: Plan, back: str) -> HttpResponse:
    context = {
        "form": form,
        "title": _("Price order for %(plan)s") % {"plan": plan.name},
        "lead": _("Prices are absolute for each tier; a bound still belongs to the tier below it."),
        "submit": _("Save the draft"),
        "back": back,
    }
    return render(request, "console/_form_page.html", context, status=422 if form.errors else 200)
