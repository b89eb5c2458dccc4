"""What re-billing tells the foundation at start."""

import datetime as dt
from collections.abc import Callable
from typing import Any

from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from gasworks.billing.services import backbilling, rebilling
from gasworks.foundation import approvals, audit, parameters
from gasworks.foundation.approvals import ApprovalKind
from gasworks.foundation.audit import ActKind, Moves
from gasworks.foundation.parameters import Fen, ParameterKind, Whole
from gasworks.foundation.work import Running, WorkKind, register_work


def register() -> None:
    audit.register(
        ActKind("billing.draft_rebill", _("Re-billing written down")),
        ActKind("billing.start_rebill", _("Re-billing begun"), Moves.MONEY),
        ActKind("billing.rebill", _("Bills taken back and made again"), Moves.MONEY),
        ActKind("billing.drop_rebill", _("Re-billing dropped")),
        ActKind("billing.ask_back_bill", _("Back-bill asked for")),
        ActKind("billing.issue_back_bill", _("Back-bill issued"), Moves.MONEY),
    )
    audit.register_subjects({rebilling.SUBJECT: _("Re-billing"), backbilling.SUBJECT: _("Back-bill")})
    register_work(WorkKind(rebilling.LOOK_WORK, _("Re-billing worked out"), look, right=rebilling.RIGHT))
    register_work(WorkKind(rebilling.DO_WORK, _("Re-billing"), carry_out, right=rebilling.RIGHT))
    group = _("Billing")
    parameters.register(
        ParameterKind(
            rebilling.FREE_LIMIT,
            _("Re-billing up to this sum (refunds and additional claims) needs no second person"),
            group,
            Fen(),
            default=100_000,
        ),
        ParameterKind(
            rebilling.FAULT_MONTHS,
            _("Meter fault: mean of so many billed months before"),
            group,
            Whole(low=1, high=24),
            default=3,
        ),
    )
    approvals.register(
        ApprovalKind(
            code=rebilling.APPROVAL,
            label=_("Re-billing"),
            ask_right=rebilling.RIGHT,
            grant_right="billing.rebill_grant",
            carry_out=rebilling.carry_out_approved,
            link=lambda row: reverse("billing:rebill", args=[row.subject_id]),
        )
    )
    approvals.register(
        ApprovalKind(
            code=backbilling.APPROVAL,
            label=_("Back-bill"),
            ask_right=backbilling.RIGHT,
            grant_right="billing.rebill_grant",
            carry_out=backbilling.issue_back_bill,
            link=lambda row: reverse("billing:back_bill", args=[row.subject_id]),
        )
    )


def look(job: Running) -> None:
    _carry(job, rebilling.look)


def carry_out(job: Running) -> None:
    _carry(job, rebilling.carry_out_rebill)


def _carry(job: Running, act: Callable[..., Any]) -> None:
    """Part by part, stopping where somebody asked for it."""

    def between(done: int, total: int) -> None:
        job.progress(done, total)
        job.checkpoint()

    today = dt.date.fromisoformat(job.args["today"])
    rebill = act(scope=job.scope, rebill_id=job.args["rebill_id"], clock=timezone.now, today=today, between=between)
    job.result(rebill_id=rebill.id, state=rebill.state)
