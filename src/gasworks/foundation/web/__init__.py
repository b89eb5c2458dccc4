"""From request to service: right, scope, moment. Every view wears ``@page``; the walk test fails on one that does not."""

import functools
from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.contrib.auth.views import redirect_to_login
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext

from gasworks.foundation.reach import scope_for
from gasworks.foundation.rights_table import right as find_right
from gasworks.foundation.rights_table import right_label
from gasworks.foundation.scope import Scope
from gasworks.kernel.errors import Forbidden, Refusal, StaleVersion

View = Callable[..., HttpResponseBase]
OUTLET_KEY = "working_outlet"


def page(right: str) -> Callable[[View], View]:
    """Give the view ``request.scope`` and ``request.moment``, or refuse by name. ``right`` stands in the rights table."""
    find_right(right)

    def wrap(view: View) -> View:
        @functools.wraps(view)
        def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
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
    """Attach the moment, the business day of the desk and the scope, once per request."""
    if not hasattr(request, "moment"):
        request.moment = timezone.now()
        request.today = timezone.localdate(request.moment)
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


def form_page(
    request: Any,
    form: Any,
    act: Callable[[Any], str],
    *,
    title: Any,
    submit: Any,
    back: str,
    done: Any = "",
    lead: Any = "",
    template: str = "console/_form_page.html",
    **context: Any,
) -> HttpResponse:
    """Show a form; when it is sent and fits, call ``act(form)`` once: it returns the address to go on to.

    A refusal stands above the form, and what was typed stays; one that says «you may not» becomes the refusal page.
    """
    if request.method == "POST" and form.is_valid():
        try:
            onward = act(form)
        except StaleVersion as refusal:
            form.keep_and_tell(refusal)
        except Refusal as refusal:
            if refusal.status in (403, 404):
                raise
            form.add_error(None, sentence(refusal))
        else:
            if done:
                tell(request, done)
            return redirect(onward)
    known = {"form": form, "title": title, "submit": submit, "back": back, "lead": lead}
    return render(request, template, known | context, status=422 if form.errors else 200)


def step(request: Any, act: Callable[[], Any], *, then: str, done: Any) -> HttpResponse:
    """Carry out a button's act and go on; a refusal is told on the page that the person comes back to."""
    try:
        act()
    except Refusal as refusal:
        if refusal.status in (403, 404):
            raise
        messages.error(request, sentence(refusal))
    else:
        tell(request, done)
    return redirect(then)


def seen_version(request: Any) -> int:
    """The version that a button was shown with; 0, which no row has, when it is missing or not a number."""
    text = request.POST.get("version", "")
    return int(text) if text.isascii() and text.isdigit() and len(text) < 10 else 0


def sentence(refusal: Refusal) -> str:
    """The refusal in the user's language."""
    text, params = gettext(refusal.sentence), refusal.params
    if isinstance(refusal, Forbidden):
        params = {"right": right_label(str(params.get("right", "")))}
    return text % params if params else text


def refused(request: HttpRequest, refusal: Refusal) -> HttpResponse:
    """Say no: a fragment for HTMX, a page otherwise. Nothing was written."""
    template = "console/_refused.html" if request.headers.get("HX-Request") else "console/refused.html"
    status = 403 if isinstance(refusal, Forbidden) else refusal.status
    return render(request, template, {"sentence": sentence(refusal)}, status=status)


def tell(request: HttpRequest, text: str) -> None:
    messages.success(request, text)
