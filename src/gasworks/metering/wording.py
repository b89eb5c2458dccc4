"""What flags and estimates are called on screens and papers."""

from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext, pgettext
from django.utils.translation import gettext_lazy as _

from gasworks.kernel.errors import gettext_noop
from gasworks.kernel.money import cubic_metres
from gasworks.metering.estimating import (
    CLOSED,
    FROM_FILE,
    LAST_YEAR,
    NEIGHBOURS,
    PRICE_CHANGES,
    RECENT,
    NoBasis,
    PastTheCounter,
    TooManyInARow,
    ZeroTwice,
)
from gasworks.metering.types import Flag

LABELS: dict[Flag, str | Promise] = {
    Flag.LOWER: _("Below the last index"),
    Flag.ZERO: _("No gas used"),
    Flag.JUMP: _("Far above the usual"),
    Flag.OFF_ROUND: _("Not on the planned day"),
    Flag.ABOVE_NEXT: _("Above a later index"),
    Flag.DROP: _("Far below the usual"),
    Flag.ZERO_AGAIN: _("Estimated at zero again"),
    Flag.ABOVE_PEAK: _("Estimate above last year's peak month"),
    Flag.MANY_ESTIMATES: _("Too many estimates in a row"),
}


def flag_labels(flags: int) -> list[str]:
    return [str(label) for flag, label in LABELS.items() if flags & flag]


METHOD_NAMES: dict[str, str | Promise] = {
    CLOSED: _("Nothing can flow"),
    LAST_YEAR: _("Same days last year"),
    RECENT: _("Mean of the last months"),
    NEIGHBOURS: _("Homes nearby"),
    FROM_FILE: _("Estimated elsewhere"),
}
_STORIES: dict[str, str | Promise] = {
    LAST_YEAR: _("Same days last year: %(base)s m³ from %(from_on)s to %(to_on)s, for %(days)s days now"),
    RECENT: _("Mean of the last %(months)s months: %(base)s m³ in %(base_days)s days, for %(days)s days now"),
    NEIGHBOURS: _("%(neighbours)s homes nearby: %(per_day)s m³ a day in the middle, for %(days)s days"),
    FROM_FILE: _("Estimated elsewhere: %(said)s"),
}
_NO_GAS: dict[str, str | Promise] = {
    "valve": _("The valve is closed: nothing can flow"),
    "suspended": _("The use is suspended: nothing can flow"),
}


def estimate_story(method: str, inputs: dict[str, Any] | None) -> str:
    """How an estimate came about, for bills and screens; empty for an index that somebody saw."""
    if not method:
        return ""
    known = inputs or {}
    if method == CLOSED:
        return str(_NO_GAS.get(known.get("why", ""), METHOD_NAMES[CLOSED]))
    if method not in _STORIES:
        return gettext("Estimated: %(method)s") % {"method": method}
    values = {
        "days": "",
        "months": "",
        "base_days": "",
        "neighbours": "",
        "from_on": "",
        "to_on": "",
        "said": "",
        **known,
        "base": cubic_metres(known.get("base_litres", 0)),
        "per_day": cubic_metres(known.get("per_day_litres", 0)),
    }
    told = str(_STORIES[method]) % values
    if "uncapped_litres" in known:
        capped = gettext("held down to last year's peak month (%(month)s: %(m3)s m³)")
        month = f"{known['peak_month'] // 100}-{known['peak_month'] % 100:02d}"
        told += pgettext("between sentences", "; ") + capped % {
            "month": month,
            "m3": cubic_metres(known["peak_litres"]),
        }
    return told


_REASONS: dict[str, str] = {kind().code: kind.sentence for kind in (NoBasis, ZeroTwice, TooManyInARow, PastTheCounter)}
_REASONS[PRICE_CHANGES] = gettext_noop("The price changes on %(on)s: read it as near to that day as can be.")


def special_reason(code: str, params: dict[str, Any]) -> str:
    """Why a meter stands on the list of special reads, in the reader's language."""
    return gettext(_REASONS[code]) % params if code in _REASONS else code
