"""The organisation tree: group → company → branches → outlets. ``path`` is «/1/4/9/», so a subtree is a prefix."""

import datetime as dt
from dataclasses import dataclass
from typing import Final

from django.db import connection, transaction
from django.db.models import Count, QuerySet, Value
from django.db.models.functions import Concat, Substr

from gasworks.foundation.audit import name_actor, record
from gasworks.foundation.models import OrgUnit, Staff
from gasworks.foundation.scope import Scope
from gasworks.foundation.versions import Seen, lock, save_versioned
from gasworks.kernel.errors import Forbidden, NotThere, Refusal, gettext_noop

Kind = OrgUnit.Kind
VIEW: Final = "organisation.view"
CHANGE: Final = "organisation.change"
SUBJECT: Final = "foundation.orgunit"

PARENTS: Final[dict[str, tuple[str, ...]]] = {
    Kind.COMPANY: (Kind.GROUP,),
    Kind.BRANCH: (Kind.COMPANY, Kind.BRANCH),
    Kind.OUTLET: (Kind.COMPANY, Kind.BRANCH),
}


class WrongParent(Refusal):
    sentence = gettext_noop("A unit of this kind cannot stand under «%(parent)s».")


class CodeTaken(Refusal):
    sentence = gettext_noop("The code «%(code)s» is used by another unit here.")


class UnitInUse(Refusal):
    sentence = gettext_noop("«%(unit)s» still has %(count)d active units or staff. Move or close them first.")


class HeadOfficeStays(Refusal):
    sentence = gettext_noop("The head office stays: what no counter does belongs to it.")


class UnitClosed(Refusal):
    sentence = gettext_noop("«%(unit)s» is closed.")


@dataclass(frozen=True, slots=True)
class TreeRow:
    """One line of the tree screen; ``depth`` counts from the company."""

    unit: OrgUnit
    depth: int
    staff: int


def company_of(*, scope: Scope) -> OrgUnit:
    return OrgUnit.objects.get(pk=scope.company_id)


def get_unit(*, scope: Scope, unit_id: int) -> OrgUnit:
    """A unit of the scope's company, or ``NotThere``."""
    unit = OrgUnit.objects.filter(pk=unit_id, company_id=scope.company_id).first()
    if unit is None:
        raise NotThere(key=unit_id)
    return unit


def tree(*, scope: Scope, with_closed: bool = False) -> list[TreeRow]:
    """The company's units in tree order, each with the number of active staff at home there."""
    units = OrgUnit.objects.filter(company_id=scope.company_id)
    if not with_closed:
        units = units.filter(active=True)
    at_home = dict(_staff_counts(scope.company_id))
    ordered = _in_tree_order(list(units.order_by("code")))
    top = ordered[0].path.count("/") if ordered else 0
    return [TreeRow(unit, unit.path.count("/") - top, at_home.get(unit.id, 0)) for unit in ordered]


def subtree(*, scope: Scope, unit: OrgUnit, kinds: tuple[str, ...] = ()) -> list[OrgUnit]:
    """The unit and what stands under it, in path order."""
    found = OrgUnit.objects.filter(company_id=scope.company_id, path__startswith=unit.path)
    return list((found.filter(kind__in=kinds) if kinds else found).order_by("path"))


def parents_for(*, scope: Scope, unit: OrgUnit) -> QuerySet[OrgUnit]:
    """Where a unit could be moved to: active units of the company of a fitting kind, not itself or below it."""
    found = OrgUnit.objects.filter(company_id=scope.company_id, active=True, kind__in=PARENTS.get(unit.kind, ()))
    return found.exclude(path__startswith=unit.path).order_by("path")


def branches(*, scope: Scope) -> list[OrgUnit]:
    """The branches that this scope may change; find lists offer all of them by ``tree``."""
    found = OrgUnit.objects.filter(company_id=scope.company_id, kind=Kind.BRANCH, active=True)
    if scope.branch_ids is not None:
        found = found.filter(pk__in=scope.branch_ids)
    return list(found.order_by("path"))


