"""Staff and roles: who hands out rights serves nobody's own interest, least of all his own."""

import pytest
from django.core.exceptions import ValidationError

from gasworks.foundation import staff as people
from gasworks.foundation.models import AuditAct, RoleGrant, Staff
from gasworks.foundation.reach import scope_for
from gasworks.foundation.rights_table import APART, RIGHTS, ROLES, Reach, clashes, rights_of
from gasworks.foundation.scope import Scope
from gasworks.foundation.staff import (
    NotOnYourself,
    RoleHeldAlready,
    RolesClash,
    StaffInactive,
    UnitIsClosed,
    UnknownRole,
    UsernameTaken,
)
from gasworks.foundation.testing.factories import (
    NOW,
    Company,
    make_company,
    make_marker_company,
    make_scope,
    make_staff,
)
from gasworks.kernel.errors import Forbidden, NotThere, StaleVersion

pytestmark = pytest.mark.django_db


@pytest.fixture
def city() -> Company:
    return make_company()


@pytest.fixture
def security(city: Company) -> Scope:
    return make_scope("secadmin", company=city)


def _create(scope: Scope, city: Company, username: str = "wangfang") -> tuple[Staff, str]:
    return people.create_staff(scope=scope, username=username, full_name="王芳", home_id=city.outlet.id, now=NOW)


def test_a_new_person_has_a_temporary_password_and_no_right(city: Company, security: Scope) -> None:
    staff, password = _create(security, city)
    assert staff.check_password(password)
    assert len(password) >= 10
    assert staff.must_change_password
    assert scope_for(staff).rights == rights_of(set())
    assert AuditAct.objects.get().act == "staff.create"


def test_log_in_names_are_used_once_whatever_their_case(city: Company, security: Scope) -> None:
    _create(security, city)
    with pytest.raises(UsernameTaken):
        _create(security, city, "WangFang")
    assert Staff.objects.filter(username__iexact="wangfang").count() == 1


def test_a_granted_role_gives_its_rights_over_its_subtree(city: Company, security: Scope) -> None:
    staff = make_staff("", company=city)
    people.grant_role(scope=security, staff_id=staff.id, role="agent", unit_id=city.branch.id, now=NOW)
    scope = scope_for(staff)
    assert scope.may("customers.change")
    assert scope.branch_ids == {city.branch.id}
    act = AuditAct.objects.get()
    assert (act.act, act.actor_id, act.detail["role"]) == ("staff.grant_role", security.actor_id, "agent")


def test_a_revoked_role_takes_its_rights_away_at_once(city: Company, security: Scope) -> None:
    staff = make_staff("agent", company=city)
    people.revoke_role(scope=security, grant_id=staff.grants.get().id, now=NOW)
    assert scope_for(staff).rights == rights_of(set())
    assert AuditAct.objects.get().act == "staff.revoke_role"


def test_nobody_serves_themselves(city: Company, security: Scope) -> None:
    assert security.actor_id is not None
    mine = RoleGrant.objects.get(staff_id=security.actor_id)
    with pytest.raises(NotOnYourself):
        people.grant_role(scope=security, staff_id=security.actor_id, role="agent", unit_id=city.id, now=NOW)
    with pytest.raises(NotOnYourself):
        people.revoke_role(scope=security, grant_id=mine.id, now=NOW)
    with pytest.raises(NotOnYourself):
        people.reset_password(scope=security, staff_id=security.actor_id, now=NOW)
    with pytest.raises(NotOnYourself):
        people.set_active(scope=security, staff_id=security.actor_id, active=False, seen=1, now=NOW)
    assert not AuditAct.objects.exists()


@pytest.mark.parametrize("role", [role.code for role in ROLES if role.code != "secadmin"])
def test_only_the_security_administrator_hands_out_roles(city: Company, role: str) -> None:
    staff = make_staff("", company=city)
    with pytest.raises(Forbidden):
        people.grant_role(
            scope=make_scope(role, company=city, over=city.unit), staff_id=staff.id, role="agent",
            unit_id=city.branch.id, now=NOW,
        )  # fmt: skip
    assert not staff.grants.exists()


def test_a_security_administrator_of_one_branch_reaches_no_other(city: Company) -> None:
    scope = make_scope("secadmin", company=city, over=city.branch)
    staff = make_staff("", company=city, home=city.outlet)
    people.grant_role(scope=scope, staff_id=staff.id, role="agent", unit_id=city.branch.id, now=NOW)
    for unit in (city.other_branch, city.unit):
        with pytest.raises(Forbidden):
            people.grant_role(scope=scope, staff_id=staff.id, role="reader", unit_id=unit.id, now=NOW)


