"""What nearly every list of bills and money has: newest first, and the supply point that a row is about."""

from typing import Any

from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from gasworks.foundation.lists.spec import Column, Filter, Sort
from gasworks.foundation.templatetags.gas import point_url


def newest(index: str) -> tuple[Sort, ...]:
    """The newest rows first, by number; ``index`` serves it."""
    return (Sort("newest", _("Newest first"), ("id",), index, descending=True),)


def point_column(path: str = "agreement.supply_point") -> Column:
    """The number of the supply point at ``path`` of the row, leading to its page."""

    def link(row: Any) -> str:
        for name in path.split("."):
            row = getattr(row, name)
        return point_url(row.id)

    return Column("number", pgettext_lazy("number", "Supply point"), f"{path}.number", link=link)


def point_filter(path: str = "agreement.supply_point") -> Filter:
    lookup = f"{path}.number".replace(".", "__")
    return Filter("number", pgettext_lazy("number", "Supply point"), lookup=lookup)
