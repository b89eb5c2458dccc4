"""The whole life of a list page: page, fragment, download, and long export."""

from typing import Any, cast

from django.http import HttpRequest, HttpResponse, HttpResponseBase, QueryDict
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone

from gasworks.foundation import exports
from gasworks.foundation.lists.export import EXPORT_WORK, SMALL_EXPORT, export_rows
from gasworks.foundation.lists.page import bind_filters, build_page, narrowed
from gasworks.foundation.lists.spec import ListSpec
from gasworks.foundation.models import SavedView
from gasworks.foundation.scope import Scope
from gasworks.foundation.work import start_work


def list_page(
    request: Any,
    spec: ListSpec,
    *,
    template: str = "console/list.html",
    fragment: str = "console/_list.html",
    context: dict[str, Any] | None = None,
) -> HttpResponse:
    """Answer a GET of a list under ``request.scope``: page, HTMX fragment, or (``?export=xlsx|csv``) a file."""
    scope: Scope = request.scope
    scope.require(spec.right)
    if request.GET.get("export") in ("xlsx", "csv"):
        return cast(HttpResponse, _export(request, spec, scope))
    page = build_page(spec, request.GET, scope=scope, zone=timezone.get_current_timezone())
    page.saved_views = list(_saved_views(spec, scope))
    chosen = fragment if _wants_fragment(request) else template
    known = {"list": page, "title": spec.title, "views_url": reverse("foundation:saved_views")}
    return render(request, chosen, known | (context or {}))


def _wants_fragment(request: HttpRequest) -> bool:
    return request.headers.get("HX-Request") == "true" and request.headers.get("HX-Boosted") != "true"


def _saved_views(spec: ListSpec, scope: Scope) -> Any:
    return SavedView.objects.filter(company_id=scope.company_id, staff_id=scope.actor_id, list_code=spec.code).order_by(
        "name"
    )


def _export(request: Any, spec: ListSpec, scope: Scope) -> HttpResponseBase:
    """A small list at once; a large one as long work whose page shows the progress and then the file."""
    scope.require(spec.export_right or spec.right)
    kind = request.GET["export"]
    rows = narrowed(spec, bind_filters(spec, request.GET, scope), scope)
    if rows.order_by()[: SMALL_EXPORT + 1].count() > SMALL_EXPORT:
        args = {"list": spec.code, "query": _query(request.GET), "format": kind}
        work = start_work(kind=EXPORT_WORK, title=str(spec.title), scope=scope, args=args, now=request.moment)
        return redirect("foundation:work", public_id=work.public_id)
    heads, body = export_rows(spec, QueryDict(_query(request.GET)), scope=scope)
    return exports.download(spec.code, kind, heads, body)


def _query(query: QueryDict) -> str:
    kept = query.copy()
    for name in ("export", "after", "before"):
        kept.pop(name, None)
    return kept.urlencode()
