"""Every refusal as problem+json (RFC 9457): a stable code, a sentence in the caller's language, nothing half written."""

from typing import Any, Final

from django.http import HttpRequest, JsonResponse
from django.utils.translation import gettext
from ninja import NinjaAPI
from ninja.errors import AuthenticationError, HttpError, ValidationError

from gasworks.foundation.web import sentence
from gasworks.kernel.errors import Refusal, gettext_noop

MEDIA_TYPE: Final = "application/problem+json"
MALFORMED: Final = gettext_noop(
    "The request does not fit the description of the API. Mend what «errors» names, and send it again."
)
UNKNOWN_CALLER: Final = gettext_noop(
    "The token is missing, unknown, expired or revoked. Ask the security administrator for a new one."
)
UNREADABLE: Final = gettext_noop("The body is not JSON, or too large. Nothing was written.")
DOES_NOT_FIT: Final = gettext_noop("This value does not fit.")
FAULTS: Final = {
    "missing": gettext_noop("This is missing."),
    "extra_forbidden": gettext_noop("There is no such field."),
    "int_type": gettext_noop("This is a whole number, without quotes, point or exponent."),
    "int_parsing": gettext_noop("This is a whole number."),
    "int_parsing_size": gettext_noop("This number is too large."),
    "string_type": gettext_noop("This is a text."),
    "string_too_short": gettext_noop("This has at least %(min_length)s characters."),
    "string_too_long": gettext_noop("This has at most %(max_length)s characters."),
    "string_pattern_mismatch": gettext_noop("This has characters that do not belong here: %(pattern)s"),
    "greater_than_equal": gettext_noop("This is %(ge)s or more."),
    "less_than_equal": gettext_noop("This is %(le)s or less."),
    "too_short": gettext_noop("This has at least %(min_length)s entries."),
    "too_long": gettext_noop("This has at most %(max_length)s entries."),
    "list_type": gettext_noop("This is a list."),
    "model_attributes_type": gettext_noop("This is an object."),
    "uuid_parsing": gettext_noop("This is a UUID."),
    "iso_day": gettext_noop("This is a day like 2026-03-10."),
    "literal_error": gettext_noop("This is one of: %(expected)s"),
}


def problem(status: int, code: str, title: str, **extra: Any) -> JsonResponse:
    body = {"type": f"urn:gasworks:problem:{code}", "title": title, "status": status, "code": code, **extra}
    return JsonResponse(body, status=status, content_type=MEDIA_TYPE, json_dumps_params={"ensure_ascii": False})


def register(api: NinjaAPI) -> None:
    """Answer for everything that the routes raise."""

    def refused(request: HttpRequest, error: Any) -> JsonResponse:
        return problem(error.status, error.code, sentence(error))

    def malformed(request: HttpRequest, error: Any) -> JsonResponse:
        return problem(422, "malformed", gettext(MALFORMED), errors=[_place(one) for one in error.errors])

    def unknown_caller(request: HttpRequest, error: Any) -> JsonResponse:
        answer = problem(401, "unauthorised", gettext(UNKNOWN_CALLER))
        answer.headers["WWW-Authenticate"] = "Bearer"
        return answer

    def unreadable(request: HttpRequest, error: Any) -> JsonResponse:
        return problem(error.status_code, "unreadable", gettext(UNREADABLE))

    api.add_exception_handler(Refusal, refused)
    api.add_exception_handler(ValidationError, malformed)
    api.add_exception_handler(AuthenticationError, unknown_caller)
    api.add_exception_handler(HttpError, unreadable)


def _place(error: dict[str, Any]) -> dict[str, str]:
    """Where it is, which rule it breaks, and that rule in words."""
    text = gettext(FAULTS.get(error["type"], DOES_NOT_FIT))
    where, *within = error["loc"]
    if within[:1] == [where]:  # the body's only parameter is called body too
        within = within[1:]
    return {
        "at": "/".join(str(part) for part in (where, *within)),
        "code": error["type"],
        "message": text % error.get("ctx", {}) if "%(" in text else text,
    }
