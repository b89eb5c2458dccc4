"""The tree: units are added, moved and closed inside one company, and the reach of roles follows at once."""

import pytest

from gasworks.foundation import organisation
from gasworks.foundation.models import AuditAct, OrgUnit
from gasworks.foundation.organisation import CodeTaken, HeadOfficeStays, UnitInUse, WrongParent
from gasworks.foundation.reach import scope_for, working_outlets
from gasworks.foundation.rights_table import rights_of
from gasworks.foundation.scope import Scope
from gasworks.foundation.testing.factories import (
    MARKER,
    NOW,
    Company,
    grant_role,
    make_company,
    make_marker_company,
    make_scope,
    make_staff,
    make_unit,
)
from gasworks.kernel.errors import Forbidden, NotThere, StaleVersion

pytestmark = pytest.mark.django_db


@pytest.fixture
def city() -> Company:
    return make_company()


@pytest.fixture
def admin(city: Company) -> Scope:
    return make_scope("sysadmin", company=city)


def test_a_new_outlet_stands_under_its_branch(city: Company, admin: Scope) -> None:
    unit = organisation.create_unit(
        scope=admin, kind="outlet", parent_id=city.branch.id, code="N1", name="北门营业厅", now=NOW
    )
    assert unit.path == f"{city.branch.path}{unit.id}/"
    assert unit.company_id == city.id
    act = AuditAct.objects.get(act="organisation.create")
    assert (act.actor_id, act.subject_id) == (admin.actor_id, unit.id)


def test_an_outlet_has_no_units_below_it(city: Company, admin: Scope) -> None:
    with pytest.raises(WrongParent):
        organisation.create_unit(scope=admin, kind="outlet", parent_id=city.outlet.id, code="N1", name="北门", now=NOW)
    assert not AuditAct.objects.exists()


def test_one_code_is_used_once_under_a_parent(city: Company, admin: Scope) -> None:
    with pytest.raises(CodeTaken):
        organisation.create_unit(
            scope=admin, kind="outlet", parent_id=city.branch.id, code=city.outlet.code, name="北门", now=NOW
        )


def test_moving_a_branch_rewrites_the_paths_below_it(city: Company, admin: Scope) -> None:
    moved = organisation.move_unit(scope=admin, unit_id=city.branch.id, parent_id=city.other_branch.id, seen=1, now=NOW)
    city.outlet.refresh_from_db()
    assert moved.path == f"{city.other_branch.path}{city.branch.id}/"
    assert city.outlet.path == f"{moved.path}{city.outlet.id}/"


def test_after_a_move_a_role_over_the_new_parent_reaches_the_branch(city: Company, admin: Scope) -> None:
    manager = make_staff("manager", company=city, over=city.other_branch)
    organisation.move_unit(scope=admin, unit_id=city.branch.id, parent_id=city.other_branch.id, seen=1, now=NOW)
    assert scope_for(manager).branch_ids == {city.branch.id, city.other_branch.id}


def test_a_branch_never_moves_below_itself(city: Company, admin: Scope) -> None:
    below = make_unit("branch", city.branch)
    with pytest.raises(WrongParent):
        organisation.move_unit(scope=admin, unit_id=city.branch.id, parent_id=below.id, seen=1, now=NOW)
    city.branch.refresh_from_db()
    assert city.branch.parent_id == city.id


def test_the_head_office_neither_moves_nor_closes(city: Company, admin: Scope) -> None:
    with pytest.raises(HeadOfficeStays):
        organisation.move_unit(scope=admin, unit_id=city.head_office.id, parent_id=city.branch.id, seen=1, now=NOW)
    with pytest.raises(HeadOfficeStays):
        organisation.close_unit(scope=admin, unit_id=city.head_office.id, seen=1, now=NOW)


def test_a_unit_with_staff_is_not_closed(city: Company, admin: Scope) -> None:
    make_staff("cashier", company=city)
    with pytest.raises(UnitInUse) as refused:
        organisation.close_unit(scope=admin, unit_id=city.outlet.id, seen=1, now=NOW)
    assert refused.value.params["count"] == 1
    city.outlet.refresh_from_db()
    assert city.outlet.active


def test_an_empty_unit_closes_and_leaves_the_tree(city: Company, admin: Scope) -> None:
    organisation.close_unit(scope=admin, unit_id=city.outlet.id, seen=1, now=NOW)
    assert city.outlet.id not in {row.unit.id for row in organisation.tree(scope=admin)}
    assert city.outlet.id in {row.unit.id for row in organisation.tree(scope=admin, with_closed=True)}


