"""A whole collection file of a bank or partner (回盘文件): thousands of payments by a few statements a chunk.

Each row is its own request: its key comes from the channel's number of the payment and is bound to what the row says. So
a file may be taken twice, in part, or by two workers: each row is taken once.
"""

import datetime as dt
import hashlib
import uuid
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final, NamedTuple

from django.db import transaction

from gasworks.foundation.request_keys import KeyUsedForAnotherBody, known_answers
from gasworks.foundation.scope import Scope
from gasworks.kernel.errors import NotThere, Refusal
from gasworks.ledger.services import head_office_day
from gasworks.payments.models import Channel
from gasworks.payments.planning import plan_line
from gasworks.payments.refusals import (
    ChannelNotInUse,
    ItemWithBank,
    NobodyHolds,
    PlanIsStale,
    ReferenceMissing,
    ReferenceTwice,
    ReferenceUsed,
    SomeKeysKnown,
    TakenAlready,
)
from gasworks.payments.services.setup import BANK
from gasworks.payments.services.taking import TRIES, retried, with_fees_charged
from gasworks.payments.services.writing import Means, Request, write_payments
from gasworks.payments.types import Collected, CollectedAnswer, PlanLine
from gasworks.receivables.selectors import payable_dues, terms_of_overdue
from gasworks.receivables.services import AmountNotPositive

COLLECT: Final = "payments.collect"
CHUNK: Final = 2_000
SERIAL: Final = 6
"""Characters at the end of a channel's number in which the payments of a day differ, or more."""
Answers = dict[int, CollectedAnswer]
"""Answers by the place of their row."""


class _Row(NamedTuple):
    """A row that can be asked for: its place among the rows, its key, and what the key is bound to."""

    place: int
    key: uuid.UUID
    digest: bytes
    agreement_id: int | None
    amount_fen: int
    channel_on: dt.date
    payer: str
    reference: str


def take_collection(
    *, scope: Scope, channel: str, rows: Sequence[Collected], today: dt.date, now: dt.datetime
) -> list[CollectedAnswer]:
    """Take what a channel has collected; one answer a row, in order. A row that cannot be taken is refused by itself.

    Each row is laid out as ``take_amount`` does it: dues in order with their late fees, the rest into the advance. A chunk
    is one transaction. Raises ChannelNotInUse for the whole.
    """
    scope.require(COLLECT)
    by = _means(scope, channel)
    work = _Work(scope, by, today, now, {})
    asked = _asked(rows, by, work.answers)
    for first in range(0, len(asked), CHUNK):
        for wave in _waves(asked[first : first + CHUNK]):
            _take(work, wave)
    return [work.answers[place] for place in range(len(rows))]


def refused_beforehand(*, scope: Scope, channel: str, rows: Sequence[Collected]) -> list[Refusal | None]:
    """What a preview says of each row before anything is written; what was taken earlier is ``TakenAlready``."""
    answers: Answers = {}
    asked = _asked(rows, _means(scope, channel), answers)
    known = known_answers(scope=scope, channel=channel, keys=[row.key for row in asked])
    for row in asked:
        if row.key in known:
            same = known[row.key][0] == row.digest
            refusal = TakenAlready() if same else ReferenceUsed(reference=row.reference)
            answers[row.place] = CollectedAnswer(refusal=refusal)
        elif row.agreement_id is None:
            answers[row.place] = CollectedAnswer(refusal=_nobody(row))
    return [answers[place].refusal if place in answers else None for place in range(len(rows))]


@dataclass(frozen=True, slots=True)
class _Work:
    """What stays the same for all rows, and where their answers go."""

    scope: Scope
    by: Means
    today: dt.date
    now: dt.datetime
    answers: Answers


def _means(scope: Scope, channel: str) -> Means:
    found = Channel.objects.filter(company_id=scope.company_id, code=channel, active=True, is_counter=False)
    if not found.exists():
        raise ChannelNotInUse
    return Means("transfer" if channel == BANK else "online", channel, None)


def _asked(rows: Sequence[Collected], by: Means, answers: Answers) -> list[_Row]:
    """The rows that say enough to be asked for; the others are refused here."""
    found: dict[str, _Row] = {}
    for place, row in enumerate(rows):
        refusal = _flaw(row, found)
        if refusal is not None:
            answers[place] = CollectedAnswer(refusal=refusal)
            continue
        payer = row.payer or str(row.agreement_id)
        said = f"{payer}|{row.amount_fen}|{row.channel_on.toordinal()}|{by.means}"
        found[row.reference] = _Row(
            place,
            _key(row.reference),
            hashlib.sha256(said.encode()).digest(),
            row.agreement_id,
            row.amount_fen,
            row.channel_on,
            payer,
            row.reference,
        )
    return list(found.values())


