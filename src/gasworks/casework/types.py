"""What crosses the border of this room: plain values, no Django."""

import datetime as dt
from dataclasses import dataclass
from typing import Any

from gasworks.customers.types import Opening


@dataclass(frozen=True, slots=True)
class NewAccount:
    """Everything that one row of a customer list says: who, where, which meter, which book, which price.

    ``serial`` empty opens a supply point without a meter, not yet ignited. ``start_litres`` is the first index.
    """

    opening: Opening
    plan: str
    persons: int = 0
    serial: str = ""
    maker: str = ""
    model: str = ""
    meter_kind: str = "mechanical"
    size: str = ""
    digits: int = 5
    made_on: dt.date | None = None
    start_litres: int = 0
    book: str = ""
    sequence: int = 0


@dataclass(frozen=True, slots=True)
class OpenedAccount:
    """Identities of what one row became; the meter's are 0 where there is none."""

    supply_point_id: int
    number: str
    agreement_id: int
    installation_id: int = 0


@dataclass(frozen=True, slots=True)
class AccountProblem:
    """Why one row cannot be opened: its place in the list, the field, a sentence with its values."""

    row: int
    field: str
    sentence: str
    params: dict[str, Any]
