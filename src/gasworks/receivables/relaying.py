"""Money that was laid on items which are taken back, laid on the items that stand in their place.

Payments stay as they are. Under the mirror of each item's entry the money comes off it (a negative allocation) and the item
is cancelled; the same money then goes onto the new items in the order of its dates, by the rule of a payment: oldest due
first, each settled item with its late fee of that day. What is left becomes an advance. ``AllocationOrigin`` keeps which
money it was, so that a second re-billing still knows its date.
"""

import datetime as dt
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from typing import Any, Final

from django.db import connection
from django.utils import timezone

from gasworks.foundation.bulk import copy_rows, take_ids
from gasworks.foundation.scope import Scope
from gasworks.kernel.periods import month_of
from gasworks.ledger.selectors import accounts_by_role
from gasworks.ledger.services import post_entries, reverse_entries
from gasworks.ledger.types import Draft, EntryKind, Leg, PostingPlace
from gasworks.receivables import fees
from gasworks.receivables.late_fee import late_fee
from gasworks.receivables.models import Allocation, AllocationOrigin, OpenItem
from gasworks.receivables.selectors import fee_type_by_code, late_fee_terms
from gasworks.receivables.services import add_to_balances, book_charges
from gasworks.receivables.types import LateFeeTerms, NewCharge

State = OpenItem.State

