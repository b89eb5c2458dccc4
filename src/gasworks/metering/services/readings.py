"""Readings: recorded in batches with an answer for each row, looked at, approved, rejected, replaced. Never edited."""

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final

from django.db import connection
from psycopg.types.json import Json

from gasworks.foundation import calendar, events, parameters
from gasworks.foundation.bulk import copy_rows, take_ids
from gasworks.foundation.scope import Scope
from gasworks.kernel.errors import Refusal, gettext_noop
from gasworks.kernel.periods import month_of
from gasworks.metering.checks import (
    CORRECTION,
    Facts,
    Limits,
    NoSuchMeter,
    NotYourBook,
    OutsideYourBranch,
    Past,
    flags_of,
    refusal_of,
)
from gasworks.metering.estimating import oddities
from gasworks.metering.events import ReadingCorrected, ReadingsApproved
from gasworks.metering.models import BookRound, Reading, ReadingBook
from gasworks.metering.services._within import act_of, locked, note, note_batch
from gasworks.metering.services.facts import Known, read_facts
from gasworks.metering.services.missing import Target, estimate_rules, read_missing
from gasworks.metering.services.special import close_special_reads
from gasworks.metering.types import ReadingRow, Recorded

KEY: Final = "metering.key"
APPROVE: Final = "metering.approve"
BATCH: Final = 20_000
LIVE: Final = (Reading.State.KEYED, Reading.State.REVIEW, Reading.State.APPROVED)
Source = Reading.Source
State = Reading.State


class EstimateSaysNothing(Refusal):
    """MTR-2: an estimate says how it was made."""

    sentence = gettext_noop("An estimate needs its method.")


class NothingChosen(Refusal):
    sentence = gettext_noop("Choose at least one reading.")


class NotWaiting(Refusal):
    sentence = gettext_noop("%(count)d of the readings are not waiting for approval any more. Load the page again.")


class WouldFall(Refusal):
    """MTR-1: accepted actual indexes rise unless an exchange, a rollover or a recorded correction says so."""

    sentence = gettext_noop(
        "%(count)d of the readings stand below an accepted one before them, or above one after them."
        " Correct or reject them, or record a rollover."
    )


class AlreadyReplaced(Refusal):
    sentence = gettext_noop("This reading was replaced or rejected already.")


@dataclass(frozen=True, slots=True)
class _Job:
    """What holds for every row of one batch."""

    scope: Scope
    source: int
    month: int | None
    now: dt.datetime
    today: dt.date
    limits: Limits
    approve: bool


def record_readings(
    *,
    scope: Scope,
    rows: Sequence[ReadingRow],
    source: int,
    now: dt.datetime,
    today: dt.date,
    month: int | None = None,
    approve: bool = False,
) -> list[Recorded]:
    """Record a batch: good rows are written, bad ones come back with their reason, in the order of ``rows``.

    ``month`` is the accounting month; without it each row takes that of its day. ``approve`` accepts unflagged rows
    at once (needs that right). Rows of one register are judged in the order of their days.
    """
    scope.require(KEY)
    if approve:
        scope.require(APPROVE)
    if source == Source.ESTIMATED and any(not row.estimate_method for row in rows):
        raise EstimateSaysNothing
    job = _Job(scope, source, month, now, today, _limits(scope, today), approve)
    answers: list[Recorded] = []
    with act_of(scope):
        for start in range(0, len(rows), BATCH):
            answers += _record_batch(job, rows[start : start + BATCH])
        accepted = sum(answer.accepted for answer in answers)
        detail = {"rows": len(rows), "accepted": accepted, "source": source, "month": month}
        note_batch(scope, "record_readings", "reading", now, detail)
    return answers


def judge_readings(
    *, scope: Scope, rows: Sequence[ReadingRow], source: int, now: dt.datetime, today: dt.date, month: int | None = None
) -> list[Recorded]:
    """What ``record_readings`` would answer, without writing: the check of an import's preview."""
    scope.require(KEY)
    job = _Job(scope, source, month, now, today, _limits(scope, today), approve=False)
    return _judge(job, rows, _facts(job, rows))


