"""Money that was laid on items which are taken back, laid on the items that stand in their place.

Payments stay as they are. Under the mirror of each item's entry the money comes off it (a negative allocation) and the item
is cancelled; the same money then goes onto the new items in the order of its dates, by the rule of a payment: oldest due
first, each settled item with its late fee of that day. What is left becomes an advance. ``AllocationOrigin`` keeps which
money it was, so that a second re-billing still knows its date.
"""

import datetime as dt
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Any, Final

from django.db import connection
from django.utils import timezone

from gasworks.foundation.bulk import copy_rows, take_ids
from gasworks.foundation.scope import Scope
from gasworks.kernel.errors import gettext_noop
from gasworks.kernel.periods import month_of
from gasworks.ledger.selectors import accounts_by_role
from gasworks.ledger.services import post_entries, reverse_entries
from gasworks.ledger.types import Draft, EntryKind, Leg, PostingPlace
from gasworks.receivables import fees, freezing
from gasworks.receivables.late_fee import Days, late_fee, settle_part
from gasworks.receivables.models import Allocation, AllocationOrigin, OpenItem
from gasworks.receivables.selectors import fee_type_by_code, late_fee_terms
from gasworks.receivables.services import add_to_balances, book_late_fees
from gasworks.receivables.types import NO_LATE_FEE, LateFeeTerms, NewLateFee, TermsBook
from gasworks.receivables.waiving import undo_waivers

State = OpenItem.State
REBILLED: Final = gettext_noop("The bill was made again.")

_ITEMS: Final = """
SELECT i.id, i.agreement_id, i.source_id, i.gross_fen, i.open_fen, t.receivable_gl_id, i.month, i.due_on
  FROM receivables_openitem i JOIN receivables_feetype t ON t.id = i.fee_type_id
 WHERE i.company_id = %(company)s AND i.source_id = ANY(%(entries)s) ORDER BY i.id
"""
_LIES: Final = """
SELECT a.item_id, COALESCE(o.origin_id, e.reverses_id, a.entry_id) AS money, sum(a.amount_fen)::bigint
  FROM receivables_allocation a
  JOIN ledger_entry e ON e.id = a.entry_id
  LEFT JOIN receivables_allocationorigin o ON o.entry_id = a.entry_id AND o.seq = a.seq
 WHERE a.item_id = ANY(%s) GROUP BY 1, 2 HAVING sum(a.amount_fen) <> 0 ORDER BY 1, 2
"""
_WHEN: Final = "SELECT id, at FROM ledger_entry WHERE id = ANY(%s)"
_FEES: Final = """
SELECT i.id, i.source_id FROM receivables_latefeelink l
  JOIN receivables_openitem i ON i.id = l.item_id JOIN receivables_openitem p ON p.id = l.principal_id
 WHERE p.company_id = %(company)s AND p.source_id = ANY(%(entries)s) AND i.state <> 5 AND i.invoiced_fen = 0
   AND i.reserved_by IS NULL
 ORDER BY i.id
"""
_CANCEL: Final = """
UPDATE receivables_openitem SET open_fen = 0, state = 5, reserved_by = NULL, late_until = NULL WHERE id = ANY(%s)
"""
_LOWER: Final = """
UPDATE receivables_openitem i SET open_fen = i.open_fen - s.fen, state = CASE WHEN i.open_fen = s.fen THEN 4 ELSE i.state END
  FROM (SELECT item, sum(fen)::bigint AS fen FROM unnest(%s::bigint[], %s::bigint[]) AS x(item, fen) GROUP BY item) s
 WHERE i.id = s.item
"""


@dataclass(frozen=True, slots=True)
class Money:
    """Part of one receipt that lay on cancelled items: where it came in, when, and on which receivable accounts it is."""

    agreement_id: int
    origin: int
    on: dt.date
    by_gl: Mapping[int, int]

    @property
    def fen(self) -> int:
        return sum(self.by_gl.values())


@dataclass(frozen=True, slots=True)
class Fresh:
    """A new item that waits for money."""

    agreement_id: int
    item_id: int
    due_on: dt.date
    order: int
    open_fen: int
    receivable_gl: int
    month: int
    late: bool = True
    frozen: tuple[Days, ...] = ()


@dataclass(slots=True)
class TakenOff:
    """What came off: the money by receipt, and what the balances lose for it (open amounts of the cancelled items)."""

    money: list[Money] = field(default_factory=list)
    lost: dict[int, int] = field(default_factory=lambda: defaultdict(int))
    under: dict[int, int] = field(default_factory=dict)
    places: dict[tuple[int, int, dt.date], int] = field(default_factory=dict)
    """(agreement, accounting month, due day) → the item that stood there."""
    _seqs: Counter[int] = field(default_factory=Counter)

    def next_seq(self, entry_id: int) -> int:
        self._seqs[entry_id] += 1
        return self._seqs[entry_id]