def head_office(*, scope: Scope) -> OrgUnit:
    """The outlet (总部) that what no counter does belongs to."""
    return OrgUnit.objects.get(company_id=scope.company_id, is_head_office=True)


def branch_of(unit: OrgUnit) -> int | None:
    """The nearest branch at or above a unit; None for the company and its head office."""
    ids = [int(part) for part in unit.path.strip("/").split("/")]
    above = OrgUnit.objects.filter(pk__in=ids, kind=Kind.BRANCH).order_by("-path")
    return above.values_list("id", flat=True).first()


def require_unit_change(*, scope: Scope, unit: OrgUnit, right: str) -> None:
    """Units of one's own company, and inside one's branches where the right is held over branches."""
    if unit.company_id != scope.company_id:
        raise NotThere(key=unit.id)
    branch = branch_of(unit)
    if branch is None:
        scope.require_whole_company(right)
    else:
        scope.require_change(branch, right)


@transaction.atomic
def found_company(
    *, scope: Scope, name: str, code: str, group_name: str, head_office_name: str, now: dt.datetime
) -> OrgUnit:
    """Set up a company under its group, with its head office. Only set-up does this: the scope is the system's."""
    if scope.bounded:
        raise Forbidden(right=CHANGE)
    name_actor(scope)
    group = OrgUnit.objects.filter(kind=Kind.GROUP, name=group_name).first() or _insert(
        kind=Kind.GROUP, parent=None, code=f"G-{code}"[:20], name=group_name
    )
    company = _insert(kind=Kind.COMPANY, parent=group, code=code, name=name)
    _insert(kind=Kind.OUTLET, parent=company, code="HQ", name=head_office_name, is_head_office=True)
    inside = Scope.system(scope.reason, company_id=company.id)
    record(scope=inside, act="organisation.create", subject_kind=SUBJECT, subject_id=company.id, now=now)
    return company


@transaction.atomic
def create_unit(*, scope: Scope, kind: str, parent_id: int, code: str, name: str, now: dt.datetime) -> OrgUnit:
    parent = get_unit(scope=scope, unit_id=parent_id)
    require_unit_change(scope=scope, unit=parent, right=CHANGE)
    _refuse_parent(kind, parent)
    _refuse_code(parent, code)
    name_actor(scope)
    unit = _insert(kind=kind, parent=parent, code=code, name=name)
    _log(scope, "organisation.create", unit, now, name=name, parent=parent.name)
    return unit


@transaction.atomic
def rename_unit(*, scope: Scope, unit_id: int, code: str, name: str, seen: int | Seen, now: dt.datetime) -> OrgUnit:
    unit = get_unit(scope=scope, unit_id=unit_id)
    require_unit_change(scope=scope, unit=unit, right=CHANGE)
    if unit.parent_id is not None and code != unit.code:
        _refuse_code(unit.parent, code)
    name_actor(scope)
    changed = save_versioned(unit, seen_version=seen, changes={"code": code, "name": name})
    _log(scope, "organisation.change", changed, now, old=unit.name, new=name)
    return changed


@transaction.atomic
def move_unit(*, scope: Scope, unit_id: int, parent_id: int, seen: int | Seen, now: dt.datetime) -> OrgUnit:
    """Hang a unit and all under it elsewhere in its company. Roles held over subtrees follow the new shape at once."""
    unit = get_unit(scope=scope, unit_id=unit_id)
    parent = get_unit(scope=scope, unit_id=parent_id)
    require_unit_change(scope=scope, unit=unit, right=CHANGE)
    require_unit_change(scope=scope, unit=parent, right=CHANGE)
    if unit.is_head_office:
        raise HeadOfficeStays
    _refuse_parent(unit.kind, parent)
    if parent.path.startswith(unit.path):
        raise WrongParent(parent=parent.name)
    if parent.id != unit.parent_id:
        _refuse_code(parent, unit.code)
    name_actor(scope)
    old_path = unit.path
    new_path = f"{parent.path}{unit.id}/"
    moved = save_versioned(unit, seen_version=seen, changes={"parent_id": parent.id, "path": new_path})
    below = OrgUnit.objects.filter(path__startswith=old_path).exclude(pk=unit.id)
    below.update(path=Concat(Value(new_path), Substr("path", len(old_path) + 1)))
    _log(scope, "organisation.move", moved, now, to=parent.name)
    return moved


