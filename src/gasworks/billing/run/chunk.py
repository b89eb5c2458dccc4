"""One chunk: claim, read, rate, sort out, write, one fact; all of it or nothing (JOB-1)."""

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum
from typing import Any

import numpy as np
from django.db import connection, transaction

from gasworks.billing.events import BillsIssued
from gasworks.billing.models import HoldRule, Run, RunChunk
from gasworks.billing.run.batch import Batch, look_at, put_together
from gasworks.billing.run.binary import Bigints, read_columns, server_cursor
from gasworks.billing.run.columns import NONE, Column, Mask, distinct, place_of
from gasworks.billing.run.intervals import ESTIMATED, Problems, Uses, find_uses
from gasworks.billing.run.outsort import CYCLE, SECOND_ESTIMATE, Limits, sort_out, wants_last_year
from gasworks.billing.run.relieving import reliefs_of, use_reliefs
from gasworks.billing.run.reopening import Reopened, reopen
from gasworks.billing.run.selection import Selection
from gasworks.billing.run.settling import lay_on_new, take_back
from gasworks.billing.run.sheet import TYPES, Members, Reader, Sheet, read_sheet
from gasworks.billing.run.spreading import spread
from gasworks.billing.run.write import Fee, Posted, write_batch
from gasworks.foundation import audit, events
from gasworks.foundation.calendar import cycle_limits, require_open_month
from gasworks.foundation.scope import Scope
from gasworks.kernel.periods import add_months, month_start
from gasworks.ledger.services import head_office_day
from gasworks.rating import ToDate, rate
from gasworks.receivables.selectors import fee_type_by_code, tax_on
from gasworks.tariffs.selectors import compiled_tariffs
from gasworks.usage.hands import take_hands

GAS = "gas"


@dataclass(frozen=True, slots=True)
class Computed:
    """A chunk worked out, not written."""

    sheet: Sheet
    uses: Uses
    batch: Batch
    problems: Problems
    holds: dict[str, Mask]
    reopened: tuple[Reopened, ...] = ()
    """Bills that stood on an estimate, to be taken back before these are written."""

    @property
    def held(self) -> Mask:
        masks = list(self.holds.values())
        return np.logical_or.reduce(masks) if masks else np.zeros(len(self.batch.bills), np.bool_)


def run_chunk(*, run_id: int, scope: Scope, now: dt.datetime, today: dt.date) -> int | None:
    """Bill the next free chunk of a run; returns its number, or None when none is left or the run was stopped.

    Raises MonthClosed where the accounting month was closed meanwhile.
    """
    with transaction.atomic():
        chunk = (
            RunChunk.objects.select_for_update(skip_locked=True, of=("self",))
            .filter(company_id=scope.company_id, run_id=run_id, done_at__isnull=True)
            .order_by("no")
            .first()
        )
        if chunk is None:
            return None
        run = Run.objects.get(pk=run_id, company_id=scope.company_id)
        if run.state != Run.State.RUNNING:
            return None
        require_open_month(scope=scope, month=run.month)
        _bill_chunk(run, chunk, scope=scope, now=now, today=today)
        return chunk.no


def _bill_chunk(run: Run, chunk: RunChunk, *, scope: Scope, now: dt.datetime, today: dt.date) -> None:
    place = head_office_day(scope=scope, today=today)
    with server_cursor(connection) as cursor:
        selection = Selection.from_json(run.selection)
        members = Reader(cursor, run.company_id).members(
            selection, chunk.first_group, chunk.last_group, as_of(run.month)
        )
        take_hands(cursor, company_id=run.company_id, groups=Bigints(distinct(members.group)))
        done = compute(cursor, scope, members, run.month, rules_of(run.company_id), settle=Settle.DO)
        held = done.held
        posted = Posted(
            company_id=run.company_id,
            outlet_id=place.outlet_id,
            actor_id=scope.actor_id,
            run_id=run.id,
            month=run.month,
            posting_day=place.day,
            due_on=run.due_on,
            at=now,
            fee=gas_fee(scope, place.day),
        )
        back = take_back(scope, done.reopened, done.batch.bills, place, now)
        written = write_batch(cursor, done.sheet, done.uses, done.batch, held, done.holds, posted)
        points = done.sheet.members.supply_point[done.batch.bills.member]
        lay_on_new(scope, back, points, written.bill, held, place, now)
        use_reliefs(run.company_id, points, run.month)
    bills = done.batch.bills
    chunk.done_at = now
    chunk.bills, chunk.held = len(bills), int(held.sum())
    chunk.amount_fen, chunk.litres = int(bills.amount_fen[~held].sum()), int(bills.litres[~held].sum())
    chunk.summary, chunk.problems = summarise(done), problem_list(done)
    chunk.save()
    audit.record(
        scope=scope,
        act="billing.issue",
        subject_kind="billing.run",
        subject_id=run.id,
        amount_fen=chunk.amount_fen,
        detail={"chunk": chunk.no, "bills": chunk.bills, "held": chunk.held},
        now=now,
    )
    if len(bills):
        fact = BillsIssued(
            run.id,
            chunk.no,
            run.month,
            chunk.bills,
            chunk.held,
            chunk.amount_fen,
            written.first_bill,
            written.last_bill,
        )
        events.publish(fact, company_id=run.company_id, now=now)


