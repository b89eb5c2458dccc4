"""A share of the city: the homes of some branches, whose months one process lives."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field

from gasworks.demo.city import City, Home
from gasworks.demo.company import DemoCompany
from gasworks.demo.roll import Roll

Tell = Callable[[str], None]


def silent(_text: str) -> None:
    """Tell nobody."""


@dataclass(slots=True)
class Share:
    """``places`` are the places of its branches in ``company.branch_ids``."""

    company: DemoCompany
    city: City
    places: tuple[int, ...]
    tell: Tell = silent
    roll: Roll = field(default_factory=Roll)

    def homes(self) -> Iterator[tuple[int, Sequence[Home]]]:
        """(place of the branch, its homes of the next block), in the order in which they move in."""
        count = len(self.company.branch_ids)
        for block in self.city.blocks():
            for place in self.places:
                mine = [home for home in block if home.book % count == place]
                if mine:
                    yield place, mine


def shares(company: DemoCompany, city: City, hands: int, tell: Tell) -> list[Share]:
    """The branches dealt out to so many processes, at most one branch each; only the first one tells."""
    places = range(len(company.branch_ids))
    hands = min(hands, len(places))
    return [Share(company, city, tuple(places[hand::hands]), tell if hand == 0 else silent) for hand in range(hands)]