@transaction.atomic
def close_unit(*, scope: Scope, unit_id: int, seen: int | Seen, now: dt.datetime) -> OrgUnit:
    """A unit with nothing active in it leaves the lists; its history stays."""
    unit = get_unit(scope=scope, unit_id=unit_id)
    require_unit_change(scope=scope, unit=unit, right=CHANGE)
    if unit.is_head_office or unit.kind == Kind.COMPANY:
        raise HeadOfficeStays
    lock(unit)
    left = _active_inside(unit)
    if left:
        raise UnitInUse(unit=unit.name, count=left)
    name_actor(scope)
    closed = save_versioned(unit, seen_version=seen, changes={"active": False})
    _log(scope, "organisation.close", closed, now)
    return closed


def _refuse_parent(kind: str, parent: OrgUnit) -> None:
    if parent.kind not in PARENTS.get(kind, ()):
        raise WrongParent(parent=parent.name)
    if not parent.active:
        raise UnitClosed(unit=parent.name)


def _refuse_code(parent: OrgUnit | None, code: str) -> None:
    if OrgUnit.objects.filter(parent=parent, code=code).exists():
        raise CodeTaken(code=code)


def _active_inside(unit: OrgUnit) -> int:
    below = OrgUnit.objects.filter(path__startswith=unit.path, active=True).exclude(pk=unit.id).count()
    return below + Staff.objects.filter(home__path__startswith=unit.path, is_active=True).count()


def _insert(*, kind: str, parent: OrgUnit | None, code: str, name: str, is_head_office: bool = False) -> OrgUnit:
    """Insert with the path already right: the key is drawn from the sequence first."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT nextval(pg_get_serial_sequence('foundation_orgunit', 'id'))")
        (key,) = cursor.fetchone()
    return OrgUnit.objects.create(
        id=key,
        kind=kind,
        parent=parent,
        company_id=key if kind == Kind.COMPANY else _company_id(parent),
        code=code,
        name=name,
        path=f"{parent.path if parent else '/'}{key}/",
        is_head_office=is_head_office,
        time_zone=parent.time_zone if parent else "Asia/Shanghai",
    )


def _company_id(parent: OrgUnit | None) -> int | None:
    return parent.company_id if parent else None


def _in_tree_order(units: list[OrgUnit]) -> list[OrgUnit]:
    """Parents before children, brothers by code."""
    known = {unit.id for unit in units}
    children: dict[int | None, list[OrgUnit]] = {}
    for unit in units:
        children.setdefault(unit.parent_id if unit.parent_id in known else None, []).append(unit)
    ordered: list[OrgUnit] = []
    waiting = list(reversed(children.get(None, [])))
    while waiting:
        unit = waiting.pop()
        ordered.append(unit)
        waiting += reversed(children.get(unit.id, []))
    return ordered


def _staff_counts(company_id: int) -> list[tuple[int, int]]:
    active = Staff.objects.filter(home__company_id=company_id, is_active=True)
    return list(active.values_list("home_id").annotate(Count("id")))


def _log(scope: Scope, act: str, unit: OrgUnit, now: dt.datetime, **detail: object) -> None:
    record(scope=scope, act=act, subject_kind=SUBJECT, subject_id=unit.id, detail=detail, now=now)
