"""The reading plan at the start and end of a heating season: who is read too far from those days."""

from typing import Any
from urllib.parse import urlencode

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_GET, require_POST

from gasworks.foundation import parameters
from gasworks.foundation.exports import Head, download
from gasworks.foundation.web import page
from gasworks.kernel.errors import NotThere
from gasworks.metering.services import ask_for_reads
from gasworks.usage import seasonal
from gasworks.usage.seasonal import Edge, Unread


@require_GET
@page("usage.view")
def season_reads(request: Any) -> HttpResponse:
    """The edge that was asked for, else the next one; as a page or a file."""
    edges = seasonal.edges(scope=request.scope, today=request.today)
    coming = next((edge for edge in edges if edge.on >= request.today), edges[-1] if edges else None)
    edge = _asked(edges, request.GET.get("edge", "")) or coming
    rows = seasonal.unread(scope=request.scope, edge=edge) if edge else []
    if request.GET.get("export") in ("xlsx", "csv"):
        return _file(request.GET["export"], rows)
    context = {
        "edges": [(one, _code(one), one == edge) for one in edges],
        "edge": edge,
        "code": _code(edge) if edge else "",
        "rows": rows[: seasonal.MOST_SHOWN],
        "count": len(rows),
        "days": parameters.get(scope=request.scope, code=seasonal.SEASON_READ_DAYS, on=request.today),
    }
    return render(request, "usage/season_reads.html", context)


@require_POST
@page("metering.books")
def ask_season_reads(request: Any) -> HttpResponse:
    """Everybody who is read too far from the day goes on the list of special reads."""
    edge = _asked(seasonal.edges(scope=request.scope, today=request.today), request.POST.get("edge", ""))
    if edge is None:
        raise NotThere(key=request.POST.get("edge", "")[:40])
    points = [one.supply_point_id for one in seasonal.unread(scope=request.scope, edge=edge)]
    count = ask_for_reads(scope=request.scope, supply_point_ids=points, on=edge.on, now=request.moment)
    told = ngettext(
        "%(count)d meter was put on the list of special reads.",
        "%(count)d meters were put on the list of special reads.",
        count,
    )
    messages.success(request, told % {"count": count})
    return redirect(f"{reverse('usage:season_reads')}?{urlencode({'edge': _code(edge)})}")


def _asked(edges: list[Edge], code: str) -> Edge | None:
    return next((edge for edge in edges if _code(edge) == code), None)


def _code(edge: Edge) -> str:
    return f"{edge.season.calendar}:{edge.on.isoformat()}"


def _file(kind: str, rows: list[Unread]) -> Any:
    heads = [
        Head(_("Supply point number"), "text"),
        Head(_("Address"), "text"),
        Head(_("Reading book"), "text"),
        Head(_("Nearest reading day of the book"), "date"),
    ]
    return download("usage.season_reads", kind, heads, ([r.number, r.address, r.book, r.nearest_on] for r in rows))