def _facts(job: _Job, rows: Sequence[ReadingRow]) -> dict[int, Known]:
    """An actual index is measured against actual ones, an estimate against whatever stands before it."""
    return read_facts(job.scope, rows, job.month, estimates=job.source == Source.ESTIMATED)


def _record_batch(job: _Job, rows: Sequence[ReadingRow]) -> list[Recorded]:
    hold_installations(job.scope, {row.installation_id for row in rows})
    known = _facts(job, rows)
    answers = _judge(job, rows, known)
    if job.source == Source.ESTIMATED:
        rows, answers = _look_at_estimates(job, rows, answers)
    good = [i for i, answer in enumerate(answers) if not answer.refusal]
    ids = take_ids(Reading, len(good))
    months = _months(job, [rows[i].read_on for i in good])
    for key, i in zip(ids, good, strict=True):
        answers[i] = replace(answers[i], reading_id=key)
    _copy(job, [(rows[i], answers[i], months[rows[i].read_on]) for i in good])
    if job.source != Source.ESTIMATED:
        close_special_reads(job.scope, {rows[i].installation_id: rows[i].read_on for i in good})
    _start_rounds(job, {(known[i].book_id, months[rows[i].read_on]) for i in good})
    approved = [answers[i].reading_id for i in good if job.approve and not answers[i].flags]
    if approved:
        fact = ReadingsApproved(job.month or months[rows[good[0]].read_on], approved)
        events.publish(fact, company_id=job.scope.company_id, now=job.now)
    return answers


def _look_at_estimates(
    job: _Job, rows: Sequence[ReadingRow], answers: list[Recorded]
) -> tuple[list[ReadingRow], list[Recorded]]:
    """Estimates that another system made: their volume is kept as an input, and what we would not have made is flagged."""
    rules = estimate_rules(job.scope, job.today)
    targets = [Target(row.installation_id, row.register_id, row.read_on) for row in rows]
    known = read_missing(job.scope, targets, rules, None)
    looked, judged = list(rows), list(answers)
    for place, missing in known.items():
        row, answer = rows[place], answers[place]
        if answer.refusal or not missing.last:
            continue
        odd = oddities(missing, row.index_litres, rules)
        litres = row.index_litres - missing.last[0].index_litres
        looked[place] = replace(row, estimate_inputs={"litres": litres, **(row.estimate_inputs or {})})
        judged[place] = replace(answer, flags=answer.flags | odd)
    return looked, judged


def _judge(job: _Job, rows: Sequence[ReadingRow], known: dict[int, Known]) -> list[Recorded]:
    """Refusal or flags of each row; earlier rows of the batch count as the past of later ones."""
    answers: list[Recorded] = [Recorded()] * len(rows)
    fresh: dict[tuple[int, int], Past] = {}
    for i in sorted(range(len(rows)), key=lambda place: rows[place].read_on):
        row, here = rows[i], known.get(i)
        facts = _with_batch(here.facts, fresh.get((row.installation_id, row.register_id)), row) if here else None
        refusal = _refusal(job, row, here, facts)
        if refusal is not None or facts is None:
            answers[i] = refused(refusal or NoSuchMeter())
            continue
        flags = flags_of(facts, row.read_on, row.index_litres, row.kind, job.limits)
        answers[i] = Recorded(flags=int(flags))
        fresh[row.installation_id, row.register_id] = Past(row.read_on, row.index_litres)
    return answers


def _refusal(job: _Job, row: ReadingRow, known: Known | None, facts: Facts | None) -> Refusal | None:
    if known is None or facts is None:
        return NoSuchMeter()
    return who_may(job.scope, known) or refusal_of(facts, row.read_on, row.index_litres, row.kind, job.today)


