"""The foundation's screens: what a person clicks reaches the service, and a refusal keeps what was typed."""

from pathlib import Path

import pytest
from django.conf import settings
from django.test import Client
from django.urls import reverse

from gasworks.foundation import approvals, parameters
from gasworks.foundation.calendar import CUT_OFF
from gasworks.foundation.manual import DOMAINS, PAGES, rights_page
from gasworks.foundation.models import AccountingMonth, ApiToken, Approval, OrgUnit, RoleGrant, Staff
from gasworks.foundation.rights_table import RIGHTS
from gasworks.foundation.testing.factories import (
    NOW,
    Company,
    make_company,
    make_scope,
    make_staff,
    make_unit,
)
from gasworks.foundation.testing.machines import SAMPLE_KIND
from gasworks.foundation.web import OUTLET_KEY


@pytest.fixture
def city(db: None) -> Company:
    return make_company()


def _as(role: str, company: Company, **more: OrgUnit) -> Client:
    client = Client()
    client.force_login(make_staff(role, company=company, **more), backend="gasworks.foundation.login.StaffBackend")
    return client


def _token(client: Client, url: str) -> str:
    token: str = client.get(url).context["form"].initial["seen_token"]
    return token


@pytest.mark.parametrize("language", PAGES)
def test_the_manuals_page_of_rights_is_current(language: str) -> None:
    page = Path(settings.ROOT) / "docs" / "reference" / PAGES[language]
    assert page.read_text(encoding="utf-8") == rights_page(language), "run ./run manage rights_page"


def test_every_domain_of_a_right_has_a_name() -> None:
    assert {right.domain for right in RIGHTS} <= set(DOMAINS)


def test_an_administrator_adds_renames_moves_and_closes_an_outlet(city: Company) -> None:
    client = _as("sysadmin", city)
    client.post(reverse("foundation:unit_add", args=[city.branch.id]), {"kind": "outlet", "code": "N9", "name": "新厅"})
    unit = OrgUnit.objects.get(code="N9")
    change = reverse("foundation:unit_change", args=[unit.id])
    client.post(change, {"seen_token": _token(client, change), "code": "N9", "name": "北厅"})
    move = reverse("foundation:unit_move", args=[unit.id])
    client.post(move, {"seen_token": _token(client, move), "parent": city.other_branch.id})
    unit.refresh_from_db()
    assert (unit.name, unit.parent_id) == ("北厅", city.other_branch.id)
    client.post(reverse("foundation:unit_close", args=[unit.id]), {"version": unit.version})
    assert not OrgUnit.objects.get(pk=unit.id).active


def test_a_refused_form_keeps_what_was_typed(city: Company) -> None:
    client = _as("sysadmin", city)
    answer = client.post(
        reverse("foundation:unit_add", args=[city.branch.id]),
        {"kind": "outlet", "code": city.outlet.code, "name": "新厅"},
    )
    assert answer.status_code == 422
    assert "新厅" in answer.content.decode()
    assert city.outlet.code in answer.content.decode()


def test_the_second_of_two_renamers_sees_what_the_first_wrote_and_may_save_again(city: Company) -> None:
    client, url = _as("sysadmin", city), reverse("foundation:unit_change", args=[city.branch.id])
    token = _token(client, url)
    client.post(url, {"seen_token": token, "code": "B", "name": "东区"})
    answer = client.post(url, {"seen_token": token, "code": "B", "name": "城东"})
    assert answer.status_code == 422
    assert "东区" in answer.content.decode()
    again = answer.context["form"]["seen_token"].value()
    assert client.post(url, {"seen_token": again, "code": "B", "name": "城东"}).status_code == 302
    assert OrgUnit.objects.get(pk=city.branch.id).name == "城东"


def test_a_security_administrator_adds_a_person_and_grants_a_role(city: Company) -> None:
    client = _as("secadmin", city)
    answer = client.post(
        reverse("foundation:staff_add"),
        {"username": "neu", "full_name": "新人", "home": city.outlet.id, "language": "zh-hans"},
    )
    person = Staff.objects.get(username="neu")
    assert person.check_password(answer.context["password"])
    assert answer.headers["Cache-Control"] == "no-store"
    client.post(reverse("foundation:role_grant", args=[person.id]), {"role": "cashier", "unit": city.outlet.id})
    grant = RoleGrant.objects.get(staff=person)
    assert (grant.role, grant.unit_id) == ("cashier", city.outlet.id)
    assert "收费员" in client.get(reverse("foundation:staff_member", args=[person.id])).content.decode()
    client.post(reverse("foundation:role_revoke", args=[person.id, grant.id]))
    assert not RoleGrant.objects.filter(staff=person).exists()


def test_access_is_closed_and_opened_by_its_button(city: Company) -> None:
    client, person = _as("secadmin", city), make_staff("agent", company=city)
    url = reverse("foundation:staff_active", args=[person.id])
    client.post(url, {"active": "0", "version": person.version})
    person.refresh_from_db()
    assert not person.is_active
    client.post(url, {"active": "1", "version": person.version})
    person.refresh_from_db()
    assert person.is_active


