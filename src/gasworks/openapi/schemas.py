"""Shapes of the API. Money is whole fen, gas whole litres, days ISO 8601; unknown fields are refused."""

import datetime as dt
from typing import Annotated

from ninja import Schema
from pydantic import ConfigDict, Field

MAX_BIGINT = 2**63 - 1
Number = Annotated[str, Field(min_length=1, max_length=32, pattern=r"^[0-9A-Za-z\-]+$")]
Text = Annotated[str, Field(min_length=1, max_length=60, pattern=r"^[^\x00-\x1f]+$")]
Fen = Annotated[int, Field(strict=True, ge=1, le=100_000_000_000)]
Litres = Annotated[int, Field(strict=True, ge=0, le=10**12)]


class Strict(Schema):
    model_config = ConfigDict(extra="forbid")


class Problem(Schema):
    type: str
    title: str
    status: int
    code: str
    errors: list[dict[str, str]] | None = None


class SupplyPointOut(Schema):
    number: str
    name: str
    address: str
    customer_type: str
    status: str
    agreement: str
    balance_fen: int


class SupplyPoints(Schema):
    items: list[SupplyPointOut]


class BillLineOut(Schema):
    tier: int
    litres: int
    price_e4: int
    amount_fen: int


class BillOut(Schema):
    id: int
    month: int
    kind: str
    state: str
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

    key: Annotated[Text, Field(max_length=40, description="Supply point number or meter number")]
    read_on: dt.date
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
    means: Annotated[str, Field(pattern="^(cash|card|qr|cheque|transfer|online)$")] = "online"


class PaymentOut(Schema):
    """``replayed``: the key was known, and this is the first answer again."""

    id: int
    supply_point: str
    amount_fen: int
    allocated_fen: int
    advance_fen: int
    balance_fen: int
    posting_day: dt.date
    replayed: bool
