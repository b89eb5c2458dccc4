"""Facts that receivables publish."""

from dataclasses import dataclass
from typing import ClassVar

from gasworks.foundation.events import Fact


@dataclass(frozen=True, slots=True)
class FeeCharged(Fact):
    """A fee that is no bill was charged to an agreement."""

    KIND: ClassVar[str] = "receivables.fee_charged"
    agreement_id: int
    item_id: int
    fee_type: str
    gross_fen: int


@dataclass(frozen=True, slots=True)
class ItemCancelled(Fact):
    """A charge was taken back in full."""

    KIND: ClassVar[str] = "receivables.item_cancelled"
    agreement_id: int
    item_id: int
    gross_fen: int


@dataclass(frozen=True, slots=True)
class Waived(Fact):
    """Part or all of an item was waived."""

    KIND: ClassVar[str] = "receivables.waived"
    agreement_id: int
    item_id: int
    waiver_id: int
    amount_fen: int


@dataclass(frozen=True, slots=True)
class WaiverUndone(Fact):
    """A waiver was taken back; the item is open by that much again, unless it was cancelled with it."""

    KIND: ClassVar[str] = "receivables.waiver_undone"
    agreement_id: int
    item_id: int
    waiver_id: int
    amount_fen: int


@dataclass(frozen=True, slots=True)
class SubscriptionsCharged(Fact):
    """Recurring fees of one type were charged for a month; one fact a chunk."""

    KIND: ClassVar[str] = "receivables.subscriptions_charged"
    fee_type: str
    month: int
    item_ids: list[int]


@dataclass(frozen=True, slots=True)
class ThirdPartySettled(Fact):
    """What was collected for a third party was paid over."""

    KIND: ClassVar[str] = "receivables.third_party_settled"
    settlement_id: int
    principal_id: int
    net_fen: int


@dataclass(frozen=True, slots=True)
class DepositReturned(Fact):
    """A deposit went back against its slip."""

    KIND: ClassVar[str] = "receivables.deposit_returned"
    agreement_id: int
    slip_id: int
    amount_fen: int
