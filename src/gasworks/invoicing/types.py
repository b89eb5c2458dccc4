"""Values that cross the border of invoicing."""

import datetime as dt
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Part:
    """``amount_fen`` of an open item that a sheet invoices."""

    item_id: int
    amount_fen: int


@dataclass(frozen=True, slots=True)
class PrintedSheet:
    """A consumed number: what the printer puts on the paper, and what the clerk sees."""

    sheet_id: int
    book_id: int
    kind: str
    shown_number: str
    number: int
    amount_fen: int
    state: str
    printed_at: dt.datetime


@dataclass(frozen=True, slots=True)
class BookCount:
    """票据日报: how many sheets of a book met which fate."""

    book_id: int
    total: int
    printed: int
    jammed: int
    void: int

    @property
    def left(self) -> int:
        return self.total - self.printed - self.jammed - self.void
