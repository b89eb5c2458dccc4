"""Values that cross the border of receivables."""

import datetime as dt
from dataclasses import dataclass, field
from typing import NamedTuple, Protocol


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
    frozen: tuple[tuple[dt.date, dt.date], ...] = ()
    """Days under dispute or with the bank, half-open, merged; they bear no late fee."""
    late_until: dt.date | None = None
    """The late fee of what is open was charged up to this day."""

    @property
    def payable(self) -> bool:
        return self.state == 1


class Debt(Protocol):
    """What laying money needs to know of an item that is open: as a page read it, or as a file of payments does."""

    @property
    def item_id(self) -> int: ...
    @property
    def open_fen(self) -> int: ...
    @property
    def due_on(self) -> dt.date: ...
    @property
    def order(self) -> int: ...
    @property
    def stops_supply(self) -> bool: ...
    @property
    def frozen(self) -> tuple[tuple[dt.date, dt.date], ...]: ...
    @property
    def late_until(self) -> dt.date | None: ...


class Payable(NamedTuple):
    """An item that takes money now, and no more of it than a plan needs: thousands are read for one file."""

    item_id: int
    open_fen: int
    due_on: dt.date
    order: int
    stops_supply: bool
    frozen: tuple[tuple[dt.date, dt.date], ...]
    late_until: dt.date | None


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
class Invoiceable:
    """How much of an item stands on valid sheets, how much was waived, and how much can still be invoiced."""

    gross_fen: int
    invoiced_fen: int
    waived_fen: int

    @property
    def left_fen(self) -> int:
        return self.gross_fen - self.invoiced_fen - self.waived_fen


@dataclass(frozen=True, slots=True)
class MonthFee:
    """A fee beside the gas of a month, as the bill tells it."""

    name: str
    name_en: str
    kind: str
    gross_fen: int
    open_fen: int


@dataclass(frozen=True, slots=True)
class WaiverSum:
    """One line of the waiver report: a month, a kind, a person."""

    month: int
    kind: str
    person: str
    count: int
    undone_count: int
    waived_fen: int | None
    undone_fen: int | None

    @property
    def net_fen(self) -> int:
        return (self.waived_fen or 0) - (self.undone_fen or 0)


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
    """违约金 as agreed. ``rate_e6`` is millionths of the open principal a day (200 is 0.02 %), never of a late fee.

    ``from_month_end``: days count from the end of the due day's month, else from the due day. ``from_due``: once the
    grace is over the days of grace count too; otherwise days count from the end of the grace. ``steps``: from which
    counted day another rate holds, e.g. ((31, 500),). ``cap_e4``: at most this share of the principal (10,000 is the
    principal itself); None: no cap.
    """

    rate_e6: int = 0
    grace_days: int = 0
    from_due: bool = True
    cap_e4: int | None = 10_000
    from_month_end: bool = False
    steps: tuple[tuple[int, int], ...] = ()

    @property
    def nothing(self) -> bool:
        """Whether no debt ever bears a late fee by these terms."""
        return not self.rate_e6 and not self.steps

    def of(self, agreement_id: int, due_on: dt.date) -> "LateFeeTerms":
        """The same for every agreement and every debt."""
        return self


NO_LATE_FEE = LateFeeTerms()


@dataclass(frozen=True, slots=True)
class AgreedTerms:
    """Terms that hold for one agreement from a day to a day."""

    agreement_id: int
    from_on: dt.date
    to_on: dt.date | None
    terms: LateFeeTerms


@dataclass(frozen=True, slots=True)
class TermsBook:
    """The terms of some agreements, the nearest first: the agreement's own, its kind of customer's, the company's.

    A debt is governed by what was in force on its due day until it is paid.
    """

    rows: tuple[AgreedTerms, ...] = ()
    _of: dict[int, list[AgreedTerms]] = field(default_factory=dict, init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        for row in self.rows:
            self._of.setdefault(row.agreement_id, []).append(row)

    def of(self, agreement_id: int, due_on: dt.date) -> LateFeeTerms:
        for row in self._of.get(agreement_id, ()):
            if row.from_on <= due_on and (not row.to_on or due_on < row.to_on):
                return row.terms
        return NO_LATE_FEE


class LateTermsOf(Protocol):
    """Whatever tells the terms of a debt: one set for all, or a book."""

    def of(self, agreement_id: int, due_on: dt.date) -> LateFeeTerms: ...


@dataclass(frozen=True, slots=True)
class NewLateFee:
    """A late fee to be charged: on which part of which item, up to which day.

    ``standing``: the part stays open and its late fee goes on from that day; otherwise it is paid at the same moment.
    """

    agreement_id: int
    principal_id: int
    fen: int
    part_fen: int
    until_on: dt.date
    standing: bool = False
