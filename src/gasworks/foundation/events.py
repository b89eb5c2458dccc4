"""Facts of the business: published in the fact's own transaction, delivered once to every subscriber by the relay.

A fact is a frozen dataclass in the past tense that stands in the publishing domain's ``events.py``::

    @dataclass(frozen=True, slots=True)
    class BillsIssued(Fact):
        KIND: ClassVar[str] = "billing.bills_issued"
        run_id: int
        bill_ids: list[int]

A set-based service publishes one fact a chunk, never one a row. A higher domain subscribes in ``apps.ready()``::

    subscribe("dunning", [BillsIssued], handle)

``handle`` gets up to a thousand deliveries at a time, inside the transaction that also moves the subscriber's cursor:
what it writes to the database happens exactly once. Effects outside the database belong in an outbox row.
"""

import datetime as dt
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from typing import Any, ClassVar, Self

from gasworks.foundation.models import Event


class Fact:
    """Base of all facts. Values are what JSON holds: text, whole numbers, lists, null; dates as ISO text."""

    __slots__ = ()
    KIND: ClassVar[str]
    SCHEMA: ClassVar[int] = 1

    def to_payload(self) -> dict[str, Any]:
        return asdict(self)  # type: ignore[call-overload,no-any-return]

    @classmethod
    def from_payload(cls, payload: dict[str, Any], schema: int) -> Self:
        """Rebuild the fact. A type whose shape changed overrides this and reads its older schemas too."""
        if schema != cls.SCHEMA:
            raise UnknownSchema(f"{cls.KIND} schema {schema}")
        return cls(**payload)


@dataclass(frozen=True, slots=True)
class Delivery:
    """One fact on its way to a subscriber."""

    event_id: int
    company_id: int
    at: dt.datetime
    fact: Any


Handler = Callable[[Sequence[Delivery]], None]


@dataclass(frozen=True, slots=True)
class Subscriber:
    name: str
    kinds: tuple[str, ...]
    handle: Handler


class UnknownSchema(Exception):
    """A stored fact that no registered type can read."""


_FACTS: dict[str, type[Fact]] = {}
_SUBSCRIBERS: dict[str, Subscriber] = {}


def publish(fact: Fact, *, company_id: int, now: dt.datetime) -> None:
    """Write the fact down. It becomes visible to subscribers when this transaction commits, and not before."""
    Event.objects.create(company_id=company_id, kind=fact.KIND, schema=fact.SCHEMA, payload=fact.to_payload(), at=now)


def subscribe(name: str, facts: Sequence[type[Fact]], handle: Handler) -> None:
    """Register a named cursor. The name is stored: renaming a subscriber makes it read everything again."""
    if name in _SUBSCRIBERS and _SUBSCRIBERS[name].handle is not handle:
        raise ValueError(f"two subscribers are called {name!r}")
    for fact in facts:
        _FACTS[fact.KIND] = fact
    _SUBSCRIBERS[name] = Subscriber(name, tuple(fact.KIND for fact in facts), handle)


def unsubscribe(name: str) -> None:
    """Forget a subscriber; its cursor stays in the database."""
    _SUBSCRIBERS.pop(name, None)


def subscribers() -> tuple[Subscriber, ...]:
    return tuple(_SUBSCRIBERS.values())


def find_subscriber(name: str) -> Subscriber | None:
    return _SUBSCRIBERS.get(name)


def read_fact(kind: str, schema: int, payload: dict[str, Any]) -> Fact:
    """Raises UnknownSchema; the relay parks such a fact instead of losing it."""
    found = _FACTS.get(kind)
    if found is None:
        raise UnknownSchema(kind)
    return found.from_payload(payload, schema)
