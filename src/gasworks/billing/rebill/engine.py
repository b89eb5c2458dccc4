"""One part of a re-billing: every live bill of its ladder groups from the first wrong one on is taken back, what was
wrong is put right, and the bills are made again in their order, by the code of the run. Money that lay on them is laid on
the new ones. Runs inside the caller's transaction; rolled back, it was a preview.
"""

import datetime as dt
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Final

import numpy as np
from django.db import connection, transaction

from gasworks.billing.models import Bill, Hold, Replacement
from gasworks.billing.rebill.blocks import Block
from gasworks.billing.rebill.targets import First
from gasworks.billing.run.binary import server_cursor
from gasworks.billing.run.chunk import Computed, as_of, compute, gas_fee, rules_of
from gasworks.billing.run.columns import FOREVER, Column, Mask
from gasworks.billing.run.intervals import Problem
from gasworks.billing.run.outsort import NEGATIVE, Limits
from gasworks.billing.run.sheet import Members, Reader
from gasworks.billing.run.write import Fee, Posted, Written, write_batch
from gasworks.foundation.bulk import copy_rows
from gasworks.foundation.models import AccountingMonth
from gasworks.foundation.scope import Scope
from gasworks.kernel.errors import Refusal, gettext_noop
from gasworks.ledger.services import head_office_day, reverse_entries
from gasworks.ledger.types import EntryKind, PostingPlace
from gasworks.rating.columns import day_number
from gasworks.receivables.relaying import Laid, fresh_items, lay_anew, take_off
from gasworks.receivables.selectors import standings_of
from gasworks.receivables.services import lock_balances
from gasworks.usage import services as usage
from gasworks.usage.hands import take_hands

BILLS: Final = 1
DUE_AFTER_DAYS: Final = 30
RESERVED: Final = 2
REGULAR, BACK, CORRECTION, FINAL = Bill.Kind.REGULAR, Bill.Kind.BACK, Bill.Kind.CORRECTION, Bill.Kind.FINAL
HELD, ISSUED, CANCELLED, DISCARDED = Bill.State.HELD, Bill.State.ISSUED, Bill.State.CANCELLED, Bill.State.DISCARDED

_FIND: Final = """
SELECT DISTINCT ON (b.id) b.id, f.linked, b.agreement_id, b.supply_point_id, b.kind, b.state, b.month, b.entry_id,
       b.litres, b.amount_fen, b.due_on, COALESCE(b.run_id, r.first_run, 0), b.to_on
  FROM unnest(%s::bigint[], %s::bigint[], %s::bigint[]) f(group_id, first, linked)
  JOIN usage_groupmember g ON g.group_id = f.group_id AND g.company_id = %s
  JOIN customers_agreement a ON a.supply_point_id = g.supply_point_id AND a.company_id = g.company_id
  JOIN billing_bill b ON b.agreement_id = a.id AND b.id >= f.first AND b.state IN (1, 2)
   AND (b.kind <> 4 OR EXISTS (SELECT 1 FROM usage_movement m WHERE m.source = b.id AND m.source_kind = 1))
  LEFT JOIN billing_replacement r ON r.new_id = b.id
 ORDER BY b.id
"""
_LOCK: Final = "SELECT id FROM billing_bill WHERE id = ANY(%s) ORDER BY id FOR UPDATE"
_TAKE: Final = """
UPDATE billing_bill b SET state = CASE WHEN b.state = 1 THEN 4 ELSE 3 END, cancel_entry_id = NULLIF(m.mirror, 0)
  FROM unnest(%s::bigint[], %s::bigint[]) m(id, mirror) WHERE b.id = m.id
"""
_NEW: Final = "SELECT id, entry_id FROM billing_bill WHERE id = ANY(%s) AND entry_id IS NOT NULL"


class BusyElsewhere(Refusal):
    sentence = gettext_noop("Bills of these ladder groups are being written just now. Try again.")