class Settle(Enum):
    """Whether bills that stood on estimates are set back for an actual reading: not at all, on paper only, or held for it."""

    NOT = "not"
    LOOK = "look"
    DO = "do"


def compute(
    cursor: Any,
    scope: Scope,
    members: Members,
    month: int,
    rules: Mapping[str, Limits],
    *,
    settle: Settle = Settle.NOT,
) -> Computed:
    """Read, rate and sort out; writes nothing. The groups are in hand, or it is a preview.

    A supply point whose estimated bills would be taken back without a new one in their place is left as it is.
    """
    skip: set[int] = set()
    while True:
        done = _compute(cursor, scope, members, month, rules, settle, skip)
        billed = set(done.sheet.members.supply_point[done.batch.bills.member].tolist())
        empty = {one.supply_point for one in done.reopened} - billed
        if not empty:
            return done
        skip |= empty


def _compute(
    cursor: Any,
    scope: Scope,
    members: Members,
    month: int,
    rules: Mapping[str, Limits],
    settle: Settle,
    skip: set[int],
) -> Computed:
    rules = with_cycle_limits(scope, month, rules)
    sheet = read_sheet(cursor, scope.company_id, members, month)
    reliefs = reliefs_of(scope.company_id, sheet.members, month, waiting=settle is not Settle.NOT)
    reopened: list[Reopened] = []
    if settle is not Settle.NOT:
        points = {int(sheet.members.supply_point[row]) for row in reliefs}
        lock = settle is Settle.DO
        reopened = reopen(cursor, sheet, month, relieved=points, skip=skip, lock=lock)
    prices = compiled_tariffs(scope=scope)
    tariffs = prices.tariffs
    uses, problems = find_uses(sheet, tariffs, prices.index, month)
    uses = spread(uses, sheet, tariffs, reliefs)
    rated = rate(uses.intervals, tariffs, to_date=_to_date(sheet), changes=uses.changes)
    batch = put_together(uses, rated, tariffs)
    look = look_at(sheet, uses, batch, month, *_history(cursor, sheet, uses, batch, month, rules))
    return Computed(sheet, uses, batch, problems, sort_out(look, rules), tuple(reopened))


def as_of(month: int) -> dt.date:
    """The day on which membership of a group counts: the last of the accounting month."""
    return month_start(add_months(month, 1)) - dt.timedelta(days=1)


def rules_of(company_id: int) -> dict[str, Limits]:
    found = HoldRule.objects.filter(company_id=company_id, active=True).order_by("code")
    return dict(found.values_list("code", "limits"))


def with_cycle_limits(scope: Scope, month: int, rules: Mapping[str, Limits]) -> dict[str, Limits]:
    """The rules with the company's limits of a billing cycle, as they hold at the end of the month."""
    if CYCLE not in rules:
        return dict(rules)
    low, high = cycle_limits(scope=scope, on=as_of(month))
    return {**rules, CYCLE: {"min_days": low, "max_days": high}}


def gas_fee(scope: Scope, day: dt.date) -> Fee:
    """Accounts and tax of the company's gas fee on a posting day."""
    fee = fee_type_by_code(scope=scope, code=GAS)
    rate_e4, _ = tax_on(scope=scope, fee_type_id=fee.id, on=day)
    return Fee(fee.id, fee.receivable_gl_id, fee.income_gl_id, fee.tax_gl_id, rate_e4)


