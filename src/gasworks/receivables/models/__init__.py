"""Tables of what is owed: items and money on them, what was agreed about late fees, what comes again, what is passed on."""

from gasworks.receivables.models.agreed import Freeze, LateFeeLink, LateTerms, Waiver
from gasworks.receivables.models.items import (
    AgreementBalance,
    Allocation,
    AllocationOrigin,
    FeeTax,
    FeeType,
    OpenItem,
    Principal,
)
from gasworks.receivables.models.others import DepositSlip, Settlement, Subscription, SubscriptionCharge
from gasworks.receivables.models.reminders import Reminder

__all__ = [
    "AgreementBalance",
    "Allocation",
    "AllocationOrigin",
    "DepositSlip",
    "FeeTax",
    "FeeType",
    "Freeze",
    "LateFeeLink",
    "LateTerms",
    "OpenItem",
    "Principal",
    "Reminder",
    "Settlement",
    "Subscription",
    "SubscriptionCharge",
    "Waiver",
]
