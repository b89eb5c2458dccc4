"""What flags are called on the screen."""

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from gasworks.metering.types import Flag

LABELS: dict[Flag, str | Promise] = {
    Flag.LOWER: _("Below the last index"),
    Flag.ZERO: _("No gas used"),
    Flag.JUMP: _("Far above the usual"),
    Flag.OFF_ROUND: _("Not on the planned day"),
    Flag.ABOVE_NEXT: _("Above a later index"),
    Flag.DROP: _("Far below the usual"),
}


def flag_labels(flags: int) -> list[str]:
    return [str(label) for flag, label in LABELS.items() if flags & flag]
