"""What screens, papers and the API say about bills: plain values. Fen, litres, 0.0001 yuan, YYYYMM, days."""

import datetime as dt
from dataclasses import dataclass

from gasworks.receivables.types import MonthFee
from gasworks.usage.types import Booking


@dataclass(frozen=True, slots=True)
class DetailLine:
    """One line. ``tier`` counts from 1; 0 is what lacks to the minimum charge."""

    tier: int
    litres: int
    price_e4: int
    amount_fen: int
    document_no: str


@dataclass(frozen=True, slots=True)
class TierUse:
    """How far the household is in one tier after this bill. ``width_litres`` None: the tier has no end."""

    tier: int
    price_e4: int
    used_litres: int
    width_litres: int | None


@dataclass(frozen=True, slots=True)
class HoldReason:
    """Why a bill waits; ``settled_as`` is empty as long as it does."""

    rule: str
    settled_as: str
    settled_at: dt.datetime | None
    settled_by: str


@dataclass(frozen=True, slots=True)
class BillDetail:
    """One bill with everything that is shown about it.

    ``left_litres`` -1: the tier reached has no end, or the price has no tiers. ``open_fen`` is still owed on it.
    ``months`` are (YYYYMM, litres) of the twelve months up to the bill's own, oldest first.
    """

    id: int
    kind: int
    state: int
    month: int
    from_on: dt.date
    to_on: dt.date
    posting_day: dt.date
    due_on: dt.date
    litres: int
    amount_fen: int
    left_litres: int
    open_fen: int
    run_id: int | None
    agreement_id: int
    supply_point_id: int
    supply_point: str
    branch_id: int
    holder: str
    address: str
    customer_type: str
    company: str
    readings: tuple[Booking, ...]
    lines: tuple[DetailLine, ...]
    tiers: tuple[TierUse, ...]
    months: tuple[tuple[int, int], ...]
    holds: tuple[HoldReason, ...]
    settles: tuple[int, ...] = ()
    """Bills on estimates that were taken back for this one."""
    settled_by: int = 0
    """The bill by an actual reading that stands in this one's place."""
    spread: bool = False
    """A relief case spread the interval back over its months; ``spread_why`` is its reason."""
    spread_why: str = ""
    others: tuple[MonthFee, ...] = ()
    """Other fees of the month that are told with the bill; they are items of their own."""

    @property
    def estimated(self) -> bool:
        return any(reading.estimate_method for reading in self.readings)


@dataclass(frozen=True, slots=True)
class ShownBill:
    """A bill with its lines, as its customer and their machines see it.

    ``kind`` is regular, interim, final, back or correction; ``state`` is issued or cancelled.
    """

    id: int
    kind: str
    state: str
    month: int
    from_on: dt.date
    to_on: dt.date
    due_on: dt.date
    litres: int
    amount_fen: int
    lines: tuple[DetailLine, ...]


@dataclass(frozen=True, slots=True)
class SummaryRow:
    """Homes, gas and money of one customer type and tier (0: nothing used, or the minimum charge)."""

    customer_type: str
    tier: int
    homes: int
    litres: int
    amount_fen: int


@dataclass(frozen=True, slots=True)
class NotBilled:
    supply_point_id: int
    number: str
    address: str
    reason: int


@dataclass(frozen=True, slots=True)
class RunProgress:
    """How far a run is. ``issued`` and ``held`` are the issue summary (应收发行汇总) of the chunks written so far."""

    run_id: int
    month: int
    state: str
    chunks: int
    done: int
    bills: int
    held_bills: int
    litres: int
    amount_fen: int
    issued: tuple[SummaryRow, ...]
    held: tuple[SummaryRow, ...]
    problems: int


@dataclass(frozen=True, slots=True)
class HeldBill:
    """A bill that waits for a person, with its reasons. One that was issued already waits to be cancelled."""

    id: int
    state: int
    month: int
    supply_point_id: int
    supply_point: str
    address: str
    from_on: dt.date
    to_on: dt.date
    litres: int
    amount_fen: int
    rules: tuple[str, ...]
