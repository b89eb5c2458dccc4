"""Rows of several tables put together by interval."""

from collections.abc import Sequence
from dataclasses import fields
from typing import TypeVar

import numpy as np

from gasworks.rating.columns import Column, Lines, Movements

C = TypeVar("C")
Woven = TypeVar("Woven", Lines, Movements)


def joined(parts: Sequence[C]) -> C:
    """One table after the other."""
    if len(parts) == 1:
        return parts[0]
    one = type(parts[0])
    return one(**{f.name: np.concatenate([getattr(p, f.name) for p in parts]) for f in fields(one)})  # type: ignore[arg-type]


def woven(rows: Woven, kept: Column | None, others: Woven) -> Woven:
    """``kept`` of the rows (None: all) and the others by interval; of one interval those kept come first.

    The rows are by interval already, the others need not be. A gather of each column, where a sort would cost three.
    """
    if kept is None:
        if not len(others):
            return rows
        kept = np.arange(len(rows), dtype=np.int64)
    others = others.take(np.argsort(others.interval, kind="stable"))
    places = np.searchsorted(rows.interval[kept], others.interval, "right") + np.arange(len(others))
    old = np.ones(len(kept) + len(others), np.bool_)
    old[places] = False
    source = np.zeros(len(old), np.int64)
    source[old] = kept
    out = {}
    for f in fields(rows):
        values = getattr(rows, f.name)
        out[f.name] = values[source] if len(values) else np.zeros(len(old), np.int64)
        out[f.name][places] = getattr(others, f.name)
    return type(rows)(**out)
