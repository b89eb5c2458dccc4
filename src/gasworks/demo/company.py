"""The demo company: its organisation, one person per role and a few more, chart of accounts, fees, plans and books."""

import datetime as dt
from dataclasses import dataclass
from typing import Final, TypeVar

import numpy as np

from gasworks.foundation import organisation, staff
from gasworks.foundation.models import OrgUnit, Staff
from gasworks.foundation.reach import scope_for
from gasworks.foundation.rights_table import ROLES
from gasworks.foundation.scope import Scope

REASON: Final = "演示城市建账"
PASSWORD: Final = "Gasworks-demo-2026"
AT_OUTLET: Final = ("cashier", "cash_lead")
OVER_BRANCH: Final = ("reader", "field_worker", "manager")
PEOPLE: Final = {
    "cashier": "林秋月",
    "cash_lead": "周文柏",
    "billing_clerk": "许一诺",
    "billing_lead": "方知远",
    "reader": "丁石头",
    "reading_lead": "梅长青",
    "agent": "叶小满",
    "service_lead": "程若水",
    "field_worker": "石大川",
    "finance": "金不换",
    "auditor": "严正清",
    "manager": "江南春",
    "sysadmin": "陆机",
    "secadmin": "安然",
}
OUTLETS: Final = (("N1", "北门营业厅"), ("S1", "南门营业厅"), ("N2", "江湾营业厅"), ("S2", "临港营业厅"))
FURTHER_CASHIERS: Final = (("cashier2", "沈星河"), ("cashier3", "叶知秋"), ("cashier4", "邵一帆"))
CASHIERS: Final = ("cashier", *(username for username, _name in FURTHER_CASHIERS))
"""One at each outlet, in the outlets' order."""

T = TypeVar("T", int, np.ndarray)


@dataclass(frozen=True, slots=True)
class DemoCompany:
    """Ids that the rest of the demo needs. The outlets take turns in the branches, the books in the outlets."""

    id: int
    head_office_id: int
    branch_ids: tuple[int, ...]
    outlet_ids: tuple[int, ...]
    people: dict[str, int]

    def place_of(self, book: T) -> T:
        """The place in ``outlet_ids`` of the outlet where a reading book's homes come (or each of a column of books)."""
        return book % len(self.outlet_ids)

    def branch_at(self, place: int) -> int:
        return self.branch_ids[place % len(self.branch_ids)]

    def scope(self, role: str) -> Scope:
        """The scope of the demo's person of this role, as a request would build it."""
        return scope_for(Staff.objects.get(pk=self.people[role]))

    @property
    def system(self) -> Scope:
        return Scope.system(REASON, company_id=self.id)


def found_company(now: dt.datetime) -> DemoCompany:
    """Group, company, two branches with outlets, and the cast, all through the services."""
    top = organisation.found_company(
        scope=Scope.system(REASON, company_id=0),
        name="江州燃气有限公司",
        code="JZ",
        group_name="江州能源集团",
        head_office_name="总部",
        now=now,
    )
    scope = Scope.system(REASON, company_id=top.id)
    branches = [
        _unit(scope, "branch", top, code, name, now) for code, name in (("N", "城北分公司"), ("S", "城南分公司"))
    ]
    outlets = [
        _unit(scope, "outlet", branches[place % len(branches)], code, name, now)
        for place, (code, name) in enumerate(OUTLETS)
    ]
    head_office = organisation.head_office(scope=scope)
    places = _Places(top, branches[0], outlets[0], head_office)
    people = {role.code: _person(scope, role.code, role.code, PEOPLE[role.code], places, now) for role in ROLES}
    for place, (username, name) in enumerate(FURTHER_CASHIERS, start=1):
        _person(scope, username, "cashier", name, _Places(top, branches[0], outlets[place], head_office), now)
    return DemoCompany(
        id=top.id,
        head_office_id=head_office.id,
        branch_ids=tuple(unit.id for unit in branches),
        outlet_ids=tuple(unit.id for unit in outlets),
        people=people,
    )


@dataclass(frozen=True, slots=True)
class _Places:
    company: OrgUnit
    branch: OrgUnit
    outlet: OrgUnit
    head_office: OrgUnit

    def home(self, role: str) -> OrgUnit:
        if role in AT_OUTLET:
            return self.outlet
        return self.branch if role in OVER_BRANCH else self.head_office

    def over(self, role: str) -> OrgUnit:
        if role in AT_OUTLET:
            return self.outlet
        return self.branch if role in OVER_BRANCH else self.company


def _unit(scope: Scope, kind: str, parent: OrgUnit, code: str, name: str, now: dt.datetime) -> OrgUnit:
    return organisation.create_unit(scope=scope, kind=kind, parent_id=parent.id, code=code, name=name, now=now)


def _person(scope: Scope, username: str, role: str, name: str, places: _Places, now: dt.datetime) -> int:
    """Somebody with a role and the demo's password, set the way that everybody sets their own."""
    made, _temporary = staff.create_staff(
        scope=scope, username=username, full_name=name, home_id=places.home(role).id, now=now
    )
    staff.grant_role(scope=scope, staff_id=made.id, role=role, unit_id=places.over(role).id, now=now)
    staff.change_own_password(scope=scope_for(made), password=PASSWORD, now=now)
    return int(made.id)


def demo_company() -> DemoCompany | None:
    """The demo company that stands in this database, found again by its code."""
    top = OrgUnit.objects.filter(kind="company", code="JZ").first()
    if top is None:
        return None
    units = list(OrgUnit.objects.filter(company_id=top.id).order_by("id"))
    usernames = {code: key for key, code in Staff.objects.filter(home__company=top).values_list("id", "username")}
    return DemoCompany(
        id=top.id,
        head_office_id=next(u.id for u in units if u.is_head_office),
        branch_ids=tuple(u.id for u in units if u.kind == "branch"),
        outlet_ids=tuple(u.id for u in units if u.kind == "outlet" and not u.is_head_office),
        people={role.code: usernames[role.code] for role in ROLES},
    )
