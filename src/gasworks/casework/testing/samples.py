"""Objects that the walk opens every address of this domain with."""

from typing import Any

from gasworks.customers.testing.factories import make_supply_point
from gasworks.foundation.testing.factories import Company


def samples(company: Company) -> dict[str, dict[str, Any]]:
    return {"casework:close": {"supply_point_id": make_supply_point(company, address=company.unit.name).id}}