@dataclass(frozen=True, slots=True)
class Old:
    """A live bill that is taken back."""

    id: int
    linked: int
    agreement: int
    point: int
    kind: int
    state: int
    month: int
    entry: int | None
    litres: int
    fen: int
    due_on: dt.date
    first_run: int
    to_on: dt.date

    @property
    def owed_fen(self) -> int:
        return self.fen if self.state == ISSUED else 0


@dataclass(frozen=True, slots=True)
class New:
    """The bill in its place."""

    id: int
    old: Old
    litres: int
    fen: int
    held: bool

    @property
    def owed_fen(self) -> int:
        return 0 if self.held else self.fen


@dataclass(slots=True)
class Outcome:
    """What a part comes to. ``problems`` are (bill, reason); fen of refunds and additional claims are per agreement."""

    news: list[New] = field(default_factory=list)
    problems: list[tuple[int, int]] = field(default_factory=list)
    laid: list[Laid] = field(default_factory=list)
    refund_fen: int = 0
    additional_fen: int = 0

    def count(self) -> None:
        change: dict[int, int] = {}
        for new in self.news:
            change[new.old.agreement] = change.get(new.old.agreement, 0) + new.owed_fen - new.old.owed_fen
        self.refund_fen = -sum(fen for fen in change.values() if fen < 0)
        self.additional_fen = sum(fen for fen in change.values() if fen > 0)


@dataclass(frozen=True, slots=True)
class Order:
    """Who re-bills, when, and what is put right once the bills are off."""

    rebill_id: int
    scope: Scope
    today: dt.date
    now: dt.datetime
    put_right: Callable[[], None] = lambda: None


class _Blocked(Exception):
    """Some groups cannot be billed again: what was begun is rolled back, and they are left out."""

    def __init__(self, linked: set[int], problems: list[tuple[int, int]]) -> None:
        self.linked, self.problems = linked, problems


def rebill_groups(order: Order, firsts: Sequence[First]) -> Outcome:
    """Take back and bill again; groups that cannot be are left as they were and named in ``problems``."""
    problems: list[tuple[int, int]] = []
    while True:
        try:
            with transaction.atomic():
                outcome = _rebill(order, firsts)
        except _Blocked as blocked:
            problems += blocked.problems
            firsts = [one for one in firsts if one.linked not in blocked.linked]
        else:
            outcome.problems = problems
            outcome.count()
            return outcome


def _rebill(order: Order, firsts: Sequence[First]) -> Outcome:
    scope = order.scope
    outcome = Outcome()
    olds = _in_hand(scope, firsts)
    if not olds:
        return outcome
    lock_balances(scope=scope, agreement_ids=[old.agreement for old in olds])
    _refuse_fixed(scope, olds)
    place = head_office_day(scope=scope, today=order.today)
    mirrors = _take_back(order, olds, place)
    taken = take_off(scope=scope, mirrors=mirrors, place=place, now=order.now)
    order.put_right()
    outcome.news = _bill_again(order, firsts, olds, place)
    _note_replacements(order, outcome.news)
    entries = _entries([new.id for new in outcome.news if not new.held])
    fresh = fresh_items(scope=scope, entry_ids=entries)
    outcome.laid = lay_anew(scope=scope, taken=taken, fresh=fresh, place=place, now=order.now)
    return outcome


def _in_hand(scope: Scope, firsts: Sequence[First]) -> list[Old]:
    """The bills, locked in id order and then held by the hands of their groups, like every decision about bills."""
    olds = _find(scope, firsts)
    with connection.cursor() as cursor:
        cursor.execute(_LOCK, [[old.id for old in olds]])
        take_hands(cursor, company_id=scope.company_id, groups=sorted({first.group for first in firsts}))
    if [old.id for old in _find(scope, firsts)] != [old.id for old in olds]:
        raise BusyElsewhere
    return olds


def _find(scope: Scope, firsts: Sequence[First]) -> list[Old]:
    with connection.cursor() as cursor:
        cursor.execute(
            _FIND,
            [
                [first.group for first in firsts],
                [first.bill for first in firsts],
                [first.linked for first in firsts],
                scope.company_id,
            ],
        )
        return [Old(*row) for row in cursor.fetchall()]


