"""Reads what the estimate engine wants to know of a batch of registers: a few statements, whatever the batch's size."""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Final

from django.db import connection

from gasworks.foundation import parameters
from gasworks.foundation.scope import Scope
from gasworks.metering.checks import ROLLOVER
from gasworks.metering.estimating import FEWEST_NEIGHBOURS, Missing, Neighbours, Rules, Seen, Use, reaches_neighbours

_SQL: Final = Path(__file__).parent.parent / "sql"
_FACTS: Final = (_SQL / "estimate_facts.sql").read_text(encoding="utf-8")
_NEIGHBOURS: Final = (_SQL / "neighbours.sql").read_text(encoding="utf-8")
ORDER: Final = "metering.estimate_order"
MONTHS: Final = "metering.estimate_months"
MOST: Final = "metering.estimate_most_in_a_row"


@dataclass(frozen=True, slots=True)
class Target:
    """A register without a reading, and the day that it is to be estimated for."""

    installation_id: int
    register_id: int
    read_on: dt.date


@dataclass(frozen=True, slots=True)
class _Home:
    missing: Missing
    customer_type: str
    book_id: int
    community_id: int


def estimate_rules(scope: Scope, on: dt.date) -> Rules:
    found = parameters.get_many(scope=scope, codes=(ORDER, MONTHS, MOST), on=on)
    return Rules(order=tuple(found[ORDER]), months=found[MONTHS], most_in_a_row=found[MOST])


def read_missing(scope: Scope, targets: Sequence[Target], rules: Rules, month: int | None) -> dict[int, Missing]:
    """Facts by the target's place. Neighbours are read only for homes that come to that method, and within a month."""
    homes = _homes(scope, targets)
    found = {place: home.missing for place, home in homes.items()}
    asking = {place: home for place, home in homes.items() if month and reaches_neighbours(home.missing, rules)}
    if asking and month:
        near = _read_neighbours(scope, list(asking.values()), month)
        for place, home in asking.items():
            found[place] = replace(home.missing, neighbours=_nearest(near, home))
    return found


def _homes(scope: Scope, targets: Sequence[Target]) -> dict[int, _Home]:
    with connection.cursor() as cursor:
        cursor.execute(
            _FACTS,
            {
                "company": scope.company_id,
                "place": list(range(len(targets))),
                "installation": [target.installation_id for target in targets],
                "register": [target.register_id for target in targets],
                "day": [target.read_on for target in targets],
            },
        )
        return {row[0]: _home(targets[row[0]], row) for row in cursor.fetchall()}


def _home(target: Target, row: Sequence[Any]) -> _Home:
    _, capacity, customer_type, book, community, no_gas, days, indexes, estimated, *past = row
    seen = tuple(map(Seen, days or (), indexes or (), estimated or ()))
    missing = Missing(target.read_on, capacity, seen, _uses(*past), no_gas)
    return _Home(missing, customer_type, book or 0, community)


def _uses(hung: Any, days: Any, indexes: Any, kinds: Any, capacities: Any) -> tuple[Use, ...]:
    """What was used between neighbouring readings of one installation; a fall that no rollover explains counts nowhere."""
    last: dict[int, tuple[dt.date, int]] = {}
    found: list[Use] = []
    for key, day, index, kind, capacity in zip(
        hung or (), days or (), indexes or (), kinds or (), capacities or (), strict=True
    ):
        if key in last and last[key][0] < day:
            begin, before = last[key]
            litres = index - before + (capacity if kind == ROLLOVER else 0)
            if litres >= 0:
                found.append(Use(begin, day, litres))
        last[key] = (day, index)
    return tuple(found)


_Near = dict[tuple[str, int, str], Neighbours]


def _read_neighbours(scope: Scope, homes: Sequence[_Home], month: int) -> _Near:
    with connection.cursor() as cursor:
        cursor.execute(
            _NEIGHBOURS,
            {
                "company": scope.company_id,
                "month": month,
                "books": sorted({home.book_id for home in homes}),
                "communities": sorted({home.community_id for home in homes}),
            },
        )
        return {
            (where, key, kind): Neighbours(where, count, int(median))
            for where, key, kind, count, median in cursor.fetchall()
        }


def _nearest(near: _Near, home: _Home) -> Neighbours | None:
    """Those of the book, or of the community where the book has too few."""
    walk = near.get(("book", home.book_id, home.customer_type))
    if walk is not None and walk.count >= FEWEST_NEIGHBOURS:
        return walk
    return near.get(("community", home.community_id, home.customer_type))
