"""Writes of billing: runs, and what a person decides about single bills."""

from gasworks.billing.services.deciding import MOST_AT_ONCE, ask_release, cancel_bill, discard_bills, release_bills
from gasworks.billing.services.running import (
    AT_NIGHT,
    Preview,
    carry_out,
    install_hold_rules,
    preview_run,
    start_run,
    stop_run,
)

__all__ = [
    "AT_NIGHT",
    "MOST_AT_ONCE",
    "Preview",
    "ask_release",
    "cancel_bill",
    "carry_out",
    "discard_bills",
    "install_hold_rules",
    "preview_run",
    "release_bills",
    "start_run",
    "stop_run",
]