@dataclass(frozen=True, slots=True)
class Laid:
    """What became of one agreement's money."""

    agreement_id: int
    laid_fen: int
    late_fee_fen: int
    advance_fen: int


@dataclass(slots=True)
class _Rows:
    """Allocations to be written, and whose money each one moves."""

    taken: TakenOff
    rows: list[tuple[int, int, int, int]] = field(default_factory=list)
    origins: list[tuple[int, int, int]] = field(default_factory=list)

    def add(self, entry_id: int, item_id: int, fen: int, origin: int | None = None) -> None:
        seq = self.taken.next_seq(entry_id)
        self.rows.append((entry_id, seq, item_id, fen))
        if origin is not None:
            self.origins.append((entry_id, seq, origin))

    def write(self, company_id: int) -> None:
        copy_rows(
            Allocation,
            ("entry", "seq", "company", "item", "amount_fen"),
            ((entry, seq, company_id, item, fen) for entry, seq, item, fen in self.rows),
        )
        copy_rows(
            AllocationOrigin,
            ("entry", "seq", "company", "origin"),
            ((entry, seq, company_id, origin) for entry, seq, origin in self.origins),
        )


def fresh_items(*, scope: Scope, entry_ids: Sequence[int]) -> list[Fresh]:
    """The open items of entries just written, as they wait for money."""
    rows = OpenItem.objects.filter(company_id=scope.company_id, source_id__in=list(entry_ids)).select_related(
        "fee_type"
    )
    return [
        Fresh(
            row.agreement_id,
            row.id,
            row.due_on,
            row.fee_type.order,
            row.open_fen,
            row.fee_type.receivable_gl_id,
            row.month,
            row.fee_type.stops_supply,
        )
        for row in rows.order_by("id")
    ]


def take_off(*, scope: Scope, mirrors: Mapping[int, int], place: PostingPlace, now: dt.datetime) -> TakenOff:
    """Cancel every item of entries that have been mirrored ({entry: its mirror}) and take its money off.

    The caller holds the balances of the agreements, has refused what is invoiced or with the bank, and calls ``lay_anew``
    in the same transaction, with no new items where there are none.
    """
    taken = TakenOff()
    if not mirrors:
        return taken
    mirrors = {**mirrors, **_late_fees_undone(scope, mirrors, place, now)}
    items = _ask(_ITEMS, {"company": scope.company_id, "entries": list(mirrors)})
    owner = {item: (agreement, gl) for item, agreement, _source, _gross, _open, gl, *_when in items}
    freezing.end(scope=scope, item_ids=list(owner), on=timezone.localdate(now), now=now)
    taken.places = {(agreement, *when): item for item, agreement, _source, _gross, _open, _gl, *when in items}
    mirror = {item: mirrors[source] for item, _agreement, source, *_rest in items}
    for item, (agreement, _gl) in owner.items():
        taken.under.setdefault(agreement, mirror[item])
    waived = undo_waivers(scope=scope, item_ids=list(owner), reason=REBILLED, place=place, now=now)
    laid = [row for row in _ask(_LIES, [list(owner)]) if row[1] not in waived]
    rows = _Rows(taken)
    for item, undone, fen in waived.values():
        rows.add(undone, item, -fen)
    parts: dict[tuple[int, int], dict[int, int]] = defaultdict(lambda: defaultdict(int))
    for item, money, fen in laid:
        rows.add(mirror[item], item, -fen, money)
        agreement, gl = owner[item]
        parts[agreement, money][gl] += fen
    for item, agreement, _source, gross, left, *_rest in items:
        rows.add(mirror[item], item, gross)
        taken.lost[agreement] -= left
    dates = {key: timezone.localdate(at) for key, at in _ask(_WHEN, [sorted({money for _i, money, _f in laid})])}
    rows.write(scope.company_id)
    with connection.cursor() as cursor:
        cursor.execute(_CANCEL, [list(owner)])
    taken.money = [
        Money(agreement, money, dates[money], dict(by_gl))
        for (agreement, money), by_gl in sorted(
            parts.items(), key=lambda part: (part[0][0], dates[part[0][1]], part[0][1])
        )
    ]
    return taken


