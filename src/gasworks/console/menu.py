"""The menu of the staff desk. A line shows when the person has its right; nothing here decides access."""

from dataclasses import dataclass
from typing import Final

from django.urls import NoReverseMatch, reverse
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from gasworks.foundation.scope import Scope


@dataclass(frozen=True, slots=True)
class Line:
    """``route`` is a url name without arguments; ``key`` is the function key that opens it, if any."""

    label: str | Promise
    route: str
    right: str


@dataclass(frozen=True, slots=True)
class Group:
    label: str | Promise
    icon: str
    lines: tuple[Line, ...]


@dataclass(frozen=True, slots=True)
class ShownLine:
    label: str | Promise
    url: str
    current: bool


@dataclass(frozen=True, slots=True)
class ShownGroup:
    label: str | Promise
    icon: str
    lines: tuple[ShownLine, ...]

    @property
    def current(self) -> bool:
        return any(line.current for line in self.lines)


MENU: Final[tuple[Group, ...]] = (
    Group(
        _("Today"),
        "home",
        (
            Line(_("Home"), "console:home", "home.view"),
            Line(_("Dashboard"), "insight:dashboard", "insight.view"),
            Line(_("Approvals"), "foundation:approvals", "approvals.view"),
            Line(_("Long work"), "foundation:works", "work.view"),
        ),
    ),
    Group(
        _("Counter"),
        "cash",
        (
            Line(_("Take payment"), "payments:counter", "payments.take"),
            Line(_("Payment records"), "payments:list", "payments.view"),
            Line(_("Shift"), "payments:shift", "payments.shift"),
            Line(_("Day end"), "payments:day_end", "payments.day_end"),
            Line(_("Paper books"), "invoicing:books", "invoicing.view"),
        ),
    ),
    Group(
        _("Customers"),
        "people",
        (
            Line(_("Supply points"), "customers:list", "customers.view"),
            Line(_("Ladder groups"), "usage:groups", "usage.view"),
            Line(_("Entitlements"), "usage:rights", "usage.view"),
            Line(_("Imports"), "foundation:imports", "imports.view"),
        ),
    ),
    Group(
        _("Meter reading"),
        "meter",
        (
            Line(_("Reading board"), "metering:board", "metering.view"),
            Line(_("Reading books"), "metering:books", "metering.view"),
            Line(_("Review readings"), "metering:review", "metering.approve"),
            Line(_("Season readings"), "usage:season_reads", "usage.view"),
            Line(_("Meters"), "metering:meters", "metering.view"),
        ),
    ),
    Group(
        _("Billing and prices"),
        "bill",
        (
            Line(_("Billing runs"), "billing:runs", "billing.view"),
            Line(_("Held bills"), "billing:held", "billing.view"),
            Line(_("Outsorting rules"), "billing:rules", "billing.view"),
            Line(_("Bills"), "billing:list", "billing.view"),
            Line(_("Print bills"), "billing:print", "billing.print"),
            Line(_("Re-billing"), "billing:rebills", "billing.view"),
            Line(_("Back-bills"), "billing:back_bills", "billing.view"),
            Line(_("Price plans"), "tariffs:list", "tariffs.view"),
            Line(_("Heating seasons"), "tariffs:seasons", "tariffs.view"),
            Line(_("Price calculator"), "tariffs:calculator", "tariffs.view"),
            Line(_("Price simulations"), "billing:simulations", "billing.simulate"),
        ),
    ),
    Group(
        _("Money"),
        "ledger",
        (
            Line(_("Open items"), "receivables:list", "receivables.view"),
            Line(_("Notices and dunning slips"), "insight:remind", "insight.remind"),
            Line(_("Printed notices and slips"), "receivables:reminders", "receivables.view"),
            Line(_("Fee types"), "receivables:fees", "receivables.view"),
            Line(_("Recurring fees"), "receivables:recurring", "receivables.view"),
            Line(_("Late-fee terms"), "receivables:terms", "receivables.view"),
            Line(_("Waivers"), "receivables:waivers", "receivables.view"),
            Line(_("Settlements with third parties"), "receivables:settlements", "receivables.view"),
            Line(_("Deposit slips"), "receivables:slips", "receivables.view"),
            Line(_("Claims of subsidies"), "billing:claims", "billing.view"),
            Line(_("Ledger entries"), "ledger:entries", "ledger.view"),
        ),
    ),
    Group(
        _("Reports"),
        "chart",
        (
            Line(_("Arrears"), "insight:arrears", "insight.view"),
            Line(_("Issue summary"), "insight:issue_summary", "insight.view"),
            Line(_("Homes and gas per tier"), "billing:tiers", "billing.view"),
            Line(_("Quality board"), "insight:quality", "insight.view"),
            Line(_("Cash journal"), "insight:cash_journal", "ledger.view"),
            Line(_("Trial balance"), "insight:trial_balance", "ledger.view"),
            Line(_("Ledger export"), "insight:exports", "ledger.export"),
        ),
    ),
    Group(
        _("System"),
        "gear",
        (
            Line(_("Staff and roles"), "foundation:staff", "staff.view"),
            Line(_("Organisation"), "foundation:organisation", "organisation.view"),
            Line(_("Parameters"), "foundation:parameters", "parameters.view"),
            Line(_("Calendar"), "foundation:calendar", "calendar.view"),
            Line(_("Audit log"), "foundation:audit", "audit.view"),
            Line(_("Day digests"), "ledger:digests", "audit.view"),
            Line(_("API tokens"), "foundation:tokens", "tokens.change"),
            Line(_("System health"), "foundation:health", "health.view"),
        ),
    ),
)


def menu_of(scope: Scope, path: str) -> tuple[ShownGroup, ...]:
    """The groups and lines that this person may open; the line whose address begins the path most closely is marked."""
    found = [(group, line, _url(line.route)) for group in MENU for line in group.lines if scope.may(line.right)]
    here = max((url for _g, _l, url in found if url and path.startswith(url)), key=len, default="")
    shown = []
    for group in MENU:
        lines = tuple(ShownLine(ln.label, url, url == here) for g, ln, url in found if g is group and url)
        if lines:
            shown.append(ShownGroup(group.label, group.icon, lines))
    return tuple(shown)


def _url(route: str) -> str:
    try:
        return reverse(route)
    except NoReverseMatch:
        return ""
