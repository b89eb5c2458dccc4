"""What rooms above this one do when a person goes: each forgets its traces of them, and ends what was theirs.

Billing and money keep their traces, which name an agreement and no person.
"""

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

from gasworks.foundation.scope import Scope


@dataclass(frozen=True, slots=True)
class Held:
    """A supply point that the person held, until the day on which the agreement ended."""

    supply_point_id: int
    from_on: dt.date
    to_on: dt.date


class Leave(Protocol):
    """Called with the supply point and the first day on which nobody, or somebody else, holds it."""

    def __call__(self, *, scope: Scope, supply_point_id: int, on: dt.date, now: dt.datetime) -> object: ...


Forget = Callable[[Scope, list[Held]], None]
_FORGET: list[Forget] = []
_LEAVE: list[Leave] = []


def register_traces(forget: Forget) -> None:
    """``forget`` runs inside the transaction that erases the person."""
    if forget not in _FORGET:
        _FORGET.append(forget)


def forget_traces(scope: Scope, held: list[Held]) -> None:
    for forget in _FORGET:
        forget(scope, held)


def register_leaving(leave: Leave) -> None:
    """``leave`` runs inside the transaction that ends an agreement."""
    if leave not in _LEAVE:
        _LEAVE.append(leave)


def holder_leaves(*, scope: Scope, supply_point_id: int, on: dt.date, now: dt.datetime) -> None:
    for leave in _LEAVE:
        leave(scope=scope, supply_point_id=supply_point_id, on=on, now=now)
