"""Rights by evidence in words: what, how much, until when, and how they stand."""

import datetime as dt
from typing import Any, Final

from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy

from gasworks.foundation.fields import to_text
from gasworks.usage.models import Entitlement

STANDINGS: Final[tuple[tuple[str, Any], ...]] = (
    ("in_force", pgettext_lazy("entitlement", "In force")),
    ("coming", pgettext_lazy("entitlement", "Not begun yet")),
    ("over", pgettext_lazy("entitlement", "Over")),
)
TONES: Final = {"in_force": "good", "coming": "wait", "over": "void"}
PERIODS: Final[dict[str, Any]] = {
    "month": gettext_lazy("a month"),
    "quarter": gettext_lazy("a quarter"),
    "half_year": gettext_lazy("a half-year"),
    "year": gettext_lazy("a year"),
    "cycle": gettext_lazy("a billing month"),
    "season": gettext_lazy("a season"),
    "": gettext_lazy("flat price"),
}


def standing(row: Entitlement, today: dt.date) -> str:
    if row.to_on is not None and row.to_on <= today:
        return "over"
    return "in_force" if row.from_on <= today else "coming"


def standing_word(row: Entitlement) -> str:
    """For lists; over early or late, and why."""
    word = str(dict(STANDINGS)[standing(row, timezone.localdate())])
    return f"{word} · {row.get_end_reason_display()}" if row.end_reason else word


def right_kind(row: Entitlement) -> str:
    return str(row.get_kind_display())


def right_value(row: Entitlement) -> str:
    if row.kind == Entitlement.Kind.HOUSEHOLD:
        return _("%(count)d persons") % {"count": row.value}
    return f"{to_text(row.value, 2, 0)} m²" if row.value else ""


def last_day(row: Entitlement) -> dt.date | None:
    return row.to_on - dt.timedelta(days=1) if row.to_on else None
