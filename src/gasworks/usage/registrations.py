"""What usage tells the foundation at start: audited acts and the names of their subjects."""

from django.utils.translation import gettext_lazy as _

from gasworks.foundation import audit
from gasworks.foundation.audit import ActKind


def register() -> None:
    audit.register(
        ActKind("usage.open", _("Supply points put on price plans from a list")),
        ActKind("usage.close", _("Use of gas closed")),
        ActKind("usage.set_prices", _("Supply point priced anew")),
        ActKind("usage.set_household", _("Household size recorded")),
        ActKind("usage.lapse_households", _("Household sizes lapsed")),
        ActKind("usage.correct_plan", _("Price plan corrected for billed days")),
        ActKind("usage.correct_household", _("Household size corrected for billed days")),
        ActKind("usage.join_ladder", _("Supply point moved to another ladder")),
    )
    audit.register_subjects({"usage.ladder_group": _("Ladder group")})
