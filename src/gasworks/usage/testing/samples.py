"""Objects that the walk opens every address of this domain with."""

import datetime as dt
from typing import Any

from gasworks.customers.testing.factories import make_supply_point
from gasworks.foundation.files import store_file
from gasworks.foundation.scope import Scope
from gasworks.foundation.testing.factories import NOW, Company
from gasworks.tariffs.testing.factories import make_plan
from gasworks.usage.opening import NewUse, open_many
from gasworks.usage.services.rights import record_right
from gasworks.usage.types import NewRight


def samples(company: Company) -> dict[str, dict[str, Any]]:
    """A household of three on its own ladder."""
    point = make_supply_point(company, address=company.unit.name)
    scope = Scope.system("test ground", company_id=company.id)
    use = NewUse(point.id, make_plan(company).code, dt.date(2026, 1, 1), 3)
    (group_id,) = open_many(scope=scope, rows=[use], now=NOW)
    right = {"right_id": _right(scope, point.id, company.unit.name)}
    return {
        **{f"usage:right_{name}": right for name in ("renew", "end", "evidence")},
        "usage:of_point": {"supply_point_id": point.id},
        "usage:right_new": {"supply_point_id": point.id, "kind": "household"},
        "usage:group": {"group_id": group_id},
        "usage:household_add": {"group_id": group_id},
        "usage:prices_set": {"supply_point_id": point.id},
    }


def _right(scope: Scope, supply_point_id: int, note: str) -> int:
    """Five persons by the household register, until the end of the year."""
    paper = store_file(name="register.pdf", chunks=[b"register"], scope=scope, now=NOW)
    new = NewRight(
        supply_point_id=supply_point_id,
        kind="household",
        start_rule="day",
        day=dt.date(2026, 4, 1),
        to_on=dt.date(2027, 1, 1),
        value=5,
        id_numbers=tuple(f"11010119800101{n:04d}" for n in range(5)),
        evidence_id=paper.id,
        note=note,
    )
    return record_right(scope=scope, new=new, now=NOW).id
