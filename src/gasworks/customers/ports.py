"""Traces of a person that rooms above this one keep: each says how it forgets them.

Billing and money keep theirs, which name an agreement and no person.
"""

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass

from gasworks.foundation.scope import Scope


@dataclass(frozen=True, slots=True)
class Held:
    """A supply point that the person held, until the day on which the agreement ended."""

    supply_point_id: int
    from_on: dt.date
    to_on: dt.date


Forget = Callable[[Scope, list[Held]], None]
_FORGET: list[Forget] = []


def register_traces(forget: Forget) -> None:
    """``forget`` runs inside the transaction that erases the person."""
    if forget not in _FORGET:
        _FORGET.append(forget)


def forget_traces(scope: Scope, held: list[Held]) -> None:
    for forget in _FORGET:
        forget(scope, held)