def who_may(scope: Scope, known: Known) -> Refusal | None:
    """A reader works in their own books; a lead in every book of the branch."""
    if not scope.changes(known.branch_id, KEY):
        return OutsideYourBranch()
    if not scope.may(APPROVE) and known.reader_id is not None and known.reader_id != scope.actor_id:
        return NotYourBook()
    return None


def who_walks(scope: Scope, book: ReadingBook) -> None:
    """A reader hands in their own books; a lead any."""
    if not scope.may(APPROVE) and book.reader_id is not None and book.reader_id != scope.actor_id:
        raise NotYourBook


def _with_batch(facts: Facts, fresh: Past | None, row: ReadingRow) -> Facts:
    if fresh is None or (facts.previous is not None and facts.previous.read_on > fresh.read_on):
        return facts
    return replace(facts, previous=fresh, day_taken=facts.day_taken or fresh.read_on == row.read_on)


def refused(refusal: Refusal) -> Recorded:
    params = {name: value if isinstance(value, int | str) else str(value) for name, value in refusal.params.items()}
    return Recorded(refusal=refusal.code, sentence=refusal.sentence, params=params)


def _copy(job: _Job, rows: Sequence[tuple[ReadingRow, Recorded, int]]) -> None:
    company, actor = job.scope.company_id, job.scope.actor_id

    def values(row: ReadingRow, answer: Recorded, month: int) -> tuple[Any, ...]:
        accepted = job.approve and not answer.flags
        state = State.APPROVED if accepted else State.REVIEW if answer.flags else State.KEYED
        return (
            answer.reading_id,
            company,
            row.installation_id,
            row.register_id,
            row.read_on,
            row.index_litres,
            int(job.source),
            row.kind,
            int(state),
            answer.flags,
            row.estimate_method,
            Json(row.estimate_inputs) if row.estimate_inputs is not None else None,
            month,
            row.note[:200],
            actor,
            job.now,
            actor if accepted else None,
            job.now if accepted else None,
        )

    copy_rows(Reading, READING_COLUMNS, (values(*row) for row in rows))


READING_COLUMNS: Final = (
    "id",
    "company",
    "installation",
    "register",
    "read_on",
    "index_litres",
    "source",
    "kind",
    "state",
    "flags",
    "estimate_method",
    "estimate_inputs",
    "month",
    "note",
    "keyed_by",
    "keyed_at",
    "approved_by",
    "approved_at",
)


def _months(job: _Job, days: Iterable[dt.date]) -> dict[dt.date, int]:
    """The accounting month of each day: the batch's, or by the calendar, or the calendar month."""
    if job.month is not None:
        month = job.month
        return dict.fromkeys(days, month)
    return {day: _month_of(job.scope, day) for day in set(days)}


def _month_of(scope: Scope, day: dt.date) -> int:
    found = calendar.month_for_day(scope=scope, day=day)
    return found.month if found else month_of(day)


def _limits(scope: Scope, today: dt.date) -> Limits:
    codes = ("jump_percent", "drop_percent", "floor_m3", "off_round_days")
    found = parameters.get_many(scope=scope, codes=tuple(f"metering.{code}" for code in codes), on=today)
    return Limits(
        jump_percent=found["metering.jump_percent"],
        drop_percent=found["metering.drop_percent"],
        floor_litres=found["metering.floor_m3"] * 1000,
        off_round_days=found["metering.off_round_days"],
    )


def _start_rounds(job: _Job, touched: set[tuple[int | None, int]]) -> None:
    """The first reading of a book starts its round."""
    by_month: dict[int, list[int]] = defaultdict(list)
    for book, month in touched:
        if book is not None:
            by_month[month].append(book)
    for month, books in by_month.items():
        waiting = BookRound.objects.filter(
            company_id=job.scope.company_id, book_id__in=books, month=month, state=BookRound.State.PLANNED
        )
        waiting.update(state=BookRound.State.READING)


