"""Facts of metering, in the past tense."""

from dataclasses import dataclass
from typing import ClassVar

from gasworks.foundation.events import Fact


@dataclass(frozen=True, slots=True)
class ReadingsApproved(Fact):
    """A batch of readings was accepted for billing."""

    KIND: ClassVar[str] = "metering.readings_approved"
    month: int
    reading_ids: list[int]


@dataclass(frozen=True, slots=True)
class ReadingCorrected(Fact):
    """A reading was replaced by another one; whoever billed the old one has to look."""

    KIND: ClassVar[str] = "metering.reading_corrected"
    installation_id: int
    old_id: int
    new_id: int


@dataclass(frozen=True, slots=True)
class MeterExchanged(Fact):
    KIND: ClassVar[str] = "metering.meter_exchanged"
    supply_point_id: int
    old_installation_id: int
    new_installation_id: int
    on: str
