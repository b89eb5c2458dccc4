"""Who may call: a token that is in force, its permissions, its person's rights, its company."""

import datetime as dt

import pytest
import time_machine

from gasworks.billing.testing.factories import Home, Town
from gasworks.foundation import tokens
from gasworks.foundation.testing.factories import MARKER, NOW, grant_role, make_staff
from gasworks.openapi.testing.callers import Caller, make_caller
from gasworks.payments.models import Payment

POINT = "/supply-points/1000001"


def refused(answer: object) -> tuple[int, str]:
    assert answer["Content-Type"] == "application/problem+json"  # type: ignore[index]
    body = answer.json()  # type: ignore[attr-defined]
    assert body["status"] == answer.status_code  # type: ignore[attr-defined]
    assert body["type"] == f"urn:gasworks:problem:{body['code']}"
    return body["status"], body["code"]


@pytest.mark.parametrize(
    "secret", ["", "gas_00000000_nothing", "x", "\u6c14", "a" * 5000], ids=lambda s: s[:12] or "none"
)
def test_without_a_known_token_nothing_opens(home: Home, secret: str) -> None:
    caller = Caller(secret)
    for answer in (caller.get(POINT), caller.get("/supply-points", q="1"), caller.get(POINT + "/bills")):
        assert refused(answer) == (401, "unauthorised")
        assert answer["WWW-Authenticate"] == "Bearer"
    for path in ("/readings", "/payments"):
        assert refused(caller.post(path, {})) == (401, "unauthorised")


@pytest.mark.parametrize("header", ["gas_x", "Basic abc", "Bearer", "bearer  ", "Bearer a b c"])
def test_another_kind_of_authorisation_is_no_token(home: Home, header: str, client: object) -> None:
    answer = client.get("/api/v1" + POINT, headers={"Authorization": header})  # type: ignore[attr-defined]
    assert refused(answer) == (401, "unauthorised")


def test_a_session_of_the_desk_is_no_token(town: Town, home: Home, client: object) -> None:
    staff = make_staff("cashier", company=town.company)
    client.force_login(staff, backend="gasworks.foundation.login.StaffBackend")  # type: ignore[attr-defined]
    assert refused(client.get("/api/v1" + POINT)) == (401, "unauthorised")  # type: ignore[attr-defined]


def test_a_token_ends_at_its_moment(town: Town, home: Home) -> None:
    ends = NOW + dt.timedelta(hours=1)
    caller = make_caller(town.company, "customers.view", role="cashier", expires_at=ends)
    assert caller.get(POINT).status_code == 200
    with time_machine.travel(ends, tick=False):
        assert refused(caller.get(POINT)) == (401, "unauthorised")


def test_a_revoked_token_opens_nothing_more(town: Town, home: Home, bank: Caller) -> None:
    assert bank.get(POINT).status_code == 200
    tokens.revoke_token(scope=town.scope, token_id=bank.token_id, now=NOW)
    assert refused(bank.get(POINT)) == (401, "unauthorised")
    assert refused(bank.post("/payments", {"supply_point": "1000001", "amount_fen": 1})) == (401, "unauthorised")
    assert not Payment.objects.exists()


def test_the_token_of_somebody_who_left_opens_nothing(town: Town, home: Home) -> None:
    staff = make_staff("cashier", company=town.company)
    caller = make_caller(town.company, "customers.view", staff=staff)
    staff.is_active = False
    staff.save(update_fields=["is_active"])
    assert refused(caller.get(POINT)) == (401, "unauthorised")


def test_a_permission_that_the_token_lacks_is_refused(town: Town, home: Home) -> None:
    caller = make_caller(town.company, "customers.view", role="cashier")
    assert caller.get(POINT).status_code == 200
    assert refused(caller.get(POINT + "/bills")) == (403, "forbidden")
    assert refused(caller.post("/payments", {"supply_point": "1000001", "amount_fen": 1})) == (403, "forbidden")
    assert not Payment.objects.exists()


def test_a_permission_that_the_person_lacks_is_refused(town: Town, home: Home) -> None:
    """The token says payments, its person is a meter reader."""
    caller = make_caller(town.company, "payments.take", "metering.key", role="reader")
    assert refused(caller.post("/payments", {"supply_point": "1000001", "amount_fen": 1})) == (403, "forbidden")
    assert not Payment.objects.exists()


def test_the_right_is_asked_before_the_body_is_read(town: Town) -> None:
    caller = make_caller(town.company, "customers.view", role="cashier")
    assert refused(caller.post("/payments", "{", key="")) == (403, "forbidden")


def test_a_foreign_company_is_neither_found_nor_read_nor_charged(town: Town, home: Home, foreign: Home) -> None:
    """Both companies have a supply point 1000001; each machine sees its own."""
    theirs = make_caller(foreign.town.company, "customers.view", "billing.view", "payments.take", role="cashier")
    ours = make_caller(town.company, "customers.view", "billing.view", "payments.take", role="cashier")
    assert ours.get(POINT).json()["agreement"] == home.agreement.number
    assert theirs.get(POINT).json()["agreement"] == foreign.agreement.number
    found = ours.get("/supply-points", q="100").json()
    assert [one["agreement"] for one in found["items"]] == [home.agreement.number]
    assert MARKER not in str(ours.get("/supply-points", q=MARKER).json())
    assert ours.post("/payments", {"supply_point": "1000001", "amount_fen": 5}).status_code == 200
    assert Payment.objects.get().agreement_id == home.agreement.id


def test_a_grant_over_another_company_counts_for_nothing(town: Town, foreign: Home) -> None:
    staff = make_staff("", company=town.company)
    grant_role(staff, "cashier", foreign.town.company.unit)
    caller = make_caller(town.company, "customers.view", staff=staff)
    assert refused(caller.get(POINT)) == (403, "forbidden")