_ITEMS: Final = """
SELECT i.id, i.agreement_id, i.source_id, i.gross_fen, i.open_fen, t.receivable_gl_id
  FROM receivables_openitem i JOIN receivables_feetype t ON t.id = i.fee_type_id
 WHERE i.company_id = %(company)s AND i.source_id = ANY(%(entries)s) ORDER BY i.id
"""
_LIES: Final = """
SELECT a.item_id, COALESCE(o.origin_id, a.entry_id) AS money, sum(a.amount_fen)::bigint
  FROM receivables_allocation a
  LEFT JOIN receivables_allocationorigin o ON o.entry_id = a.entry_id AND o.seq = a.seq
 WHERE a.item_id = ANY(%s) GROUP BY 1, 2 HAVING sum(a.amount_fen) <> 0 ORDER BY 1, 2
"""
_WHEN: Final = "SELECT id, at FROM ledger_entry WHERE id = ANY(%s)"
_FEES: Final = """
WITH laid AS (
    SELECT a.entry_id AS money, a.item_id, a.amount_fen FROM receivables_allocation a
      LEFT JOIN receivables_allocationorigin o ON o.entry_id = a.entry_id AND o.seq = a.seq
     WHERE a.entry_id = ANY(%(money)s) AND o.entry_id IS NULL
     UNION ALL
    SELECT o.origin_id, a.item_id, a.amount_fen FROM receivables_allocationorigin o
      JOIN receivables_allocation a ON a.entry_id = o.entry_id AND a.seq = o.seq WHERE o.origin_id = ANY(%(money)s))
SELECT l.money, i.id, i.due_on, t."order", t.stops_supply, i.gross_fen, e.kind = 9, i.source_id, t.receivable_gl_id,
       sum(l.amount_fen)::bigint
  FROM laid l JOIN receivables_openitem i ON i.id = l.item_id JOIN receivables_feetype t ON t.id = i.fee_type_id
  JOIN ledger_entry e ON e.id = i.source_id
 WHERE i.gross_fen > 0 AND (e.kind <> 9 OR i.invoiced_fen = 0)
 GROUP BY 1, 2, 3, 4, 5, 6, 7, 8, 9 HAVING sum(l.amount_fen) <> 0
"""
_CANCEL: Final = """
UPDATE receivables_openitem SET open_fen = 0, state = 5, reserved_by = NULL WHERE id = ANY(%s)
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
    late: bool = True


@dataclass(slots=True)
class TakenOff:
    """What came off: the money by receipt, and what the balances lose for it (open amounts of the cancelled items)."""

    money: list[Money] = field(default_factory=list)
    lost: dict[int, int] = field(default_factory=lambda: defaultdict(int))
    under: dict[int, int] = field(default_factory=dict)
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
    items = _ask(_ITEMS, {"company": scope.company_id, "entries": list(mirrors)})
    owner = {item: (agreement, gl) for item, agreement, _source, _gross, _open, gl in items}
    mirror = {item: mirrors[source] for item, _agreement, source, *_rest in items}
    for item, (agreement, _gl) in owner.items():
        taken.under.setdefault(agreement, mirror[item])
    laid = _ask(_LIES, [list(owner)])
    rows = _Rows(taken)
    parts: dict[tuple[int, int], dict[int, int]] = defaultdict(lambda: defaultdict(int))
    for item, money, fen in laid:
        rows.add(mirror[item], item, -fen, money)
        agreement, gl = owner[item]
        parts[agreement, money][gl] += fen
    for item, agreement, _source, gross, left, _gl in items:
        rows.add(mirror[item], item, gross)
        taken.lost[agreement] -= left
    dates = {key: timezone.localdate(at) for key, at in _ask(_WHEN, [sorted({money for _i, money, _f in laid})])}
    undone = _late_fees_undone(scope, set(owner), dates, place, now)
    _take_fees_off(undone, rows, parts, {money: agreement for agreement, money in parts})
    rows.write(scope.company_id)
    cancelled = [*owner, *(item for item, _mirror, _money, _gl, _fen in undone)]
    with connection.cursor() as cursor:
        cursor.execute(_CANCEL, [cancelled])
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
    plans = _plans(scope, taken.money, fresh)
    charged = _charge_late_fees(scope, plans, place, now)
    rows = _Rows(taken)
    lowered: dict[int, int] = defaultdict(int)
    changes = list(taken.lost.items())
    for plan, fee_items in zip(plans, charged, strict=True):
        under = taken.under[plan.agreement_id]
        for share, money in plan.shares:
            rows.add(under, share[0], share[1], money.origin)
            lowered[share[0]] += share[1]
        for (fen, money), item in zip(plan.late_fees, fee_items, strict=True):
            rows.add(under, item, fen, money.origin)
            lowered[item] += fen
        changes.append((plan.agreement_id, -plan.money_fen))
    rows.write(scope.company_id)
    with connection.cursor() as cursor:
        cursor.execute(_LOWER, [list(lowered), list(lowered.values())])
    _post_moves(scope, plans, place, now)
    if changes:
        add_to_balances(scope=scope, changes=changes)
    return [Laid(p.agreement_id, p.laid_fen, p.fee_fen, p.surplus_fen) for p in plans]


def lay(
    dues: list[list[Any]], fen: int, on: dt.date, terms: LateFeeTerms
) -> tuple[list[tuple[int, int]], list[int], int]:
    """One receipt over dues [item, due_on, open, late?] in order: (shares, late fees, rest). Lowers what is open in place.

    A due that is settled pays its late fee of that day first come first served; from the first one for which the money
    does not reach on, what is left goes to the dues without late fees.
    """
    shares: list[tuple[int, int]] = []
    late: list[int] = []
    short = False
    for due in dues:
        item, due_on, left, can_be_late = due
        if not left or not fen:
            continue
        fee = late_fee(left, due_on, on, terms) if can_be_late and not short else 0
        if left + fee > fen:
            short, fee = True, 0
        part = min(left, fen - fee)
        shares.append((item, part))
        if fee:
            late.append(fee)
        due[2] -= part
        fen -= part + fee
    return shares, late, fen


@dataclass(slots=True)
class _Plan:
    agreement_id: int
    money_fen: int = 0
    undone: dict[int, int] = field(default_factory=lambda: defaultdict(int))
    laid: dict[int, int] = field(default_factory=lambda: defaultdict(int))
    shares: list[tuple[tuple[int, int], Money]] = field(default_factory=list)
    late_fees: list[tuple[int, Money]] = field(default_factory=list)
    surplus_fen: int = 0

    @property
    def laid_fen(self) -> int:
        return sum(share[1] for share, _money in self.shares)

    @property
    def fee_fen(self) -> int:
        return sum(fen for fen, _money in self.late_fees)


def _plans(scope: Scope, money: Sequence[Money], fresh: Sequence[Fresh]) -> list[_Plan]:
    """Pure but for the terms of each day."""
    terms = cache(lambda on: late_fee_terms(scope=scope, on=on))
    waiting: dict[int, list[Fresh]] = defaultdict(list)
    for item in sorted(fresh, key=lambda item: (item.due_on, item.order, item.item_id)):
        waiting[item.agreement_id].append(item)
    plans: dict[int, _Plan] = {}
    dues: dict[int, list[list[Any]]] = {}
    for one in money:
        plan = plans.setdefault(one.agreement_id, _Plan(one.agreement_id))
        mine = waiting[one.agreement_id]
        open_dues = dues.setdefault(one.agreement_id, [[d.item_id, d.due_on, d.open_fen, d.late] for d in mine])
        accounts = {d.item_id: d.receivable_gl for d in mine}
        shares, late, rest = lay(open_dues, one.fen, one.on, terms(one.on))
        plan.money_fen += one.fen
        for gl, fen in one.by_gl.items():
            plan.undone[gl] += fen
        for share in shares:
            plan.shares.append((share, one))
            plan.laid[accounts[share[0]]] += share[1]
        plan.late_fees += [(fen, one) for fen in late]
        plan.surplus_fen += rest
    return list(plans.values())


def _charge_late_fees(scope: Scope, plans: Sequence[_Plan], place: PostingPlace, now: dt.datetime) -> list[list[int]]:
    """Charge what the replay says; the item of each late fee, per plan."""
    owed = [(plan, fen) for plan in plans for fen, _money in plan.late_fees]
    if not owed:
        return [[] for _plan in plans]
    fee = fee_type_by_code(scope=scope, code=fees.LATE_FEE)
    charges = [NewCharge(plan.agreement_id, fen, place.day, month_of(place.day)) for plan, fen in owed]
    booked = book_charges(scope=scope, fee=fee, charges=charges, place=place, kind=EntryKind.LATE_FEE, now=now)
    found: dict[int, list[int]] = defaultdict(list)
    for (plan, fen), one in zip(owed, booked, strict=True):
        plan.laid[fee.receivable_gl_id] += fen
        found[id(plan)].append(one.item_id)
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
    scope: Scope, cancelled: set[int], dates: Mapping[int, dt.date], place: PostingPlace, now: dt.datetime
) -> list[tuple[int, int, int, int, int]]:
    """Late fees that were paid together with cancelled items, mirrored: (item, mirror, money, gl, fen) each."""
    if not dates:
        return []
    rows = _ask(_FEES, {"money": list(dates)})
    if not any(row[6] for row in rows):
        return []
    found = []
    for money, on in dates.items():
        mine = [row[1:] for row in rows if row[0] == money]
        found += [(*fee, money) for fee in _fees_of(mine, cancelled, late_fee_terms(scope=scope, on=on), on)]
    mirrors = reverse_entries(
        scope=scope,
        originals=[(source, item) for item, source, _gl, _fen, _money in found],
        kind=EntryKind.CHARGE_CANCEL,
        place=place,
        now=now,
    )
    return [(item, mirror, money, gl, fen) for (item, _s, gl, fen, money), mirror in zip(found, mirrors, strict=True)]


def _fees_of(
    rows: Sequence[tuple[Any, ...]], cancelled: set[int], terms: LateFeeTerms, on: dt.date
) -> list[tuple[int, int, int, int]]:
    """Which late fees of one receipt belong to cancelled items: reckoned again in the order of the payment.

    A row is (item, due_on, order, stops supply, gross, is a late fee, source entry, gl, fen laid). A late fee that does
    not come out as it was charged is left as it is.
    """
    fees_paid = sorted((row for row in rows if row[5]), key=lambda row: row[0])
    dues = sorted((row for row in rows if not row[5]), key=lambda row: (row[1], row[2], row[0]))
    found = []
    for item, due_on, _order, stops, _gross, _is_fee, _source, _gl, laid in dues:
        owed = late_fee(laid, due_on, on, terms) if stops else 0
        if not owed or not fees_paid or fees_paid[0][4] != owed:
            continue
        fee = fees_paid.pop(0)
        if item in cancelled:
            found.append((fee[0], fee[6], fee[7], fee[8]))
    return found


def _take_fees_off(
    undone: Sequence[tuple[int, int, int, int, int]],
    rows: _Rows,
    parts: dict[tuple[int, int], dict[int, int]],
    owner: Mapping[int, int],
) -> None:
    for item, mirror, money, gl, fen in undone:
        rows.add(mirror, item, -fen, money)
        rows.add(mirror, item, fen)
        parts[owner[money], money][gl] += fen


def _entry_numbers(count: int) -> list[int]:
    with connection.cursor() as cursor:
        cursor.execute("SELECT nextval('ledger_entry_id_seq') FROM generate_series(1, %s)", [count])
        return [key for (key,) in cursor.fetchall()]


def _ask(statement: str, params: Any) -> list[Any]:
    with connection.cursor() as cursor:
        cursor.execute(statement, params)
        return cursor.fetchall()
