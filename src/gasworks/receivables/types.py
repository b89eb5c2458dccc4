"""Values that cross the border of receivables."""

import datetime as dt
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Holder:
    """What receivables ask of an agreement before they charge it."""

    agreement_id: int
    to_on: dt.date | None
    customer_type: str


@dataclass(frozen=True, slots=True)
class Due:
    """An open item as a page read it. ``payable`` is false while the bank has it or it is disputed."""

    item_id: int
    fee_type_id: int
    fee_name: str
    fee_name_en: str
    kind: str
    order: int
    month: int
    due_on: dt.date
    gross_fen: int
    open_fen: int
    invoiced_fen: int
    state: int
    stops_supply: bool
    receivable_gl: int
    source_kind: int
    source: int

    @property
    def payable(self) -> bool:
        return self.state == 1


@dataclass(frozen=True, slots=True)
class Credit:
    """What we hold for the customer: an advance. ``open_fen`` is negative."""

    item_id: int
    open_fen: int


@dataclass(frozen=True, slots=True)
class Account:
    """What one agreement owes and holds, read at one moment (RCV-1: balance = sum of all)."""

    agreement_id: int
    balance_fen: int
    dues: tuple[Due, ...]
    credits: tuple[Credit, ...]

    @property
    def owed_fen(self) -> int:
        return sum(due.open_fen for due in self.dues)

    @property
    def payable_fen(self) -> int:
        return sum(due.open_fen for due in self.dues if due.payable)

    @property
    def advance_fen(self) -> int:
        return -sum(credit.open_fen for credit in self.credits)


@dataclass(frozen=True, slots=True)
class NewCharge:
    """One amount to book against an agreement. ``source`` is the bill it comes from; None: the item itself."""

    agreement_id: int
    gross_fen: int
    due_on: dt.date
    month: int
    source: int | None = None


@dataclass(frozen=True, slots=True)
class Standing:
    """How one item of an entry stands now."""

    item_id: int
    gross_fen: int
    open_fen: int
    invoiced_fen: int
    state: int

    @property
    def untouched(self) -> bool:
        """Nobody has paid, invoiced, reserved, disputed or cancelled any of it."""
        return self.state == 1 and self.open_fen == self.gross_fen and not self.invoiced_fen


@dataclass(frozen=True, slots=True)
class Share:
    """``amount_fen`` of the money laid against an item of which ``seen_fen`` was open when the page was read."""

    item_id: int
    seen_fen: int
    amount_fen: int


@dataclass(frozen=True, slots=True)
class Allocation:
    """Where an amount goes: shares of items, and what is left for the advance."""

    shares: tuple[Share, ...]
    surplus_fen: int

    @property
    def allocated_fen(self) -> int:
        return sum(share.amount_fen for share in self.shares)


@dataclass(frozen=True, slots=True)
class LateFeeTerms:
    """违约金 as agreed in the contract. ``rate_e6`` is millionths of the open principal per day (200 is 0.02 %).

    ``from_due``: days count from the due day once the grace is over; otherwise from the end of the grace.
    ``cap_e4``: at most this share of the principal (10,000 is the principal itself).
    """

    rate_e6: int = 0
    grace_days: int = 0
    from_due: bool = True
    cap_e4: int = 10_000
