"""What crosses the border of this domain: plain values, no Django."""

import datetime as dt
from dataclasses import dataclass, field
from enum import IntFlag
from typing import Any


class Flag(IntFlag):
    """What a check found odd about a reading. A flagged reading waits for a person; it is not refused."""

    LOWER = 1
    """Below the last index, and neither a rollover nor a correction."""
    ZERO = 2
    """No gas used since the last reading."""
    JUMP = 4
    """Far more a day than in the same season last year, or than on average."""
    OFF_ROUND = 8
    """Read well before or after the day of the book's round."""
    ABOVE_NEXT = 16
    """A late reading that stands above a newer one."""
    DROP = 32
    """Far less a day than in the same season last year, or than on average."""
    ZERO_AGAIN = 64
    """An estimate of nothing after an estimate of nothing, with the valve open."""
    ABOVE_PEAK = 128
    """An estimate above last year's peak month."""
    MANY_ESTIMATES = 256
    """More estimates in a row than the company allows."""


@dataclass(frozen=True, slots=True)
class ReadingRow:
    """One index to record. ``kind`` 1 normal, 2 rollover, 3 correction."""

    installation_id: int
    register_id: int
    read_on: dt.date
    index_litres: int
    kind: int = 1
    note: str = ""
    estimate_method: str = ""
    estimate_inputs: dict[str, Any] | None = None


@dataclass(frozen=True, slots=True)
class NamedReading:
    """One index of a meter that another system names by supply point number or meter number.

    ``estimated_by`` is how that system made an estimate; empty for an index that somebody saw.
    """

    key: str
    read_on: dt.date
    index_litres: int
    register_no: int = 1
    estimated_by: str = ""


@dataclass(frozen=True, slots=True)
class GridRow:
    """One line of the keyed grid. ``seen`` is the reading that stood in the line when the clerk saw it, 0 for none."""

    installation_id: int
    register_id: int
    read_on: dt.date
    index_litres: int
    seen: int = 0
    kind: int = 1


@dataclass(frozen=True, slots=True)
class Recorded:
    """What became of one row: the reading with its flags, or the reason why not (a code, a sentence, its values)."""

    reading_id: int = 0
    flags: int = 0
    refusal: str = ""
    sentence: str = ""
    params: dict[str, Any] = field(default_factory=dict)

    @property
    def accepted(self) -> bool:
        return self.reading_id > 0


@dataclass(frozen=True, slots=True)
class NewMeter:
    """A meter that is not in stock yet."""

    serial: str
    model_id: int
    made_on: dt.date | None = None


@dataclass(frozen=True, slots=True)
class NewInstallation:
    """One row of a list of meters to put up: a new meter at a supply point, with its first index and its seat."""

    supply_point_id: int
    serial: str
    model_id: int
    from_on: dt.date
    start_litres: int
    made_on: dt.date | None = None
    book_id: int | None = None
    sequence: int = 0


@dataclass(frozen=True, slots=True)
class Installed:
    """Identities of what one ``NewInstallation`` became."""

    installation_id: int
    register_id: int
    meter_id: int


@dataclass(frozen=True, slots=True)
class MissedRead:
    """A supply point of a book that has no reading in the month: listed until it is read or estimated."""

    supply_point_id: int
    number: str
    address: str
    serial: str
    book_id: int
    sequence: int
    last_read_on: dt.date | None
    last_index_litres: int | None


@dataclass(frozen=True, slots=True)
class GridLine:
    """One line of the readings grid as the page shows it."""

    seat_id: int
    sequence: int
    supply_point_id: int
    number: str
    name: str
    address: str
    serial: str
    installation_id: int
    register_id: int
    last_read_on: dt.date | None
    last_index_litres: int | None
    reading_id: int
    read_on: dt.date | None
    index_litres: int | None
    state: int
    flags: int

    @property
    def used_litres(self) -> int | None:
        if self.index_litres is None or self.last_index_litres is None:
            return None
        return self.index_litres - self.last_index_litres


@dataclass(frozen=True, slots=True)
class RoundProgress:
    """One line of the status board."""

    round_id: int
    book_id: int
    code: str
    name: str
    branch_id: int
    reader: str
    read_on: dt.date
    state: str
    version: int
    seats: int
    read: int
    to_review: int
    approved: int

    @property
    def missed(self) -> int:
        return max(self.seats - self.read, 0)


@dataclass(frozen=True, slots=True)
class EstimateLine:
    """A missed read with the estimate that it would get, or why it gets none (a code, a sentence, its values)."""

    supply_point_id: int
    number: str
    address: str
    serial: str
    book_id: int
    place: tuple[int, int, int]
    read_on: dt.date
    method: str
    litres: int | None
    index_litres: int | None
    inputs: dict[str, Any]
    refusal: str
    sentence: str
    params: dict[str, Any]


@dataclass(frozen=True, slots=True)
class EstimatesMade:
    """How many missed reads were estimated, and how many went on the list of special reads."""

    made: int
    special: int
