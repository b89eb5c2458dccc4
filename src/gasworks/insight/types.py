"""Figures as reports give them: integers in fen and litres."""

import datetime as dt
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Takings:
    """Money that came in by one channel; a reversed payment counts with its reversal, so the two cancel out."""

    channel: str
    channel_en: str
    payments: int
    amount_fen: int


@dataclass(frozen=True, slots=True)
class DayTakings:
    day: dt.date
    amount_fen: int


@dataclass(frozen=True, slots=True)
class MonthMoney:
    """What customers were charged and what they settled on the posting days of one calendar month (YYYYMM), and what
    stood open at its end. A waiver or a use of an advance settles as a payment does."""

    month: int
    billed_fen: int
    collected_fen: int
    arrears_fen: int


@dataclass(frozen=True, slots=True)
class ReadingProgress:
    """Supply points by the state of their book in one accounting month."""

    state: str
    books: int
    supply_points: int


@dataclass(frozen=True, slots=True)
class TypeGas:
    month: int
    customer_type: str
    litres: int
    amount_fen: int


@dataclass(frozen=True, slots=True)
class Ageing:
    """Open debt of one customer type; ``buckets`` in the order of ``BUCKETS``."""

    customer_type: str
    agreements: int
    buckets: tuple[int, ...]

    @property
    def total_fen(self) -> int:
        return sum(self.buckets)


@dataclass(frozen=True, slots=True)
class Debtor:
    agreement_id: int
    supply_point_id: int
    number: str
    name: str
    address: str
    customer_type: str
    items: int
    oldest_due_on: dt.date
    owed_fen: int


@dataclass(frozen=True, slots=True)
class IssueLine:
    """应收发行汇总: one customer type and tier of one accounting month."""

    customer_type: str
    tier: int
    homes: int
    litres: int
    amount_fen: int


@dataclass(frozen=True, slots=True)
class IssueTotal:
    customer_type: str
    bills: int
    homes: int
    litres: int
    amount_fen: int


@dataclass(frozen=True, slots=True)
class BookIssue:
    """应收发行 of one book in one accounting month. ``late`` bills were added by a run after the book was issued (补发)."""

    book_id: int
    code: str
    name: str
    state: str
    issued_at: dt.datetime | None
    due: int
    bills: int
    held: int
    late: int
    litres: int
    amount_fen: int

    @property
    def not_billed(self) -> int:
        return max(self.due - self.bills - self.held, 0)


@dataclass(frozen=True, slots=True)
class Today:
    """The figures at the head of the dashboard."""

    supply_points: int
    takings_fen: int
    payments: int
    arrears_fen: int
    debtors: int
    held_bills: int


AGE_LIMITS: tuple[int, ...] = (0, 30, 90, 180, 365)
"""Days past due: not yet due, to 30, to 90, to 180, to 365, and beyond."""
