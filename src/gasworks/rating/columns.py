"""Columns in and out of the kernel: structs of int64 arrays of one length, days as days since 1970-01-01."""

import datetime as dt
from dataclasses import dataclass, fields
from typing import Any, Self

import numpy as np
import numpy.typing as npt

Column = npt.NDArray[np.int64]

EPOCH = dt.date(1970, 1, 1).toordinal()
NOTHING = -1
"""In a column: off the ladder, no further tier, no member."""


def day_number(day: dt.date) -> int:
    """Days since 1970-01-01, as in every ``*_day`` column (and in PostgreSQL's and NumPy's epoch)."""
    return day.toordinal() - EPOCH


def day_of(number: int) -> dt.date:
    return dt.date.fromordinal(int(number) + EPOCH)


def column(values: object, length: int | None = None) -> Column:
    """An int64 column; a single number is repeated. Anything that is not whole numbers is refused."""
    array = np.asarray(values)
    if array.dtype.kind not in "iu" and array.size:
        raise TypeError(f"whole numbers wanted, not {array.dtype}")
    array = array.astype(np.int64, copy=False)
    if array.ndim == 0 and length is not None:
        return np.full(length, array, np.int64)
    if array.ndim != 1 or (length is not None and len(array) != length):
        raise ValueError(f"a column of {length} wanted, not {array.shape}")
    return array


class Columns:
    """Shared by the structs below: equal lengths, whole numbers, selection of rows."""

    def __len__(self) -> int:
        return len(getattr(self, fields(self)[0].name))  # type: ignore[arg-type]

    def take(self, rows: npt.NDArray[Any]) -> Self:
        """The rows of an index or mask, as a struct of the same kind."""
        return type(self)(**{f.name: getattr(self, f.name)[rows] for f in fields(self)})  # type: ignore[arg-type]


@dataclass(frozen=True, slots=True, eq=False)
class Intervals(Columns):
    """Use intervals to be rated; build with ``Intervals.of``.

    ``plan`` index from ``Tariffs.plan`` · ``from_day``, ``to_day`` half-open, the days of the opening and the closing
    reading · ``litres`` ≥ 0, whole billing units · ``persons`` at ``from_day`` (0: not declared) · ``billing_months``
    of the cycle · ``parity`` of the book (0 monthly, 1 odd, 2 even, 3 quarter) · ``cycle_day`` first day of the
    accounting month · ``group`` ladder group · ``opened_day`` when the group began (0: long ago) · ``member`` order
    of the meters inside a group (installation number); rated in (to_day, member, from_day) order · ``measure`` heated
    floor in 0.01 m² or contract volume in litres, where the tariff's bounds go by it.
    """

    plan: Column
    from_day: Column
    to_day: Column
    litres: Column
    persons: Column
    billing_months: Column
    parity: Column
    cycle_day: Column
    group: Column
    opened_day: Column
    member: Column
    measure: Column

    @classmethod
    def of(cls, *, plan: object, from_day: object, to_day: object, litres: object, **others: object) -> Self:
        """Missing columns get: persons 0, one billing month, parity 0, the month of ``to_day``, each its own group."""
        n = max(np.size(x) for x in (plan, from_day, to_day, litres, *others.values()))  # type: ignore[arg-type]
        to = column(to_day, n)
        months = to.view("M8[D]").astype("M8[M]").astype("M8[D]").astype(np.int64)
        rows = np.arange(n, dtype=np.int64)
        given = {
            "persons": 0,
            "billing_months": 1,
            "parity": 0,
            "cycle_day": months,
            "group": rows,
            "opened_day": 0,
            "member": rows,
            "measure": 0,
        } | others
        return cls(
            plan=column(plan, n),
            from_day=column(from_day, n),
            to_day=to,
            litres=column(litres, n),
            **{name: column(values, n) for name, values in given.items()},
        )


@dataclass(frozen=True, slots=True, eq=False)
class Changes(Columns):
    """Household size changes inside intervals: from ``day`` on the interval's household has ``persons``.

    Each changes the bounds from that day of use on; tier-to-date goes on unbroken.
    """

    interval: Column
    day: Column
    persons: Column


@dataclass(frozen=True, slots=True, eq=False)
class ToDate(Columns):
    """Litres booked before this call on (group, ladder code, first day of the tier period). Extra rows do no harm."""

    group: Column
    code: Column
    period_day: Column
    litres: Column


@dataclass(frozen=True, slots=True, eq=False)
class Lines(Columns):
    """Bill lines by interval, then by day and tier. A line is one (version, ladder, tier period, tier), rounded once.

    ``version`` indexes ``Tariffs.version_ids``; ``tier`` counts from 0 (``NOTHING``: minimum charge); ``code`` and
    ``period_day`` name the ladder (period_day ``NOTHING``: off the ladder); from/to are the days the line spans.
    """

    interval: Column
    from_day: Column
    to_day: Column
    version: Column
    code: Column
    period_day: Column
    tier: Column
    litres: Column
    price_e4: Column
    amount_fen: Column


@dataclass(frozen=True, slots=True, eq=False)
class Movements(Columns):
    """What each interval books on which ladder; together they cover the interval's days and litres once.

    ``period_day`` is ``NOTHING`` off the ladder. ``counts_only`` is 1 for the extra booking of a counts-toward ladder.
    """

    interval: Column
    from_day: Column
    to_day: Column
    group: Column
    code: Column
    period_day: Column
    litres: Column
    counts_only: Column


@dataclass(frozen=True, slots=True, eq=False)
class Rated:
    """The answer of ``rate``. Per interval: ``amount_fen`` (sum of its lines), ``tier`` reached at the end (0-based)
    and ``left_litres`` in it (``NOTHING``: without end or off the ladder)."""

    lines: Lines
    movements: Movements
    amount_fen: Column
    tier: Column
    left_litres: Column
