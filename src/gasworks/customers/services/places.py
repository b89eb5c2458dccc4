"""Areas and communities: where the town is."""

import datetime as dt
from collections.abc import Iterable

from gasworks.customers.models import Area, Community
from gasworks.customers.services._within import act_of, locked, note
from gasworks.foundation.scope import Scope
from gasworks.kernel.errors import Refusal, gettext_noop

RIGHT = "customers.change"


class CodeTaken(Refusal):
    sentence = gettext_noop("The code %(code)s is taken.")


def add_area(*, scope: Scope, code: str, name: str, now: dt.datetime) -> Area:
    scope.require(RIGHT)
    with act_of(scope):
        area = Area.objects.create(company_id=scope.company_id, code=code, name=name)
        note(scope, "add_place", area, now, {"code": code, "name": name})
    return area


def add_community(*, scope: Scope, area_id: int, code: str, name: str, now: dt.datetime) -> Community:
    scope.require(RIGHT)
    with act_of(scope):
        area = locked(Area, area_id, scope)
        community = Community.objects.create(company_id=scope.company_id, area=area, code=code, name=name)
        note(scope, "add_place", community, now, {"code": code, "name": name})
    return community


def place_community(
    *, scope: Scope, area_id: int | None, new_area: str, code: str, name: str, now: dt.datetime
) -> Community:
    """A community in a known area, or in a new one of that name and the community's code. Raises CodeTaken."""
    scope.require(RIGHT)
    with act_of(scope):
        if Community.objects.filter(company_id=scope.company_id, code=code).exists():
            raise CodeTaken(code=code)
        if area_id is None:
            if Area.objects.filter(company_id=scope.company_id, code=code).exists():
                raise CodeTaken(code=code)
            area_id = add_area(scope=scope, code=code, name=new_area, now=now).id
        return add_community(scope=scope, area_id=area_id, code=code, name=name, now=now)


def ensure_communities(*, scope: Scope, names: Iterable[tuple[str, str]]) -> dict[tuple[str, str], int]:
    """Identities of communities by (area name, community name); what is missing is made. Call inside an act."""
    areas = _ensure_areas(scope, {area for area, _ in names if area} | {""})
    wanted = set(names)
    known = _communities(scope, wanted, areas)
    missing = sorted(pair for pair in wanted if pair not in known)
    Community.objects.bulk_create(
        Community(
            company_id=scope.company_id,
            area_id=areas[area],
            code=_free_code("C", Community, scope, place),
            name=name,
        )
        for place, (area, name) in enumerate(missing)
    )
    return known | _communities(scope, set(missing), areas)


def _communities(scope: Scope, wanted: set[tuple[str, str]], areas: dict[str, int]) -> dict[tuple[str, str], int]:
    """A row without an area takes the first community of that name; one with an area takes the one there."""
    rows = Community.objects.filter(company_id=scope.company_id, name__in={name for _, name in wanted}).order_by("id")
    by_name: dict[str, list[Community]] = {}
    for row in rows:
        by_name.setdefault(row.name, []).append(row)
    found = {}
    for area, name in wanted:
        fitting = [c for c in by_name.get(name, []) if not area or c.area_id == areas.get(area)]
        if fitting:
            found[(area, name)] = fitting[0].id
    return found


def _ensure_areas(scope: Scope, names: set[str]) -> dict[str, int]:
    """Areas by name. The empty name is the area of communities whose area nobody gave."""
    known = dict(Area.objects.filter(company_id=scope.company_id, name__in=names).values_list("name", "id"))
    if "" in names and "" not in known:
        first = Area.objects.filter(company_id=scope.company_id, code=Area.NOBODY_SAID).first()
        known |= {"": first.id} if first else {}
    for name in sorted(names - known.keys()):
        code = _free_code("A", Area, scope, 0) if name else Area.NOBODY_SAID
        known[name] = Area.objects.create(company_id=scope.company_id, code=code, name=name or "—").id
    return known


def _free_code(letter: str, model: type[Area] | type[Community], scope: Scope, place: int) -> str:
    """The next code of a place made from a list: a letter and a running number above every identity."""
    last = model.objects.filter(company_id=scope.company_id).order_by("-id").values_list("id", flat=True).first()
    return f"{letter}{(last or 0) + place + 1:06d}"
