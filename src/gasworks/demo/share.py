"""A share of the city: the homes around some outlets, whose months one process lives."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field

import numpy as np

from gasworks.demo.city import BLOCK, City, Home
from gasworks.demo.company import DemoCompany
from gasworks.demo.roll import PROFILES, Roll

Tell = Callable[[str], None]


def silent(_text: str) -> None:
    """Tell nobody."""


@dataclass(slots=True)
class Share:
    """``places`` are the places of its outlets in ``company.outlet_ids``."""

    company: DemoCompany
    city: City
    places: tuple[int, ...]
    tell: Tell = silent
    roll: Roll = field(default_factory=Roll)

    def around_first_outlet(self, profile: str) -> np.ndarray:
        """Rows of the homes of a kind there; none where another process has them."""
        here = self.company.place_of(self.roll.column("book")) == 0
        return np.flatnonzero(here & (self.roll.column("profile") == PROFILES.index(profile)))

    def homes(self) -> Iterator[tuple[int, Sequence[Home]]]:
        """(place of the outlet, its next homes), so many at once whoever has which share."""
        waiting: dict[int, list[Home]] = {place: [] for place in self.places}
        for block in self.city.blocks(lambda book: self.company.place_of(book) in waiting):
            for home in block:
                waiting[self.company.place_of(home.book)].append(home)
            for place, mine in waiting.items():
                if len(mine) >= BLOCK:
                    yield place, mine
                    waiting[place] = []
        yield from ((place, mine) for place, mine in waiting.items() if mine)


def shares(company: DemoCompany, city: City, hands: int, tell: Tell) -> list[Share]:
    """The outlets dealt out to so many processes, at least one each; only the first one tells."""
    places = range(len(company.outlet_ids))
    hands = min(hands, len(places))
    return [Share(company, city, tuple(places[hand::hands]), tell if hand == 0 else silent) for hand in range(hands)]
