"""A plausible Chinese city of N supply points, drawn from a seed: who lives where, what hangs on the wall, what it burns.

Pure: the same seed gives the same city. Blocks of supply points are drawn one after another, so a million need no
more memory than a block.
"""

import datetime as dt
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np

from gasworks.demo import names

BLOCK = 5_000
ROOMS_A_BUILDING = 72
BUILDINGS_A_COMMUNITY = 12
POINTS_A_BOOK = 400
TYPES = ("residential", "commercial", "industrial", "public")
TYPE_SHARES = (0.93, 0.055, 0.005, 0.01)
MEAN_YEARLY_M3 = {"residential": 230.0, "commercial": 4_200.0, "industrial": 160_000.0, "public": 9_000.0}
SPREAD = {"residential": 0.45, "commercial": 0.8, "industrial": 0.9, "public": 0.7}
HEATED_SHARE = 0.06
HEATED_FACTOR = 4.0


@dataclass(frozen=True, slots=True)
class Home:
    """One supply point as the customer list tells it, and how it will behave."""

    serial: int
    customer_type: str
    heated: bool
    name: str
    phone: str
    area: int
    community: int
    community_name: str
    building: str
    unit: str
    room: str
    persons: int
    yearly_litres: int
    start_litres: int
    meter_serial: str
    model: int
    book: int
    sequence: int
    thrift: float

    @property
    def profile(self) -> str:
        return "heated" if self.heated else self.customer_type


@dataclass(frozen=True, slots=True)
class City:
    accounts: int
    seed: int
    first_month: int

    @property
    def books(self) -> int:
        return (self.accounts + POINTS_A_BOOK - 1) // POINTS_A_BOOK

    def communities(self) -> Iterator[tuple[str, str]]:
        """(area, name) of every community in which somebody lives."""
        last = (self.accounts - 1) // (ROOMS_A_BUILDING * BUILDINGS_A_COMMUNITY)
        return ((names.AREAS[_area(number)], _community(number)) for number in range(last + 1))

    def draw(self, *key: int) -> np.ndarray:
        """A number in [0, 1) for each home by its serial: the same whoever asks for which homes."""
        return np.random.default_rng((self.seed, *key)).random(self.accounts)

    def blocks(self, wanted: Callable[[int], bool]) -> Iterator[list[Home]]:
        """Block by block the homes of the reading books that are wanted."""
        for first in range(0, self.accounts, BLOCK):
            yield self._block(first, min(BLOCK, self.accounts - first), wanted)

    def _block(self, first: int, count: int, wanted: Callable[[int], bool]) -> list[Home]:
        rng = np.random.default_rng((self.seed, first))
        kinds = rng.choice(len(TYPES), size=count, p=TYPE_SHARES)
        heated = rng.random(count) < HEATED_SHARE
        persons = rng.choice((1, 2, 3, 4, 5, 6, 7), size=count, p=(0.14, 0.27, 0.33, 0.15, 0.07, 0.03, 0.01))
        volume = rng.lognormal(0, 1, size=count)
        thrift = rng.random(count)
        picks = rng.integers(0, 1 << 30, size=(count, 4))
        starts = rng.integers(0, 900, size=count)
        return [
            _home(
                first + i,
                TYPES[kinds[i]],
                bool(heated[i]) and kinds[i] == 0,
                int(persons[i]),
                float(volume[i]),
                float(thrift[i]),
                [int(n) for n in picks[i]],
                int(starts[i]) * 1_000,
            )
            for i in range(count)
            if wanted((first + i) // POINTS_A_BOOK)
        ]


def _home(
    serial: int,
    kind: str,
    heated: bool,
    persons: int,
    draw: float,
    thrift: float,
    pick: list[int],
    start_litres: int,
) -> Home:
    building_no, place = divmod(serial, ROOMS_A_BUILDING)
    community, building = divmod(building_no, BUILDINGS_A_COMMUNITY)
    unit, slot = divmod(place, ROOMS_A_BUILDING // 3)
    floor, door = divmod(slot, 2)
    yearly = MEAN_YEARLY_M3[kind] * draw ** SPREAD[kind] * (HEATED_FACTOR if heated else 1.0)
    if kind == "residential":
        yearly *= 0.55 + 0.15 * persons
    book, sequence = divmod(serial, POINTS_A_BOOK)
    return Home(
        serial=serial,
        customer_type=kind,
        heated=heated,
        name=_name(kind, pick),
        phone=f"100{pick[3] % 100_000_000:08d}",
        area=_area(community),
        community=community,
        community_name=_community(community),
        building=f"{building + 1}幢",
        unit=f"{unit + 1}单元",
        room=f"{floor + 1}{door + 1:02d}室",
        persons=persons if kind == "residential" else 1,
        yearly_litres=max(int(yearly * 1_000), 6_000),
        start_litres=start_litres,
        meter_serial=f"26{serial:08d}",
        model=pick[2] % len(names.MAKERS),
        book=book,
        sequence=sequence + 1,
        thrift=thrift,
    )


def _area(community: int) -> int:
    return community % len(names.AREAS)


def _community(number: int) -> str:
    first = names.FIRST[number % len(names.FIRST)]
    second = names.SECOND[number // len(names.FIRST) % len(names.SECOND)]
    ring = number // (len(names.FIRST) * len(names.SECOND))
    return f"{first}{second}" + (f"{ring + 1}期" if ring else "")


def _name(kind: str, pick: list[int]) -> str:
    surname = names.SURNAMES[pick[0] % len(names.SURNAMES)]
    if kind == "commercial":
        return f"{surname}记{names.SHOPS[pick[1] % len(names.SHOPS)]}"
    place = names.FIRST[pick[0] % len(names.FIRST)]
    if kind == "industrial":
        return f"{place}{names.WORKS[pick[1] % len(names.WORKS)]}"
    if kind == "public":
        return f"{place}{names.BODIES[pick[1] % len(names.BODIES)]}"
    given = names.GIVEN[pick[1] % len(names.GIVEN)]
    second = names.GIVEN[pick[2] % len(names.GIVEN)] if pick[2] % 4 else ""
    return surname + given + second


def read_day(book: int, month: int) -> dt.date:
    """The planned reading day of a book in a month: 1st to 20th, spread over the books."""
    return dt.date(month // 100, month % 100, 1 + book % 20)