def _refuse_fixed(scope: Scope, olds: Sequence[Old]) -> None:
    """Paper that is out, and money that is on its way from the bank, come first."""
    by_entry = {old.entry: old for old in olds if old.entry is not None}
    blocked = [(old, Block.BACK_BILL) for old in olds if old.kind == BACK]
    for entry, item in standings_of(scope=scope, entry_ids=list(by_entry)):
        if item.invoiced_fen:
            blocked.append((by_entry[entry], Block.INVOICED))
        elif item.state == RESERVED:
            blocked.append((by_entry[entry], Block.WITH_BANK))
    _stop_at(blocked)


def _stop_at(blocked: Iterable[tuple[Old, int]]) -> None:
    found = list(blocked)
    if found:
        raise _Blocked({old.linked for old, _why in found}, [(old.id, int(why)) for old, why in found])


def _take_back(order: Order, olds: Sequence[Old], place: PostingPlace) -> dict[int, int]:
    """Mirror entries, gas off the ladders, states. Returns each entry's mirror."""
    scope, ids = order.scope, [old.id for old in olds]
    posted = [(old.entry, old.id) for old in olds if old.entry is not None]
    mirrors = reverse_entries(scope=scope, originals=posted, kind=EntryKind.BILL_CANCEL, place=place, now=order.now)
    mirror_of = {entry: mirror for (entry, _bill), mirror in zip(posted, mirrors, strict=True)}
    usage.take_back(scope=scope, source_kind=BILLS, sources=ids)
    with connection.cursor() as cursor:
        cursor.execute(_TAKE, [ids, [mirror_of.get(old.entry, 0) if old.entry else 0 for old in olds]])
    Hold.objects.filter(company_id=scope.company_id, bill_id__in=ids, settled_at__isnull=True).update(
        settled_at=order.now, settled_by_id=scope.actor_id, settled_as="rebilled"
    )
    return mirror_of


def _bill_again(order: Order, firsts: Sequence[First], olds: Sequence[Old], place: PostingPlace) -> list[New]:
    scope = order.scope
    rules = rules_of(scope.company_id)
    groups = np.array(sorted({first.group for first in firsts}), np.int64)
    closed = _closed_months(scope)
    fee = gas_fee(scope, place.day)
    news: list[New] = []
    last_of_month = {(old.point, old.month): old.id for old in olds}
    for step in _steps(olds):
        with server_cursor(connection) as cursor:
            month, kind = step[0].month, step[0].kind
            by_point = {old.point: old for old in step}
            members = _members(Reader(cursor, scope.company_id), groups, by_point, month, last_of_month)
            done = compute(cursor, scope, members, month, rules)
            standing = [by_point[int(point)] for point in members.supply_point[done.batch.bills.member]]
            _refuse_unrated(done, step, standing)
            kept = CORRECTION if kind == REGULAR and month in closed else kind
            news += _write(cursor, order, done, standing, rules, kept, month, place, fee)
    return news


def _members(
    reader: Reader, groups: Column, by_point: dict[int, Old], month: int, last_of_month: dict[tuple[int, int], int]
) -> Members:
    """Where the supply points of one step stood: at the end of the month, or where they ended before, on their last day.

    A bill that another one of the same month followed takes no reading after its own.
    """
    points = np.array(sorted(by_point), np.int64)
    members = reader.members_of(groups, points, as_of(month))
    gone = sorted(set(by_point) - set(members.supply_point.tolist()))
    if gone:
        last = min(by_point[point].to_on for point in gone) - dt.timedelta(days=1)
        members = reader.members_of(groups, points, min(last, as_of(month)))
    olds = [by_point[int(point)] for point in members.supply_point]
    followed = [last_of_month[old.point, month] != old.id for old in olds]
    if any(followed):
        days = [day_number(old.to_on) if more else FOREVER for old, more in zip(olds, followed, strict=True)]
        members = replace(members, until=np.array(days, np.int64))
    return replace(members, again=any(old.kind == FINAL for old in olds))


