"""What codes of billing are called on screens and papers."""

from typing import Final

from django.utils.functional import Promise
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from gasworks.billing.rebill.blocks import Block
from gasworks.billing.run.intervals import Problem
from gasworks.rating import Why

Words = str | Promise

RULES: Final[dict[str, Words]] = {
    "negative": _("Index lower than the last one"),
    "zero": _("Nothing used, much last year"),
    "jump": _("Far more than usual"),
    "exchange": _("First bill after a meter exchange"),
    "top_tier": _("Enters the top tier"),
    "cycle": _("Too few or too many days"),
    "amount": _("Amount above the limit"),
    "zero_estimate": _("Second estimate of zero"),
    "second_estimate": _("Second estimate in a row"),
    "price_change": _("Price changes inside the interval"),
    "less": _("Far less than last year"),
    "sample": _("Random check"),
    "rerate": _("An earlier bill was discarded"),
}
LIMITS: Final[dict[str, Words]] = {
    "percent": _("Per cent of the same month last year"),
    "min_m3": _("From so many m³ a month"),
    "last_year_m3": _("From so many m³ last year"),
    "home_yuan": _("Homes: more than so many yuan"),
    "other_yuan": _("Others: more than so many yuan"),
    "per_mille": _("So many of a thousand bills"),
    "seed": _("Seed (another one draws other bills)"),
}
OBSTACLES: Final[dict[int, Words]] = {
    Block.INVOICED: _("An invoice is out for it: void it or issue the red letter first"),
    Block.WITH_BANK: _("The bank has it: wait for its result"),
    Block.BACK_BILL: _("A back-bill stands on this ladder: cancel it first"),
    Block.NEGATIVE: _("The corrected index is lower than the last one"),
    Block.CHANGED: _("Bills or payments changed since this was worked out; left as it is"),
}
SETTLED: Final[dict[str, Words]] = {
    "rebilled": _("Billed again"),
    "released": _("Released"),
    "discarded": _("Discarded"),
    "cancelled": _("Cancelled"),
    "trued_up": _("Settled by an actual reading"),
}
_PROBLEMS: Final[dict[int, Words]] = {
    Problem.NO_READING: _("No approved reading"),
    Problem.NO_PRICE: _("No price plan in force"),
    Problem.NO_AGREEMENT: _("No agreement in force"),
    Problem.AGREEMENT_CHANGED: _("The holder changed without a reading"),
    Problem.NOT_RATABLE + Why.INCOMPLETE: _("The price order has a gap"),
    Problem.NOT_RATABLE + Why.NO_PRICE: _("Days without a price"),
    Problem.NOT_RATABLE + Why.NO_PERIOD: _("Days outside every tier period"),
    Problem.NOT_RATABLE + Why.BROKEN_UNIT: _("Volume is not in whole billing units"),
    Problem.NOT_RATABLE + Why.BAD_DATES: _("The dates of the interval are wrong"),
    Problem.NOT_RATABLE + Why.BAD_VOLUME: _("The volume cannot be right"),
}
NOT_RATED: Final = _("The price plan cannot rate it")


def rule_name(code: str) -> Words:
    return RULES.get(code, code)


def problem_name(reason: int) -> Words:
    return _PROBLEMS.get(reason, NOT_RATED)


def problem_of_rating(why: int) -> Words:
    """Why billed gas could not be rated again (``rating.Why``)."""
    return problem_name(Problem.NOT_RATABLE + why)


def obstacle_name(reason: int) -> Words:
    """Why bills of a ladder group are left as they are in a re-billing."""
    return OBSTACLES[reason] if reason in OBSTACLES else problem_name(reason - Block.NOT_RATED)


def tier_name(tier: int) -> str:
    """«Tier 2», or what stands in its place."""
    return gettext("Tier %(number)d") % {"number": tier} if tier else gettext("Minimum charge")


def summary_tier_name(tier: int) -> str:
    return gettext("Tier %(number)d") % {"number": tier} if tier else gettext("No gas used")
