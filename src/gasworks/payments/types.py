"""Values that cross the border of payments."""

import datetime as dt
import uuid
from dataclasses import dataclass

from gasworks.kernel.errors import Refusal
from gasworks.receivables.types import Share


@dataclass(frozen=True, slots=True)
class LateFee:
    """Late fee that falls due with the payment of an item."""

    item_id: int
    agreement_id: int
    amount_fen: int


@dataclass(frozen=True, slots=True)
class PlanLine:
    """What one agreement pays: shares of its items, and a surplus for its advance."""

    agreement_id: int
    shares: tuple[Share, ...]
    surplus_fen: int
    late_fees: tuple[LateFee, ...] = ()

    @property
    def amount_fen(self) -> int:
        fen = self.surplus_fen
        for share in self.shares:
            fen += share.amount_fen
        for fee in self.late_fees:
            fen += fee.amount_fen
        return fen


@dataclass(frozen=True, slots=True)
class PaymentPlan:
    """What a payment will do, computed from the page's read. It is checked again when it is carried out."""

    lines: tuple[PlanLine, ...]

    @property
    def amount_fen(self) -> int:
        return sum(line.amount_fen for line in self.lines)

    @property
    def surplus_fen(self) -> int:
        return sum(line.surplus_fen for line in self.lines)


@dataclass(frozen=True, slots=True)
class Taken:
    """The stored answer of a payment request. ``replayed``: the same key came before, and nothing was written now."""

    payment_ids: tuple[int, ...]
    entry_ids: tuple[int, ...]
    amount_fen: int
    tendered_fen: int
    surplus_fen: int
    posting_day: dt.date
    replayed: bool

    @property
    def change_fen(self) -> int:
        return self.tendered_fen - self.amount_fen


@dataclass(frozen=True, slots=True)
class Arrived:
    """A payment that another system brought, and the agreement that it was for."""

    taken: Taken
    agreement_id: int


@dataclass(frozen=True, slots=True)
class Collected:
    """One row of a collection file: the channel took this amount for an agreement on its day, under its own number.

    ``agreement_id`` is None when nobody holds what the channel named. ``payer`` is what the channel said about who pays,
    and is what its number is bound to; left out, that is the agreement.
    """

    reference: str
    agreement_id: int | None
    amount_fen: int
    channel_on: dt.date
    payer: str = ""


@dataclass(frozen=True, slots=True)
class CollectedAnswer:
    """What became of a row: a payment, the payment that its number stands for already (``replayed``), or a refusal."""

    payment_id: int | None = None
    surplus_fen: int = 0
    replayed: bool = False
    refusal: Refusal | None = None


@dataclass(frozen=True, slots=True)
class ShiftCount:
    """The cash of a shift: what should be in the drawer, and what was taken by each means."""

    shift_id: int
    float_fen: int
    cash_fen: int
    banked_fen: int
    by_means: tuple[tuple[str, int, int], ...]
    reversed_count: int

    @property
    def expected_fen(self) -> int:
        return self.float_fen + self.cash_fen - self.banked_fen


@dataclass(frozen=True, slots=True)
class PaidItem:
    """One line of a receipt."""

    item_id: int
    fee_name: str
    fee_name_en: str
    month: int
    amount_fen: int
    bill_id: int | None


@dataclass(frozen=True, slots=True)
class PaymentView:
    """A payment as pages and papers show it."""

    payment_id: int
    agreement_id: int
    key: uuid.UUID
    at: dt.datetime
    posting_day: dt.date
    means: str
    channel: str
    outlet_name: str
    cashier_name: str
    amount_fen: int
    tendered_fen: int
    advance_fen: int
    state: int
    items: tuple[PaidItem, ...]

    @property
    def change_fen(self) -> int:
        return self.tendered_fen - self.amount_fen
