"""What billing wants finished before a month closes, and where a book's cycle is changed: told to the foundation at start."""

from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from gasworks.billing.models import Bill, Run
from gasworks.billing.services import relieving
from gasworks.foundation import approvals, audit
from gasworks.foundation.audit import ActKind, Moves
from gasworks.foundation.calendar import ClosingCheck, register_closing_check
from gasworks.foundation.panels import Panel, register_panel


def register() -> None:
    register_closing_check(ClosingCheck("billing.held", _("Held bills"), _held, "billing:held"))
    register_closing_check(ClosingCheck("billing.runs", _("Billing runs under way"), _running, "billing:runs"))
    audit.register(
        ActKind("billing.true_up", _("Estimated bill settled by an actual reading"), Moves.MONEY),
        ActKind("billing.grant_relief", _("Relief granted: spread over the months")),
        ActKind("billing.drop_relief", _("Relief dropped")),
    )
    approvals.register(
        approvals.ApprovalKind(
            code=relieving.APPROVAL,
            label=_("Spread a long interval over its months"),
            ask_right=relieving.ASK,
            grant_right=relieving.GRANT,
            carry_out=relieving.grant_relief,
            link=lambda request: reverse("customers:tab", args=[request.subject_id, "bills"]),
        )
    )
    register_panel(Panel("metering.book", "cycle", _("Change the reading cycle"), "billing:cycle", "metering.books"))


def _held(company_id: int, month: int) -> int:
    return Bill.objects.filter(company_id=company_id, month=month, state=Bill.State.HELD).count()


def _running(company_id: int, month: int) -> int:
    return Run.objects.filter(company_id=company_id, month=month, state=Run.State.RUNNING).count()
