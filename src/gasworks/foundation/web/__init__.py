"""From request to service: right, scope, moment. Every view wears ``@page``; the walk test fails on one that does not."""

import functools
from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.contrib.auth.views import redirect_to_login
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext

from gasworks.foundation.reach import scope_for
from gasworks.foundation.rights_table import right as find_right
from gasworks.foundation.scope import Scope
from gasworks.kernel.errors import Forbidden, Refusal

View = Callable[..., HttpResponse]
OUTLET_KEY = "working_outlet"


def page(right: str) -> Callable[[View], View]:
    """Give the view ``request.scope`` and ``request.moment``, or refuse by name. ``right`` stands in the rights table."""
    find_right(right)

    def wrap(view: View) -> View:
        @functools.wraps(view)
        def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
            if not request.user.is_authenticated:
                return redirect_to_login(request.get_full_path())
            prepare(request)
            try:
                request.scope.require(right)  # type: ignore[attr-defined]
                return view(request, *args, **kwargs)
            except Refusal as refusal:
                return refused(request, refusal)

        guarded.gas_right = right  # type: ignore[attr-defined]
        return guarded

    return wrap


def public(view: View) -> View:
    """A view that anybody may open; listed by the walk test."""
    view.gas_right = None  # type: ignore[attr-defined]
    return view


def prepare(request: Any) -> None:
    """Attach the moment and the scope once per request."""
    if not hasattr(request, "moment"):
        request.moment = timezone.now()
    if not hasattr(request, "scope"):
        request.scope = scope_of(request)


def scope_of(request: Any) -> Scope:
    """The three scopes of the person who asks, from the roles that they hold and the outlet that they chose."""
    return scope_for(
        request.user,
        outlet_id=request.session.get(OUTLET_KEY),
        request_id=request.headers.get("X-Request-ID", "")[:40],
        ip=request.META.get("REMOTE_ADDR", ""),
    )


def sentence(refusal: Refusal) -> str:
    """The refusal in the user's language."""
    text = gettext(refusal.sentence)
    return text % refusal.params if refusal.params else text


def refused(request: HttpRequest, refusal: Refusal) -> HttpResponse:
    """Say no: a fragment for HTMX, a page otherwise. Nothing was written."""
    template = "console/_refused.html" if request.headers.get("HX-Request") else "console/refused.html"
    status = 403 if isinstance(refusal, Forbidden) else refusal.status
    return render(request, template, {"sentence": sentence(refusal)}, status=status)


def tell(request: HttpRequest, text: str) -> None:
    messages.success(request, text)
