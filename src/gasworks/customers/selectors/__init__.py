"""Reads of this domain. Customers are found company-wide (通收); the scope gives the company."""

from gasworks.customers.selectors.details import (
    CustomerDetail,
    SupplyPointDetail,
    Told,
    agreement_of,
    agreements_by_number,
    agreements_of,
    area_choices,
    branches_of,
    community_choices,
    customer_detail,
    find_by_id_number,
    held_by,
    history_of,
    holder_on,
    id_trace,
    numbers_in_use,
    places_of,
    require_point,
    supply_point_detail,
)
from gasworks.customers.selectors.households import households, households_at
from gasworks.customers.selectors.search import search
from gasworks.customers.selectors.standing import standing_at

__all__ = [
    "CustomerDetail",
    "SupplyPointDetail",
    "Told",
    "agreement_of",
    "agreements_by_number",
    "agreements_of",
    "area_choices",
    "branches_of",
    "community_choices",
    "customer_detail",
    "find_by_id_number",
    "held_by",
    "history_of",
    "holder_on",
    "households",
    "households_at",
    "id_trace",
    "numbers_in_use",
    "places_of",
    "require_point",
    "search",
    "standing_at",
    "supply_point_detail",
]
