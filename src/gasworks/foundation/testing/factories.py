"""The ground for any test: companies, their organisation, and a cast with one person per role.

``make_company()`` gives two branches, an outlet in each and the head office; ``make_scope("cashier")`` gives the
scope that a request of that person would carry. Nothing here hashes a password, so the cast costs a few inserts.
"""

import datetime as dt
import itertools
from dataclasses import dataclass
from typing import Final

from gasworks.foundation.models import OrgUnit, RoleGrant, Staff
from gasworks.foundation.reach import scope_for
from gasworks.foundation.rights_table import ROLES
from gasworks.foundation.scope import Scope

NOW: Final = dt.datetime(2026, 3, 10, 1, 30, tzinfo=dt.UTC)
TODAY: Final = dt.date(2026, 3, 10)
MARKER: Final = "海市蜃楼MIRAGE"

AT_OUTLET: Final = ("cashier", "cash_lead")
OVER_COMPANY: Final = ("sysadmin", "secadmin", "auditor", "finance", "billing_lead")

_serial = itertools.count(1)


@dataclass(frozen=True, slots=True)
class Company:
    """One company with its units, ready for a test."""

    unit: OrgUnit
    head_office: OrgUnit
    branch: OrgUnit
    other_branch: OrgUnit
    outlet: OrgUnit
    other_outlet: OrgUnit

    @property
    def id(self) -> int:
        return self.unit.id


def make_unit(
    kind: str,
    parent: OrgUnit | None = None,
    *,
    name: str = "",
    code: str = "",
    head_office: bool = False,
) -> OrgUnit:
    """One organisation unit with its path, straight into the table."""
    serial = next(_serial)
    unit = OrgUnit.objects.create(
        kind=kind,
        parent=parent,
        company_id=parent.company_id if parent else None,
        code=code or f"{kind[0].upper()}{serial}",
        name=name or f"{kind.title()} {serial}",
        path="/",
        is_head_office=head_office,
    )
    unit.path = f"{parent.path if parent else '/'}{unit.id}/"
    if kind == OrgUnit.Kind.COMPANY:
        unit.company_id = unit.id
    unit.save(update_fields=["path", "company"])
    return unit


def make_company(name: str = "江城燃气", *, group: OrgUnit | None = None) -> Company:
    """A company with a head office, two branches and an outlet in each."""
    group = group or make_unit(OrgUnit.Kind.GROUP, name=f"{name}集团")
    unit = make_unit(OrgUnit.Kind.COMPANY, group, name=name)
    branch = make_unit(OrgUnit.Kind.BRANCH, unit, name=f"{name}城东分公司")
    other = make_unit(OrgUnit.Kind.BRANCH, unit, name=f"{name}城西分公司")
    return Company(
        unit=unit,
        head_office=make_unit(OrgUnit.Kind.OUTLET, unit, name=f"{name}总部", head_office=True),
        branch=branch,
        other_branch=other,
        outlet=make_unit(OrgUnit.Kind.OUTLET, branch, name=f"{name}东门营业厅"),
        other_outlet=make_unit(OrgUnit.Kind.OUTLET, other, name=f"{name}西门营业厅"),
    )


def make_marker_company() -> Company:
    """A foreign company whose every text holds ``MARKER``; nobody of another company may ever read it."""
    return make_company(MARKER)


def home_of(role: str, company: Company) -> OrgUnit:
    """Where somebody of this role works: the counter at an outlet, the head office's people at the head office."""
    if role in AT_OUTLET:
        return company.outlet
    return company.head_office if role in OVER_COMPANY else company.branch


def place_of(role: str, company: Company) -> OrgUnit:
    """The subtree that the role is held over."""
    if role in AT_OUTLET:
        return company.outlet
    return company.unit if role in OVER_COMPANY else company.branch


def make_staff(
    role: str = "cashier",
    *,
    company: Company | None = None,
    home: OrgUnit | None = None,
    over: OrgUnit | None = None,
    username: str = "",
    full_name: str = "",
) -> Staff:
    """Somebody who holds ``role``; ``role=""`` holds none. The log-in is by ``client.force_login``."""
    company = company or make_company()
    serial = next(_serial)
    staff = Staff(
        username=username or f"{role or 'nobody'}{serial}",
        full_name=full_name or f"{company.unit.name[:4]}职员{serial}",
        home=home or home_of(role, company),
    )
    staff.set_unusable_password()
    staff.save()
    if role:
        grant_role(staff, role, over or place_of(role, company))
    return staff


def grant_role(staff: Staff, role: str, unit: OrgUnit) -> RoleGrant:
    return RoleGrant.objects.create(staff=staff, role=role, unit=unit, granted_at=NOW)


def make_scope(
    role: str = "cashier",
    *,
    company: Company | None = None,
    home: OrgUnit | None = None,
    over: OrgUnit | None = None,
) -> Scope:
    """The scope of a new member of staff with this role, built the way that a request builds it."""
    return scope_for(make_staff(role, company=company, home=home, over=over))


def make_cast(company: Company) -> dict[str, Staff]:
    """One person per role of the rights table."""
    return {role.code: make_staff(role.code, company=company) for role in ROLES}
