"""Estimates of missed reads: looked at first, then written with method and inputs, or put on the list of special reads."""

import datetime as dt
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from django.db import connection, transaction
from psycopg.types.json import Json

from gasworks.foundation.bulk import copy_rows, take_ids
from gasworks.foundation.models import Work
from gasworks.foundation.scope import Scope
from gasworks.foundation.work import start_work
from gasworks.kernel.errors import NotThere, Refusal, gettext_noop
from gasworks.metering.estimating import Estimate, NothingToEstimate, estimate
from gasworks.metering.models import Reading
from gasworks.metering.services._within import act_of, note_batch
from gasworks.metering.services.missing import Target, estimate_rules, read_missing
from gasworks.metering.services.readings import READING_COLUMNS, hold_installations, refused
from gasworks.metering.services.special import Wanted, put_on_list
from gasworks.metering.types import EstimateLine, EstimatesMade, Recorded

RIGHT: Final = "metering.estimate"
WORK: Final = "metering.estimate"
BATCH: Final = 20_000
PREVIEWED: Final = 200
AT_ONCE: Final = 2_000
"""More than so many missed reads are estimated by a worker."""
_TARGETS: Final = (Path(__file__).parent.parent / "sql" / "estimate_targets.sql").read_text(encoding="utf-8")
_START: Final = (0, -1, 0)


class NothingMissed(Refusal):
    sentence = gettext_noop("Everything that was due has been read or estimated.")


@dataclass(frozen=True, slots=True)
class _Row:
    """A missed read as the walk has it."""

    book_id: int
    sequence: int
    supply_point_id: int
    number: str
    address: str
    serial: str
    target: Target

    @property
    def place(self) -> tuple[int, int, int]:
        return self.book_id, self.sequence, self.target.register_id


Answer = Estimate | Refusal


def preview_estimates(
    *,
    scope: Scope,
    month: int,
    today: dt.date,
    book_id: int = 0,
    after: tuple[int, int, int] = _START,
    size: int = PREVIEWED,
) -> list[EstimateLine]:
    """What each missed read would be estimated at and by which method, or why not; behind ``after`` in the walks."""
    rows = _rows(scope, month, today, book_id, after, size)
    return [_line(row, answer) for row, answer in zip(rows, _answers(scope, rows, month, today), strict=True)]


def make_estimates(
    *,
    scope: Scope,
    month: int,
    now: dt.datetime,
    today: dt.date,
    book_id: int = 0,
    between: Callable[[int], None] = lambda _made: None,
) -> EstimatesMade:
    """Write the estimates of all missed reads of a month (or of one book), in batches of one transaction each.

    What must not be estimated goes on the list of special reads. Run again, it goes on where it stopped.
    """
    scope.require(RIGHT)
    made = asked = 0
    after = _START
    while True:
        with act_of(scope):
            rows = _rows(scope, month, today, book_id, after, BATCH)
            if not rows:
                break
            after = rows[-1].place
            fresh, refusals = _write_batch(scope, rows, month, today, now)
            detail = {"month": month, "book": book_id, "made": fresh, "special": refusals}
            note_batch(scope, "estimate_readings", "reading", now, detail)
        made, asked = made + fresh, asked + refusals
        between(made + asked)
    return EstimatesMade(made, asked)


@transaction.atomic
def ask_for_estimates(*, scope: Scope, month: int, title: str, today: dt.date, now: dt.datetime) -> Work:
    """Let a worker estimate every missed read of a month."""
    scope.require(RIGHT)
    total = count_missed(scope=scope, month=month, today=today)
    if not total:
        raise NothingMissed
    args = {"month": month, "today": today.isoformat()}
    return start_work(kind=WORK, title=title, scope=scope, args=args, now=now, total=total)


def count_missed(*, scope: Scope, month: int, today: dt.date, book_id: int = 0) -> int:
    """Registers of the month that are neither read nor estimated, in the branches where one may estimate."""
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT count(*) FROM ({_TARGETS}) t", _places(scope, month, today, book_id, _START, None))
        return int(cursor.fetchone()[0])