def lay_anew(
    *, scope: Scope, taken: TakenOff, fresh: Sequence[Fresh], place: PostingPlace, now: dt.datetime
) -> list[Laid]:
    """Lay the money that came off on the new items; the rest becomes an advance. Moves the balances; the last write."""
    plans = _plans(scope, taken.money, _frozen_as_before(scope, taken, fresh, now))
    charged = _charge_late_fees(scope, plans, place, now)
    rows = _Rows(taken)
    lowered: dict[int, int] = defaultdict(int)
    changes = list(taken.lost.items())
    for plan, fee_items in zip(plans, charged, strict=True):
        under = taken.under[plan.agreement_id]
        for share, money in plan.shares:
            rows.add(under, share[0], share[1], money.origin)
            lowered[share[0]] += share[1]
        for (owed, money), item in zip(plan.late_fees, fee_items, strict=True):
            rows.add(under, item, owed.fen, money.origin)
            lowered[item] += owed.fen
        changes.append((plan.agreement_id, -plan.money_fen))
    rows.write(scope.company_id)
    with connection.cursor() as cursor:
        cursor.execute(_LOWER, [list(lowered), list(lowered.values())])
    _post_moves(scope, plans, place, now)
    if changes:
        add_to_balances(scope=scope, changes=changes)
    return [Laid(p.agreement_id, p.laid_fen, p.fee_fen, p.surplus_fen) for p in plans]


def _frozen_as_before(scope: Scope, taken: TakenOff, fresh: Sequence[Fresh], now: dt.datetime) -> Sequence[Fresh]:
    """An item that is due on the day of the one before it bears no late fee on the days on which that one bore none."""
    places = [(taken.places.get((item.agreement_id, item.month, item.due_on)), item.item_id) for item in fresh]
    pairs = [(old, new) for old, new in places if old is not None]
    days = freezing.carry_over(scope=scope, pairs=pairs, now=now)
    return [replace(item, frozen=days[item.item_id]) if item.item_id in days else item for item in fresh]


@dataclass(slots=True)
class Waiting:
    """A due on which money is being laid; ``open_fen`` goes down."""

    item_id: int
    due_on: dt.date
    open_fen: int
    terms: LateFeeTerms = NO_LATE_FEE
    frozen: tuple[Days, ...] = ()


def lay(
    dues: Sequence[Waiting], fen: int, on: dt.date
) -> tuple[list[tuple[int, int]], list[tuple[int, int, int]], int]:
    """One receipt over dues in order: (item, part) each, (item, late fee, part) each, and the rest.

    Every part pays its own late fee of that day, as at the counter.
    """
    shares: list[tuple[int, int]] = []
    late: list[tuple[int, int, int]] = []
    for due in dues:
        if not due.open_fen or not fen:
            continue
        fee_of = partial(_fee_of, due, on)
        part, fee = settle_part(fen, due.open_fen, fee_of)
        shares.append((due.item_id, part))
        if fee:
            late.append((due.item_id, fee, part))
        due.open_fen -= part
        fen -= part + fee
    return shares, late, fen


def _fee_of(due: Waiting, on: dt.date, part: int) -> int:
    return late_fee(part, due.due_on, on, due.terms, due.frozen)


@dataclass(slots=True)
class _Plan:
    agreement_id: int
    money_fen: int = 0
    undone: dict[int, int] = field(default_factory=lambda: defaultdict(int))
    laid: dict[int, int] = field(default_factory=lambda: defaultdict(int))
    shares: list[tuple[tuple[int, int], Money]] = field(default_factory=list)
    late_fees: list[tuple[NewLateFee, Money]] = field(default_factory=list)
    surplus_fen: int = 0

    @property
    def laid_fen(self) -> int:
        return sum(share[1] for share, _money in self.shares)

    @property
    def fee_fen(self) -> int:
        return sum(owed.fen for owed, _money in self.late_fees)


def _plans(scope: Scope, money: Sequence[Money], fresh: Sequence[Fresh]) -> list[_Plan]:
    """Pure but for the terms of the agreements."""
    waiting: dict[int, list[Fresh]] = defaultdict(list)
    for item in sorted(fresh, key=lambda item: (item.due_on, item.order, item.item_id)):
        waiting[item.agreement_id].append(item)
    book = late_fee_terms(scope=scope, agreement_ids=list(waiting)) if money and waiting else TermsBook()
    plans: dict[int, _Plan] = {}
    dues: dict[int, list[Waiting]] = {}
    for one in money:
        plan = plans.setdefault(one.agreement_id, _Plan(one.agreement_id))
        mine = waiting[one.agreement_id]
        open_dues = dues.setdefault(one.agreement_id, [_waiting(item, book) for item in mine])
        accounts = {d.item_id: d.receivable_gl for d in mine}
        shares, late, rest = lay(open_dues, one.fen, one.on)
        plan.money_fen += one.fen
        for gl, fen in one.by_gl.items():
            plan.undone[gl] += fen
        for share in shares:
            plan.shares.append((share, one))
            plan.laid[accounts[share[0]]] += share[1]
        plan.late_fees += [(NewLateFee(one.agreement_id, item, fen, part, one.on), one) for item, fen, part in late]
        plan.surplus_fen += rest
    return list(plans.values())


