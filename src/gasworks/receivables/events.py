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
