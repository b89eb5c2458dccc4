"""The door: wrong passwords lock out, log-ins are logged, duties over money and rights need a second step."""

import pytest
from allauth.mfa.models import Authenticator
from django.test import Client
from django.urls import reverse

from gasworks.foundation import parameters, staff
from gasworks.foundation.login import DUTIES, SECOND_STEP
from gasworks.foundation.models import AuditAct, Staff
from gasworks.foundation.scope import Scope
from gasworks.foundation.testing.factories import NOW, TODAY, Company, make_company, make_scope, make_staff

pytestmark = pytest.mark.django_db

PASSWORD = "河边的柳树-1987"


@pytest.fixture
def city() -> Company:
    return make_company()


@pytest.fixture
def lead(city: Company) -> Staff:
    person = make_staff("cash_lead", company=city, username="lead")
    person.set_password(PASSWORD)
    person.save()
    return person


def _log_in(client: Client, username: str, password: str = PASSWORD) -> object:
    return client.post(reverse("account_login"), {"login": username, "password": password})


def _acts() -> list[str]:
    return list(AuditAct.objects.order_by("id").values_list("act", flat=True))


def test_log_in_and_log_out_are_logged_with_the_person(lead: Staff) -> None:
    client = Client()
    assert _log_in(client, "lead").status_code == 302  # type: ignore[attr-defined]
    client.post(reverse("account_logout"))
    assert _acts() == ["login.in", "login.out"]
    assert AuditAct.objects.filter(actor=lead, subject_id=lead.id, ip="127.0.0.1").count() == 2


def test_a_wrong_password_is_logged_without_claiming_who_it_was(lead: Staff) -> None:
    _log_in(Client(), "lead", "wrong")
    act = AuditAct.objects.get()
    assert (act.act, act.actor_id, act.subject_id, act.reason) == ("login.refused", None, lead.id, "log-in attempt")


def test_five_wrong_passwords_lock_the_name_out_until_it_is_unlocked(city: Company, lead: Staff) -> None:
    client = Client()
    answers = [_log_in(client, "lead", "wrong").status_code for _try in range(5)]  # type: ignore[attr-defined]
    assert answers[-1] == 429
    assert _log_in(client, "lead").status_code == 429  # type: ignore[attr-defined]
    assert "login.locked" in _acts()
    security = make_scope("secadmin", company=city)
    assert staff.unlock(scope=security, staff_id=lead.id, now=NOW) == 1
    assert _log_in(client, "lead").status_code == 302  # type: ignore[attr-defined]


def test_a_lock_out_of_one_name_leaves_others_at_the_same_address_alone(city: Company, lead: Staff) -> None:
    other = make_staff("cashier", company=city, username="cashier")
    other.set_password(PASSWORD)
    other.save()
    client = Client()
    for _try in range(5):
        _log_in(client, "lead", "wrong")
    assert _log_in(client, "cashier").status_code == 302  # type: ignore[attr-defined]


def test_somebody_who_left_does_not_come_in(lead: Staff) -> None:
    Staff.objects.filter(pk=lead.pk).update(is_active=False)
    client = Client()
    _log_in(client, "lead")
    assert client.get(reverse("foundation:approvals")).status_code == 302
    assert "login.in" not in _acts()


def test_an_open_session_ends_when_access_is_closed(city: Company, lead: Staff) -> None:
    client = Client()
    _log_in(client, "lead")
    assert client.get(reverse("foundation:approvals")).status_code == 200
    staff.set_active(scope=make_scope("secadmin", company=city), staff_id=lead.id, active=False, seen=1, now=NOW)
    assert client.get(reverse("foundation:approvals")).status_code == 302


def test_a_temporary_password_opens_only_the_page_that_changes_it(city: Company) -> None:
    security = make_scope("secadmin", company=city)
    person, password = staff.create_staff(
        scope=security, username="neu", full_name="新人", home_id=city.outlet.id, now=NOW
    )
    client = Client()
    _log_in(client, "neu", password)
    assert client.get(reverse("foundation:approvals")).url == reverse("account_change_password")
    client.post(reverse("account_change_password"), {"old": password, "new": PASSWORD, "again": PASSWORD})
    person.refresh_from_db()
    assert not person.must_change_password
    assert client.get(reverse("foundation:approvals")).status_code == 403


def _ask_for_second_step(company: Company, *roles: str) -> None:
    parameters.change(
        scope=Scope.system("set-up", company_id=company.id), code=SECOND_STEP, value=sorted(roles),
        from_on=TODAY, seen=0, today=TODAY, now=NOW,
    )  # fmt: skip


def test_a_role_with_duties_works_only_after_setting_up_a_second_step(city: Company, lead: Staff) -> None:
    _ask_for_second_step(city, *DUTIES)
    client = Client()
    _log_in(client, "lead")
    assert client.get(reverse("foundation:approvals")).url == reverse("mfa_activate_totp")
    door = reverse("account_reauthenticate")
    assert client.get(reverse("mfa_activate_totp")).url.startswith(door)
    client.post(door, {"password": PASSWORD})
    assert client.get(reverse("mfa_activate_totp")).status_code == 200
    assert client.post(reverse("foundation:outlet")).status_code == 302


def test_roles_without_duties_are_not_asked(city: Company) -> None:
    _ask_for_second_step(city, *DUTIES)
    client = Client()
    client.force_login(make_staff("cashier", company=city), backend="gasworks.foundation.login.StaffBackend")
    assert client.get(reverse("foundation:approvals")).status_code == 200


def test_with_an_authenticator_the_log_in_asks_for_its_code(city: Company, lead: Staff) -> None:
    from allauth.mfa.totp.internal.auth import (
        TOTP,
        format_hotp_value,
        generate_totp_secret,
        hotp_value,
        yield_hotp_counters_from_time,
    )

    _ask_for_second_step(city, *DUTIES)
    secret = generate_totp_secret()
    TOTP.activate(lead, secret)
    client = Client()
    answer = _log_in(client, "lead")
    assert answer.url == reverse("mfa_authenticate")  # type: ignore[attr-defined]
    assert client.get(reverse("foundation:approvals")).status_code == 302
    code = format_hotp_value(hotp_value(secret, next(yield_hotp_counters_from_time())))
    client.post(reverse("mfa_authenticate"), {"code": code})
    assert client.get(reverse("foundation:approvals")).status_code == 200
    assert Authenticator.objects.filter(user=lead).count() == 1


def test_a_log_in_leaves_no_nameless_history(lead: Staff) -> None:
    before = Staff.pgh_event_model.objects.count()  # type: ignore[attr-defined]
    _log_in(Client(), "lead")
    assert Staff.pgh_event_model.objects.count() == before  # type: ignore[attr-defined]