def _write_batch(scope: Scope, rows: Sequence[_Row], month: int, today: dt.date, now: dt.datetime) -> tuple[int, int]:
    """(estimated, asked for) of one batch; registers are held before their past is read."""
    hold_installations(scope, {row.target.installation_id for row in rows})
    answers = _answers(scope, rows, month, today)
    good = [(row, answer) for row, answer in zip(rows, answers, strict=True) if isinstance(answer, Estimate)]
    _copy(scope, good, month, now)
    bad = [
        (row, refused(answer))
        for row, answer in zip(rows, answers, strict=True)
        if isinstance(answer, Refusal) and not isinstance(answer, NothingToEstimate)
    ]
    return len(good), _ask(scope, bad, month, now)


def _copy(scope: Scope, good: Sequence[tuple[_Row, Estimate]], month: int, now: dt.datetime) -> None:
    ids = take_ids(Reading, len(good))

    def values(key: int, row: _Row, made: Estimate) -> tuple[Any, ...]:
        return (
            key,
            scope.company_id,
            row.target.installation_id,
            row.target.register_id,
            row.target.read_on,
            made.index_litres,
            int(Reading.Source.ESTIMATED),
            int(Reading.Kind.NORMAL),
            int(Reading.State.KEYED),
            0,
            made.method,
            Json(made.inputs),
            month,
            "",
            scope.actor_id,
            now,
            None,
            None,
        )

    copy_rows(Reading, READING_COLUMNS, (values(key, *pair) for key, pair in zip(ids, good, strict=True)))


def _ask(scope: Scope, bad: Sequence[tuple[_Row, Recorded]], month: int, now: dt.datetime) -> int:
    """Put meters on the list of special reads; one that stands there already stays as it is."""
    wanted = [Wanted(row.target.installation_id, row.book_id, answer.refusal, answer.params) for row, answer in bad]
    put_on_list(scope, wanted, month=month, now=now)
    return len(bad)


def _answers(scope: Scope, rows: Sequence[_Row], month: int, today: dt.date) -> list[Answer]:
    rules = estimate_rules(scope, today)
    known = read_missing(scope, [row.target for row in rows], rules, month)
    return [
        estimate(known[place], rules) if place in known else NotThere(key=row.number) for place, row in enumerate(rows)
    ]


def _rows(scope: Scope, month: int, today: dt.date, book_id: int, after: tuple[int, int, int], size: int) -> list[_Row]:
    scope.require(RIGHT)
    with connection.cursor() as cursor:
        cursor.execute(_TARGETS, _places(scope, month, today, book_id, after, size))
        return [_Row(*record[:6], target=Target(*record[6:])) for record in cursor.fetchall()]


def _places(
    scope: Scope, month: int, today: dt.date, book_id: int, after: tuple[int, int, int], size: int | None
) -> dict[str, Any]:
    branches = scope.branches_for(RIGHT)
    return {
        "company": scope.company_id,
        "month": month,
        "today": today,
        "book": book_id,
        "branches": None if branches is None else sorted(branches),
        "after_book": after[0],
        "after_seat": after[1],
        "after_register": after[2],
        "size": size,
    }


def _line(row: _Row, answer: Answer) -> EstimateLine:
    made = answer if isinstance(answer, Estimate) else None
    no = refused(answer) if isinstance(answer, Refusal) else Recorded()
    return EstimateLine(
        supply_point_id=row.supply_point_id,
        number=row.number,
        address=row.address,
        serial=row.serial,
        book_id=row.book_id,
        place=row.place,
        read_on=row.target.read_on,
        method=made.method if made else "",
        litres=made.litres if made else None,
        index_litres=made.index_litres if made else None,
        inputs=made.inputs if made else {},
        refusal=no.refusal,
        sentence=no.sentence,
        params=no.params,
    )
