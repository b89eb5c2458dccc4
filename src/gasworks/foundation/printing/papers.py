"""What stands on the fixed papers: plain values that a domain fills in. Fen, litres, 0.0001 yuan, YYYYMM, dates."""

import datetime as dt
from dataclasses import dataclass

from gasworks.foundation.printing.capitals import capital_yuan

BAR_HEIGHT = 100


@dataclass(frozen=True, slots=True)
class ReceiptLine:
    """One thing paid for. Volume and price are left out where there is none."""

    label: str
    amount_fen: int
    month: int | None = None
    litres: int | None = None
    price_e4: int | None = None


@dataclass(frozen=True, slots=True)
class ReceiptPaper:
    """A receipt (收据). ``number`` is the sheet's own number; ``reprint`` counts copies after the first."""

    company: str
    outlet: str
    number: str
    paid_at: dt.datetime
    posting_on: dt.date
    supply_point: str
    holder: str
    address: str
    lines: tuple[ReceiptLine, ...]
    total_fen: int
    received_fen: int
    change_fen: int
    to_advance_fen: int
    method: str
    cashier: str
    advance_balance_fen: int | None = None
    payment_number: str = ""
    reprint: int = 0
    voided: bool = False
    note: str = ""

    @property
    def in_capitals(self) -> str:
        return capital_yuan(self.total_fen)


@dataclass(frozen=True, slots=True)
class BillReading:
    """One register over the use interval. Indexes in litres of the meter's face."""

    meter: str
    previous_on: dt.date
    previous_litres: int
    read_on: dt.date
    index_litres: int
    used_litres: int
    note: str = ""


@dataclass(frozen=True, slots=True)
class BillLine:
    label: str
    litres: int
    price_e4: int
    amount_fen: int


@dataclass(frozen=True, slots=True)
class BillFee:
    """A fee of the month beside the gas: an item of its own, paid with the bill or apart."""

    label: str
    amount_fen: int


@dataclass(frozen=True, slots=True)
class TierLeft:
    """How far the household is in one tier of the period. ``width_litres`` None: the last tier, without end."""

    label: str
    price_e4: int
    used_litres: int
    width_litres: int | None

    @property
    def left_litres(self) -> int | None:
        return None if self.width_litres is None else max(0, self.width_litres - self.used_litres)


@dataclass(frozen=True, slots=True)
class MonthUse:
    month: int
    litres: int


@dataclass(frozen=True, slots=True)
class MonthBar:
    """A bar of the twelve-month picture; ``top`` and ``height`` are parts of a hundred."""

    month: int
    litres: int
    left: int
    top: int
    height: int


@dataclass(frozen=True, slots=True)
class BillPaper:
    """A gas bill (燃气费账单) with its three dates: use interval, accounting month, posting day."""

    company: str
    number: str
    supply_point: str
    holder: str
    address: str
    nature: str
    accounting_month: int
    from_on: dt.date
    to_on: dt.date
    posting_on: dt.date
    due_on: dt.date
    readings: tuple[BillReading, ...]
    lines: tuple[BillLine, ...]
    total_fen: int
    tiers: tuple[TierLeft, ...] = ()
    tier_period: str = ""
    months: tuple[MonthUse, ...] = ()
    others: tuple[BillFee, ...] = ()
    owed_before_fen: int = 0
    advance_fen: int = 0
    price_document: str = ""
    state: str = ""
    note: str = ""

    @property
    def litres(self) -> int:
        return sum(line.litres for line in self.lines)

    @property
    def in_capitals(self) -> str:
        return capital_yuan(self.total_fen)

    @property
    def with_others_fen(self) -> int:
        return self.total_fen + sum(fee.amount_fen for fee in self.others)

    @property
    def bars(self) -> list[MonthBar]:
        """Heights to the month that used most; a month that used something is at least one part high."""
        most = max((use.litres for use in self.months), default=0)
        bars = []
        for place, use in enumerate(self.months):
            height = max(1, use.litres * BAR_HEIGHT // most) if use.litres > 0 else 0
            bars.append(MonthBar(use.month, use.litres, place * 50, BAR_HEIGHT - height, height))
        return bars

    @property
    def bars_path(self) -> str:
        """All bars as one path. Words do not stand in the picture: each would become an object of its own in the PDF."""
        return "".join(f"M{bar.left + 8} {bar.top}h34v{bar.height}h-34z" for bar in self.bars)
