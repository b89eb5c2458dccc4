"""Facts that payments publish. ``PaymentTaken`` is written by the payment function in SQL: keep the two alike."""

from dataclasses import dataclass
from typing import ClassVar

from gasworks.foundation.events import Fact


@dataclass(frozen=True, slots=True)
class PaymentTaken(Fact):
    """One request took money for one or several agreements."""

    KIND: ClassVar[str] = "payments.payment_taken"
    payment_ids: list[int]
    agreement_ids: list[int]
    amount_fen: int
    channel: str


@dataclass(frozen=True, slots=True)
class PaymentReversed(Fact):
    KIND: ClassVar[str] = "payments.payment_reversed"
    payment_id: int
    reversal_id: int
    agreement_id: int
    amount_fen: int


@dataclass(frozen=True, slots=True)
class AdvanceUsed(Fact):
    KIND: ClassVar[str] = "payments.advance_used"
    agreement_id: int
    amount_fen: int


@dataclass(frozen=True, slots=True)
class AdvanceRefunded(Fact):
    KIND: ClassVar[str] = "payments.advance_refunded"
    payment_id: int
    agreement_id: int
    amount_fen: int


@dataclass(frozen=True, slots=True)
class ShiftClosed(Fact):
    KIND: ClassVar[str] = "payments.shift_closed"
    shift_id: int
    outlet_id: int
    difference_fen: int


@dataclass(frozen=True, slots=True)
class DayEnded(Fact):
    """An outlet's day was closed; ``day`` is ISO text."""

    KIND: ClassVar[str] = "payments.day_ended"
    outlet_id: int
    day: str
