"""Panels: what domains above show about a thing that stands further down, loaded by address.

The page of a supply point belongs to customers; meters, ladder, bills and payments of it belong to rooms above, which
customers may not import. Each of them registers a panel and answers its address with a fragment::

    register_panel(Panel("customers.supply_point", "bills", _("Bills"), "billing:of_point", "billing.view", order=40))

The address takes the thing's id as its only argument and gives a fragment (or, opened by itself, a page).
"""

from collections.abc import Sequence
from dataclasses import dataclass

from django.urls import NoReverseMatch, reverse
from django.utils.functional import Promise

from gasworks.foundation.scope import Scope


@dataclass(frozen=True, slots=True)
class Panel:
    subject: str
    code: str
    label: str | Promise
    route: str
    right: str
    order: int = 50

    def url(self, key: int) -> str:
        """The fragment's address; empty where the domain has no such page."""
        try:
            return reverse(self.route, args=[key])
        except NoReverseMatch:
            return ""


_PANELS: dict[tuple[str, str], Panel] = {}


def register_panel(panel: Panel) -> None:
    """Called in ``apps.ready()``."""
    _PANELS[panel.subject, panel.code] = panel


def panels_of(subject: str, key: int, *, scope: Scope) -> Sequence[Panel]:
    """What this person may see of a thing, in order."""
    found = [panel for panel in _PANELS.values() if panel.subject == subject]
    return sorted(
        (panel for panel in found if scope.may(panel.right) and panel.url(key)), key=lambda panel: panel.order
    )
