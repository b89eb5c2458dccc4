"""What receivables tell the foundation about themselves: audited acts and parameters."""

from django.utils.translation import gettext_lazy as _

from gasworks.foundation import audit, parameters
from gasworks.foundation.audit import ActKind, Moves
from gasworks.foundation.parameters import Flag, ParameterKind, Whole
from gasworks.receivables import selectors


def register() -> None:
    audit.register(
        ActKind("receivables.charge", _("Charge a fee"), Moves.MONEY),
        ActKind("receivables.cancel_charge", _("Cancel a charge"), Moves.MONEY),
        ActKind("receivables.dispute", _("Mark as disputed"), Moves.DATA),
        ActKind("receivables.settle", _("Settle a dispute"), Moves.DATA),
    )
    audit.register_subjects({"receivables.openitem": _("Open item")})
    group = _("Late fee")
    parameters.register(
        ParameterKind(
            selectors.LATE_RATE,
            _("Late fee per day, in millionths of the debt (0: none)"),
            group,
            Whole(low=0, high=10_000),
            default=0,
        ),
        ParameterKind(selectors.LATE_GRACE, _("Days of grace"), group, Whole(low=0, high=365), default=0),
        ParameterKind(
            selectors.LATE_FROM_DUE, _("After the grace, count from the due day"), group, Flag(), default=True
        ),
        ParameterKind(
            selectors.LATE_CAP,
            _("At most this share of the debt, in 1/10,000"),
            group,
            Whole(low=0, high=100_000),
            default=10_000,
        ),
    )