def hold_installations(scope: Scope, keys: set[int]) -> None:
    """Two writers of one register wait for each other, so that each sees the other's index (MTR-1)."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT 1 FROM metering_installation WHERE company_id = %s AND id = ANY(%s::bigint[])"
            " ORDER BY id FOR NO KEY UPDATE",
            [scope.company_id, list(keys)],
        )


def approve_readings(*, scope: Scope, reading_ids: Sequence[int], now: dt.datetime) -> int:
    """Accept readings for billing, flagged ones too: whoever approves has looked. All or none."""
    scope.require(APPROVE)
    wanted = set(reading_ids)
    if not wanted:
        raise NothingChosen
    with act_of(scope):
        readings = _waiting(scope, wanted)
        _refuse_falling(scope, wanted)
        Reading.objects.filter(pk__in=wanted).update(state=State.APPROVED, approved_by=scope.actor_id, approved_at=now)
        for month in sorted({reading.month for reading in readings}):
            ids = sorted(reading.id for reading in readings if reading.month == month)
            events.publish(ReadingsApproved(month, ids), company_id=scope.company_id, now=now)
        note_batch(scope, "approve_readings", "reading", now, {"count": len(wanted)})
    return len(wanted)


def reject_readings(*, scope: Scope, reading_ids: Sequence[int], reason: str, now: dt.datetime) -> int:
    """Throw readings out before they are accepted; their day is free again."""
    scope.require(APPROVE)
    wanted = set(reading_ids)
    if not wanted:
        raise NothingChosen
    with act_of(scope):
        _waiting(scope, wanted)
        Reading.objects.filter(pk__in=wanted).update(state=State.REJECTED, note=reason[:200])
        detail = {"count": len(wanted), "reason": reason[:200]}
        note_batch(scope, "reject_readings", "reading", now, detail)
    return len(wanted)


def _waiting(scope: Scope, wanted: set[int]) -> list[Reading]:
    """The chosen readings, locked, if all of them wait for approval within one's branches."""
    rows = list(
        Reading.objects.filter(company_id=scope.company_id, pk__in=wanted)
        .select_related("installation__supply_point")
        .only("id", "month", "state", "installation__supply_point__branch_id", "installation__supply_point_id")
    )
    hold_installations(scope, {row.installation_id for row in rows})
    still = Reading.objects.filter(pk__in=wanted, state__in=(State.KEYED, State.REVIEW)).count()
    if still < len(wanted):
        raise NotWaiting(count=len(wanted) - still)
    for branch in {row.installation.supply_point.branch_id for row in rows}:
        scope.require_change(branch, APPROVE)
    return rows


_FALLING: Final = """
SELECT count(*) FROM metering_reading r
LEFT JOIN LATERAL (
    SELECT b.index_litres FROM metering_reading b
    WHERE b.company_id = r.company_id AND b.installation_id = r.installation_id AND b.register_id = r.register_id
      AND b.read_on < r.read_on AND b.state IN (1, 2, 3) AND b.source <> 7
      AND (b.state = 3 OR b.id = ANY(%(chosen)s::bigint[]))
    ORDER BY b.read_on DESC LIMIT 1) before ON true
LEFT JOIN LATERAL (
    SELECT a.index_litres, a.kind FROM metering_reading a
    WHERE a.company_id = r.company_id AND a.installation_id = r.installation_id AND a.register_id = r.register_id
      AND a.read_on > r.read_on AND a.state IN (1, 2, 3) AND a.source <> 7
      AND (a.state = 3 OR a.id = ANY(%(chosen)s::bigint[]))
    ORDER BY a.read_on LIMIT 1) after ON true
WHERE r.id = ANY(%(chosen)s::bigint[]) AND r.source <> 7
  AND (r.kind = 1 AND before.index_litres > r.index_litres
       OR after.kind = 1 AND after.index_litres < r.index_litres)
"""


