"""Whether an index may be taken down, and what is odd about it. Pure: facts in, refusal or flags out.

A refusal says that the row cannot be a reading at all. A flag says that a person should look.
"""

import datetime as dt
from dataclasses import dataclass
from typing import Final

from gasworks.kernel.errors import Refusal, gettext_noop
from gasworks.metering.types import Flag

NORMAL, ROLLOVER, CORRECTION = 1, 2, 3


class NoSuchMeter(Refusal):
    sentence = gettext_noop("There is no meter of your company here.")


class BeforeInstallation(Refusal):
    sentence = gettext_noop("The meter hangs here only since %(from_on)s.")


class AfterRemoval(Refusal):
    sentence = gettext_noop("The meter was taken off on %(to_on)s.")


class InTheFuture(Refusal):
    sentence = gettext_noop("%(read_on)s is still to come.")


class DayTaken(Refusal):
    sentence = gettext_noop("This meter has a reading of %(read_on)s already. Correct that one.")


class AboveCapacity(Refusal):
    sentence = gettext_noop("The counter goes to %(limit)s m³ at most.")


class NegativeIndex(Refusal):
    sentence = gettext_noop("An index is never below zero.")


class OutsideYourBranch(Refusal):
    sentence = gettext_noop("This supply point belongs to another branch.")


class NotYourBook(Refusal):
    sentence = gettext_noop("This supply point is in another reader's book.")


class NoReadings(Refusal):
    sentence = gettext_noop("There is no reading yet to roll over from.")


@dataclass(frozen=True, slots=True)
class Past:
    """A reading that stands already."""

    read_on: dt.date
    index_litres: int


@dataclass(frozen=True, slots=True)
class Facts:
    """What is known of a register before the new index: litres, days."""

    from_on: dt.date
    to_on: dt.date | None
    capacity_litres: int
    previous: Past | None = None
    following: Past | None = None
    day_taken: bool = False
    usual_per_day: int | None = None
    """Litres a day in the same season last year, or else on average; None without a yardstick."""
    round_on: dt.date | None = None


@dataclass(frozen=True, slots=True)
class Limits:
    """Parameters of the company."""

    jump_percent: int = 200
    drop_percent: int = 20
    floor_litres: int = 30_000
    off_round_days: int = 7


DEFAULT_LIMITS: Final = Limits()


def refusal_of(facts: Facts, read_on: dt.date, index_litres: int, kind: int, today: dt.date) -> Refusal | None:
    """The first reason why this cannot be a reading."""
    if index_litres < 0:
        return NegativeIndex()
    if index_litres >= facts.capacity_litres:
        return AboveCapacity(limit=facts.capacity_litres // 1000 - 1)
    if read_on > today:
        return InTheFuture(read_on=read_on)
    if read_on < facts.from_on:
        return BeforeInstallation(from_on=facts.from_on)
    if facts.to_on is not None and read_on > facts.to_on:
        return AfterRemoval(to_on=facts.to_on)
    if facts.day_taken:
        return DayTaken(read_on=read_on)
    if kind == ROLLOVER and facts.previous is None:
        return NoReadings()
    return None


def flags_of(facts: Facts, read_on: dt.date, index_litres: int, kind: int, limits: Limits = DEFAULT_LIMITS) -> Flag:
    """Everything odd about a possible reading."""
    found = Flag(0)
    if facts.round_on is not None and abs((read_on - facts.round_on).days) > limits.off_round_days:
        found |= Flag.OFF_ROUND
    if facts.following is not None and index_litres > facts.following.index_litres:
        found |= Flag.ABOVE_NEXT
    if facts.previous is None:
        return found
    used = used_litres(facts, index_litres, kind)
    if used < 0:
        return found | (Flag(0) if kind == CORRECTION else Flag.LOWER)
    if used == 0:
        return found | Flag.ZERO
    return found | _pace(facts, read_on, used, limits)


def used_litres(facts: Facts, index_litres: int, kind: int) -> int:
    """Gas since the last reading; a rollover passes the counter's end once."""
    last = facts.previous.index_litres if facts.previous else index_litres
    return index_litres - last + (facts.capacity_litres if kind == ROLLOVER else 0)


def _pace(facts: Facts, read_on: dt.date, used: int, limits: Limits) -> Flag:
    """Compare with what is usual. Small volumes are never odd: a quiet home is nobody's fault."""
    if facts.usual_per_day is None or facts.previous is None:
        return Flag(0)
    usual = facts.usual_per_day * (read_on - facts.previous.read_on).days
    if used * 100 > usual * limits.jump_percent and used - usual > limits.floor_litres:
        return Flag.JUMP
    if used * 100 < usual * limits.drop_percent and usual - used > limits.floor_litres:
        return Flag.DROP
    return Flag(0)
