"""A run or its preview asked for at the desk: written down, handed to a worker, watched through its progress bar."""

import datetime as dt
from typing import Final

from django.db import transaction

from gasworks.billing.models import Run
from gasworks.billing.selectors import PREVIEW_WORK
from gasworks.billing.services.running import start_run
from gasworks.foundation.models import Work
from gasworks.foundation.scope import Scope
from gasworks.foundation.work import start_work

RUN_WORK: Final = "billing.run"


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
        kind=RUN_WORK, title=title, scope=scope, args={"run_id": run.id, "today": today.isoformat()}, now=now
    )
    run.save(update_fields=["work"])
    return run


def ask_for_preview(
    *,
    scope: Scope,
    month: int,
    books: tuple[int, ...] = (),
    areas: tuple[int, ...] = (),
    due_on: dt.date,
    title: str,
    now: dt.datetime,
) -> Work:
    """Queue the preview. ``due_on`` is kept for the run that may follow."""
    args = {"month": month, "books": list(books), "areas": list(areas), "due_on": due_on.isoformat()}
    return start_work(kind=PREVIEW_WORK, title=title, scope=scope, args=args, now=now)
