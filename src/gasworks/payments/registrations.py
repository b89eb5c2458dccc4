"""What payments tell the foundation about themselves: audited acts, approvals, parameters."""

from django.utils.translation import gettext_lazy as _

from gasworks.foundation import approvals, audit, parameters
from gasworks.foundation.approvals import ApprovalKind
from gasworks.foundation.audit import ActKind, Moves
from gasworks.foundation.panels import Panel, register_panel
from gasworks.foundation.parameters import Flag, ParameterKind
from gasworks.payments import imports
from gasworks.payments.services.advances import AUTO_USE
from gasworks.payments.services.reversing import APPROVAL, REVERSE, WITHDRAW, carry_out_reversal


def register() -> None:
    imports.register()
    audit.register(
        ActKind("payments.take", _("Take a payment"), Moves.MONEY),
        ActKind("payments.take_collection", _("Take a collection file"), Moves.MONEY),
        ActKind("payments.reverse", _("Reverse a payment"), Moves.MONEY),
        ActKind("payments.use_advance", _("Use an advance"), Moves.MONEY),
        ActKind("payments.refund_advance", _("Give an advance back"), Moves.MONEY),
        ActKind("payments.open_shift", _("Open a shift"), Moves.MONEY),
        ActKind("payments.close_shift", _("Close a shift"), Moves.MONEY),
        ActKind("payments.bank_cash", _("Bring cash to the bank"), Moves.MONEY),
        ActKind("payments.end_day", _("Day end"), Moves.MONEY),
    )
    audit.register_subjects({"payments.payment": _("Payment"), "payments.shift": _("Shift"), "outlet": _("Outlet")})
    approvals.register(
        ApprovalKind(
            code=APPROVAL,
            label=_("Reverse a payment"),
            ask_right=WITHDRAW,
            grant_right=REVERSE,
            carry_out=carry_out_reversal,
        )
    )
    parameters.register(
        ParameterKind(
            AUTO_USE, _("Use advances for bills by themselves each night"), _("Payments"), Flag(), default=True
        ),
    )
    register_panel(Panel("customers.supply_point", "money", _("Money"), "payments:of_point", "payments.view", order=50))
