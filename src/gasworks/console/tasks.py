"""What waits for a person on the home page: a few figures, each leading to the screen where it is worked off."""

import datetime as dt
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Final

from django.urls import NoReverseMatch, reverse
from django.utils.functional import Promise
from django.utils.translation import gettext as _

from gasworks.foundation.approvals import waiting_for_me
from gasworks.foundation.scope import Scope
from gasworks.foundation.work import visible_work
from gasworks.insight.selectors import today_figures
from gasworks.kernel.money import yuan
from gasworks.metering.selectors import months_with_rounds, round_counts
from gasworks.payments.selectors import count_shift, open_shift_of


@dataclass(frozen=True, slots=True)
class Task:
    """``route`` is a url name without arguments."""

    label: str | Promise
    value: str
    route: str
    unit: str = ""
    note: str = ""

    @property
    def url(self) -> str:
        try:
            return reverse(self.route)
        except NoReverseMatch:
            return ""


def tasks_of(scope: Scope, today: dt.date) -> list[Task]:
    """In the order of the rights below; only those of the person's own work."""
    return [task for right, find in _FOUND.items() if scope.may(right) for task in find(scope, today)]


def _shift(scope: Scope, _today: dt.date) -> Iterator[Task]:
    shift = open_shift_of(scope=scope)
    if shift is None:
        yield Task(_("Shift"), _("Not open"), "payments:counter", note=_("Open it and take payments"))
        return
    count = count_shift(scope=scope, shift_id=shift.id)
    taken = sum(fen for _means, _pieces, fen in count.by_means)
    yield Task(_("Taken in this shift"), yuan(taken), "payments:counter", unit=_("yuan"))
    yield Task(_("Should be in the drawer"), yuan(count.expected_fen), "payments:shift", unit=_("yuan"))


def _rounds(scope: Scope) -> dict[str, int]:
    months = months_with_rounds(scope=scope)
    return round_counts(scope=scope, month=max(months)) if months else {}


def _to_read(scope: Scope, _today: dt.date) -> Iterator[Task]:
    counts = _rounds(scope)
    yield Task(_("Books still to read"), str(counts.get("planned", 0) + counts.get("reading", 0)), "metering:board")


def _to_review(scope: Scope, _today: dt.date) -> Iterator[Task]:
    yield Task(_("Books to review"), str(_rounds(scope).get("review", 0)), "metering:board")


def _to_bill(scope: Scope, _today: dt.date) -> Iterator[Task]:
    yield Task(_("Books ready for billing"), str(_rounds(scope).get("approved", 0)), "billing:runs")


def _figures(scope: Scope, today: dt.date) -> Iterator[Task]:
    if not (scope.may("billing.run") or scope.may("ledger.view")):
        return
    figures = today_figures(scope=scope, on=today)
    if scope.may("billing.run"):
        yield Task(_("Held bills"), str(figures.held_bills), "billing:held")
    if scope.may("ledger.view"):
        yield Task(_("Taken today"), yuan(figures.takings_fen), "insight:dashboard", unit=_("yuan"))
        yield Task(_("In arrears"), yuan(figures.arrears_fen), "insight:arrears", unit=_("yuan"))


def _approvals(scope: Scope, _today: dt.date) -> Iterator[Task]:
    waiting = waiting_for_me(scope=scope).count()
    if waiting:
        yield Task(_("Approvals waiting for you"), str(waiting), "foundation:approvals")


def _works(scope: Scope, _today: dt.date) -> Iterator[Task]:
    running = visible_work(scope).filter(ended_at__isnull=True).count()
    if running:
        yield Task(_("Long work under way"), str(running), "foundation:works")


_FOUND: Final[dict[str, Callable[[Scope, dt.date], Iterator[Task]]]] = {
    "payments.shift": _shift,
    "metering.key": _to_read,
    "metering.approve": _to_review,
    "billing.run": _to_bill,
    "insight.view": _figures,
    "approvals.view": _approvals,
    "work.view": _works,
}
