"""API tokens: a machine's key. Only its hash is kept; it can do what its permissions and its person both may (接口权限).

The secret is shown once. It looks like ``gas_1a2b3c4d_…``: the middle part stands in lists, so that a lost key is found.
"""

import datetime as dt
import hashlib
import secrets
from dataclasses import dataclass, replace
from typing import Final

from django.db import transaction
from django.db.models import QuerySet

from gasworks.foundation.audit import name_actor, record
from gasworks.foundation.models import ApiToken, OrgUnit
from gasworks.foundation.organisation import get_unit
from gasworks.foundation.reach import scope_for
from gasworks.foundation.rights_table import RIGHTS
from gasworks.foundation.scope import Scope
from gasworks.foundation.staff import get_staff
from gasworks.kernel.errors import NotThere, Refusal, gettext_noop

CHANGE: Final = "tokens.change"
SUBJECT: Final = "foundation.apitoken"
SCHEME: Final = "gas"
_STAMP_EVERY: Final = dt.timedelta(minutes=1)


class UnknownPermission(Refusal):
    sentence = gettext_noop("There is no right «%(right)s».")


class NotAnOutlet(Refusal):
    sentence = gettext_noop("«%(unit)s» takes no money. Choose an outlet.")


class TokenRevoked(Refusal):
    sentence = gettext_noop("This token is revoked already.")


@dataclass(frozen=True, slots=True)
class TokenUse:
    """An accepted token: the scope of the call and the key space of its requests."""

    token_id: int
    scope: Scope
    channel: str


def tokens(*, scope: Scope) -> QuerySet[ApiToken]:
    found = ApiToken.objects.filter(company_id=scope.company_id)
    return found.select_related("outlet", "acts_as").order_by("-id")


def get_token(*, scope: Scope, token_id: int) -> ApiToken:
    found = tokens(scope=scope).filter(pk=token_id).first()
    if found is None:
        raise NotThere(key=token_id)
    return found


@transaction.atomic
def create_token(
    *,
    scope: Scope,
    name: str,
    permissions: tuple[str, ...],
    outlet_id: int,
    acts_as_id: int,
    channel: str = "api",
    expires_at: dt.datetime | None = None,
    now: dt.datetime,
) -> tuple[ApiToken, str]:
    """A token and its secret, which is not kept."""
    scope.require_whole_company(CHANGE)
    known = {right.name for right in RIGHTS}
    for permission in permissions:
        if permission not in known:
            raise UnknownPermission(right=permission)
    outlet = get_unit(scope=scope, unit_id=outlet_id)
    if outlet.kind != OrgUnit.Kind.OUTLET:
        raise NotAnOutlet(unit=outlet.name)
    staff = get_staff(scope=scope, staff_id=acts_as_id)
    prefix, secret = _new_secret()
    name_actor(scope)
    token = ApiToken.objects.create(
        company_id=scope.company_id,
        name=name,
        token_hash=hash_of(secret),
        prefix=prefix,
        permissions=sorted(permissions),
        channel=channel,
        outlet=outlet,
        acts_as=staff,
        created_at=now,
        expires_at=expires_at,
    )
    _log(scope, "tokens.create", token, now)
    return token, secret


@transaction.atomic
def revoke_token(*, scope: Scope, token_id: int, now: dt.datetime) -> ApiToken:
    scope.require_whole_company(CHANGE)
    token = ApiToken.objects.select_for_update().filter(pk=token_id, company_id=scope.company_id).first()
    if token is None:
        raise NotThere(key=token_id)
    if token.revoked_at is not None:
        raise TokenRevoked
    name_actor(scope)
    token.revoked_at = now
    token.save(update_fields=["revoked_at"])
    _log(scope, "tokens.revoke", token, now)
    return token


def use_token(*, secret: str, now: dt.datetime, ip: str = "", request_id: str = "") -> TokenUse | None:
    """Whom a secret speaks for, or ``None``: unknown, revoked, expired, or its person has left.

    The one way into the system without a scope: it makes one.
    """
    token = ApiToken.objects.filter(token_hash=hash_of(secret)).select_related("acts_as").first()
    if token is None or not _in_force(token, now):
        return None
    _stamp(token, now)
    person = scope_for(token.acts_as, ip=ip, request_id=request_id)
    if person.company_id != token.company_id:
        return None
    rights = person.rights & frozenset(token.permissions)
    return TokenUse(token.id, replace(person, outlet_id=token.outlet_id, rights=rights), token.channel)


def hash_of(secret: str) -> bytes:
    """SHA-256; the secret has 256 random bits, so a slow hash would protect nothing more."""
    return hashlib.sha256(secret.encode()).digest()


def _new_secret() -> tuple[str, str]:
    prefix = secrets.token_hex(4)
    return prefix, f"{SCHEME}_{prefix}_{secrets.token_urlsafe(32)}"


def _in_force(token: ApiToken, now: dt.datetime) -> bool:
    expired = token.expires_at is not None and token.expires_at <= now
    return token.revoked_at is None and not expired and token.acts_as.is_active


def _stamp(token: ApiToken, now: dt.datetime) -> None:
    """Keep the last use, at most once a minute: a busy bank would else write on every call."""
    if token.last_used_at is None or now - token.last_used_at >= _STAMP_EVERY:
        ApiToken.objects.filter(pk=token.pk).update(last_used_at=now)


def _log(scope: Scope, act: str, token: ApiToken, now: dt.datetime) -> None:
    detail = {"name": token.name, "prefix": token.prefix, "permissions": token.permissions}
    record(scope=scope, act=act, subject_kind=SUBJECT, subject_id=token.id, detail=detail, now=now)
