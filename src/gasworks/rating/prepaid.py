"""Bought gas that comes back: refunds, gas not yet used when a price changes, a card meter that becomes a mechanical one.

A ladder fed by purchases counts gas when it is bought. So gas that comes back leaves the ladder again, the last bought
first, and what it cost is found by pricing the purchases anew without it: the same kernel, no second engine.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum

import numpy as np

from gasworks.rating.columns import Column, Intervals, ToDate, column
from gasworks.rating.kernel import ladder_keys, rate
from gasworks.rating.tables import Tariffs

Used = tuple[tuple[int, int, int], ...]
"""Tier-to-date before the purchases: (ladder code, first day of the tier period, litres)."""


@dataclass(frozen=True, slots=True)
class Purchase:
    """Gas sold on a day to a household of that size."""

    day: int
    litres: int
    persons: int = 0
    billing_months: int = 1


@dataclass(frozen=True, slots=True)
class Refund:
    """Litres that come back, by purchase, and the money for them: what was paid, less what the rest costs."""

    litres: tuple[int, ...]
    amount_fen: int
    taken_back: Used
    """What leaves the ladder, as tier-to-date is written."""


class NotBought(ValueError):
    """More gas comes back than was bought, or a part of a billing unit."""


def refund(plan: int, purchases: Sequence[Purchase], litres: int, tariffs: Tariffs, *, used: Used = ()) -> Refund:
    """Take the last ``litres`` of the purchases back (in the order in which they were made). Raises NotBought."""
    unit = int(tariffs.unit[plan])
    if litres < 0 or litres % unit or litres > sum(purchase.litres for purchase in purchases):
        raise NotBought
    back, left = [], litres
    for purchase in reversed(purchases):
        back.append(min(purchase.litres, left))
        left -= back[-1]
    back.reverse()
    bought = column([purchase.litres for purchase in purchases])
    paid, before = _price(plan, purchases, bought, used, tariffs)
    kept, after = _price(plan, purchases, bought - column(back), used, tariffs)
    gone = tuple((*key, before[key] - after.get(key, 0)) for key in before if before[key] != after.get(key, 0))
    return Refund(tuple(back), paid - kept, gone)


class Unspent(Enum):
    """What becomes of bought gas that is not used yet when the price changes."""

    OLD_PRICE = "old_price"
    """It keeps the price at which it was bought."""
    DIFFERENCE = "difference"
    """It is bought anew at the new price: the difference is paid (补差) or given back (退差)."""


def reprice_unspent(
    plan: int,
    purchases: Sequence[Purchase],
    unspent_litres: int,
    day: int,
    tariffs: Tariffs,
    *,
    used: Used = (),
    rule: Unspent = Unspent.DIFFERENCE,
) -> int:
    """Fen to pay (below zero: to give back) for gas that is not used when a new price begins on ``day``."""
    back = refund(plan, purchases, unspent_litres, tariffs, used=used)
    if rule is Unspent.OLD_PRICE or not unspent_litres:
        return 0
    kept = [
        Purchase(p.day, p.litres - gone, p.persons, p.billing_months)
        for p, gone in zip(purchases, back.litres, strict=True)
    ]
    last = purchases[-1]
    anew = [*kept, Purchase(day, unspent_litres, last.persons, last.billing_months)]
    old, _ = _price(plan, purchases, column([p.litres for p in purchases]), used, tariffs)
    new, _ = _price(plan, anew, column([p.litres for p in anew]), used, tariffs)
    return new - old


class Remaining(Enum):
    """What becomes of gas left on a card meter that is exchanged for a mechanical one."""

    MONEY = "money"
    """Its price goes to the advance, and the ladder gives it back: all later gas is billed."""
    GAS = "gas"
    """It stays bought: the first litres by readings are neither billed nor counted again."""


@dataclass(frozen=True, slots=True)
class HandOver:
    """How a purchase ladder goes on by readings: fen to the advance, what leaves the ladder, litres already paid."""

    advance_fen: int
    taken_back: Used
    paid_litres: int

    def billable(self, litres: int) -> int:
        """What of the gas used since the exchange is billed and counted."""
        return max(litres - self.paid_litres, 0)


def hand_over(
    plan: int,
    purchases: Sequence[Purchase],
    left_litres: int,
    tariffs: Tariffs,
    *,
    used: Used = (),
    rule: Remaining = Remaining.MONEY,
) -> HandOver:
    """From card to readings. Gas bought before is counted once, by its purchase, whichever the rule."""
    back = refund(plan, purchases, left_litres, tariffs, used=used)
    if rule is Remaining.GAS:
        return HandOver(0, (), left_litres)
    return HandOver(back.amount_fen, back.taken_back, 0)


def _price(
    plan: int, purchases: Sequence[Purchase], litres: Column, used: Used, tariffs: Tariffs
) -> tuple[int, dict[tuple[int, int], int]]:
    """(fen of the purchases in their order, litres that they book by (ladder code, tier period))."""
    if not len(purchases):
        return 0, {}
    days = column([purchase.day for purchase in purchases])
    asked = Intervals.of(
        plan=np.full(len(days), plan, np.int64),
        from_day=days,
        to_day=days + 1,
        litres=litres,
        persons=[purchase.persons for purchase in purchases],
        billing_months=[purchase.billing_months for purchase in purchases],
        group=np.zeros(len(days), np.int64),
        member=np.arange(len(days), dtype=np.int64),
    )
    rated = rate(asked, tariffs, to_date=_to_date(used))
    moves = rated.movements
    booked = {(int(code), int(day)): 0 for _, code, day in zip(*ladder_keys(asked, tariffs), strict=True)}
    for code, day, volume in zip(moves.code, moves.period_day, moves.litres, strict=True):
        if day >= 0:
            booked[int(code), int(day)] += int(volume)
    return int(rated.amount_fen.sum()), booked


def _to_date(used: Used) -> ToDate | None:
    if not used:
        return None
    code, period_day, litres = (column(list(each)) for each in zip(*used, strict=True))
    return ToDate(np.zeros(len(code), np.int64), code, period_day, litres)