def _steps(olds: Sequence[Old]) -> list[list[Old]]:
    """The bills in the order in which each group got them, those of one run together; all groups side by side.

    Round n holds the nth run of every group; one step is a round's bills of one month and kind.
    """
    rounds: dict[tuple[int, int, int], list[Old]] = {}
    seen: dict[int, dict[tuple[int, int, int], int]] = {}
    for old in olds:
        mine = seen.setdefault(old.linked, {})
        number = mine.setdefault((old.first_run or -old.id, old.kind, old.month), len(mine))
        rounds.setdefault((number, old.month, old.kind), []).append(old)
    return [rounds[key] for key in sorted(rounds)]


def _refuse_unrated(done: Computed, step: Sequence[Old], standing: Sequence[Old]) -> None:
    """Every bill that was taken back has to come again, and with gas that is not negative."""
    negative = done.holds[NEGATIVE]
    blocked: list[tuple[Old, int]] = [(old, Block.NEGATIVE) for old, bad in zip(standing, negative, strict=True) if bad]
    there = {old.id for old in standing}
    missing = [old for old in step if old.id not in there]
    if missing:
        points = done.sheet.members.supply_point[done.problems.member]
        why = {int(p): int(r) for p, r in zip(points, done.problems.reason, strict=True)}
        blocked += [(old, Block.NOT_RATED + why.get(old.point, Problem.NO_READING)) for old in missing]
    _stop_at(blocked)


def _write(
    cursor: Any,
    order: Order,
    done: Computed,
    standing: Sequence[Old],
    rules: dict[str, Limits],
    kind: int,
    month: int,
    place: PostingPlace,
    fee: Fee,
) -> list[New]:
    """The new bills of one step. Only what had been held is sorted out again; the rest was looked at in the preview."""
    bills = done.batch.bills
    was_held = np.array([old.state == HELD for old in standing], np.bool_)
    holds: dict[str, Mask] = {code: mask & was_held for code, mask in done.holds.items()}
    held = done.held & was_held
    posted = Posted(
        company_id=order.scope.company_id,
        outlet_id=place.outlet_id,
        actor_id=order.scope.actor_id,
        run_id=None,
        month=month,
        posting_day=place.day,
        due_on=place.day,
        at=order.now,
        fee=fee,
        kind=kind,
        due_days=_due_days(standing, bills.amount_fen, order.today),
    )
    written: Written = write_batch(cursor, done.sheet, done.uses, done.batch, held, holds, posted)
    return [
        New(int(key), old, int(litres), int(fen), bool(waits))
        for key, old, litres, fen, waits in zip(
            written.bill, standing, bills.litres, bills.amount_fen, held, strict=True
        )
    ]


def _due_days(standing: Sequence[Old], amounts: Column, today: dt.date) -> Column:
    """A bill that did not become dearer is due when it was; a dearer one, or one never sent, gets its days anew."""
    anew = day_number(today + dt.timedelta(days=DUE_AFTER_DAYS))
    days = [
        day_number(old.due_on) if old.state == ISSUED and amount <= old.fen else max(anew, day_number(old.due_on))
        for old, amount in zip(standing, amounts, strict=True)
    ]
    return np.array(days, np.int64)


def _note_replacements(order: Order, news: Sequence[New]) -> None:
    copy_rows(
        Replacement,
        ("old", "new", "company", "rebill", "first_run"),
        ((new.old.id, new.id, order.scope.company_id, order.rebill_id, new.old.first_run) for new in news),
    )


def _entries(bill_ids: Sequence[int]) -> list[int]:
    with connection.cursor() as cursor:
        cursor.execute(_NEW, [list(bill_ids)])
        return [entry for _bill, entry in cursor.fetchall()]


def _closed_months(scope: Scope) -> set[int]:
    found = AccountingMonth.objects.filter(company_id=scope.company_id, state=AccountingMonth.State.CLOSED)
    return set(found.values_list("month", flat=True))
