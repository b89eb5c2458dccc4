"""The one table of rights: it decides menus, buttons, views, the API and the page of the manual.

A right is ``domain.action``. ``reach`` says which of the three scopes bounds it (DESIGN: find, take, change).
Roles are held over a subtree of the organisation (``RoleGrant``). Money, rights and audit are separable (三员分立):
no role may both move money and hand out rights.
"""

from dataclasses import dataclass
from enum import Enum
from functools import lru_cache
from typing import Final

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _


class Reach(Enum):
    NONE = "none"
    FIND = "find"
    TAKE = "take"
    CHANGE = "change"


@dataclass(frozen=True, slots=True)
class Role:
    code: str
    label: str | Promise


@dataclass(frozen=True, slots=True)
class Right:
    name: str
    label: str | Promise
    reach: Reach
    roles: tuple[str, ...]

    @property
    def domain(self) -> str:
        return self.name.split(".")[0]


ROLES: Final[tuple[Role, ...]] = (
    Role("cashier", _("Cashier")),
    Role("cash_lead", _("Cash-office lead")),
    Role("billing_clerk", _("Billing clerk")),
    Role("billing_lead", _("Billing lead")),
    Role("reader", _("Meter reader")),
    Role("reading_lead", _("Reading lead")),
    Role("agent", _("Customer-service agent")),
    Role("service_lead", _("Service lead")),
    Role("field_worker", _("Field worker")),
    Role("finance", _("Finance clerk")),
    Role("auditor", _("Auditor")),
    Role("manager", _("Branch manager")),
    Role("sysadmin", _("System administrator")),
    Role("secadmin", _("Security administrator")),
)

_CASH = ("cashier", "cash_lead")
_BILLING = ("billing_clerk", "billing_lead")
_MONEY = ("cash_lead", "finance")
_READING = ("reader", "reading_lead")
_SERVICE = ("agent", "service_lead")
_LOOK = ("finance", "auditor", "manager")
_EVERYONE = tuple(r.code for r in ROLES)
_STAFF_DESK = _CASH + _BILLING + _READING + _SERVICE + _LOOK


def _right(name: str, label: str | Promise, reach: Reach, *roles: str) -> Right:
    return Right(name, label, reach, tuple(roles))


