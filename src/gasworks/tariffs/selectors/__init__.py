"""Reads of the tariffs domain."""

from gasworks.tariffs.selectors.calculator import CannotPrice, price_out
from gasworks.tariffs.selectors.comparing import YearBill, year_bills
from gasworks.tariffs.selectors.compiled import NoPricesYet, compiled_tariffs
from gasworks.tariffs.selectors.plans import (
    company_plans,
    drafts_waiting,
    find_plan,
    find_version,
    plan_ids,
    plans,
    version_in_force,
    versions_of,
)
from gasworks.tariffs.selectors.trying import tariffs_tried

__all__ = [
    "CannotPrice",
    "NoPricesYet",
    "YearBill",
    "company_plans",
    "compiled_tariffs",
    "drafts_waiting",
    "find_plan",
    "find_version",
    "plan_ids",
    "plans",
    "price_out",
    "tariffs_tried",
    "version_in_force",
    "versions_of",
    "year_bills",
]