@pytest.mark.parametrize(
    ("held", "wanted"),
    [("cashier", "secadmin"), ("secadmin", "cashier"), ("sysadmin", "secadmin"), ("auditor", "agent")],
)
def test_money_rights_system_and_audit_are_in_different_hands(
    city: Company, security: Scope, held: str, wanted: str
) -> None:
    staff = make_staff(held, company=city)
    with pytest.raises(RolesClash):
        people.grant_role(scope=security, staff_id=staff.id, role=wanted, unit_id=city.id, now=NOW)
    assert list(staff.grants.values_list("role", flat=True)) == [held]


def test_no_role_of_the_table_both_moves_money_and_hands_out_rights() -> None:
    rights_duties = {"staff.change", "staff.grant", "tokens.change"}
    for role in ROLES:
        held = {right.name for right in RIGHTS if role.code in right.roles}
        money = {right.name for right in RIGHTS if right.reach is Reach.TAKE} & held
        assert not (money and held & rights_duties), role.code


def test_the_auditor_changes_nothing() -> None:
    changing = {
        right.name for right in RIGHTS if "auditor" in right.roles and right.reach in (Reach.CHANGE, Reach.TAKE)
    }
    assert changing == set()
    assert all(clashes({role, "cashier"}) for role in APART)


def test_a_role_is_held_once_over_one_unit(city: Company, security: Scope) -> None:
    staff = make_staff("agent", company=city)
    with pytest.raises(RoleHeldAlready):
        people.grant_role(scope=security, staff_id=staff.id, role="agent", unit_id=city.branch.id, now=NOW)


def test_unknown_roles_closed_units_and_leavers_are_refused(city: Company, security: Scope) -> None:
    staff = make_staff("", company=city)
    with pytest.raises(UnknownRole):
        people.grant_role(scope=security, staff_id=staff.id, role="king", unit_id=city.id, now=NOW)
    type(city.other_outlet).objects.filter(pk=city.other_outlet.pk).update(active=False)
    with pytest.raises(UnitIsClosed):
        people.grant_role(scope=security, staff_id=staff.id, role="agent", unit_id=city.other_outlet.id, now=NOW)
    people.set_active(scope=security, staff_id=staff.id, active=False, seen=1, now=NOW)
    with pytest.raises(StaffInactive):
        people.grant_role(scope=security, staff_id=staff.id, role="agent", unit_id=city.branch.id, now=NOW)


def test_a_reset_password_is_temporary_and_kills_the_old_one(city: Company, security: Scope) -> None:
    staff, old = _create(security, city)
    fresh = people.reset_password(scope=security, staff_id=staff.id, now=NOW)
    staff.refresh_from_db()
    assert staff.check_password(fresh)
    assert not staff.check_password(old)
    assert staff.must_change_password


@pytest.mark.parametrize("weak", ["short1", "password123", "1234567890"])
def test_a_weak_own_password_is_refused(city: Company, weak: str) -> None:
    scope = make_scope("cashier", company=city)
    with pytest.raises(ValidationError):
        people.change_own_password(scope=scope, password=weak, now=NOW)


def test_an_own_password_ends_the_duty_to_change_it(city: Company, security: Scope) -> None:
    staff, _old = _create(security, city)
    people.change_own_password(scope=scope_for(staff), password="河边的柳树-1987", now=NOW)
    staff.refresh_from_db()
    assert staff.check_password("河边的柳树-1987")
    assert not staff.must_change_password


def test_the_second_of_two_writers_is_told(city: Company, security: Scope) -> None:
    staff = make_staff("agent", company=city)
    people.change_staff(scope=security, staff_id=staff.id, changes={"phone": "138"}, seen=1, now=NOW)
    with pytest.raises(StaleVersion):
        people.change_staff(scope=security, staff_id=staff.id, changes={"phone": "139"}, seen=1, now=NOW)


def test_foreign_staff_are_not_there(security: Scope) -> None:
    foreign = make_staff("agent", company=make_marker_company())
    with pytest.raises(NotThere):
        people.get_staff(scope=security, staff_id=foreign.id)
    with pytest.raises(NotThere):
        people.revoke_role(scope=security, grant_id=foreign.grants.get().id, now=NOW)
    assert foreign not in people.staff_of_company(scope=security)
    assert people.grants_of(scope=security, staff_id=foreign.id) == []