def _waiting(item: Fresh, book: TermsBook) -> Waiting:
    terms = book.of(item.agreement_id, item.due_on) if item.late else NO_LATE_FEE
    return Waiting(item.item_id, item.due_on, item.open_fen, terms, item.frozen)


def _charge_late_fees(scope: Scope, plans: Sequence[_Plan], place: PostingPlace, now: dt.datetime) -> list[list[int]]:
    """Charge what the replay says; the item of each late fee, per plan."""
    owed = [(plan, one) for plan in plans for one, _money in plan.late_fees]
    if not owed:
        return [[] for _plan in plans]
    receivable = fee_type_by_code(scope=scope, code=fees.LATE_FEE).receivable_gl_id
    booked = book_late_fees(scope=scope, owed=[one for _plan, one in owed], place=place, now=now)
    found: dict[int, list[int]] = defaultdict(list)
    for (plan, one), done in zip(owed, booked, strict=True):
        plan.laid[receivable] += one.fen
        found[id(plan)].append(done.item_id)
    return [found[id(plan)] for plan in plans]


def _post_moves(scope: Scope, plans: Sequence[_Plan], place: PostingPlace, now: dt.datetime) -> None:
    """One entry an agreement whose money changes accounts: between receivables, and what is left to the advance."""
    advance_gl = accounts_by_role(scope=scope)["advance"]
    moving = [(plan, legs) for plan in plans if (legs := _legs(plan, advance_gl))]
    if not moving:
        return
    sources = _entry_numbers(len(moving))
    drafts = [
        Draft(place.outlet_id, place.day, EntryKind.REBILL, source, legs)
        for source, (_plan, legs) in zip(sources, moving, strict=True)
    ]
    entries = post_entries(scope=scope, drafts=drafts, now=now)
    surplus = [(plan, entry) for (plan, _legs), entry in zip(moving, entries, strict=True) if plan.surplus_fen]
    if not surplus:
        return
    fee = fee_type_by_code(scope=scope, code=fees.ADVANCE)
    ids = take_ids(OpenItem, len(surplus))
    OpenItem.objects.bulk_create(
        OpenItem(
            id=key,
            company_id=scope.company_id,
            agreement_id=plan.agreement_id,
            fee_type_id=fee.id,
            source_id=entry,
            month=month_of(place.day),
            due_on=place.day,
            net_fen=-plan.surplus_fen,
            tax_fen=0,
            gross_fen=-plan.surplus_fen,
            open_fen=-plan.surplus_fen,
        )
        for key, (plan, entry) in zip(ids, surplus, strict=True)
    )


def _legs(plan: _Plan, advance_gl: int) -> tuple[Leg, ...]:
    """Debit the accounts where less money lies now than before, credit those where more does."""
    moved = dict(plan.laid)
    if plan.surplus_fen:
        moved[advance_gl] = moved.get(advance_gl, 0) + plan.surplus_fen
    more = {gl: fen - plan.undone.get(gl, 0) for gl, fen in moved.items()}
    more |= {gl: -fen for gl, fen in plan.undone.items() if gl not in moved}
    givers = [[gl, -fen] for gl, fen in sorted(more.items()) if fen < 0]
    takers = [[gl, fen] for gl, fen in sorted(more.items()) if fen > 0]
    legs: list[Leg] = []
    while givers and takers:
        part = min(givers[0][1], takers[0][1])
        legs.append(Leg(givers[0][0], takers[0][0], part, plan.agreement_id, plan.agreement_id))
        givers[0][1] -= part
        takers[0][1] -= part
        givers, takers = [one for one in givers if one[1]], [one for one in takers if one[1]]
    return tuple(legs)


def _late_fees_undone(
    scope: Scope, mirrors: Mapping[int, int], place: PostingPlace, now: dt.datetime
) -> dict[int, int]:
    """Late fees that were charged on cancelled items, mirrored too: {entry: its mirror}. An invoiced one stays."""
    rows = _ask(_FEES, {"company": scope.company_id, "entries": list(mirrors)})
    undone = reverse_entries(
        scope=scope,
        originals=[(source, item) for item, source in rows],
        kind=EntryKind.CHARGE_CANCEL,
        place=place,
        now=now,
    )
    return {source: mirror for (_item, source), mirror in zip(rows, undone, strict=True)}


def _entry_numbers(count: int) -> list[int]:
    with connection.cursor() as cursor:
        cursor.execute("SELECT nextval('ledger_entry_id_seq') FROM generate_series(1, %s)", [count])
        return [key for (key,) in cursor.fetchall()]


def _ask(statement: str, params: Any) -> list[Any]:
    with connection.cursor() as cursor:
        cursor.execute(statement, params)
        return cursor.fetchall()
