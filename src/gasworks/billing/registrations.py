"""What this domain tells the foundation at start: audited acts, facts, long work."""

import datetime as dt

from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from gasworks.billing.services.running import RIGHT, carry_out
from gasworks.foundation import audit
from gasworks.foundation.audit import ActKind, Moves
from gasworks.foundation.work import Running, WorkKind, register_work

RUN_WORK = "billing.run"


def register() -> None:
    audit.register(
        ActKind("billing.start_run", _("Billing run started")),
        ActKind("billing.stop_run", _("Billing run stopped")),
        ActKind("billing.end_run", _("Billing run ended")),
        ActKind("billing.issue", _("Bills issued"), Moves.MONEY),
        ActKind("billing.release", _("Held bill released"), Moves.MONEY),
        ActKind("billing.discard", _("Held bill discarded"), Moves.MONEY),
        ActKind("billing.cancel", _("Bill cancelled"), Moves.MONEY),
    )
    audit.register_subjects({"billing.run": _("Billing run"), "billing.bill": _("Bill")})
    register_work(WorkKind(RUN_WORK, _("Billing run"), bill, right=RIGHT))


def bill(job: Running) -> None:
    """The worker's part of a run: chunk by chunk, stopping where somebody asked for it."""

    def between(done: int, total: int) -> None:
        job.progress(done, total)
        job.checkpoint()

    today = dt.date.fromisoformat(job.args["today"])
    run = carry_out(scope=job.scope, run_id=job.args["run_id"], clock=timezone.now, today=today, between=between)
    job.result(run_id=run.id, state=run.state)
