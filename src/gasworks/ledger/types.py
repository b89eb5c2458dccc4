"""Values that cross the ledger's border."""

import datetime as dt
from dataclasses import dataclass
from enum import IntEnum


class EntryKind(IntEnum):
    """What an entry books. Its ``source`` is the id of that thing, unique inside the kind."""

    BILL = 1
    BILL_CANCEL = 2
    PAYMENT = 3
    PAYMENT_REVERSAL = 4
    CHARGE = 5
    DEPOSIT = 6
    CASH_COUNT = 7
    BANKING = 8
    LATE_FEE = 9
    CHARGE_CANCEL = 10
    ADVANCE_USE = 11
    MANUAL = 12
    OPENING = 13
    SHIFT_TRANSFER = 14
    REFUND = 15
    REBILL = 16
    WAIVER = 17
    WAIVER_UNDONE = 18
    SETTLEMENT = 19
    DEPOSIT_RETURN = 20
    SUBSIDY = 30
    SUBSIDY_PAID = 31


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
