"""Another system with a token: it asks and brings like a bank or a remote-reading platform would."""

import datetime as dt
import json
import uuid
from dataclasses import dataclass
from typing import Any

from django.test import Client

from gasworks.foundation import tokens
from gasworks.foundation.models import OrgUnit, Staff
from gasworks.foundation.scope import Scope
from gasworks.foundation.testing.factories import NOW, Company, make_staff

BASE = "/api/v1"


@dataclass(frozen=True, slots=True)
class Caller:
    """``secret`` empty: it sends no token."""

    secret: str
    token_id: int = 0
    language: str = "en"

    def get(self, path: str, **query: Any) -> Any:
        return self._client().get(BASE + path, query)

    def post(self, path: str, body: Any, *, key: uuid.UUID | str | None = None) -> Any:
        """``body`` goes out as JSON, or as it is when it is text or bytes. ``key`` «»: none is sent."""
        text = body if isinstance(body, str | bytes) else json.dumps(body)
        headers = {} if key == "" else {"Idempotency-Key": str(key or uuid.uuid4())}
        return self._client().post(BASE + path, text, content_type="application/json", headers=headers)

    def _client(self) -> Client:
        known = {"Authorization": f"Bearer {self.secret}"} if self.secret else {}
        return Client(raise_request_exception=False, headers={"Accept-Language": self.language, **known})


def make_caller(
    company: Company,
    *permissions: str,
    role: str = "",
    staff: Staff | None = None,
    outlet: OrgUnit | None = None,
    channel: str = "api",
    language: str = "en",
    expires_at: dt.datetime | None = None,
    now: dt.datetime = NOW,
) -> Caller:
    """A token for somebody of ``role`` (or for ``staff``) with these permissions."""
    staff = staff or make_staff(role, company=company)
    token, secret = tokens.create_token(
        scope=Scope.system("test ground", company_id=company.id),
        name=company.unit.name,
        permissions=permissions,
        outlet_id=(outlet or company.head_office).id,
        acts_as_id=staff.id,
        channel=channel,
        expires_at=expires_at,
        now=now,
    )
    return Caller(secret, token.id, language)
