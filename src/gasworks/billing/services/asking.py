"""A run asked for at the desk: written down, handed to a worker, watched through its progress bar."""

import datetime as dt
from typing import Final

from django.db import transaction

from gasworks.billing.models import Run
from gasworks.billing.services.running import start_run
from gasworks.foundation.scope import Scope
from gasworks.foundation.work import start_work

WORK: Final = "billing.run"


@transaction.atomic
def ask_for_run(
    *,
    scope: Scope,
    month: int,
    books: tuple[int, ...] = (),
    areas: tuple[int, ...] = (),
    due_on: dt.date,
    title: str,
    today: dt.date,
    now: dt.datetime,
) -> Run:
    """Start a run and queue its work in one transaction."""
    run = start_run(scope=scope, month=month, books=books, areas=areas, today=today, now=now, due_on=due_on)
    run.work = start_work(
        kind=WORK, title=title, scope=scope, args={"run_id": run.id, "today": today.isoformat()}, now=now
    )
    run.save(update_fields=["work"])
    return run
