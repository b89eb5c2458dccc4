"""Values that cross the ledger's border."""

import datetime as dt
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Leg:
    """``amount_fen`` (> 0) from the credit side to the debit side; parties exactly where the chart says so."""

    debit_gl: int
    credit_gl: int
    amount_fen: int
    debit_party: int | None = None
    credit_party: int | None = None


@dataclass(frozen=True, slots=True)
class Draft:
    """An entry before it is posted. ``kind`` and ``source`` are unique in the company."""

    outlet_id: int
    posting_day: dt.date
    kind: int
    source: int
    legs: tuple[Leg, ...]


@dataclass(frozen=True, slots=True)
class PostingPlace:
    """Where and on which posting day something is booked."""

    outlet_id: int
    day: dt.date


@dataclass(frozen=True, slots=True)
class AccountLine:
    """One account's turnover and balance. ``balance_fen`` is debit − credit, whatever the account's nature."""

    gl_id: int
    code: str
    name: str
    name_en: str
    nature: str
    debit_fen: int
    credit_fen: int

    @property
    def balance_fen(self) -> int:
        return self.debit_fen - self.credit_fen


@dataclass(frozen=True, slots=True)
class JournalLine:
    """One movement of the cash journal (现金日记账), with the balance after it."""

    entry_id: int
    posting_day: dt.date
    at: dt.datetime
    kind: int
    outlet_id: int
    party: int | None
    counter_code: str
    counter_name: str
    counter_name_en: str
    debit_fen: int
    credit_fen: int
    balance_fen: int
