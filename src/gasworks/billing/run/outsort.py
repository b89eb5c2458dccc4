"""Outsorting: which bills wait for a person, by rules that are data. Pure: columns in, one mask a rule out.

Each rule's limits stand in ``HoldRule.limits``; a limit that is not given has the default below.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

import numpy as np

from gasworks.billing.run.columns import Column, Mask


@dataclass(frozen=True, slots=True)
class Look:
    """What the rules look at, one row a bill. ``last_year`` is litres of the same month last year (-1: no bill).

    ``repriced``: one register's interval was cut by a new price version. ``agreement`` and ``month`` seed the sample.
    """

    litres: Column
    amount_fen: Column
    days: Column
    months: Column
    negative: Mask
    exchanged: Mask
    enters_top: Mask
    residential: Mask
    estimated: Mask
    last_estimated: Mask
    last_litres: Column
    last_year: Column
    repriced: Mask
    agreement: Column
    month: int


Limits = Mapping[str, int]
Rule = Callable[[Look, Limits], Mask]


@dataclass(frozen=True, slots=True)
class Kind:
    """A rule with its default limits; a bill held by one that ``needs_discard`` can never be released.

    ``begins_on``: whether a company that gets the pack gets the rule switched on.
    """

    code: str
    test: Rule
    limits: Limits
    needs_discard: bool = False
    begins_on: bool = True


def _negative(look: Look, limits: Limits) -> Mask:
    return look.negative


def _zero(look: Look, limits: Limits) -> Mask:
    """Nothing used where the same month last year used much."""
    return (look.litres == 0) & (look.last_year >= limits["last_year_m3"] * 1000)


def _jump(look: Look, limits: Limits) -> Mask:
    """Many times the same month last year, or much after a bill of nothing."""
    many = look.litres * 100 > look.last_year * limits["percent"]
    much = look.litres >= limits["min_m3"] * 1000 * look.months
    return much & ((look.last_year > 0) & many | (look.last_year <= 0) & (look.last_litres == 0))


def _exchanged(look: Look, limits: Limits) -> Mask:
    return look.exchanged


def _top_tier(look: Look, limits: Limits) -> Mask:
    return look.enters_top & look.residential


def _cycle(look: Look, limits: Limits) -> Mask:
    return look.residential & ((look.days < limits["min_days"]) | (look.days > limits["max_days"]))


def _amount(look: Look, limits: Limits) -> Mask:
    home = look.residential & (look.amount_fen > limits["home_yuan"] * 100)
    return home | (~look.residential & (look.amount_fen > limits["other_yuan"] * 100))


def _second_zero_estimate(look: Look, limits: Limits) -> Mask:
    return look.estimated & look.last_estimated & (look.litres == 0) & (look.last_litres == 0)


def _second_estimate(look: Look, limits: Limits) -> Mask:
    return look.estimated & look.last_estimated


def _price_change(look: Look, limits: Limits) -> Mask:
    return look.repriced


def _less(look: Look, limits: Limits) -> Mask:
    """A small part of what the same month last year used."""
    much = look.last_year >= limits["last_year_m3"] * 1000
    return much & (look.litres > 0) & (look.litres * 100 < look.last_year * limits["percent"])


def _sample(look: Look, limits: Limits) -> Mask:
    """A random share of the bills, the same ones each time for one month and seed: an odd multiplier mixes the number."""
    mixed = (look.agreement * 2_654_435_761 + look.month * 40_503 + limits["seed"] * 97) & 0xFFFFFFFF
    mixed = (mixed ^ (mixed >> 16)) * 0x45D9F3B & 0xFFFFFFFF
    return (mixed >> 7) % 1000 < limits["per_mille"]


NEGATIVE: Final = "negative"
SECOND_ESTIMATE: Final = "second_estimate"
LESS: Final = "less"
CYCLE: Final = "cycle"
"""Its limits are the company's parameters, not the pack's."""
KINDS: Final[Mapping[str, Kind]] = MappingProxyType(
    {
        kind.code: kind
        for kind in (
            Kind(NEGATIVE, _negative, {}, needs_discard=True),
            Kind("zero", _zero, {"last_year_m3": 10}),
            Kind("jump", _jump, {"percent": 300, "min_m3": 100}),
            Kind("exchange", _exchanged, {}),
            Kind("top_tier", _top_tier, {}),
            Kind(CYCLE, _cycle, {"min_days": 25, "max_days": 90}),
            Kind("amount", _amount, {"home_yuan": 5_000, "other_yuan": 500_000}),
            Kind("zero_estimate", _second_zero_estimate, {}),
            Kind(SECOND_ESTIMATE, _second_estimate, {}, begins_on=False),
            Kind("price_change", _price_change, {}, begins_on=False),
            Kind(LESS, _less, {"percent": 20, "last_year_m3": 20}, begins_on=False),
            Kind("sample", _sample, {"per_mille": 5, "seed": 1}, begins_on=False),
        )
    }
)


def sort_out(look: Look, rules: Mapping[str, Limits]) -> dict[str, Mask]:
    """Mask of the bills that each active rule holds. «Negative» is always active."""
    active = {NEGATIVE: {}, **rules}
    return {code: KINDS[code].test(look, {**KINDS[code].limits, **limits}) for code, limits in active.items()}


def wants_last_year(look_litres: Column, months: Column, rules: Mapping[str, Limits]) -> Mask:
    """The bills for which last year's volume can decide anything; only those are looked up."""
    wanted = np.zeros(len(look_litres), np.bool_)
    if "zero" in rules:
        wanted |= look_litres == 0
    if "jump" in rules:
        limits = {**KINDS["jump"].limits, **rules["jump"]}
        wanted |= look_litres >= limits["min_m3"] * 1000 * months
    if LESS in rules:
        wanted |= look_litres > 0
    return wanted
