"""Facts that billing publishes."""

from dataclasses import dataclass
from typing import ClassVar

from gasworks.foundation.events import Fact


@dataclass(frozen=True, slots=True)
class BillsIssued(Fact):
    """One chunk of a run was written. Its bills are those of the run with ids from ``first_bill`` to ``last_bill``."""

    KIND: ClassVar[str] = "billing.bills_issued"
    run_id: int
    chunk: int
    month: int
    bills: int
    held: int
    amount_fen: int
    first_bill: int
    last_bill: int


@dataclass(frozen=True, slots=True)
class BillsReleased(Fact):
    """Held bills went out."""

    KIND: ClassVar[str] = "billing.bills_released"
    bill_ids: list[int]


@dataclass(frozen=True, slots=True)
class BillsDiscarded(Fact):
    KIND: ClassVar[str] = "billing.bills_discarded"
    bill_ids: list[int]


@dataclass(frozen=True, slots=True)
class BillsCancelled(Fact):
    KIND: ClassVar[str] = "billing.bills_cancelled"
    bill_ids: list[int]


@dataclass(frozen=True, slots=True)
class BillsRebilled(Fact):
    """One part of a re-billing is done: which bills stand in whose place, ``Replacement`` says."""

    KIND: ClassVar[str] = "billing.bills_rebilled"
    rebill_id: int
    part: int
    bills: int
    refund_fen: int
    additional_fen: int