def _key(reference: str) -> uuid.UUID:
    """The channel's number as a key, by the number alone. Numbers that differ at their end have keys that begin alike: so
    the rows of a file fall side by side in the index of all keys, and not each on a page of its own."""
    whole = reference.encode()
    return uuid.UUID(bytes=hashlib.sha256(whole[:-SERIAL]).digest()[:4] + hashlib.sha256(whole).digest()[:12])


def _flaw(row: Collected, found: dict[str, _Row]) -> Refusal | None:
    if not row.reference:
        return ReferenceMissing()
    if row.reference in found:
        return ReferenceTwice(reference=row.reference)
    return AmountNotPositive() if row.amount_fen <= 0 else None


def _waves(rows: Sequence[_Row]) -> Iterator[list[_Row]]:
    """In each wave an agreement pays once; its next row waits for the next wave, so that it sees what the first left."""
    while rows:
        wave: dict[int | uuid.UUID, _Row] = {}
        later = []
        for row in rows:
            if wave.setdefault(row.agreement_id or row.key, row) is not row:
                later.append(row)
        yield list(wave.values())
        rows = later


def _take(work: _Work, rows: Sequence[_Row], tries: int = TRIES) -> None:
    """Write the rows in one transaction. Rows whose numbers are known are answered; a chunk that is stale is halved."""
    if not rows:
        return
    try:
        retried(lambda: _write(work, rows))
    except (SomeKeysKnown, KeyUsedForAnotherBody):
        _take(work, _answer_known(work, rows))
    except (PlanIsStale, ItemWithBank) as stale:
        if len(rows) > 1:
            half = len(rows) // 2
            _take(work, rows[:half])
            _take(work, rows[half:])
        elif tries > 1:
            _take(work, rows, tries - 1)
        else:
            work.answers[rows[0].place] = CollectedAnswer(refusal=stale)


def _write(work: _Work, rows: Sequence[_Row]) -> None:
    with transaction.atomic():
        planned, refused = _plan(work, rows)
        if planned:
            lines = _charged(work, [line for _, line in planned])
            requests = [
                Request(row.key, row.digest, (line,), row.amount_fen, row.channel_on)
                for (row, _), line in zip(planned, lines, strict=True)
            ]
            answer = write_payments(scope=work.scope, requests=requests, by=work.by, today=work.today, now=work.now)
            if answer["replayed"]:
                raise SomeKeysKnown
    if planned:
        for (row, line), payment_id in zip(planned, answer["payments"], strict=True):
            work.answers[row.place] = CollectedAnswer(payment_id, line.surplus_fen)
    for row in _answer_known(work, refused) if refused else ():
        work.answers[row.place] = CollectedAnswer(refusal=_nobody(row))


def _plan(work: _Work, rows: Sequence[_Row]) -> tuple[list[tuple[_Row, PlanLine]], list[_Row]]:
    """Each row's line, and the rows of agreements that are not there."""
    agreements = [row.agreement_id for row in rows if row.agreement_id is not None]
    dues = payable_dues(scope=work.scope, agreement_ids=agreements)
    terms = terms_of_overdue(scope=work.scope, owed=dues, on=work.today)
    planned: list[tuple[_Row, PlanLine]] = []
    refused: list[_Row] = []
    for row in rows:
        if row.agreement_id is None or row.agreement_id not in dues:
            refused.append(row)
            continue
        line = plan_line(row.agreement_id, dues[row.agreement_id], row.amount_fen, on=work.today, terms=terms)
        planned.append((row, line))
    return planned, refused


def _charged(work: _Work, lines: list[PlanLine]) -> list[PlanLine]:
    if not any(line.late_fees for line in lines):
        return lines
    place = head_office_day(scope=work.scope, today=work.today)
    return with_fees_charged(scope=work.scope, lines=lines, place=place, today=work.today, now=work.now)


def _answer_known(work: _Work, rows: Sequence[_Row]) -> list[_Row]:
    """Answer the rows whose numbers are known; the others are left."""
    known = known_answers(scope=work.scope, channel=work.by.channel, keys=[row.key for row in rows])
    left = []
    for row in rows:
        if row.key not in known:
            left.append(row)
            continue
        digest, answer = known[row.key]
        if digest == row.digest:
            work.answers[row.place] = CollectedAnswer(answer["payments"][0], answer["surplus_fen"], replayed=True)
        else:
            work.answers[row.place] = CollectedAnswer(refusal=ReferenceUsed(reference=row.reference))
    return left


def _nobody(row: _Row) -> Refusal:
    return NotThere(key=row.agreement_id) if row.agreement_id is not None else NobodyHolds(number=row.payer)
