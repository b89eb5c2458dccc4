"""What stands around every page: the second step that a role asks for, and the name under every change."""

from collections.abc import Callable
from typing import Any

from csp.constants import HEADER
from csp.middleware import CSPMiddleware
from csp.utils import build_policy
from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse

from gasworks.foundation.audit import acting
from gasworks.foundation.login import DUE_KEY
from gasworks.foundation.web import prepare

Next = Callable[[HttpRequest], HttpResponse]
WRITING = frozenset({"POST", "PUT", "PATCH", "DELETE"})


class SecondStep:
    """Who holds a role with duties and has no authenticator yet opens one page only: the one that sets it up."""

    def __init__(self, get_response: Next) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        due = request.user.is_authenticated and request.session.get(DUE_KEY)
        if due and not request.path.startswith(_doors()):
            return redirect("mfa_activate_totp")
        return self.get_response(request)


class Acting:
    """Every change that a person's request makes names that person in the history."""

    def __init__(self, get_response: Next) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if request.method not in WRITING or not request.user.is_authenticated:
            return self.get_response(request)
        prepare(request)
        with acting(request.scope):  # type: ignore[attr-defined]
            return self.get_response(request)


class ContentPolicy(CSPMiddleware):  # type: ignore[misc]
    """The content security policy. What the settings say is spelt once; a page with its own wishes gets its own."""

    spelt = ""

    def process_response(self, request: HttpRequest, response: Any) -> Any:
        if settings.DEBUG or _has_wishes(request, response):
            return super().process_response(request, response)
        self.spelt = self.spelt or build_policy()
        response.headers.setdefault(HEADER, self.spelt)
        return response


def _has_wishes(request: Any, response: Any) -> bool:
    """The marks that the decorators of django-csp leave, and a nonce that the page has asked for."""
    return hasattr(request, "_csp_nonce") or any(name.startswith("_csp_") for name in vars(response))


def _doors() -> tuple[str, ...]:
    names = ("mfa_index", "account_logout", "account_change_password", "account_reauthenticate", "console:language")
    return (*(reverse(name) for name in names), "/static/")
