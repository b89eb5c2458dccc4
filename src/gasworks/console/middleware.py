"""The language of the person at the desk: the one kept with the staff record, before log-in the one in the cookie."""

from collections.abc import Callable

from django.conf import settings
from django.http import HttpRequest, HttpResponse
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
