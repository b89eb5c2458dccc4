"""API tokens: only the hash is kept, and a token never does what its person may not."""

import datetime as dt

import pytest

from gasworks.foundation import tokens
from gasworks.foundation.models import ApiToken, Staff
from gasworks.foundation.scope import Scope
from gasworks.foundation.testing.factories import (
    NOW,
    Company,
    make_company,
    make_marker_company,
    make_scope,
    make_staff,
)
from gasworks.foundation.tokens import NotAnOutlet, TokenRevoked, UnknownPermission
from gasworks.kernel.errors import Forbidden, NotThere

pytestmark = pytest.mark.django_db


@pytest.fixture
def city() -> Company:
    return make_company()


@pytest.fixture
def security(city: Company) -> Scope:
    return make_scope("secadmin", company=city)


def _create(scope: Scope, city: Company, staff: Staff, *rights: str, **more: object) -> tuple[ApiToken, str]:
    return tokens.create_token(
        scope=scope, name="银行", permissions=rights or ("payments.take",), outlet_id=city.head_office.id,
        acts_as_id=staff.id, channel="bank", now=NOW, **more,  # type: ignore[arg-type]
    )  # fmt: skip


def test_a_token_speaks_for_its_person_at_its_outlet_with_its_permissions_only(city: Company, security: Scope) -> None:
    cashier = make_staff("cashier", company=city)
    token, secret = _create(security, city, cashier, "payments.take", "payments.view", "staff.grant")
    use = tokens.use_token(secret=secret, now=NOW)
    assert use is not None
    assert use.scope.rights == {"payments.take", "payments.view"}
    assert (use.scope.actor_id, use.scope.outlet_id, use.channel) == (cashier.id, city.head_office.id, "bank")
    token.refresh_from_db()
    assert token.last_used_at == NOW


def test_the_secret_is_nowhere_in_the_row(city: Company, security: Scope) -> None:
    token, secret = _create(security, city, make_staff(company=city))
    token.refresh_from_db()
    assert secret.startswith(f"gas_{token.prefix}_")
    assert secret.split("_", 2)[2] not in repr(vars(token))


def test_revoked_expired_unknown_and_leavers_tokens_open_nothing(city: Company, security: Scope) -> None:
    cashier = make_staff("cashier", company=city)
    _row, secret = _create(security, city, cashier, expires_at=NOW + dt.timedelta(hours=1))
    assert tokens.use_token(secret=secret, now=NOW + dt.timedelta(hours=1)) is None
    assert tokens.use_token(secret=secret + "x", now=NOW) is None
    Staff.objects.filter(pk=cashier.pk).update(is_active=False)
    assert tokens.use_token(secret=secret, now=NOW) is None
    Staff.objects.filter(pk=cashier.pk).update(is_active=True)
    row = ApiToken.objects.get()
    tokens.revoke_token(scope=security, token_id=row.id, now=NOW)
    assert tokens.use_token(secret=secret, now=NOW) is None
    with pytest.raises(TokenRevoked):
        tokens.revoke_token(scope=security, token_id=row.id, now=NOW)


def test_a_busy_token_is_stamped_once_a_minute(city: Company, security: Scope) -> None:
    _row, secret = _create(security, city, make_staff(company=city))
    for seconds in (0, 30, 59):
        tokens.use_token(secret=secret, now=NOW + dt.timedelta(seconds=seconds))
    assert ApiToken.objects.get().last_used_at == NOW


def test_bad_requests_make_no_token(city: Company, security: Scope) -> None:
    cashier, foreign = make_staff(company=city), make_staff(company=make_marker_company())
    with pytest.raises(UnknownPermission):
        _create(security, city, cashier, "money.print")
    with pytest.raises(NotThere):
        _create(security, city, foreign)
    with pytest.raises(NotAnOutlet):
        tokens.create_token(
            scope=security, name="x", permissions=(), outlet_id=city.branch.id, acts_as_id=cashier.id, now=NOW
        )
    with pytest.raises(Forbidden):
        _create(make_scope("sysadmin", company=city), city, cashier)
    assert not ApiToken.objects.exists()