def test_a_button_pressed_on_an_old_page_changes_nothing_and_says_why(city: Company) -> None:
    client, person = _as("secadmin", city), make_staff("agent", company=city)
    answer = client.post(
        reverse("foundation:staff_active", args=[person.id]), {"active": "0", "version": "77"}, follow=True
    )
    person.refresh_from_db()
    assert person.is_active
    assert [message.level_tag for message in answer.context["messages"]] == ["error"]


def test_an_approval_is_asked_seen_and_granted(city: Company) -> None:
    row = approvals.ask(
        scope=make_scope("cashier", company=city), kind=SAMPLE_KIND.code, subject_kind="sample", subject_id=1,
        reason="收错用户", amount_fen=12_345, now=NOW,
    )  # fmt: skip
    client = _as("cash_lead", city)
    page = client.get(reverse("foundation:approvals")).content.decode()
    assert "收错用户" in page
    assert "123.45" in page
    client.post(reverse("foundation:approval_grant", args=[row.id]), {"version": "1", "note": "同意"})
    row.refresh_from_db()
    assert (row.state, row.decision_note) == (Approval.State.GRANTED, "同意")


def test_a_parameter_is_changed_from_a_day_on(city: Company) -> None:
    client, url = _as("sysadmin", city), reverse("foundation:parameter_change", args=[CUT_OFF])
    day = client.get(url).context["form"].initial["from_on"]
    client.post(url, {"value": "25", "from_on": day, "version": "0"})
    scope = make_scope("sysadmin", company=city)
    assert parameters.history(scope=scope, code=CUT_OFF)[0].value == 25
    stale = client.post(url, {"value": "20", "from_on": day, "version": "0"})
    assert stale.status_code == 422
    assert "25" in stale.content.decode()


def test_limits_of_an_approval_are_asked_per_role_in_yuan(city: Company) -> None:
    code = SAMPLE_KIND.limit_parameter
    client, url = _as("sysadmin", city), reverse("foundation:parameter_change", args=[code])
    day = client.get(url).context["form"].initial["from_on"]
    client.post(url, {"cash_lead": "500.00", "from_on": day, "version": "0"})
    scope = make_scope("sysadmin", company=city)
    assert parameters.history(scope=scope, code=code)[0].value == {"cash_lead": 50_000}


def test_months_are_opened_issued_and_closed_by_their_buttons(city: Company) -> None:
    client = _as("billing_lead", city)
    client.post(reverse("foundation:month_open"))
    row = AccountingMonth.objects.get()
    client.post(reverse("foundation:month_issue", args=[row.month]), {"version": row.version})
    client.post(reverse("foundation:month_close", args=[row.month]), {"version": row.version + 1})
    row.refresh_from_db()
    assert row.state == AccountingMonth.State.CLOSED


def test_a_token_is_made_shown_once_and_revoked(city: Company) -> None:
    client, cashier = _as("secadmin", city), make_staff("cashier", company=city)
    answer = client.post(
        reverse("foundation:token_add"),
        {
            "name": "银行", "acts_as": cashier.id, "outlet": city.head_office.id, "channel": "bank",
            "permissions": ["payments.take"],
        },
    )  # fmt: skip
    row = ApiToken.objects.get()
    assert answer.context["secret"].startswith(f"gas_{row.prefix}_")
    assert answer.context["secret"] not in client.get(reverse("foundation:token", args=[row.id])).content.decode()
    client.post(reverse("foundation:token_revoke", args=[row.id]))
    row.refresh_from_db()
    assert row.revoked_at is not None


def test_the_audit_log_is_searched_and_exported(city: Company) -> None:
    person = make_staff("agent", company=city)
    _as("secadmin", city).post(reverse("foundation:staff_unlock", args=[person.id]))
    client, url = _as("auditor", city), reverse("foundation:audit")
    found = client.get(url, {"act": "staff.unlock", "subject_kind": "foundation.staff", "subject": str(person.id)})
    assert found.context["list"].count == 1
    assert client.get(url, {"act": "staff.unlock", "least": "1"}).context["list"].count == 0
    sheet = client.get(url, {"act": "staff.unlock", "export": "csv"})
    assert sheet.status_code == 200
    assert "attachment" in sheet.headers["Content-Disposition"]


def test_the_history_of_a_person_tells_what_changed_and_who_did_it(city: Company) -> None:
    person = make_staff("agent", company=city, full_name="王芳")
    client, url = _as("secadmin", city), reverse("foundation:staff_change", args=[person.id])
    client.post(
        url,
        {"seen_token": _token(client, url), "full_name": "王芳芳", "home": person.home_id, "language": "zh-hans"},
    )
    page = client.get(reverse("foundation:history", args=["foundation.staff", person.id])).content.decode()
    assert "<del>王芳</del> → <ins>王芳芳</ins>" in page


def test_a_cashier_chooses_the_outlet_of_the_day(city: Company) -> None:
    second = make_unit("outlet", city.branch)
    client = _as("cashier", city, over=city.branch)
    client.post(reverse("foundation:outlet"), {"outlet": second.id})
    assert client.session[OUTLET_KEY] == second.id
    client.post(reverse("foundation:outlet"), {"outlet": city.other_outlet.id})
    assert client.session[OUTLET_KEY] == second.id
