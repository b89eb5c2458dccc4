"""Published price orders as data files, one per city; ``read_pack`` reads one. Knows no database."""

import datetime as dt
import pathlib
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from gasworks.rating import PricePlan, SeasonCalendar
from gasworks.rating.data import build_plan, read_calendars, read_version

FOLDER = pathlib.Path(__file__).parent


@dataclass(frozen=True, slots=True)
class PackVersion:
    """One order of a pack: when, which paper, where read, and the rating data with what the source leaves silent."""

    effective_from: dt.date
    document_no: str
    source: str
    content: dict[str, Any]


@dataclass(frozen=True, slots=True)
class PackPlan:
    code: str
    name: str
    customer_type: str
    versions: tuple[PackVersion, ...]


@dataclass(frozen=True, slots=True)
class Pack:
    code: str
    city: str
    plans: tuple[PackPlan, ...]


def pack_codes() -> list[str]:
    return sorted(path.stem for path in FOLDER.glob("*.toml"))


def read_pack(code: str) -> Pack:
    """The pack of a city («shanghai»). Raises FileNotFoundError for an unknown one."""
    data = tomllib.loads((FOLDER / f"{code}.toml").read_text(encoding="utf-8"))
    return Pack(code, data["city"], tuple(_plan(plan) for plan in data["plans"]))


def _plan(data: dict[str, Any]) -> PackPlan:
    versions = tuple(
        PackVersion(
            effective_from=version["effective_from"],
            document_no=version["document_no"],
            source=version["source"],
            content=version["content"] | {"assumed": version["assumed"]},
        )
        for version in data["versions"]
    )
    return PackPlan(data["code"], data["name"], data["customer_type"], versions)


def price_plans(pack: Pack) -> Iterator[tuple[PricePlan, tuple[SeasonCalendar, ...]]]:
    """The plans of a pack as rating reads them, each with the season calendars it names."""
    for plan in pack.plans:
        place = f"plan {plan.code}"
        versions = [
            read_version(
                version.content,
                place=place,
                effective_from=version.effective_from,
                document_no=version.document_no,
                source=version.source,
            )
            for version in plan.versions
        ]
        calendars = {c.code: c for version in plan.versions for c in read_calendars(version.content, place=place)}
        yield (
            build_plan(plan.code, plan.name, [version.content for version in plan.versions], versions),
            tuple(calendars.values()),
        )
