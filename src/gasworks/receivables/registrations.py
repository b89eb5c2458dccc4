"""What receivables tell the foundation about themselves: audited acts, approvals, parameters, long work."""

from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from gasworks.foundation import approvals, audit, parameters
from gasworks.foundation.approvals import ApprovalKind, RoleLimits
from gasworks.foundation.audit import ActKind, Moves
from gasworks.foundation.parameters import ParameterKind, Whole
from gasworks.foundation.rights_table import roles_with
from gasworks.foundation.work import WorkKind, register_work
from gasworks.receivables import jobs, settling, subscribing, waiving


def register() -> None:
    audit.register(
        ActKind("receivables.charge", _("Charge a fee"), Moves.MONEY),
        ActKind("receivables.cancel_charge", _("Cancel a charge"), Moves.MONEY),
        ActKind("receivables.dispute", _("Mark as disputed"), Moves.DATA),
        ActKind("receivables.settle", _("Settle a dispute"), Moves.DATA),
        ActKind("receivables.to_bank", _("Hand to the bank"), Moves.DATA),
        ActKind("receivables.from_bank", _("The bank has answered"), Moves.DATA),
        ActKind("receivables.freeze", _("Days with the bank"), Moves.DATA),
        ActKind("receivables.remind", _("Note how slips were delivered"), Moves.DATA),
        ActKind("receivables.waive", _("Waive"), Moves.MONEY),
        ActKind("receivables.undo_waiver", _("Take a waiver back"), Moves.MONEY),
        ActKind("receivables.agree_late_fee", _("Set late-fee terms"), Moves.DATA),
        ActKind("receivables.draft_fee", _("New fee type"), Moves.DATA),
        ActKind("receivables.change_fee", _("Change a fee type"), Moves.DATA),
        ActKind("receivables.change_fee_tax", _("Tax of a fee"), Moves.DATA),
        ActKind("receivables.name_principal", _("For whom it is collected"), Moves.DATA),
        ActKind("receivables.subscribe", _("New recurring fee"), Moves.DATA),
        ActKind("receivables.end_subscription", _("End a recurring fee"), Moves.DATA),
        ActKind("receivables.book_subscriptions", _("Book recurring fees"), Moves.MONEY),
        ActKind("receivables.draft_settlement", _("New settlement"), Moves.DATA),
        ActKind("receivables.post_settlement", _("Pay a settlement over"), Moves.MONEY),
        ActKind("receivables.drop_settlement", _("Drop a settlement"), Moves.DATA),
        ActKind("receivables.issue_slip", _("Issue a deposit slip"), Moves.DATA),
        ActKind("receivables.return_deposit", _("Give a deposit back"), Moves.MONEY),
    )
    audit.register_subjects(
        {
            "receivables.openitem": _("Open item"),
            "receivables.waiver": _("Waiver"),
            "receivables.lateterms": _("Late-fee terms"),
            "receivables.feetype": _("Fee type"),
            "receivables.reminder": _("Notice or dunning slip"),
            "receivables.subscription": _("Recurring fee"),
            "receivables.settlement": _("Settlement"),
            "receivables.depositslip": _("Deposit slip"),
        }
    )
    parameters.register(
        ParameterKind(
            waiving.LIMITS,
            _("What each role may waive without a second person"),
            _("Waivers"),
            RoleLimits(roles_with(waiving.WAIVE)),
            default={"service_lead": 5_000, "cash_lead": 5_000, "billing_lead": 20_000},
            help=_("A role without an amount waives nothing alone."),
        ),
        ParameterKind(
            subscribing.DUE_DAYS,
            _("Days to pay a recurring fee"),
            _("Recurring fees"),
            Whole(low=0, high=180),
            default=15,
        ),
    )
    register_work(WorkKind(subscribing.WORK, _("Recurring fees"), jobs.book_asked, right=subscribing.RIGHT))
    approvals.register(
        ApprovalKind(
            code=settling.APPROVAL,
            label=_("Pay a settlement over"),
            ask_right=settling.RIGHT,
            grant_right=settling.GRANT,
            carry_out=settling.post_settlement,
            link=lambda row: reverse("receivables:settlement", args=[row.subject_id]),
        )
    )
    approvals.register(
        ApprovalKind(
            code=waiving.APPROVAL,
            label=_("Waive a debt or a late fee"),
            ask_right=waiving.WAIVE,
            grant_right=waiving.GRANT,
            carry_out=waiving.carry_out_waiver,
            link=lambda row: reverse("receivables:item", args=[row.subject_id]),
        )
    )
