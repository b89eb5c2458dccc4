"""Plans, and the packs of published tariffs."""

from typing import Any

from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from gasworks.foundation.lists import list_page
from gasworks.foundation.web import page, tell
from gasworks.kernel.errors import Refusal, StaleVersion
from gasworks.tariffs import selectors, services
from gasworks.tariffs.lists import PLANS
from gasworks.tariffs.packs import pack_codes, read_pack
from gasworks.tariffs.web.answers import show_refusal
from gasworks.tariffs.web.forms import NewPlan, PlanDetails


@require_GET
@page("tariffs.view")
def plan_list(request: Any) -> HttpResponse:
    actions = [{"label": _("Price calculator"), "url": reverse("tariffs:calculator"), "primary": False}]
    if request.scope.may("tariffs.draft"):
        actions.append({"label": _("Published tariffs"), "url": reverse("tariffs:packs"), "primary": False})
        actions.append({"label": _("New plan"), "url": reverse("tariffs:plan_add"), "primary": True})
    return list_page(request, PLANS, context={"actions": actions})


@require_GET
@page("tariffs.view")
def plan(request: Any, plan_id: int) -> HttpResponse:
    scope, today = request.scope, timezone.localdate(request.moment)
    found = selectors.find_plan(scope=scope, plan_id=plan_id)
    versions = list(selectors.versions_of(scope=scope, plan_id=plan_id))
    in_force = selectors.version_in_force(scope=scope, plan_id=plan_id, on=today)
    context = {"plan": found, "versions": versions, "in_force": in_force, "newest": versions[0] if versions else None}
    return render(request, "tariffs/plan.html", context)


@require_http_methods(["GET", "POST"])
@page("tariffs.draft")
def plan_add(request: Any) -> HttpResponse:
    form = NewPlan(request.POST or None, scope=request.scope)
    if request.method == "POST" and form.is_valid():
        data = dict(form.cleaned_data)
        like = data.pop("like")
        try:
            added = services.add_plan(scope=request.scope, now=request.moment, **data)
        except Refusal as refusal:
            show_refusal(form, refusal)
        else:
            target = reverse("tariffs:draft", args=[added.id])
            return redirect(f"{target}?like={like}" if like else target)
    context = {
        "form": form,
        "title": _("New plan"),
        "submit": _("Continue to the prices"),
        "back": reverse("tariffs:list"),
    }
    return render(request, "console/_form_page.html", context, status=422 if form.errors else 200)


@require_http_methods(["GET", "POST"])
@page("tariffs.draft")
def plan_change(request: Any, plan_id: int) -> HttpResponse:
    found = selectors.find_plan(scope=request.scope, plan_id=plan_id)
    form = PlanDetails(request.POST or None, row=found)
    if request.method == "POST" and form.is_valid():
        try:
            services.change_plan(
                scope=request.scope, plan_id=plan_id, seen=form.seen, changes=form.changes, now=request.moment
            )
        except StaleVersion as refusal:
            form.keep_and_tell(refusal)
        else:
            tell(request, _("Saved."))
            return redirect("tariffs:plan", plan_id=plan_id)
    context = {
        "form": form,
        "title": found.name,
        "submit": _("Save"),
        "back": reverse("tariffs:plan", args=[plan_id]),
    }
    return render(request, "console/_form_page.html", context, status=422 if form.errors else 200)


@require_GET
@page("tariffs.draft")
def packs(request: Any) -> HttpResponse:
    found = [read_pack(code) for code in pack_codes()]
    return render(request, "tariffs/packs.html", {"packs": found})


@require_POST
@page("tariffs.draft")
def pack_load(request: Any, code: str) -> HttpResponse:
    if code not in pack_codes():
        raise Http404
    loaded = services.load_pack(scope=request.scope, code=code, now=request.moment)
    text = ngettext("%(count)s draft made. Somebody else approves it.", "%(count)s drafts made. Somebody else approves them.", len(loaded))  # fmt: skip # noqa: E501
    tell(request, text % {"count": len(loaded)} if loaded else _("Everything of this city is here already."))
    return redirect("tariffs:list")
