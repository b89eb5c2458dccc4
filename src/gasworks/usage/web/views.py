"""Ladder groups on screen: who shares one, for how many persons, how priced, how far up."""

from typing import Any

from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods

from gasworks.foundation.lists import list_page
from gasworks.foundation.web import page, sentence, tell
from gasworks.kernel.errors import NotThere, Refusal
from gasworks.usage import selectors, services
from gasworks.usage.lists import GROUPS
from gasworks.usage.models import LadderGroup
from gasworks.usage.types import Share
from gasworks.usage.web.forms import HouseholdForm, PlanForm


@require_GET
@page("usage.view")
def group_list(request: Any) -> HttpResponse:
    return list_page(request, GROUPS)


@require_GET
@page("usage.view")
def group(request: Any, group_id: int) -> HttpResponse:
    scope = request.scope
    found = _group(scope, group_id)
    members = list(selectors.members_of(scope=scope, group_id=group_id))
    prices = [
        (member, list(selectors.price_items(scope=scope, supply_point_id=member.supply_point_id))) for member in members
    ]
    context = {
        "group": found,
        "members": members,
        "prices": prices,
        "households": selectors.households(scope=scope, group_id=group_id),
        "ladders": selectors.tiers_to_date(scope=scope, group_ids=[group_id]),
        "today": timezone.localdate(request.moment),
        "changes": all(scope.may_change(member.supply_point.branch_id, "usage.change") for member in members),
    }
    return render(request, "usage/group.html", context)


@require_http_methods(["GET", "POST"])
@page("usage.change")
def household_add(request: Any, group_id: int) -> HttpResponse:
    """Household size from a day on; it is recorded for the group through its first member."""
    found = _group(request.scope, group_id)
    form = HouseholdForm(request.POST or None, initial={"from_on": timezone.localdate(request.moment)})
    if request.method == "POST" and form.is_valid():
        try:
            services.set_household(
                scope=request.scope,
                supply_point_id=_first_point(request.scope, group_id),
                now=request.moment,
                **form.cleaned_data,
            )
        except Refusal as refusal:
            form.add_error(None, sentence(refusal))
        else:
            tell(request, _("Saved."))
            return redirect("usage:group", group_id=found.id)
    context = {
        "form": form,
        "title": _("Household size"),
        "lead": _("The tiers widen from this day on. What was declared before ends there."),
        "submit": _("Save"),
        "back": reverse("usage:group", args=[group_id]),
    }
    return render(request, "console/_form_page.html", context, status=422 if form.errors else 200)


@require_http_methods(["GET", "POST"])
@page("usage.change")
def prices_set(request: Any, supply_point_id: int) -> HttpResponse:
    today = timezone.localdate(request.moment)
    form = PlanForm(request.POST or None, scope=request.scope, initial={"from_on": today})
    found = selectors.group_of(scope=request.scope, supply_point_id=supply_point_id, on=today)
    if request.method == "POST" and form.is_valid():
        data = form.cleaned_data
        try:
            services.set_price_items(
                scope=request.scope,
                supply_point_id=supply_point_id,
                shares=[Share(data["plan"])],
                from_on=data["from_on"],
                now=request.moment,
            )
        except Refusal as refusal:
            form.add_error(None, sentence(refusal))
        else:
            tell(request, _("Saved."))
            return redirect("usage:group", group_id=found.id)
    context = {
        "form": form,
        "title": _("Price plan"),
        "lead": _("Prices every use interval that ends after this day."),
        "submit": _("Save"),
        "back": reverse("usage:group", args=[found.id]),
    }
    return render(request, "console/_form_page.html", context, status=422 if form.errors else 200)


def _group(scope: Any, group_id: int) -> LadderGroup:
    found = LadderGroup.objects.filter(pk=group_id, company_id=scope.company_id).first()
    if found is None:
        raise NotThere(key=group_id)
    return found


def _first_point(scope: Any, group_id: int) -> int:
    member = selectors.members_of(scope=scope, group_id=group_id).filter(to_on__isnull=True).first()
    if member is None:
        raise NotThere(key=group_id)
    return member.supply_point_id
