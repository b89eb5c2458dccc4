"""What this domain tells the foundation at start: audited acts, approvals, lists."""

from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from gasworks.foundation import approvals, audit
from gasworks.foundation.audit import ActKind, Moves
from gasworks.foundation.models import Approval
from gasworks.tariffs.services.versions import APPROVAL, SUBJECT, approve_granted


def register() -> None:
    audit.register(
        ActKind("tariffs.add_plan", _("Price plan added")),
        ActKind("tariffs.change_plan", _("Price plan changed")),
        ActKind("tariffs.draft", _("Price version drafted")),
        ActKind("tariffs.change_draft", _("Price draft changed")),
        ActKind("tariffs.withdraw_draft", _("Price draft withdrawn")),
        ActKind("tariffs.set_season", _("Season dates set"), Moves.MONEY),
        ActKind("tariffs.approve", _("Price version approved"), Moves.MONEY),
    )
    audit.register_subjects(
        {"tariffs.plan": _("Price plan"), SUBJECT: _("Price version"), "tariffs.seasondates": _("Season")}
    )
    approvals.register(
        approvals.ApprovalKind(
            code=APPROVAL,
            label=_("Approve a price version"),
            ask_right="tariffs.draft",
            grant_right="tariffs.approve",
            carry_out=approve_granted,
            link=_address,
        )
    )


def _address(request: Approval) -> str:
    return reverse("tariffs:version", args=[request.subject_id])