RIGHTS: Final[tuple[Right, ...]] = (
    # foundation
    _right("home.view", _("Home page"), Reach.NONE, *_EVERYONE),
    _right("work.view", _("Long work and its results"), Reach.FIND, *_EVERYONE),
    _right("staff.view", _("See staff and roles"), Reach.FIND, "secadmin", "sysadmin", "auditor", "manager"),
    _right("staff.change", _("Add and change staff"), Reach.CHANGE, "secadmin"),
    _right("staff.grant", _("Grant and revoke roles"), Reach.CHANGE, "secadmin"),
    _right("organisation.view", _("See the organisation"), Reach.FIND, "sysadmin", "secadmin", "auditor", "manager"),
    _right("organisation.change", _("Change the organisation"), Reach.CHANGE, "sysadmin"),
    _right("approvals.view", _("Approvals"), Reach.FIND, *_STAFF_DESK, "sysadmin", "secadmin"),
    _right("audit.view", _("Audit log"), Reach.FIND, "auditor", "secadmin"),
    _right("parameters.view", _("See parameters"), Reach.FIND, "sysadmin", "auditor", "manager", "billing_lead"),
    _right("parameters.change", _("Change parameters"), Reach.CHANGE, "sysadmin"),
    _right("calendar.view", _("Calendar and accounting months"), Reach.FIND, *_BILLING, *_LOOK, "sysadmin"),
    _right("calendar.change", _("Open and close accounting months"), Reach.CHANGE, "billing_lead"),
    _right("health.view", _("Health of the system"), Reach.NONE, "sysadmin", "auditor"),
    _right("events.retry", _("Retry parked facts"), Reach.NONE, "sysadmin"),
    _right("tokens.change", _("API tokens"), Reach.CHANGE, "secadmin"),
    _right("imports.view", _("Imports"), Reach.FIND, *_BILLING, *_READING, *_SERVICE, *_MONEY, "manager", "auditor"),
    # tariffs
    _right("tariffs.view", _("See price plans"), Reach.FIND, *_STAFF_DESK),
    _right("tariffs.draft", _("Draft price plans"), Reach.CHANGE, "billing_lead"),
    _right("tariffs.approve", _("Approve price plans"), Reach.CHANGE, "manager"),
    # customers
    _right("customers.view", _("Find and see customers"), Reach.FIND, *_STAFF_DESK, "field_worker"),
    _right("customers.change", _("Change customers and supply points"), Reach.CHANGE, *_SERVICE),
    _right("customers.import", _("Import customers"), Reach.CHANGE, "service_lead"),
    _right("customers.see_id", _("See whole ID numbers"), Reach.FIND, "service_lead"),
    _right("casework.close", _("Close accounts"), Reach.CHANGE, "service_lead"),
    # metering
    _right("metering.view", _("See meters and readings"), Reach.FIND, *_STAFF_DESK, "field_worker"),
    _right("metering.change", _("Install, exchange and remove meters"), Reach.CHANGE, "reading_lead", "service_lead"),
    _right("metering.books", _("Change reading books"), Reach.CHANGE, "reading_lead"),
    _right("metering.key", _("Key readings"), Reach.CHANGE, *_READING),
    _right("metering.approve", _("Approve readings"), Reach.CHANGE, "reading_lead"),
    _right("metering.estimate", _("Estimate missed reads"), Reach.CHANGE, "reading_lead"),
    _right("metering.approve_cycle", _("Approve another reading cycle of a book"), Reach.CHANGE, "manager"),
    # usage
    _right("usage.view", _("See ladders and household sizes"), Reach.FIND, *_STAFF_DESK),
    _right("usage.change", _("Change ladders, prices and household sizes"), Reach.CHANGE, *_BILLING, "service_lead"),
    _right("usage.subsidy", _("Set who pays subsidies, and for what"), Reach.CHANGE, "billing_lead", "finance"),
    # billing
    _right("billing.view", _("See bills"), Reach.FIND, *_STAFF_DESK),
    _right("billing.print", _("Print many bills at once"), Reach.FIND, *_BILLING, "cash_lead"),
    _right("billing.run", _("Run billing"), Reach.CHANGE, *_BILLING),
    _right("billing.final", _("Make final bills"), Reach.CHANGE, "billing_lead", "service_lead"),
    _right("billing.release", _("Release or discard held bills"), Reach.CHANGE, "billing_lead"),
    _right("billing.cancel", _("Cancel bills"), Reach.CHANGE, "billing_lead"),
    _right("billing.back_bill", _("Ask for back-bills"), Reach.CHANGE, "billing_lead"),
    _right("billing.simulate", _("Try price versions on billed gas"), Reach.CHANGE, "billing_lead", "manager"),
    _right("billing.rules", _("Change outsorting rules"), Reach.CHANGE, "billing_lead"),
    _right("billing.rebill", _("Take bills back and make them again"), Reach.CHANGE, "billing_lead"),
    _right("billing.rebill_grant", _("Approve re-billing and back-bills"), Reach.CHANGE, "manager"),
    _right("billing.claim", _("Claim subsidies and book their payment"), Reach.CHANGE, "finance", "billing_lead"),
    # receivables
    _right("receivables.view", _("See what is owed"), Reach.FIND, *_STAFF_DESK),
    _right("receivables.charge", _("Charge other fees"), Reach.FIND, *_SERVICE, "cash_lead"),
    _right("receivables.dispute", _("Mark and settle disputes"), Reach.FIND, "service_lead", "billing_lead"),
    _right("receivables.bank", _("Hand debts to the bank and note its answer"), Reach.FIND, "cash_lead", "finance"),
    _right(
        "receivables.remind",
        _("Note how notices and dunning slips were delivered"),
        Reach.FIND,
        *_BILLING,
        *_SERVICE,
        "cash_lead",
        "reading_lead",
    ),
    _right("receivables.fees", _("Change fee types"), Reach.CHANGE, "finance"),
    _right("receivables.terms", _("Set late-fee terms"), Reach.CHANGE, "finance", "service_lead"),
    _right("receivables.subscribe", _("Set recurring fees"), Reach.FIND, *_SERVICE),
    _right(
        "receivables.waive", _("Waive debts and late fees"), Reach.FIND, "service_lead", "cash_lead", "billing_lead"
    ),
    _right("receivables.waive_grant", _("Approve waivers"), Reach.FIND, "finance", "manager"),
    _right("receivables.settle_third", _("Settle with third parties"), Reach.FIND, "finance"),
    _right("receivables.settle_grant", _("Approve settlements with third parties"), Reach.FIND, "manager"),
    _right("receivables.deposit", _("Deposit slips: issue and give back"), Reach.FIND, "cash_lead", "finance"),
    # payments
    _right("payments.view", _("See payments"), Reach.FIND, *_STAFF_DESK),
    _right("payments.take", _("Take payments"), Reach.TAKE, *_CASH),
    _right("payments.collect", _("Take collection files of banks and partners"), Reach.FIND, "cash_lead", "finance"),
    _right("payments.withdraw", _("Withdraw a payment in one's own open shift"), Reach.TAKE, *_CASH),
    _right("payments.reverse", _("Reverse a payment later"), Reach.TAKE, "cash_lead"),
    _right("payments.shift", _("Open and close a shift"), Reach.TAKE, *_CASH),
    _right("payments.day_end", _("Day end of the outlet"), Reach.TAKE, "cash_lead"),
    # invoicing
    _right("invoicing.view", _("See paper books and sheets"), Reach.FIND, *_CASH, *_LOOK),
    _right("invoicing.print", _("Print receipts"), Reach.TAKE, *_CASH),
    _right("invoicing.books", _("Hand out, return and write off paper"), Reach.TAKE, "cash_lead"),
    # ledger and reports
    _right("ledger.view", _("Ledger and trial balance"), Reach.FIND, "finance", "auditor", "manager", "cash_lead"),
    _right("ledger.export", _("Export the ledger"), Reach.FIND, "finance", "auditor"),
    _right("insight.view", _("Dashboard and reports"), Reach.FIND, *_STAFF_DESK),
    _right(
        "insight.remind", _("Print payment notices and dunning slips"), Reach.FIND, *_BILLING, *_SERVICE, "cash_lead"
    ),
    _right("insight.feed", _("Take out the data file of a supply point"), Reach.FIND, *_SERVICE, *_BILLING, *_LOOK),
)

