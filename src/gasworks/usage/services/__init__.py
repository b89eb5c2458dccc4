"""Writes of usage: ladders, price items and households; entitlements by evidence; payers of subsidies."""

from gasworks.usage.checks import PlanNotHere
from gasworks.usage.opening import open_many
from gasworks.usage.services.ladders import (
    BeginsOnThatDay,
    BilledBeyond,
    HouseholdOverlaps,
    NotOnThisLadder,
    RightSetsPrices,
    SameLadder,
    SharesDoNotFit,
    close_use,
    join_ladder,
    lapse_households,
    set_household,
    set_price_items,
    take_back,
)
from gasworks.usage.services.rights import drop_out, end_right, record_right, remind, renew_right
from gasworks.usage.services.subsidies import add_payer, hold_payer, set_terms

__all__ = [
    "BeginsOnThatDay",
    "BilledBeyond",
    "HouseholdOverlaps",
    "NotOnThisLadder",
    "PlanNotHere",
    "RightSetsPrices",
    "SameLadder",
    "SharesDoNotFit",
    "add_payer",
    "close_use",
    "drop_out",
    "end_right",
    "hold_payer",
    "join_ladder",
    "lapse_households",
    "open_many",
    "record_right",
    "remind",
    "renew_right",
    "set_household",
    "set_price_items",
    "set_terms",
    "take_back",
]
