"""Shapes of the API. Money is whole fen, gas whole litres, days ISO 8601; unknown fields are refused."""

import datetime as dt
import re
from typing import Annotated, Any, Literal

from ninja import Schema
from pydantic import BeforeValidator, ConfigDict, Field
from pydantic_core import PydanticCustomError

MAX_BIGINT = 2**63 - 1
PAGE = 50
Number = Annotated[str, Field(min_length=1, max_length=32, pattern=r"^[0-9A-Za-z\-]+$")]
Text = Annotated[str, Field(min_length=1, max_length=60, pattern=r"^[^\x00-\x1f\x7f]+$")]
MeterKey = Annotated[str, Field(min_length=1, max_length=40, pattern=r"^[^\x00-\x1f\x7f]+$")]
Fen = Annotated[int, Field(strict=True, ge=1, le=100_000_000_000)]
Litres = Annotated[int, Field(strict=True, ge=0, le=10**12)]
CustomerKind = Literal["residential", "commercial", "industrial", "public"]
Status = Literal["not_ignited", "active", "suspended", "closed"]
BillKind = Literal["regular", "interim", "final", "back", "correction"]
BillState = Literal["issued", "cancelled"]
Means = Literal["card", "qr", "cheque", "transfer", "online"]


def _iso_day(value: Any) -> Any:
    """A day is a text like 2026-03-10: no moment, and no number of seconds."""
    if isinstance(value, str) and re.fullmatch(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", value):
        try:
            return dt.date.fromisoformat(value)
        except ValueError:
            pass
    raise PydanticCustomError("iso_day", "a day is YYYY-MM-DD")


Day = Annotated[dt.date, BeforeValidator(_iso_day)]


class Strict(Schema):
    model_config = ConfigDict(extra="forbid")


class Asked(Strict):
    """``q`` is a supply point number, a meter number, a name, a phone, or parts of an address."""

    q: Text


class BillsAsked(Strict):
    """Newest first. ``before`` takes the ``next_before`` of the page read last."""

    before: Annotated[int, Field(ge=1, le=MAX_BIGINT)] = MAX_BIGINT
    limit: Annotated[int, Field(ge=1, le=PAGE)] = 12


class Fault(Schema):
    """One thing that does not fit: where, which rule, and the rule in the caller's language."""

    at: str
    code: str
    message: str


class Problem(Schema):
    type: str
    title: str
    status: int
    code: str
    errors: list[Fault] | None = None


class SupplyPointOut(Schema):
    """``name``, ``agreement`` and ``balance_fen`` are those of the agreement in force today; without one, empty and 0."""

    number: str
    name: str
    address: str
    customer_type: CustomerKind
    status: Status
    agreement: str
    balance_fen: int


class SupplyPoints(Schema):
    items: list[SupplyPointOut]


class BillLineOut(Schema):
    """``tier`` counts from 1; 0 is what lacks to the minimum charge."""

    tier: int
    litres: int
    price_e4: int
    amount_fen: int


class BillOut(Schema):
    id: int
    month: int
    kind: BillKind
    state: BillState
    from_on: dt.date
    to_on: dt.date
    due_on: dt.date
    litres: int
    amount_fen: int
    lines: list[BillLineOut]


class Bills(Schema):
    items: list[BillOut]
    next_before: int | None = None


class ReadingIn(Strict):
    """One index of the meter that now hangs at the supply point, or of the meter with that serial number."""

    key: Annotated[MeterKey, Field(description="Supply point number or meter number")]
    read_on: Day
    index_litres: Litres
    register_no: Annotated[int, Field(strict=True, ge=1, le=99)] = 1


class ReadingsIn(Strict):
    readings: Annotated[list[ReadingIn], Field(min_length=1, max_length=10_000)]


class ReadingResult(Schema):
    row: int
    accepted: bool
    flags: int = 0
    code: str = ""
    reason: str = ""


class ReadingsOut(Schema):
    accepted: int
    refused: int
    results: list[ReadingResult]


class PaymentIn(Strict):
    """``amount_fen`` was received; what exceeds the open items becomes the agreement's advance."""

    supply_point: Number
    amount_fen: Fen
    means: Means = "online"


class PaymentOut(Schema):
    """``replayed``: the key was known, and this is the first answer again; ``balance_fen`` is always today's."""

    id: int
    supply_point: str
    amount_fen: int
    allocated_fen: int
    advance_fen: int
    balance_fen: int
    posting_day: dt.date
    replayed: bool


class FeedPoint(Schema):
    number: str
    address: str
    customer_type: CustomerKind
    status: Status


class FeedAgreement(Schema):
    """The agreement in force, else the newest. ``to_on`` null: it runs on."""

    number: str
    from_on: dt.date
    to_on: dt.date | None


class FeedLine(BillLineOut):
    document_no: str


class FeedBill(Schema):
    """``open_fen`` is still owed on it; ``estimated``: it stands on an estimated index."""

    id: int
    kind: BillKind
    state: BillState
    month: int
    from_on: dt.date
    to_on: dt.date
    due_on: dt.date
    litres: int
    amount_fen: int
    open_fen: int
    estimated: bool
    lines: list[FeedLine]


class FeedReading(Schema):
    read_on: dt.date
    meter: str
    register_no: Annotated[int, Field(alias="register")]
    index_litres: int
    source: str
    estimate_method: str


class FeedPayment(Schema):
    """Money back is negative."""

    id: int
    at: dt.datetime
    posting_day: dt.date
    means: str
    channel: str
    amount_fen: int
    state: Literal["taken", "reversed", "reversal", "refund"]


class Feed(Schema):
    """Schema ``gasworks.supply-point/1``. ``complete`` false: only the newest rows of a kind are here."""

    schema_name: Annotated[str, Field(alias="schema")]
    made_on: dt.date
    company: str
    supply_point: FeedPoint
    agreement: FeedAgreement | None
    balance_fen: int
    complete: bool
    bills: list[FeedBill]
    readings: list[FeedReading]
    payments: list[FeedPayment]
