"""What stands between log-in and every page: the person's language, and a password of his own."""

from collections.abc import Callable

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import translation


class StaffLanguage:
    """Stands after AuthenticationMiddleware and instead of LocaleMiddleware: the address never carries the language."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        language = language_of(request)
        with translation.override(language):
            request.LANGUAGE_CODE = language  # type: ignore[attr-defined]
            response = self.get_response(request)
        response.headers.setdefault("Content-Language", language)
        return response


def language_of(request: HttpRequest) -> str:
    known = dict(settings.LANGUAGES)
    user = getattr(request, "user", None)
    kept = user.language if user is not None and user.is_authenticated else ""
    asked = kept or request.COOKIES.get(settings.LANGUAGE_COOKIE_NAME, "")
    return asked if asked in known else settings.LANGUAGE_CODE


class OwnPassword:
    """A password that somebody else has set opens one page only: the one that changes it."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        user = request.user
        if user.is_authenticated and user.must_change_password and not request.path.startswith(_doors()):
            return redirect("account_change_password")
        return self.get_response(request)


def _doors() -> tuple[str, ...]:
    return (reverse("account_change_password"), reverse("account_logout"), reverse("console:language"), "/static/")
