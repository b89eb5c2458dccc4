"""What an invariant is, and all of them."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.utils.module_loading import autodiscover_modules

Plant = str | Callable[[Any], None]


@dataclass(frozen=True, slots=True)
class Invariant:
    """``violations`` is a SELECT that returns the rows that break it, none when it holds; reading rights suffice.

    ``plant`` breaks it once, on purpose, in a scratch database that has our tables and no rows, with every trigger
    and foreign key switched off: SQL statements, or a function of a cursor. It makes all rows that it needs; to get
    past a check or unique constraint it drops that first. It is undone afterwards.
    """

    code: str
    title: str
    violations: str
    plant: Plant


@dataclass(frozen=True, slots=True)
class Finding:
    """The answer for one invariant: how many rows break it (counted to a hundred), and a few of them as text."""

    code: str
    title: str
    broken: int
    examples: tuple[str, ...]
    seconds: float
    error: str = ""

    @property
    def holds(self) -> bool:
        return self.broken == 0 and not self.error


_ALL: dict[str, Invariant] = {}


def register(invariant: Invariant) -> None:
    if invariant.code in _ALL and _ALL[invariant.code] != invariant:
        raise ValueError(f"two invariants are called {invariant.code}")
    _ALL[invariant.code] = invariant


def load() -> None:
    """Read every app's ``invariants`` module."""
    from gasworks.foundation.invariants import own  # noqa: F401 - registers on import

    autodiscover_modules("invariants")


def registered() -> tuple[Invariant, ...]:
    load()
    return tuple(_ALL[code] for code in sorted(_ALL))