APART: Final = ("secadmin", "sysadmin", "auditor")
"""三员分立: whoever holds one of these roles holds no other one."""


def clashes(roles: set[str]) -> bool:
    """Whether one person may not hold these roles together."""
    return len(roles) > 1 and any(role in roles for role in APART)


_BY_NAME: Final = {right.name: right for right in RIGHTS}


def right(name: str) -> Right:
    return _BY_NAME[name]


def rights_of(roles: set[str]) -> frozenset[str]:
    """What these roles may do. A right that every role has belongs to everybody who can log in, roles or not."""
    return _rights_of(frozenset(roles))


@lru_cache(maxsize=512)
def _rights_of(roles: frozenset[str]) -> frozenset[str]:
    """The table never changes while the process runs, and few sets of roles are held."""
    return frozenset(r.name for r in RIGHTS if roles & set(r.roles) or r.roles == _EVERYONE)


def roles_with(name: str) -> tuple[str, ...]:
    """The roles that hold a right."""
    return right(name).roles


def right_label(name: str) -> str | Promise:
    """What a right is called, or its name where nobody knows it."""
    return _BY_NAME[name].label if name in _BY_NAME else name


def role_label(code: str) -> str | Promise:
    """What a role is called; one that the table no longer knows is shown by its code."""
    return next((role.label for role in ROLES if role.code == code), code)
