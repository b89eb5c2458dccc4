"""From role grants to a ``Scope``: which company, which outlet, which branches for which right."""

from collections.abc import Iterable
from dataclasses import dataclass

from gasworks.foundation.models import OrgUnit, RoleGrant, Staff
from gasworks.foundation.rights_table import RIGHTS, Reach, rights_of
from gasworks.foundation.scope import Branches, Scope


@dataclass(frozen=True, slots=True)
class _Held:
    """A role with the place that it is held over."""

    role: str
    path: str
    whole_company: bool


def scope_for(staff: Staff, *, outlet_id: int | None = None, request_id: str = "", ip: str = "") -> Scope:
    """The reach of one person inside the company of their home unit.

    ``outlet_id`` is the working outlet that they chose; one outside their roles falls back to their home outlet.
    """
    home = OrgUnit.objects.get(pk=staff.home_id)
    held = _held(staff, home)
    rights = rights_of({grant.role for grant in held})
    branches = _branches_by_role(held, home)
    return Scope(
        company_id=home.company_id or home.id,
        actor_id=staff.id,
        outlet_id=_outlet(home, held, outlet_id),
        branch_ids=_union(branches.values()),
        rights=rights,
        request_id=request_id,
        ip=ip,
        reach=_reach(branches, rights),
    )


def working_outlets(staff: Staff) -> list[OrgUnit]:
    """Where this person may take money: active outlets under the roles that have a right with reach *take*."""
    home = OrgUnit.objects.get(pk=staff.home_id)
    prefixes = [grant.path for grant in _held(staff, home) if grant.role in _taking_roles()]
    outlets = OrgUnit.objects.filter(company_id=home.company_id, kind=OrgUnit.Kind.OUTLET, active=True).order_by("path")
    return [outlet for outlet in outlets if _under(outlet.path, prefixes)]


def _held(staff: Staff, home: OrgUnit) -> list[_Held]:
    """Grants that count in the company of the home unit; one held over another company counts for nothing here."""
    held = []
    for grant in RoleGrant.objects.filter(staff=staff).select_related("unit"):
        unit = grant.unit
        above = unit.kind == OrgUnit.Kind.GROUP and home.path.startswith(unit.path)
        if above or unit.company_id == home.company_id:
            whole = unit.kind in (OrgUnit.Kind.GROUP, OrgUnit.Kind.COMPANY)
            held.append(_Held(grant.role, unit.path, whole))
    return held


def _branches_by_role(held: list[_Held], home: OrgUnit) -> dict[str, Branches]:
    if not held:
        return {}
    units = _branch_paths(home) if not all(grant.whole_company for grant in held) else []
    found: dict[str, Branches] = {}
    for grant in held:
        here = None if grant.whole_company else frozenset(i for i, path in units if path.startswith(grant.path))
        found[grant.role] = _union([found[grant.role], here]) if grant.role in found else here
    return found


def _branch_paths(home: OrgUnit) -> list[tuple[int, str]]:
    branches = OrgUnit.objects.filter(company_id=home.company_id, kind=OrgUnit.Kind.BRANCH)
    return list(branches.values_list("id", "path"))


def _reach(branches: dict[str, Branches], rights: frozenset[str]) -> dict[str, Branches]:
    """Per right, and only where roles differ in their branches: one role, or equal ones, need no second list."""
    if len(set(branches.values())) < 2:
        return {}
    return {
        right.name: _union(branches[role] for role in right.roles if role in branches)
        for right in RIGHTS
        if right.name in rights and right.reach is Reach.CHANGE
    }


def _union(parts: Iterable[Branches]) -> Branches:
    found: set[int] = set()
    for part in parts:
        if part is None:
            return None
        found |= part
    return frozenset(found)


def _outlet(home: OrgUnit, held: list[_Held], wanted: int | None) -> int | None:
    home_outlet = home.id if home.kind == OrgUnit.Kind.OUTLET else None
    if wanted is None or wanted == home_outlet:
        return home_outlet
    outlet = OrgUnit.objects.filter(
        pk=wanted, company_id=home.company_id, kind=OrgUnit.Kind.OUTLET, active=True
    ).first()
    prefixes = [grant.path for grant in held if grant.role in _taking_roles()]
    return outlet.id if outlet and _under(outlet.path, prefixes) else home_outlet


def _under(path: str, prefixes: list[str]) -> bool:
    return any(path.startswith(prefix) for prefix in prefixes)


def _taking_roles() -> frozenset[str]:
    return frozenset(role for right in RIGHTS if right.reach is Reach.TAKE for role in right.roles)
