"""Writes of the tariffs domain, one transaction each."""

from gasworks.tariffs.services.packs import load_pack
from gasworks.tariffs.services.plans import PlanCodeTaken, add_plan, change_plan
from gasworks.tariffs.services.seasons import set_season
from gasworks.tariffs.services.versions import (
    APPROVAL,
    BadTariff,
    DayTaken,
    PaperMissing,
    approve_granted,
    ask_approval,
    change_draft,
    draft_version,
    put_in_force,
    withdraw_draft,
)

__all__ = [
    "APPROVAL",
    "BadTariff",
    "DayTaken",
    "PaperMissing",
    "PlanCodeTaken",
    "add_plan",
    "approve_granted",
    "ask_approval",
    "change_draft",
    "change_plan",
    "draft_version",
    "load_pack",
    "put_in_force",
    "set_season",
    "withdraw_draft",
]
