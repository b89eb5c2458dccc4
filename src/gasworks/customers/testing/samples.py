"""Objects that the walk opens every address of this domain with."""

from typing import Any

from gasworks.customers.testing.factories import make_agreement, make_supply_point
from gasworks.foundation.testing.factories import Company


def samples(company: Company) -> dict[str, dict[str, Any]]:
    agreement = make_agreement(company, make_supply_point(company, address=company.unit.name), name=company.unit.name)
    point = {"supply_point_id": agreement.supply_point_id}
    person = {"customer_id": agreement.customer_id}
    of_point = ("supply_point", "change_premises", "change_type", "move_branch", "open_agreement")
    acts = ("ignite", "suspend", "resume", "close")
    of_person = ("customer", "change_customer", "record_id", "show_id", "erase")
    return {
        **{f"customers:{name}": point for name in (*of_point, *acts)},
        **{f"customers:{name}": person for name in of_person},
        "customers:tab": point | {"tab": "history"},
        "customers:end_agreement": {"agreement_id": agreement.id},
    }
