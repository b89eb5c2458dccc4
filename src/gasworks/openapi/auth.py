"""Who calls: a bearer token, whose permissions narrow the rights of the person it acts as."""

from typing import Any

from django.http import HttpRequest
from django.utils import timezone
from ninja.security import HttpBearer

from gasworks.foundation.rights_table import right as find_right
from gasworks.foundation.tokens import TokenUse, use_token


class Token(HttpBearer):
    """``Authorization: Bearer gas_…`` with a right of the rights table. Accepted, the request carries ``token`` and
    ``moment``. The right is asked for before the request is read.
    """

    def __init__(self, right: str) -> None:
        super().__init__()
        self.right = find_right(right).name

    def authenticate(self, request: HttpRequest, token: str) -> TokenUse | None:
        asked: Any = request
        asked.moment = timezone.now()
        asked.token = use_token(
            secret=token,
            now=asked.moment,
            ip=request.META.get("REMOTE_ADDR", ""),
            request_id=request.headers.get("X-Request-ID", "")[:40],
        )
        if asked.token is not None:
            asked.token.scope.require(self.right)
        return asked.token
