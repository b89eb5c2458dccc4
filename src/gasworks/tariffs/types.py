"""What the tariffs domain gives and takes across its border."""

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from gasworks.rating import Tariffs


@dataclass(frozen=True, slots=True)
class NewVersion:
    """One price order as it is to be written down; ``content`` as in ``rating.data``."""

    from_on: dt.date
    document_no: str
    source: str
    content: Mapping[str, Any]
    to_on: dt.date | None = None


@dataclass(frozen=True, slots=True)
class Prices:
    """A company's plans compiled: ``tariffs`` for the kernel, ``index`` from a plan's id to ``Intervals.plan``."""

    tariffs: Tariffs
    index: Mapping[int, int]


@dataclass(frozen=True, slots=True)
class Trial:
    """Prices in force and prices with one version put in its plan's place.

    ``counting``: plans by which, as they stand, some gas also fills a ladder that does not price it.
    ``months_before``: where the version fills other ladders than the prices in force did, so many earlier months tell
    what would stand on them; 0 where today's ladders do.
    """

    plan_id: int
    now: Prices
    tried: Prices
    counting: tuple[int, ...] = ()
    months_before: int = 0


@dataclass(frozen=True, slots=True)
class Question:
    """What the calculator is asked. ``booked_litres`` were used in the first tier period before ``from_on``.

    ``measure`` is heated floor in 0.01 m² or contract volume in litres, where the tiers go by it.
    ``version_id`` lets a draft of the plan be tried among the approved versions.
    """

    plan_id: int
    from_on: dt.date
    to_on: dt.date
    litres: int
    persons: int = 0
    booked_litres: int = 0
    billing_months: int = 1
    measure: int = 0
    version_id: int | None = None


@dataclass(frozen=True, slots=True)
class PricedLine:
    """One line of the sum. ``tier`` counts from 1; 0 is what lacks to the minimum charge. ``period_on`` None: flat."""

    from_on: dt.date
    to_on: dt.date
    version_id: int
    document_no: str
    ladder: int
    period_on: dt.date | None
    tier: int
    litres: int
    price_e4: int
    amount_fen: int


@dataclass(frozen=True, slots=True)
class Answer:
    """Lines and their sum; ``left_litres`` None: the tier reached has no end."""

    lines: tuple[PricedLine, ...]
    litres: int
    amount_fen: int
    tier: int
    left_litres: int | None
