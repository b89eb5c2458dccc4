"""Long work of billing: a run, and the preview of one."""

import datetime as dt
from collections.abc import Callable
from typing import Final

from django.utils import timezone

from gasworks.billing.services.running import carry_out, preview_run
from gasworks.foundation.work import Running

SHOWN_PROBLEMS: Final = 200


def bill(job: Running) -> None:
    """The worker's part of a run: chunk by chunk, stopping where somebody asked for it."""
    today = dt.date.fromisoformat(job.args["today"])
    run = carry_out(scope=job.scope, run_id=job.args["run_id"], clock=timezone.now, today=today, between=_between(job))
    job.result(run_id=run.id, state=run.state)


def preview(job: Running) -> None:
    """Rate what a run would bill and keep the figures for the page; a million homes take longer than a page may."""
    found = preview_run(
        scope=job.scope,
        month=job.args["month"],
        books=tuple(job.args["books"]),
        areas=tuple(job.args["areas"]),
        between=_between(job),
    )
    job.result(
        bills=found.bills,
        held=found.held,
        litres=found.litres,
        amount_fen=found.amount_fen,
        summary=[[kind, tier, *figures] for (kind, tier), figures in sorted(found.summary.items())],
        problems=found.problems[:SHOWN_PROBLEMS],
        problem_count=len(found.problems),
        holds={code: count for code, count in sorted(found.holds.items()) if count},
    )


def _between(job: Running) -> Callable[[int, int], None]:
    def tell(done: int, total: int) -> None:
        job.progress(done, total)
        job.checkpoint()

    return tell
