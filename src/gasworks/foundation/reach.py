"""From role grants to a ``Scope``: which company, which outlet, which branches for which right.

All that a scope is computed from is read in one query, and afresh in each request: a revoked role bites at the next
click. The log-in of a request reads the person in the same query (``person``).
"""

import json
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Final

from gasworks.foundation.models import OrgUnit, Staff
from gasworks.foundation.prepared import prepared
from gasworks.foundation.rights_table import RIGHTS, Reach, rights_of
from gasworks.foundation.scope import Branches, Scope

_NO_BRANCH: Final = (OrgUnit.Kind.GROUP, OrgUnit.Kind.COMPANY)
_STAFF: Final = [field.attname for field in Staff._meta.concrete_fields]
_GROUND: Final = """
       u.id, u.kind, u.path, u.company_id,
       (SELECT json_agg(json_build_array(g.role, o.kind, o.path, o.company_id) ORDER BY g.id)::text
          FROM foundation_rolegrant g JOIN foundation_orgunit o ON o.id = g.unit_id WHERE g.staff_id = p.id),
       (SELECT json_agg(json_build_array(b.id, b.path))::text
          FROM foundation_orgunit b WHERE b.company_id = u.company_id AND b.kind = 'branch')
  FROM foundation_staff p JOIN foundation_orgunit u ON u.id = p.home_id
 WHERE p.id = %s
"""
_ONLY_GROUND: Final = f"SELECT {_GROUND}"
_PERSON: Final = f"SELECT {', '.join(f'p.{name}' for name in _STAFF)}, {_GROUND}"
_TAKING: Final = frozenset(role for right in RIGHTS if right.reach is Reach.TAKE for role in right.roles)
_OUTLET: Final = """
SELECT path FROM foundation_orgunit WHERE id = %s AND company_id = %s AND kind = 'outlet' AND active
"""


@dataclass(frozen=True, slots=True)
class _Held:
    """A role with the place that it is held over."""

    role: str
    path: str
    whole_company: bool


@dataclass(frozen=True, slots=True)
class Ground:
    """What a person's scope stands on: the home unit, the roles that count there, and the company's branches."""

    home_id: int
    home_kind: str
    company_id: int | None
    held: tuple[_Held, ...]
    branches: tuple[tuple[int, str], ...]

    @property
    def home_outlet(self) -> int | None:
        return self.home_id if self.home_kind == OrgUnit.Kind.OUTLET else None


def person(staff_id: int) -> Staff | None:
    """The person of a session with the ground of their scope, for this request only."""
    row = _one(_PERSON, staff_id)
    if row is None:
        return None
    found: Staff = Staff.from_db("default", _STAFF, row[: len(_STAFF)])
    found.ground = _ground(*row[len(_STAFF) :])
    return found


def scope_for(staff: Staff, *, outlet_id: int | None = None, request_id: str = "", ip: str = "") -> Scope:
    """The reach of one person inside the company of their home unit.

    ``outlet_id`` is the working outlet that they chose; one outside their roles falls back to their home outlet.
    """
    ground = _ground_of(staff)
    rights = rights_of({grant.role for grant in ground.held})
    branches = _branches_by_role(ground)
    return Scope(
        company_id=ground.company_id or ground.home_id,
        actor_id=staff.id,
        outlet_id=_outlet(ground, outlet_id),
        branch_ids=_union(branches.values()),
        rights=rights,
        request_id=request_id,
        ip=ip,
        reach=_reach(branches, rights),
    )


def working_outlets(staff: Staff) -> list[OrgUnit]:
    """Where this person may take money: active outlets under the roles that have a right with reach *take*."""
    ground = _ground_of(staff)
    prefixes = _taking_prefixes(ground)
    outlets = OrgUnit.objects.filter(company_id=ground.company_id, kind=OrgUnit.Kind.OUTLET, active=True)
    return [outlet for outlet in outlets.order_by("path") if _under(outlet.path, prefixes)]


def _ground_of(staff: Staff) -> Ground:
    if staff.ground is not None:
        return staff.ground
    row = _one(_ONLY_GROUND, staff.id)
    if row is None:
        raise Staff.DoesNotExist
    return _ground(*row)


def _one(statement: str, *keys: int | None) -> Any:
    with prepared() as cursor:
        cursor.execute(statement, [str(key) for key in keys])
        return cursor.fetchone()


def _ground(home_id: int, kind: str, path: str, company_id: int | None, grants: str, branches: str) -> Ground:
    """Grants that count in the company of the home unit; one held over another company counts for nothing here."""
    held = [
        _Held(role, unit_path, unit_kind in _NO_BRANCH)
        for role, unit_kind, unit_path, unit_company in json.loads(grants or "[]")
        if (unit_kind == OrgUnit.Kind.GROUP and path.startswith(unit_path)) or unit_company == company_id
    ]
    places = tuple((key, branch_path) for key, branch_path in json.loads(branches or "[]"))
    return Ground(home_id, kind, company_id, tuple(held), places)


def _branches_by_role(ground: Ground) -> dict[str, Branches]:
    found: dict[str, Branches] = {}
    for grant in ground.held:
        under = frozenset(key for key, path in ground.branches if path.startswith(grant.path))
        here = None if grant.whole_company else under
        found[grant.role] = _union([found[grant.role], here]) if grant.role in found else here
    return found


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


def _outlet(ground: Ground, wanted: int | None) -> int | None:
    if wanted is None or wanted == ground.home_outlet:
        return ground.home_outlet
    row = _one(_OUTLET, wanted, ground.company_id)
    return wanted if row and _under(row[0], _taking_prefixes(ground)) else ground.home_outlet


def _taking_prefixes(ground: Ground) -> list[str]:
    return [grant.path for grant in ground.held if grant.role in _TAKING]


def _under(path: str, prefixes: list[str]) -> bool:
    return any(path.startswith(prefix) for prefix in prefixes)
