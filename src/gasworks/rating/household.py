"""Tier bounds as they stand for a household of a given size."""

from gasworks.rating.types import ExtraPersons, Ladder


def bounds_of(ladder: Ladder, persons: int) -> list[int]:
    """The bounds of the order as they stand for a household of that size (0: not declared)."""
    bounds = [tier.upto_litres for tier in ladder.tiers if tier.upto_litres is not None]
    rule = ladder.household
    if rule is None:
        return bounds
    if isinstance(rule, ExtraPersons):
        extra = max(persons - rule.above, 0)
        times = min(extra, 1) if rule.once else extra
        return [bound + times * more for bound, more in zip(bounds, rule.litres, strict=True)]
    if persons < rule.from_persons:
        return bounds
    return [persons * each for each in rule.litres]
