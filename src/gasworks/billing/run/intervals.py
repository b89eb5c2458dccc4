"""From dials to use intervals: which supply points can be billed, which not and why, and what each register used."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import IntEnum

import numpy as np

from gasworks.billing.run.columns import (
    FOREVER,
    NONE,
    Column,
    Mask,
    begins_of,
    dated,
    distinct,
    place_in_force,
    place_of,
)
from gasworks.billing.run.sheet import Dated, Sheet
from gasworks.kernel.periods import month_start
from gasworks.rating import Changes, Intervals, Shares, Tariffs, refusals, share_out
from gasworks.rating.columns import day_number
from gasworks.rating.shares import QUOTA, REST

ROLLOVER, ESTIMATED = 2, 7
ACTIVE = 1


class Problem(IntEnum):
    """Why a supply point gets no bill. From 100 on: 100 + ``rating.Why``."""

    NO_READING = 1
    NO_PRICE = 2
    NO_AGREEMENT = 3
    AGREEMENT_CHANGED = 4
    NOT_RATABLE = 100


@dataclass(frozen=True, slots=True)
class Uses:
    """One row per register and price item to be billed, sorted by (supply point's row, price order, dial).

    ``negative`` rows are billed with no volume and held. ``opened`` marks a register that was never billed before.
    """

    member: Column
    dial: Column
    item: Column
    order: Column
    agreement: Column
    negative: Mask
    intervals: Intervals
    changes: Changes

    def __len__(self) -> int:
        return len(self.member)


@dataclass(frozen=True, slots=True)
class Problems:
    member: Column
    reason: Column


def due_in(parity: Column, month: int) -> Mask:
    """Whether a book of this parity is read in the accounting month."""
    number = month % 100
    return np.select([parity == 1, parity == 2, parity == 3], [number % 2 == 1, number % 2 == 0, number % 3 == 0], True)


def find_uses(sheet: Sheet, tariffs: Tariffs, plan_index: Mapping[int, int], month: int) -> tuple[Uses, Problems]:
    """What can be billed now, and what cannot."""
    parity = _parity(sheet)
    problems: list[tuple[Column, int]] = []
    dials, read = _due_dials(sheet, month)
    blocked = _members_with(sheet, dials, ~read)
    listed = _members_with(sheet, dials, ~read & (sheet.members.status[sheet.dials.member[dials]] == ACTIVE))
    listed &= due_in(parity, month)
    problems.append((np.flatnonzero(listed), Problem.NO_READING))
    dials = dials[~blocked[sheet.dials.member[dials]]]

    last_use = np.zeros(len(sheet.members), np.int64)
    np.maximum.at(last_use, sheet.dials.member[dials], sheet.dials.read_day[dials] - 1)
    first_use = np.full(len(sheet.members), FOREVER)
    np.minimum.at(first_use, sheet.dials.member[dials], sheet.dials.last_day[dials])
    wanted = distinct(sheet.dials.member[dials])
    agreement, bad = _agreements(sheet, wanted, first_use[wanted], last_use[wanted])
    problems += bad
    wanted = wanted[agreement[wanted] != NONE]
    member, item, bad = _items(sheet, wanted, last_use)
    problems += bad
    uses = _join(sheet, tariffs, plan_index, month, parity, dials, member, item, agreement)
    why = refusals(uses.intervals, tariffs)
    broken = np.zeros(len(sheet.members), np.bool_)
    broken[uses.member[why != 0]] = True
    reason = np.zeros(len(sheet.members), np.int64)
    np.maximum.at(reason, uses.member, why)
    for code in np.unique(reason[broken]):
        problems.append((np.flatnonzero(broken & (reason == code)), int(Problem.NOT_RATABLE + code)))
    return _keep(uses, ~broken[uses.member]), _problems(problems)


def _parity(sheet: Sheet) -> Column:
    books = distinct(sheet.members.book)
    known = np.array([sheet.parity_of_book.get(int(book), 0) for book in books], np.int64)
    return known[np.searchsorted(books, sheet.members.book)] if len(books) else np.zeros(0, np.int64)


def _due_dials(sheet: Sheet, month: int) -> tuple[Column, Mask]:
    """(dials that the next bill must cover, whether each has its reading).

    A register is due when its interval began before the supply point's newest reading; one removed, when it was read
    at its removal. A supply point that has a bill of this month or later waits for the next month.
    """
    d = sheet.dials
    newest = np.full(len(sheet.members), NONE)
    fresh = (d.read_day > d.last_day) & (d.read_day != NONE)
    np.maximum.at(newest, d.member[fresh], d.read_day[fresh])
    billed = np.zeros(len(sheet.members), np.bool_)
    if not sheet.members.again:
        billed[d.member[d.last_month >= month]] = True
    gone = d.removed_day <= d.last_day
    unread = newest[d.member] == NONE
    due = ~gone & ~billed[d.member] & (unread | (d.last_day < newest[d.member]))
    removed = (d.removed_day < FOREVER) & (d.removed_day <= newest[d.member])
    read = fresh & (~removed | (d.read_day >= d.removed_day))
    rows = np.flatnonzero(due)
    return rows, read[rows]


def _members_with(sheet: Sheet, dials: Column, mask: Mask) -> Mask:
    flag = np.zeros(len(sheet.members), np.bool_)
    flag[sheet.dials.member[dials[mask]]] = True
    return flag


def _agreements(sheet: Sheet, wanted: Column, first: Column, last: Column) -> tuple[Column, list[tuple[Column, int]]]:
    """The agreement in force on the last day of use pays; another one on the first day needs a reading between."""
    a, points = sheet.agreements, sheet.members.supply_point[wanted]
    at = place_in_force(a.owner, a.from_day, a.to_day, points, last)
    before = place_in_force(a.owner, a.from_day, a.to_day, points, first)
    changed = (at != NONE) & (before != NONE) & (before != at)
    chosen = np.full(len(sheet.members), NONE)
    good = (at != NONE) & ~changed
    chosen[wanted[good]] = a.columns["id"][at[good]]
    return chosen, [(wanted[at == NONE], Problem.NO_AGREEMENT), (wanted[changed], Problem.AGREEMENT_CHANGED)]


def _items(sheet: Sheet, wanted: Column, last: Column) -> tuple[Column, Column, list[tuple[Column, int]]]:
    """(member, price item row) of the items in force on the last day of use, by (member, order)."""
    items = sheet.items
    points = sheet.members.supply_point[wanted]
    by_point = np.argsort(points)
    low = np.searchsorted(items.owner, points[by_point], side="left")
    count = np.searchsorted(items.owner, points[by_point], side="right") - low
    member = np.repeat(wanted[by_point], count)
    begins = np.repeat(np.cumsum(count) - count, count)
    item = np.repeat(low, count) + np.arange(len(member), dtype=np.int64) - begins
    day = last[member]
    holds = (items.from_day[item] <= day) & (day < items.to_day[item])
    member, item = member[holds], item[holds]
    order = np.lexsort((items.columns["order"][item], member))
    member, item = member[order], item[order]
    priced = np.zeros(len(sheet.members), np.bool_)
    priced[member[items.columns["share"][item] == REST]] = True
    return member[priced[member]], item[priced[member]], [(wanted[~priced[wanted]], Problem.NO_PRICE)]


def _join(
    sheet: Sheet,
    tariffs: Tariffs,
    plan_index: Mapping[int, int],
    month: int,
    parity: Column,
    dials: Column,
    member: Column,
    item: Column,
    agreement: Column,
) -> Uses:
    """Every due register × every price item of its supply point."""
    d = sheet.dials
    low = np.searchsorted(member, d.member[dials], side="left")
    count = np.searchsorted(member, d.member[dials], side="right") - low
    dial = np.repeat(dials, count)
    begins = np.repeat(np.cumsum(count) - count, count)
    pick = np.repeat(low, count) + np.arange(len(dial), dtype=np.int64) - begins
    rows, order = item[pick], sheet.items.columns["order"][item[pick]]
    sort = np.lexsort((dial, order, d.member[dial]))
    dial, rows, order = dial[sort], rows[sort], order[sort]
    of = d.member[dial]
    months = billing_months(d.last_month[dial], parity[of], month)
    litres, negative = volumes(sheet, dial)
    plan = places_of_plans(sheet.items.columns["plan"][rows], plan_index)
    unit = tariffs.unit[np.clip(plan, 0, len(tariffs.unit) - 1)]
    litres = share_volume(sheet, of, dial, rows, litres, months, unit)
    intervals = Intervals.of(
        plan=plan,
        from_day=d.last_day[dial],
        to_day=d.read_day[dial],
        litres=litres,
        persons=persons_on(sheet.households, sheet.members.group[of], d.last_day[dial]),
        billing_months=months,
        parity=np.maximum(parity[of], 0),
        cycle_day=np.full(len(of), day_number(month_start(month))),
        group=sheet.members.group[of],
        opened_day=np.maximum(sheet.members.since_day[of], 0),
        member=d.installation[dial],
        measure=sheet.items.columns["measure"][rows],
    )
    return Uses(
        member=of,
        dial=dial,
        item=sheet.items.columns["id"][rows],
        order=order,
        agreement=agreement[of],
        negative=negative,
        intervals=intervals,
        changes=household_changes(sheet.households, intervals),
    )


def volumes(sheet: Sheet, dial: Column) -> tuple[Column, Mask]:
    """Litres between the two indexes of each dial; a rollover passes the capacity once. Negative ones count as none."""
    d = sheet.dials
    litres = d.read_index[dial] - d.last_index[dial]
    litres = np.where((litres < 0) & (d.read_kind[dial] == ROLLOVER), litres + d.capacity[dial], litres)
    for row in _ruled(sheet, dial):
        litres[row] = sheet.rulings[int(d.installation[dial[row]]), int(d.register[dial[row]])]
    return np.maximum(litres, 0), litres < 0


def _ruled(sheet: Sheet, dial: Column) -> list[int]:
    """Rows whose meter was faulty, so that a ruling sets their gas."""
    if not sheet.rulings:
        return []
    d = sheet.dials
    rows = np.flatnonzero(np.isin(d.installation[dial], [installation for installation, _register in sheet.rulings]))
    keys = [(int(row), (int(d.installation[dial[row]]), int(d.register[dial[row]]))) for row in rows]
    return [row for row, key in keys if key in sheet.rulings]


def share_volume(
    sheet: Sheet, member: Column, dial: Column, item: Column, litres: Column, months: Column, unit: Column
) -> Column:
    """Part of each register's volume that falls to each price item (``rating.shares``).

    A quota is stated for a billing month. Nearly all supply points have one item that takes all.
    """
    share, amount = sheet.items.columns["share"][item], sheet.items.columns["amount"][item]
    if (share == REST).all():
        return litres
    rows = np.flatnonzero(np.isin(member, member[share != REST]))
    out = litres.copy()
    out[rows] = share_out(
        Shares(
            point=member[rows],
            meter=dial[rows],
            order=sheet.items.columns["order"][item[rows]],
            kind=share[rows],
            amount=np.where(share == QUOTA, amount * months, amount)[rows],
            litres=litres[rows],
            unit=unit[rows],
        )
    )
    return out


def billing_months(last_month: Column, parity: Column, month: int | Column) -> Column:
    """Accounting months since the last bill (``last_month`` 0: none); before the first one, those of the book's cycle."""
    ordinal = (month // 100) * 12 + month % 100
    since = ordinal - ((last_month // 100) * 12 + last_month % 100)
    cycle = np.select([parity == 1, parity == 2, parity == 3], [2, 2, 3], 1)
    return np.clip(np.where(last_month == 0, cycle, since), 1, 120)


def first_days(month: Column) -> Column:
    """The first day of each accounting month YYYYMM."""
    since = (month // 100 - 1970) * 12 + month % 100 - 1
    return since.astype("M8[M]").astype("M8[D]").astype(np.int64)


def month_begins(day: Column) -> Column:
    """The first day of the calendar month of each day."""
    return day.view("M8[D]").astype("M8[M]").astype("M8[D]").astype(np.int64)


def places_of_plans(plan: Column, plan_index: Mapping[int, int]) -> Column:
    """Plan ids as the kernel's indexes; ``NONE`` where a plan is not compiled."""
    known, place = np.unique(plan, return_inverse=True)
    return np.array([plan_index.get(int(x), NONE) for x in known], np.int64)[place] if len(known) else plan


def changes_among(changes: Changes, rows: Column) -> Changes:
    """The household changes of ``rows``, an ascending choice of the intervals."""
    at = place_of(rows, changes.interval)
    mine = at != NONE
    return Changes(at[mine], changes.day[mine], changes.persons[mine])


def persons_on(households: Dated, group: Column, day: Column) -> Column:
    at = place_in_force(households.owner, households.from_day, households.to_day, group, day)
    if not len(households.owner):
        return np.zeros(len(group), np.int64)
    return np.where(at == NONE, 0, households.columns["persons"][np.maximum(at, 0)])


def household_changes(households: Dated, intervals: Intervals) -> Changes:
    """Household sizes that begin or lapse inside an interval, or with its closing reading."""
    found: list[tuple[int, int, int]] = []
    if len(households.owner):
        starts = dated(households.owner, households.from_day)
        low = np.searchsorted(starts, dated(intervals.group, intervals.from_day), side="right")
        high = np.searchsorted(starts, dated(intervals.group, intervals.to_day), side="right")
        held = np.maximum(high - 1, 0)
        lapses = (
            (high > 0) & (households.owner[held] == intervals.group) & (households.to_day[held] <= intervals.to_day)
        )
        for row in np.flatnonzero((high > low) | lapses):
            found += _changes_inside(households, range(max(low[row] - 1, 0), high[row]), intervals, int(row))
    columns = np.array(found, np.int64).reshape(-1, 3).T
    return Changes(columns[0], columns[1], columns[2])


def _changes_inside(households: Dated, rows: range, intervals: Intervals, row: int) -> list[tuple[int, int, int]]:
    begin, end = intervals.from_day[row], intervals.to_day[row]
    sizes: dict[int, int] = {}
    for at in rows:
        if households.owner[at] == intervals.group[row]:
            for day, persons in (
                (households.from_day[at], households.columns["persons"][at]),
                (households.to_day[at], 0),
            ):
                if begin < day <= end:
                    sizes[int(day)] = int(persons)
    return [(int(row), day, persons) for day, persons in sorted(sizes.items())]


def _keep(uses: Uses, good: Mask) -> Uses:
    if good.all():
        return uses
    rows = np.flatnonzero(good)
    place = np.cumsum(good) - 1
    changes = uses.changes.take(good[uses.changes.interval])
    return Uses(
        member=uses.member[rows],
        dial=uses.dial[rows],
        item=uses.item[rows],
        order=uses.order[rows],
        agreement=uses.agreement[rows],
        negative=uses.negative[rows],
        intervals=uses.intervals.take(rows),
        changes=Changes(place[changes.interval], changes.day, changes.persons),
    )


def _problems(found: list[tuple[Column, int]]) -> Problems:
    member = np.concatenate([rows for rows, _ in found])
    reason = np.concatenate([np.full(len(rows), code, np.int64) for rows, code in found])
    order = np.lexsort((reason, member))
    return Problems(member[order], reason[order])


__all__ = [
    "Problem",
    "Problems",
    "Uses",
    "begins_of",
    "billing_months",
    "changes_among",
    "due_in",
    "find_uses",
    "places_of_plans",
    "share_volume",
    "volumes",
]
