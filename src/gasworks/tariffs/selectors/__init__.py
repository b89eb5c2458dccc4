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
from gasworks.tariffs.selectors.seasons import Season, calendar_codes, seasonal_plans, seasons
from gasworks.tariffs.selectors.trying import tariffs_tried
from gasworks.tariffs.selectors.year import PlanYear, YearLadder, goes_by_area, next_period_start, plan_year

__all__ = [
    "CannotPrice",
    "NoPricesYet",
    "PlanYear",
    "Season",
    "YearBill",
    "YearLadder",
    "calendar_codes",
    "company_plans",
    "compiled_tariffs",
    "drafts_waiting",
    "find_plan",
    "find_version",
    "goes_by_area",
    "next_period_start",
    "plan_ids",
    "plan_year",
    "plans",
    "price_out",
    "seasonal_plans",
    "seasons",
    "tariffs_tried",
    "version_in_force",
    "versions_of",
    "year_bills",
]
