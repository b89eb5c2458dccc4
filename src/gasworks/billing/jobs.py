"""Long work of billing: a run, the preview of one, a price version tried on billed gas; the timer of subsidies."""

import datetime as dt
from collections.abc import Callable
from typing import Final

import structlog
from django.utils import timezone

from gasworks.billing.claims import claimed_months
from gasworks.billing.services.claiming import claim_month
from gasworks.billing.services.running import carry_out, preview_run
from gasworks.billing.services.simulating import keep_figures, simulate
from gasworks.billing.simulate.filing import store_result
from gasworks.foundation import parameters
from gasworks.foundation.jobs import timer
from gasworks.foundation.models import OrgUnit
from gasworks.foundation.scope import Scope
from gasworks.foundation.work import Running
from gasworks.kernel.errors import Refusal
from gasworks.kernel.periods import add_months, month_of

log = structlog.get_logger(__name__)

SHOWN_PROBLEMS: Final = 200
CLAIM_DAY: Final = "billing.claim_day"
PUT_RIGHT_MONTHS: Final = 12


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


def try_prices(job: Running) -> None:
    """Rate billed gas twice and keep what it comes to, as figures and as a file."""
    simulation_id = job.args["simulation_id"]
    figures, points = simulate(scope=job.scope, simulation_id=simulation_id, between=_between(job))
    file = store_result(scope=job.scope, simulation_id=simulation_id, figures=figures, points=points, now=job.now)
    keep_figures(scope=job.scope, simulation_id=simulation_id, figures=figures, file=file, now=timezone.now())
    job.result(file=file, simulation_id=simulation_id)


def _between(job: Running) -> Callable[[int, int], None]:
    def tell(done: int, total: int) -> None:
        job.progress(done, total)
        job.checkpoint()

    return tell


@timer(cron="40 17 * * *", name="billing.claim_subsidies")
def claim_subsidies(*, now: dt.datetime) -> None:
    """After midnight in China, on the company's day for it: last month's subsidies are claimed of their payers.

    Months of the last year that were claimed are gone through too: bills made again since are put right.
    """
    today = timezone.localdate(now)
    month = add_months(month_of(today), -1)
    for company in OrgUnit.objects.filter(kind=OrgUnit.Kind.COMPANY, active=True):
        scope = Scope.system("subsidies claimed by timer", company_id=company.id)
        if parameters.get(scope=scope, code=CLAIM_DAY, on=today) != today.day:
            continue
        try:
            for earlier in claimed_months(scope=scope, first=add_months(month, -PUT_RIGHT_MONTHS), last=month):
                claim_month(scope=scope, month=earlier, today=today, now=now)
            made = claim_month(scope=scope, month=month, today=today, now=now)
        except Refusal as refusal:
            log.warning("subsidies_not_claimed", company=company.id, why=str(refusal))
        else:
            log.info("subsidies_claimed", company=company.id, month=month, claims=len(made))
