"""Objects that the walk opens every address of this domain with."""

import datetime as dt
from typing import Any

from gasworks.customers.testing.factories import make_supply_point
from gasworks.foundation.scope import Scope
from gasworks.foundation.testing.factories import NOW, Company
from gasworks.tariffs.testing.factories import make_plan
from gasworks.usage.opening import NewUse, open_many


def samples(company: Company) -> dict[str, dict[str, Any]]:
    """A household of three on its own ladder."""
    point = make_supply_point(company, address=company.unit.name)
    scope = Scope.system("test ground", company_id=company.id)
    use = NewUse(point.id, make_plan(company).code, dt.date(2026, 1, 1), 3)
    (group_id,) = open_many(scope=scope, rows=[use], now=NOW)
    return {
        "usage:group": {"group_id": group_id},
        "usage:household_add": {"group_id": group_id},
        "usage:prices_set": {"supply_point_id": point.id},
    }