def _refuse_falling(scope: Scope, chosen: set[int]) -> None:
    """The database's guard would stop these too; here the clerk gets the number of them."""
    with connection.cursor() as cursor:
        cursor.execute(_FALLING, {"chosen": list(chosen)})
        (falling,) = cursor.fetchone()
    if falling:
        raise WouldFall(count=falling)


def correct_reading(
    *,
    scope: Scope,
    reading_id: int,
    now: dt.datetime,
    today: dt.date,
    index_litres: int | None = None,
    read_on: dt.date | None = None,
    kind: int = CORRECTION,
    reason: str = "",
) -> Recorded:
    """Replace a reading by another one of the same meter. A reader corrects only in their own books.

    The new row waits for approval; an accepted reading is corrected by somebody who may approve.
    """
    scope.require(KEY)
    with act_of(scope):
        old = locked(Reading, reading_id, scope)
        hold_installations(scope, {old.installation_id})
        if old.state not in LIVE:
            raise AlreadyReplaced
        if old.state == State.APPROVED:
            scope.require(APPROVE)
        row = ReadingRow(
            old.installation_id,
            old.register_id,
            read_on or old.read_on,
            old.index_litres if index_litres is None else index_litres,
            kind,
            reason,
        )
        answer = _replace(scope, old, row, now, today)
        if not answer.accepted:
            return answer
        detail = {"old": str(old.index_litres), "new": str(row.index_litres), "reason": reason[:200]}
        note(scope, "correct_reading", old, now, detail)
        if old.state == State.APPROVED:
            fact = ReadingCorrected(old.installation_id, old.id, answer.reading_id)
            events.publish(fact, company_id=scope.company_id, now=now)
    return answer


def roll_over(*, scope: Scope, reading_id: int, now: dt.datetime, today: dt.date) -> Recorded:
    """The counter passed its end: the same index, recorded as a rollover."""
    return correct_reading(scope=scope, reading_id=reading_id, kind=Reading.Kind.ROLLOVER, now=now, today=today)


def _replace(scope: Scope, old: Reading, row: ReadingRow, now: dt.datetime, today: dt.date) -> Recorded:
    """Write the new row in the old one's place; on a refusal the old one stands as it was."""
    source = Source.MANUAL if old.source == Source.ESTIMATED else old.source
    job = _Job(scope, source, old.month, now, today, _limits(scope, today), approve=False)
    known = _facts(job, [row])
    if 0 in known:
        known[0] = _without(known[0], old, row)
    answer = _judge(job, [row], known)[0]
    if answer.refusal:
        return answer
    (key,) = take_ids(Reading, 1)
    Reading.objects.filter(pk=old.pk).update(state=State.REPLACED, replaced_by=key)
    answer = replace(answer, reading_id=key)
    _copy(job, [(row, answer, old.month)])
    return answer


def _without(known: Known, old: Reading, row: ReadingRow) -> Known:
    """The facts as if the old reading were gone already."""
    facts = known.facts
    if facts.day_taken and old.read_on == row.read_on:
        facts = replace(facts, day_taken=False)
    if facts.previous is not None and facts.previous.read_on == old.read_on:
        facts = replace(facts, previous=_neighbour(old, before=True))
    if facts.following is not None and facts.following.read_on == old.read_on:
        facts = replace(facts, following=_neighbour(old, before=False))
    return replace(known, facts=facts)


def _neighbour(old: Reading, *, before: bool) -> Past | None:
    rows = Reading.objects.filter(
        company_id=old.company_id, installation_id=old.installation_id, register_id=old.register_id, state__in=LIVE
    ).exclude(source=Source.ESTIMATED)
    rows = (
        rows.filter(read_on__lt=old.read_on).order_by("-read_on")
        if before
        else rows.filter(read_on__gt=old.read_on).order_by("read_on")
    )
    found = rows.values_list("read_on", "index_litres").first()
    return Past(*found) if found else None
