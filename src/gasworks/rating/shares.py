"""Several prices on one meter (一表多价): what of a meter's volume falls to which price item.

Items take their part in their order, the one that takes the rest comes last. A quota (定量) is litres of the whole
supply point in the cycle, filled by its meters in the order of their rows. A ratio (定比) is in 0.0001 of the meter's
volume without what quotas before it took; so the order of the items says whether the ratio is of the whole or of what
is left after the quota. Both are rounded down to whole billing units, the largest of the meter's items. Nothing is lost:
what nobody takes is the rest.
"""

from dataclasses import dataclass

import numpy as np

from gasworks.rating.columns import Column, Columns

REST, QUOTA, RATIO = 0, 1, 2
WHOLE_RATIO = 10_000


@dataclass(frozen=True, slots=True, eq=False)
class Shares(Columns):
    """One row for each meter and price item of its supply point.

    ``point`` and ``meter`` name them · ``order`` of the item · ``kind`` REST, QUOTA or RATIO · ``amount`` litres of the
    quota in this cycle, or the ratio · ``litres`` of the whole meter · ``unit`` billing unit in litres.
    """

    point: Column
    meter: Column
    order: Column
    kind: Column
    amount: Column
    litres: Column
    unit: Column


def share_out(shares: Shares) -> Column:
    """Litres of each row; the rows of a meter add up to its volume when it has an item that takes the rest."""
    part = np.zeros(len(shares), np.int64)
    _, meter = np.unique(shares.meter, return_inverse=True)
    left = np.zeros(meter.max(initial=-1) + 1, np.int64)
    left[meter] = shares.litres
    base, unit = left.copy(), np.ones_like(left)
    np.maximum.at(unit, meter, shares.unit)
    last = shares.kind == REST
    for turn in np.unique(np.where(last, np.iinfo(np.int64).max, shares.order)):
        rows = np.flatnonzero(last if turn == np.iinfo(np.int64).max else ~last & (shares.order == turn))
        rows = rows[np.argsort(shares.point[rows], kind="stable")]
        now = shares.take(rows)
        of = meter[rows]
        wanted = np.where(now.kind == RATIO, base[of] * now.amount // (WHOLE_RATIO * unit[of]) * unit[of], left[of])
        wanted = np.minimum(wanted, left[of])
        quota = now.kind == QUOTA
        wanted[quota] = _fill(now.point[quota], now.amount[quota], left[of[quota]], unit[of[quota]])
        part[rows] = wanted
        left[of] -= wanted
        base[of[quota]] -= wanted[quota]
    return part


def _fill(point: Column, quota: Column, litres: Column, unit: Column) -> Column:
    """What each meter of a supply point puts into the quota, one after another; rows sorted by supply point."""
    begins = np.flatnonzero(np.diff(point, prepend=-1))
    whole = litres // unit * unit
    before = np.cumsum(whole) - whole
    before -= np.repeat(before[begins], np.diff(begins, append=len(point)))
    return np.clip(quota // unit * unit - before, 0, whole)
