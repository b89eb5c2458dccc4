"""What usage gives and takes across its border. Litres, days, persons."""

import datetime as dt
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Share:
    """One price item: the rest of the gas, a quota of ``amount`` litres a billing month, or a ratio in 0.0001.

    ``measure``: heated floor in 0.01 m² or contract volume in litres, where the plan's tiers go by it.
    """

    plan_id: int
    share: str = "rest"
    amount: int | None = None
    measure: int | None = None


@dataclass(frozen=True, slots=True)
class NewRight:
    """A right as it is asked for. ``day`` is the day itself, or the day of the application for the other rules.

    ``value``: persons, or heated floor in 0.01 m²; ``to_on`` the day on which it ends unless renewed.
    """

    supply_point_id: int
    kind: str
    start_rule: str
    day: dt.date
    to_on: dt.date | None = None
    value: int = 0
    plan_id: int | None = None
    id_numbers: tuple[str, ...] = ()
    evidence_id: int | None = None
    note: str = ""


@dataclass(frozen=True, slots=True)
class TierToDate:
    """What a ladder group has used on one ladder in one tier period. ``code`` -1 is gas off the ladder."""

    group_id: int
    code: int
    period_from: dt.date
    litres: int


@dataclass(frozen=True, slots=True)
class Booking:
    """One register over one use interval of a bill. ``reading_id`` closed it; ``litres`` is the volume by the dial."""

    installation_id: int
    register_id: int
    meter: str
    from_on: dt.date
    to_on: dt.date
    from_index: int
    to_index: int
    litres: int
    reading_id: int | None
    reading_source: int | None
    estimate_method: str
    live: bool
    estimate_inputs: dict[str, Any] | None = None


@dataclass(frozen=True, slots=True)
class ExtraGas:
    """Gas by formula that climbs a ladder beside what the dials showed. ``period_from`` None: off the ladder."""

    code: int
    period_from: dt.date | None
    litres: int
