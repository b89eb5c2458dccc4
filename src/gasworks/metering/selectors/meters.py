"""Meters where they hang, and their readings."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from gasworks.foundation.scope import Scope
from gasworks.kernel.errors import NotThere
from gasworks.metering.checks import ROLLOVER
from gasworks.metering.models import Installation, InstallationIndex, Meter, MeterModel, Reading, ValveClosure
from gasworks.metering.types import Flag
from gasworks.metering.wording import estimate_story as _story


@dataclass(frozen=True, slots=True)
class Hung:
    """A meter at a supply point, with its first and last index."""

    installation: Installation
    start_litres: int | None
    end_litres: int | None


@dataclass(frozen=True, slots=True)
class ReadingLine:
    """A reading with the gas since the one before it."""

    reading: Reading
    used_litres: int | None

    @property
    def flags(self) -> Flag:
        return Flag(self.reading.flags)


@dataclass(frozen=True, slots=True)
class MeterDetail:
    meter: Meter
    hung: list[Hung]


def installations_of(*, scope: Scope, supply_point_id: int) -> list[Hung]:
    """Every meter that hangs or hung at a supply point, the newest first."""
    rows = Installation.objects.filter(company_id=scope.company_id, supply_point_id=supply_point_id)
    return _hung(list(rows.select_related("meter__model__maker").order_by("-from_on", "-id")))


def meter_detail(*, scope: Scope, meter_id: int) -> MeterDetail:
    meter = Meter.objects.filter(pk=meter_id, company_id=scope.company_id).select_related("model__maker").first()
    if meter is None:
        raise NotThere(key=meter_id)
    rows = Installation.objects.filter(company_id=scope.company_id, meter=meter)
    return MeterDetail(meter, _hung(list(rows.select_related("supply_point__premises").order_by("-from_on"))))


def _hung(rows: list[Installation]) -> list[Hung]:
    found = InstallationIndex.objects.filter(
        company_id__in={row.company_id for row in rows},
        installation_id__in=[row.id for row in rows],
        register__no=1,
    )
    indexes = {one.installation_id: one for one in found}
    return [
        Hung(
            row,
            indexes[row.id].start_litres if row.id in indexes else None,
            indexes[row.id].end_litres if row.id in indexes else None,
        )
        for row in rows
    ]


def installation_of(*, scope: Scope, installation_id: int) -> Installation:
    rows = Installation.objects.filter(pk=installation_id, company_id=scope.company_id)
    found = rows.select_related("supply_point", "meter").first()
    if found is None:
        raise NotThere(key=installation_id)
    return found


def reading_of(*, scope: Scope, reading_id: int) -> Reading:
    rows = Reading.objects.filter(pk=reading_id, company_id=scope.company_id)
    found = rows.select_related("installation__supply_point", "installation__meter").first()
    if found is None:
        raise NotThere(key=reading_id)
    return found


def readings_of(*, scope: Scope, supply_point_id: int, limit: int = 60) -> list[ReadingLine]:
    """The readings of all meters of a supply point, replaced and rejected ones too, the newest first."""
    rows = list(
        Reading.objects.filter(company_id=scope.company_id, installation__supply_point_id=supply_point_id)
        .select_related("installation__meter", "register", "keyed_by", "approved_by")
        .order_by("-read_on", "-id")[: limit + 1]
    )
    return [ReadingLine(row, _used(row, rows[place + 1 :])) for place, row in enumerate(rows[:limit])]


def _used(row: Reading, older: Sequence[Reading]) -> int | None:
    """Gas since the last live reading of the same register; nothing for what was replaced or rejected."""
    if row.state > Reading.State.APPROVED:
        return None
    for other in older:
        same = (other.installation_id, other.register_id) == (row.installation_id, row.register_id)
        if same and other.state <= Reading.State.APPROVED:
            rolled = row.register.capacity_litres if row.kind == ROLLOVER else 0
            return row.index_litres - other.index_litres + rolled
    return None


def source_name(code: int) -> str:
    """Where a reading came from, in the reader's language."""
    return str(Reading.Source(code).label)


def estimate_story(method: str, inputs: dict[str, Any] | None) -> str:
    """How an estimate came about, in the reader's language; empty for an index that somebody saw."""
    return _story(method, inputs)


def known_meters(*, scope: Scope, serials: Sequence[str]) -> set[tuple[str, str, str]]:
    """(maker, model, serial) of those meters that are recorded already."""
    rows = Meter.objects.filter(company_id=scope.company_id, serial__any_of=serials)
    return set(rows.values_list("model__maker__name", "model__code", "serial"))


def model_choices(*, scope: Scope) -> list[tuple[int, str]]:
    rows = (
        MeterModel.objects.filter(company_id=scope.company_id).select_related("maker").order_by("maker__name", "code")
    )
    return [(row.id, f"{row.maker.name} · {row.code}") for row in rows]


def stock_choices(*, scope: Scope, limit: int = 200) -> list[tuple[int, str]]:
    rows: Any = Meter.objects.filter(company_id=scope.company_id, state=Meter.State.STOCK)
    return [
        (row.id, f"{row.serial} · {row.model.code}") for row in rows.select_related("model").order_by("serial")[:limit]
    ]


def closures_of(*, scope: Scope, supply_point_id: int) -> list[ValveClosure]:
    """When the valve of a supply point was shut, the newest first."""
    rows = ValveClosure.objects.filter(company_id=scope.company_id, supply_point_id=supply_point_id)
    return list(rows.order_by("-from_on"))


def closure_of(*, scope: Scope, closure_id: int) -> ValveClosure:
    rows = ValveClosure.objects.filter(pk=closure_id, company_id=scope.company_id)
    found = rows.select_related("supply_point").first()
    if found is None:
        raise NotThere(key=closure_id)
    return found
