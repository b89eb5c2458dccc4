"""The manual's page of rights, written from the rights table in both languages; a test holds it current."""

from typing import Final

from django.utils.functional import Promise
from django.utils.translation import gettext, override
from django.utils.translation import gettext_lazy as _

from gasworks.foundation.rights_table import RIGHTS, ROLES, Reach

DOMAINS: Final[dict[str, str | Promise]] = {
    "home": _("Home"),
    "work": _("Long work"),
    "staff": _("Staff"),
    "organisation": _("Organisation"),
    "approvals": _("Approvals"),
    "audit": _("Audit"),
    "parameters": _("Parameters"),
    "calendar": _("Calendar"),
    "health": _("Health"),
    "events": _("Facts"),
    "tokens": _("API tokens"),
    "imports": _("Imports"),
    "tariffs": _("Tariffs"),
    "customers": _("Customers"),
    "metering": _("Metering"),
    "usage": _("Ladders and usage"),
    "billing": _("Billing"),
    "receivables": _("Receivables"),
    "payments": _("Payments"),
    "invoicing": _("Paper"),
    "ledger": _("Ledger"),
    "insight": _("Reports"),
    "casework": _("Casework"),
    "printing": _("Printing"),
}
REACHES: Final[dict[Reach, str | Promise]] = {
    Reach.NONE: _("no data"),
    Reach.FIND: _("the whole company"),
    Reach.TAKE: _("one's own outlet and shift"),
    Reach.CHANGE: _("the branches of the role"),
}
PAGES: Final = {"en": "rights.md", "zh-hans": "rights.zh-CN.md"}


def domain_label(domain: str) -> str | Promise:
    return DOMAINS.get(domain, domain)


def rights_page(language: str) -> str:
    """Markdown: the roles, then each right with its reach and who holds it."""
    with override(language):
        return "\n".join([*_head(), *_roles(), *_rights()]) + "\n"


def _head() -> list[str]:
    return [
        "# " + gettext("Rights and roles"),
        "",
        gettext("This page is written from the table that the program itself asks (`./run manage rights_page`)."),
        gettext("A role is held over a unit and all below it. A right reaches as far as its third column says."),
        "",
    ]


def _roles() -> list[str]:
    heads = (gettext("Role"), gettext("Code"), gettext("Rights"))
    lines = ["## " + gettext("Roles"), "", "| " + " | ".join(heads) + " |", "|---|---|---|"]
    for role in ROLES:
        held = sum(role.code in right.roles for right in RIGHTS)
        lines.append(f"| {role.label} | `{role.code}` | {held} |")
    apart = gettext("Security administrator, system administrator and auditor hold no other role.")
    return [*lines, "", apart, ""]


def _rights() -> list[str]:
    heads = (gettext("Right"), gettext("Name"), gettext("Reach"), gettext("Roles"))
    lines = ["## " + gettext("Rights"), "", "| " + " | ".join(heads) + " |", "|---|---|---|---|"]
    labels = {role.code: str(role.label) for role in ROLES}
    for right in RIGHTS:
        holders = ", ".join(labels[code] for code in labels if code in right.roles)
        lines.append(
            f"| {domain_label(right.domain)}: {right.label} | `{right.name}` | {REACHES[right.reach]} | {holders} |"
        )
    return lines
