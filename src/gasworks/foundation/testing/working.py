"""Long work in a test: done at once, in the test's own transaction, as the worker would do it."""

import datetime as dt

from gasworks.foundation.models import Work
from gasworks.foundation.testing.factories import NOW
from gasworks.foundation.work import run_work


def do_waiting_work(*, now: dt.datetime = NOW) -> list[Work]:
    """Do everything that waits, in the order it was asked for, also what that work asks for; gives it back ended."""
    ended = []
    while (waiting := Work.objects.filter(state=Work.State.WAITING).order_by("id").first()) is not None:
        run_work(waiting.id, clock=lambda: now)
        waiting.refresh_from_db()
        ended.append(waiting)
    return ended
