"""Writes of this domain: one transaction each, bound by the scope, audited."""

from gasworks.customers.numbers import SUPPLY_POINTS
from gasworks.customers.services.agreements import (
    AgreementClosed,
    AgreementEndsBeforeItBegins,
    AgreementOverlaps,
    AgreementStillRuns,
    end_agreement,
    open_agreement,
    open_with_holder,
)
from gasworks.customers.services.bulk import OpeningProblem, SomeCannotBeOpened, check_openings, open_many
from gasworks.customers.services.erasure import StillHolds, erase_customer
from gasworks.customers.services.people import (
    EmptyName,
    add_customer,
    change_customer,
    record_id_number,
    show_id_number,
)
from gasworks.customers.services.places import add_area, add_community, ensure_communities, place_community
from gasworks.customers.services.search_keys import add_search_keys, set_search_keys
from gasworks.customers.services.supply_points import (
    NotABranch,
    NumberMalformed,
    NumberTaken,
    change_premises,
    change_type,
    hold_supply_point,
    move_to_branch,
    open_supply_point,
    set_status,
)

__all__ = [
    "SUPPLY_POINTS",
    "AgreementClosed",
    "AgreementEndsBeforeItBegins",
    "AgreementOverlaps",
    "AgreementStillRuns",
    "EmptyName",
    "NotABranch",
    "NumberMalformed",
    "NumberTaken",
    "OpeningProblem",
    "SomeCannotBeOpened",
    "StillHolds",
    "add_area",
    "add_community",
    "add_customer",
    "add_search_keys",
    "change_customer",
    "change_premises",
    "change_type",
    "check_openings",
    "end_agreement",
    "ensure_communities",
    "erase_customer",
    "hold_supply_point",
    "move_to_branch",
    "open_agreement",
    "open_many",
    "open_supply_point",
    "open_with_holder",
    "place_community",
    "record_id_number",
    "set_search_keys",
    "set_status",
    "show_id_number",
]
