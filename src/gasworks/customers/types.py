"""What crosses the border of this domain: plain values, no Django."""

import datetime as dt
from dataclasses import dataclass
from enum import IntEnum


class KeyKind(IntEnum):
    """What a search key is. The owner of a key registers it: metering its meter numbers, later cards and bar codes."""

    NUMBER = 1
    METER = 2
    NAME = 3
    PHONE = 4
    PHONE_TAIL = 5
    CARD = 6
    OLD_NUMBER = 7


@dataclass(frozen=True, slots=True)
class NewPremises:
    """Where the gas goes. ``address`` is the whole line as printed; empty, it is put together from the parts."""

    community_id: int
    building: str = ""
    unit: str = ""
    room: str = ""
    address: str = ""
    longitude: float | None = None
    latitude: float | None = None


@dataclass(frozen=True, slots=True)
class NewCustomer:
    """A person or an organisation. ``id_number`` is stored as ciphertext only."""

    name: str
    kind: str = "person"
    phone: str = ""
    id_number: str = ""
    note: str = ""


@dataclass(frozen=True, slots=True)
class Opening:
    """One row of a list of supply points to open: everything that this domain keeps of it.

    ``number`` empty takes a new one from the series. ``community`` is found by its name and made when it is new.
    """

    community: str
    address: str
    customer: NewCustomer
    from_on: dt.date
    number: str = ""
    building: str = ""
    unit: str = ""
    room: str = ""
    customer_type: str = "residential"
    status: str = "active"
    area: str = ""
    longitude: float | None = None
    latitude: float | None = None


@dataclass(frozen=True, slots=True)
class Opened:
    """Identities of what one ``Opening`` became."""

    supply_point_id: int
    number: str
    customer_id: int
    agreement_id: int


@dataclass(frozen=True, slots=True)
class Hit:
    """One line of the counter's search. ``matched`` is the kind of key: number, meter, name, phone, address …"""

    supply_point_id: int
    number: str
    address: str
    name: str
    phone: str
    customer_type: str
    status: str
    branch_id: int
    matched: str
    exact: bool


@dataclass(frozen=True, slots=True)
class Standing:
    """A supply point on one day. Without an agreement in force there is no name, no ``agreement_id`` and no number of it."""

    supply_point_id: int
    number: str
    address: str
    customer_type: str
    status: str
    name: str
    agreement_id: int | None
    agreement: str


@dataclass(frozen=True, slots=True)
class Household:
    """Whom an agreement belongs to and where: what a bill, a payment or a receipt shows of it."""

    agreement_id: int
    supply_point_id: int
    number: str
    address: str
    customer_type: str
    name: str
    phone: str
    ended_on: dt.date | None