def test_the_second_of_two_renamers_is_told(city: Company, admin: Scope) -> None:
    organisation.rename_unit(scope=admin, unit_id=city.branch.id, code="B1", name="东区分公司", seen=1, now=NOW)
    with pytest.raises(StaleVersion) as refused:
        organisation.rename_unit(scope=admin, unit_id=city.branch.id, code="B1", name="城东公司", seen=1, now=NOW)
    assert "东区分公司" in str(refused.value.params["changed"])
    assert OrgUnit.objects.get(pk=city.branch.id).name == "东区分公司"


def test_a_foreign_company_is_not_in_the_tree_and_not_reached(admin: Scope) -> None:
    foreign = make_marker_company()
    assert not [row for row in organisation.tree(scope=admin) if MARKER in row.unit.name]
    with pytest.raises(NotThere):
        organisation.get_unit(scope=admin, unit_id=foreign.branch.id)
    with pytest.raises(NotThere):
        organisation.rename_unit(scope=admin, unit_id=foreign.branch.id, code="X", name="X", seen=1, now=NOW)
    with pytest.raises(NotThere):
        organisation.create_unit(scope=admin, kind="outlet", parent_id=foreign.branch.id, code="X", name="X", now=NOW)


def test_an_administrator_of_one_branch_changes_only_that_branch(city: Company) -> None:
    scope = make_scope("sysadmin", company=city, over=city.branch)
    organisation.create_unit(scope=scope, kind="outlet", parent_id=city.branch.id, code="N", name="北", now=NOW)
    with pytest.raises(Forbidden):
        organisation.create_unit(
            scope=scope, kind="outlet", parent_id=city.other_branch.id, code="N", name="北", now=NOW
        )
    with pytest.raises(Forbidden):
        organisation.create_unit(scope=scope, kind="branch", parent_id=city.id, code="N", name="北", now=NOW)


def test_the_tree_stands_in_order_with_its_depth(city: Company, admin: Scope) -> None:
    rows = organisation.tree(scope=admin)
    assert rows[0].unit.id == city.id
    assert [(row.unit.kind, row.depth) for row in rows].count(("branch", 1)) == 2
    place = {row.unit.id: at for at, row in enumerate(rows)}
    assert place[city.outlet.id] == place[city.branch.id] + 1


def test_only_the_system_founds_a_company(city: Company, admin: Scope) -> None:
    names = {"name": "新城燃气", "code": "NEW", "group_name": "集团", "head_office_name": "总部", "now": NOW}
    with pytest.raises(Forbidden):
        organisation.found_company(scope=admin, **names)
    company = organisation.found_company(scope=Scope.system("set-up", company_id=city.id), **names)
    inside = Scope.system("set-up", company_id=company.id)
    assert organisation.head_office(scope=inside).name == "总部"


def test_reach_is_by_role_two_roles_do_not_lend_each_other_their_branches(city: Company) -> None:
    staff = make_staff("agent", company=city, over=city.branch)
    grant_role(staff, "reading_lead", city.other_branch)
    scope = scope_for(staff)
    assert scope.changes(city.branch.id, "customers.change")
    assert not scope.changes(city.other_branch.id, "customers.change")
    assert scope.changes(city.other_branch.id, "metering.approve")
    assert not scope.changes(city.branch.id, "metering.approve")


def test_a_role_over_a_foreign_company_counts_for_nothing_at_home(city: Company) -> None:
    staff = make_staff("", company=city)
    grant_role(staff, "secadmin", make_marker_company().unit)
    assert scope_for(staff).rights == rights_of(set())


def test_a_role_over_the_group_reaches_the_whole_company_of_the_home(city: Company) -> None:
    staff = make_staff("", company=city)
    grant_role(staff, "auditor", OrgUnit.objects.get(pk=city.unit.parent_id))
    assert scope_for(staff).branch_ids is None
    assert scope_for(staff).may("audit.view")


def test_a_cashier_works_at_their_own_outlet_whatever_they_ask_for(city: Company) -> None:
    cashier = make_staff("cashier", company=city)
    assert scope_for(cashier, outlet_id=city.other_outlet.id).outlet_id == city.outlet.id
    assert working_outlets(cashier) == [city.outlet]


def test_a_cashier_of_a_branch_chooses_among_its_outlets(city: Company) -> None:
    second = make_unit("outlet", city.branch)
    cashier = make_staff("cashier", company=city, over=city.branch)
    assert scope_for(cashier, outlet_id=second.id).outlet_id == second.id
    assert set(working_outlets(cashier)) == {city.outlet, second}


def test_a_scope_survives_its_way_through_json(city: Company) -> None:
    staff = make_staff("agent", company=city, over=city.branch)
    grant_role(staff, "reading_lead", city.other_branch)
    scope = scope_for(staff, ip="10.0.0.1", request_id="r1")
    assert Scope.from_json(scope.to_json()) == scope
