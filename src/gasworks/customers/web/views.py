"""Looking: supply points, customers, and everything about one of them."""

from typing import Any

from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from gasworks.customers import selectors
from gasworks.customers.lists import CUSTOMERS, SUPPLY_POINTS
from gasworks.customers.states import SUPPLY_POINT
from gasworks.foundation.lists import list_page
from gasworks.foundation.panels import panels_of
from gasworks.foundation.web import page
from gasworks.kernel.errors import NotThere

SUBJECT = "customers.supply_point"
GLANCE = "customers.supply_point.glance"


@require_GET
@page("customers.view")
def supply_points(request: Any) -> HttpResponse:
    actions = []
    if request.scope.may("customers.change"):
        actions.append({"label": _("New supply point"), "url": reverse("customers:new"), "primary": True})
    actions.append({"label": _("Customers"), "url": reverse("customers:customers")})
    return list_page(request, SUPPLY_POINTS, context={"actions": actions})


@require_GET
@page("customers.view")
def customers(request: Any) -> HttpResponse:
    return list_page(request, CUSTOMERS)


@require_GET
@page("customers.view")
def supply_point(request: Any, supply_point_id: int) -> HttpResponse:
    """The first tab: who, where, since when."""
    detail = selectors.supply_point_detail(scope=request.scope, supply_point_id=supply_point_id)
    context = {
        "agreements": selectors.agreements_of(scope=request.scope, supply_point_id=supply_point_id),
        "changes": request.scope.may_change(detail.point.branch_id, "customers.change"),
        "panel": "",
        "glances": [one.url(supply_point_id) for one in panels_of(GLANCE, supply_point_id, scope=request.scope)],
    }
    return _page(request, detail, "", context)


@require_GET
@page("customers.view")
def tab(request: Any, supply_point_id: int, tab: str) -> HttpResponse:
    """Another tab: the history, or what a domain above shows, loaded by its address."""
    detail = selectors.supply_point_detail(scope=request.scope, supply_point_id=supply_point_id)
    if tab == "history":
        told = selectors.history_of(scope=request.scope, supply_point_id=supply_point_id)
        return _page(request, detail, tab, {"told": told})
    panels = {panel.code: panel for panel in panels_of(SUBJECT, supply_point_id, scope=request.scope)}
    if tab not in panels:
        raise NotThere(key=tab)
    return _page(request, detail, tab, {"panel": panels[tab].url(supply_point_id)})


def _page(request: Any, detail: selectors.SupplyPointDetail, chosen: str, more: dict[str, Any]) -> HttpResponse:
    point = detail.point
    context = {
        "detail": detail,
        "point": point,
        "tab": chosen,
        "tabs": _tabs(request, point.id, chosen),
        "acts": [
            {"label": SUPPLY_POINT.acts[act], "url": reverse(f"customers:{act}", args=[point.id])}
            for act in SUPPLY_POINT.acts_in(point.status)
        ],
    }
    return render(request, "customers/supply_point.html", context | more)


def _tabs(request: Any, key: int, chosen: str) -> list[dict[str, Any]]:
    panels = panels_of(SUBJECT, key, scope=request.scope)
    named = [("", _("Overview")), *[(panel.code, panel.label) for panel in panels], ("history", _("History"))]
    return [
        {
            "label": label,
            "url": reverse("customers:tab", args=[key, code])
            if code
            else reverse("customers:supply_point", args=[key]),
            "current": code == chosen,
            "count": None,
        }
        for code, label in named
    ]


def _tab_url(key: int, code: str) -> str:
    return reverse("customers:tab", args=[key, code]) if code else reverse("customers:supply_point", args=[key])


@require_GET
@page("customers.view")
def customer(request: Any, customer_id: int) -> HttpResponse:
    detail = selectors.customer_detail(scope=request.scope, customer_id=customer_id)
    held = selectors.held_by(scope=request.scope, customer_id=customer_id)
    branches = {one.supply_point.branch_id for one in held if one.to_on is None}
    changes = request.scope.may("customers.change") and (
        not branches or any(request.scope.changes(branch, "customers.change") for branch in branches)
    )
    context = {"detail": detail, "customer": detail.customer, "held": held, "changes": changes}
    return render(request, "customers/customer.html", context)
