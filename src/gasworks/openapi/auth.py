"""Who calls: a bearer token, whose permissions narrow the rights of the person it acts as."""

from typing import Any

from django.http import HttpRequest
from django.utils import timezone
from ninja.security import HttpBearer

from gasworks.foundation.tokens import TokenUse, use_token


class Token(HttpBearer):
    """``Authorization: Bearer gas_…``. Accepted, the request carries ``token`` and ``moment``."""

    def authenticate(self, request: HttpRequest, token: str) -> TokenUse | None:
        asked: Any = request
        asked.moment = timezone.now()
        asked.token = use_token(
            secret=token,
            now=asked.moment,
            ip=request.META.get("REMOTE_ADDR", ""),
            request_id=request.headers.get("X-Request-ID", "")[:40],
        )
        return asked.token
