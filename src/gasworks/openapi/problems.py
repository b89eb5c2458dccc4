"""Every refusal as problem+json (RFC 9457): a stable code, a sentence in the caller's language, nothing half written."""

from typing import Any

from django.http import HttpRequest, JsonResponse
from ninja import NinjaAPI
from ninja.errors import AuthenticationError, HttpError, ValidationError

from gasworks.foundation.web import sentence
from gasworks.kernel.errors import Refusal

MEDIA_TYPE = "application/problem+json"


def problem(status: int, code: str, title: str, **extra: Any) -> JsonResponse:
    body = {"type": f"urn:gasworks:problem:{code}", "title": title, "status": status, "code": code, **extra}
    return JsonResponse(body, status=status, content_type=MEDIA_TYPE, json_dumps_params={"ensure_ascii": False})


def register(api: NinjaAPI) -> None:
    """Answer for everything that the routes raise."""

    def refused(request: HttpRequest, error: Any) -> JsonResponse:
        return problem(error.status, error.code, sentence(error))

    def malformed(request: HttpRequest, error: Any) -> JsonResponse:
        places = [{"at": "/".join(str(part) for part in e["loc"]), "message": e["msg"]} for e in error.errors]
        return problem(422, "malformed", "The request does not fit the schema.", errors=places)

    def unknown_caller(request: HttpRequest, error: Any) -> JsonResponse:
        return problem(401, "unauthorised", "The token is missing, unknown, expired or revoked.")

    def http_error(request: HttpRequest, error: Any) -> JsonResponse:
        return problem(error.status_code, "bad-request", str(error))

    api.add_exception_handler(Refusal, refused)
    api.add_exception_handler(ValidationError, malformed)
    api.add_exception_handler(AuthenticationError, unknown_caller)
    api.add_exception_handler(HttpError, http_error)
