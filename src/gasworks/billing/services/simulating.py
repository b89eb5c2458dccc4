"""A draft price order tried on real history: asked for, worked out part by part, its figures kept. Changes no bill."""

import datetime as dt
from collections.abc import Callable
from typing import Any, Final

import numpy as np
from django.db import connection, transaction

from gasworks.billing.models import Simulation
from gasworks.billing.run.binary import server_cursor
from gasworks.billing.run.selection import Selection
from gasworks.billing.simulate.figures import Points, Tally, tell
from gasworks.billing.simulate.history import Span, read_history, spans
from gasworks.billing.simulate.twice import rate_twice
from gasworks.foundation.acts import act_of, locked
from gasworks.foundation.models import StoredFile
from gasworks.foundation.scope import Scope
from gasworks.foundation.work import start_work
from gasworks.kernel.errors import Forbidden, Refusal, gettext_noop
from gasworks.kernel.periods import add_months
from gasworks.rating import TariffError
from gasworks.tariffs.selectors import find_version, tariffs_tried
from gasworks.tariffs.types import Trial

RIGHT: Final = "billing.simulate"
WORK: Final = "billing.simulate"
PART: Final = 5_000
"""Ladder groups rated at once: with twelve months some sixty thousand intervals."""
MOST_MONTHS: Final = 24


class TooManyMonths(Refusal):
    sentence = gettext_noop("Choose between 1 and %(most)s months.")
    status = 422


class BeginsLater(Refusal):
    sentence = gettext_noop(
        "The version begins after these months, so it would change nothing. Try it as if it had always been in force."
    )
    status = 422


class CannotBeTried(Refusal):
    sentence = gettext_noop("%(place)s: %(reason)s")
    status = 422


class NobodyBilled(Refusal):
    sentence = gettext_noop("Nobody in this selection was billed in these months.")


def ask_simulation(
    *,
    scope: Scope,
    version_id: int,
    first_month: int,
    last_month: int,
    throughout: bool = True,
    branches: tuple[int, ...] = (),
    areas: tuple[int, ...] = (),
    books: tuple[int, ...] = (),
    listed: bool = False,
    title: str,
    now: dt.datetime,
) -> Simulation:
    """Write a simulation down and queue its work. ``listed``: the file names every supply point, not only the most moved.

    The version is kept as it stands now: what is changed afterwards is not what was tried.
    """
    scope.require(RIGHT)
    if not first_month <= last_month < add_months(first_month, MOST_MONTHS):
        raise TooManyMonths(most=MOST_MONTHS)
    version = find_version(scope=scope, version_id=version_id)
    months = Span(first_month, last_month)
    if not throughout and version.from_on >= months.days[1]:
        raise BeginsLater
    chosen = Selection(books, areas, _branches(scope, branches))
    _trial(scope, version.id, version.from_on, version.content, throughout)
    with act_of(scope):
        simulation = Simulation.objects.create(
            company_id=scope.company_id,
            price_version=version,
            from_on=version.from_on,
            content=version.content,
            throughout=throughout,
            first_month=first_month,
            last_month=last_month,
            selection=chosen.to_json(),
            listed=listed,
            asked_by_id=scope.actor_id,
            asked_at=now,
        )
        simulation.work = start_work(
            kind=WORK, title=title, scope=scope, args={"simulation_id": simulation.id}, now=now
        )
        simulation.save(update_fields=["work"])
    return simulation


def simulate(
    *, scope: Scope, simulation_id: int, between: Callable[[int, int], None] = lambda _done, _total: None
) -> tuple[dict[str, Any], Points]:
    """Rate the history twice, part by part, and write nothing: (figures, supply points).

    ``between(done, total)`` is told after every part, and may raise to stop there. Raises NobodyBilled.
    """
    scope.require(RIGHT)
    asked = Simulation.objects.get(company_id=scope.company_id, pk=simulation_id)
    trial = _trial(scope, asked.price_version_id, asked.from_on, asked.content, asked.throughout)
    selection = Selection.from_json(asked.selection)
    months = Span(asked.first_month, asked.last_month)
    parts = list(spans(scope.company_id, selection, months, PART))
    counting = np.array(trial.counting, np.int64)
    tally = Tally()
    between(0, len(parts))
    for number, groups in enumerate(parts, start=1):
        with transaction.atomic(), server_cursor(connection) as cursor:
            past = read_history(cursor, scope.company_id, selection, groups, months, counting, trial.months_before)
        tally.add(past, rate_twice(past, trial))
        between(number, len(parts))
    points = tally.all_points()
    if not len(points):
        raise NobodyBilled
    return tell(tally, points), points


def keep_figures(
    *, scope: Scope, simulation_id: int, figures: dict[str, Any], file: StoredFile, now: dt.datetime
) -> Simulation:
    """The work has ended: its figures and its file stay with the simulation."""
    scope.require(RIGHT)
    with act_of(scope):
        simulation = locked(Simulation, simulation_id, scope)
        simulation.figures, simulation.file, simulation.ended_at = figures, file, now
        simulation.version += 1
        simulation.save(update_fields=["figures", "file", "ended_at", "version"])
    return simulation


def _branches(scope: Scope, chosen: tuple[int, ...]) -> tuple[int, ...] | None:
    """The branches asked for, of those that this person may try prices on; None: the whole company."""
    mine = scope.branches_for(RIGHT)
    if mine is None:
        return chosen or None
    if not set(chosen) <= mine:
        raise Forbidden(right=RIGHT)
    return chosen or tuple(sorted(mine))


def _trial(scope: Scope, version_id: int, from_on: dt.date, content: Any, throughout: bool) -> Trial:
    try:
        return tariffs_tried(
            scope=scope, version_id=version_id, from_on=from_on, content=content, throughout=throughout
        )
    except TariffError as error:
        raise CannotBeTried(place=error.place, reason=error.reason) from error