def summarise(done: Computed) -> list[list[int | str]]:
    """[customer type, tier, homes, litres, fen, held]: the issue summary (应收发行汇总) of one chunk."""
    lines, bills = done.batch.lines, done.batch.bills
    kind = done.sheet.members.customer_type[bills.member]
    held = done.held.astype(np.int64)
    key = (kind[lines.bill] << 8 | lines.tier) << 1 | held[lines.bill]
    zero = np.flatnonzero(np.bincount(lines.bill, minlength=len(bills)) == 0)
    keys = np.concatenate([key, (kind[zero] << 8) << 1 | held[zero]])
    bill = np.concatenate([lines.bill, zero])
    litres = np.concatenate([lines.litres, np.zeros(len(zero), np.int64)])
    fen = np.concatenate([lines.amount_fen, np.zeros(len(zero), np.int64)])
    out: list[list[int | str]] = []
    for each in distinct(keys):
        rows = keys == each
        name = TYPES[int(each) >> 9]
        tier, is_held = int(each) >> 1 & 255, int(each) & 1
        out.append([name, tier, len(distinct(bill[rows])), int(litres[rows].sum()), int(fen[rows].sum()), is_held])
    return out


def problem_list(done: Computed) -> list[list[int]]:
    points = done.sheet.members.supply_point[done.problems.member]
    return np.column_stack([points, done.problems.reason]).tolist()


def _to_date(sheet: Sheet) -> ToDate:
    ladders = sheet.ladders
    on = np.flatnonzero(ladders["code"] >= 0)
    return ToDate(*(ladders[name][on] for name in ("group", "code", "period", "litres")))


def _history(
    cursor: Any, sheet: Sheet, uses: Uses, batch: Batch, month: int, rules: Mapping[str, Limits]
) -> tuple[Column, Mask]:
    """(litres of the same month last year, whether the last bill stood on an estimate), looked up where they matter."""
    bills = batch.bills
    last_year = np.full(len(bills), NONE)
    months = np.maximum.reduceat(uses.intervals.billing_months, bills.begins) if len(bills) else bills.member
    wanted = np.flatnonzero(wants_last_year(bills.litres, months, rules))
    if len(wanted):
        rows = read_columns(
            cursor,
            """SELECT agreement_id, sum(litres)::bigint FROM billing_bill
               WHERE agreement_id = ANY(%s) AND month = %s AND kind = 1 AND state IN (1, 2)
               GROUP BY agreement_id ORDER BY agreement_id""",
            [Bigints(bills.agreement[wanted]), month - 100],
            ("agreement", "litres"),
        )
        at = place_of(rows["agreement"], bills.agreement[wanted])
        found = at != NONE
        last_year[wanted[found]] = rows["litres"][at[found]]
    return last_year, _last_estimated(cursor, sheet, uses, batch, rules)


def _last_estimated(cursor: Any, sheet: Sheet, uses: Uses, batch: Batch, rules: Mapping[str, Limits]) -> Mask:
    bills, d = batch.bills, sheet.dials
    flag = np.zeros(len(bills), np.bool_)
    every = SECOND_ESTIMATE in rules
    if "zero_estimate" not in rules and not every:
        return flag
    dial = uses.dial
    doubtful = (d.read_source[dial] == ESTIMATED) & ~d.first[dial]
    if not every:
        doubtful &= (d.last_litres[dial] == 0) & (bills.litres[batch.of_use] == 0)
    rows = np.flatnonzero(doubtful)
    if not len(rows):
        return flag
    found = read_columns(
        cursor,
        """SELECT k.n::bigint FROM unnest(%s::bigint[], %s::bigint[], %s::bigint[])
                  WITH ORDINALITY k(installation, register, day, n)
           JOIN metering_reading r ON r.installation_id = k.installation AND r.register_id = k.register
            AND r.read_on = DATE '1970-01-01' + k.day::int AND r.state = 3 AND r.company_id = %s
           WHERE r.source = %s""",
        [
            Bigints(d.installation[dial[rows]]),
            Bigints(d.register[dial[rows]]),
            Bigints(d.last_day[dial[rows]]),
            int(sheet.company_id),
            ESTIMATED,
        ],
        ("n",),
    )
    flag[batch.of_use[rows[found["n"] - 1]]] = True
    return flag
