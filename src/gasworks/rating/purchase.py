"""The kernel turned round: money or a wished volume → gas sold, its lines, and the money that is left.

There is no second engine. Many volumes are priced at once by ``rate``, each as if it were bought on that day by a
household of its own with the same tier-to-date; the largest that the money pays for is found in a few such calls. A
larger volume never costs less, since no price is below zero, so the search is exact; where whole volumes fall in price
nothing is sold.
"""

from dataclasses import dataclass

import numpy as np

from gasworks.rating.columns import Column, Intervals, Rated, ToDate, column
from gasworks.rating.kernel import rate
from gasworks.rating.refusals import LITRES_MAX
from gasworks.rating.tables import Tariffs

_PROBES = 512


@dataclass(frozen=True, slots=True)
class Wish:
    """What somebody wants to buy on a day. Give ``money_fen`` or ``litres``; ``most_litres`` is a purchase limit.

    ``used`` is tier-to-date by (ladder code, first day of the tier period), fed by earlier purchases.
    """

    plan: int
    day: int
    money_fen: int | None = None
    litres: int | None = None
    persons: int = 0
    billing_months: int = 1
    measure: int = 0
    used: tuple[tuple[int, int, int], ...] = ()
    most_litres: int = LITRES_MAX


@dataclass(frozen=True, slots=True, eq=False)
class Sale:
    """Whole billing units sold, what they cost, what of the money is left, and the kernel's answer with its lines."""

    litres: int
    amount_fen: int
    left_fen: int
    rated: Rated


class NotForSale(ValueError):
    """Under this plan more gas may cost less (the whole volume has the price of the tier reached): bill it by readings."""


class NothingToBuy(ValueError):
    """The wish names neither money nor volume, a volume with a part of a unit, or money below the minimum charge."""


def sell(wish: Wish, tariffs: Tariffs) -> Sale:
    """Price a purchase. Raises NothingToBuy, NotForSale, or NotRatable where the plan has no price on that day."""
    if tariffs.whole_plan[wish.plan]:
        raise NotForSale
    unit = int(tariffs.unit[wish.plan])
    most = min(wish.most_litres, LITRES_MAX) // unit
    if wish.money_fen is None:
        if wish.litres is None or wish.litres < 0 or wish.litres % unit:
            raise NothingToBuy
        units = min(wish.litres // unit, most)
    elif wish.money_fen < 0:
        raise NothingToBuy
    else:
        units = _most_units_for(wish, tariffs, unit, most)
    rated = _price(wish, tariffs, column([units * unit]))
    amount = int(rated.amount_fen[0])
    left = 0 if wish.money_fen is None else wish.money_fen - amount
    if left < 0:
        raise NothingToBuy
    return Sale(litres=units * unit, amount_fen=amount, left_fen=left, rated=rated)


def _most_units_for(wish: Wish, tariffs: Tariffs, unit: int, most: int) -> int:
    """The largest number of units that the money pays for, by narrowing a range of them."""
    low, high = 0, most
    while low < high:
        probes = np.unique(np.linspace(low + 1, high, min(_PROBES, high - low)).astype(np.int64))
        paid = _price(wish, tariffs, probes * unit).amount_fen <= (wish.money_fen or 0)
        affordable = int(np.count_nonzero(paid))
        low, high = (
            int(probes[affordable - 1]) if affordable else low,
            int(probes[affordable]) - 1 if affordable < len(probes) else high,
        )
    return low


def _price(wish: Wish, tariffs: Tariffs, litres: Column) -> Rated:
    groups = np.arange(len(litres), dtype=np.int64)
    intervals = Intervals.of(
        plan=wish.plan,
        from_day=wish.day,
        to_day=wish.day + 1,
        litres=litres,
        persons=wish.persons,
        billing_months=wish.billing_months,
        measure=wish.measure,
        group=groups,
    )
    return rate(intervals, tariffs, to_date=_used_by_each(wish, groups))


def _used_by_each(wish: Wish, groups: Column) -> ToDate | None:
    if not wish.used:
        return None
    code, period_day, litres = (column(list(each)) for each in zip(*wish.used, strict=True))
    times, each = len(groups), len(code)
    return ToDate(np.repeat(groups, each), np.tile(code, times), np.tile(period_day, times), np.tile(litres, times))
