"""What was billed, read back as the use intervals that the kernel was given: live movements, whole groups, columns."""

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from django.db import connection

from gasworks.billing.models import Bill, Relief
from gasworks.billing.run.binary import Bigints, read_columns
from gasworks.billing.run.columns import NONE, Column, Mask, place_of
from gasworks.billing.run.intervals import first_days, household_changes, month_begins, persons_on
from gasworks.billing.run.selection import Selection
from gasworks.billing.run.sheet import Members, Reader, day_column
from gasworks.kernel.periods import add_months, month_start
from gasworks.rating import Changes, Intervals, ToDate

METERED: Final = (Bill.Kind.REGULAR, Bill.Kind.INTERIM, Bill.Kind.FINAL, Bill.Kind.CORRECTION)
"""Bills by dial. A back-bill's gas stands on a formula of its own and is left out."""
LIVE: Final = (Bill.State.HELD, Bill.State.ISSUED)

_GROUPS: Final = """
SELECT {what} FROM usage_groupmember m{joins}
WHERE m.company_id = %s AND m.from_on < %s AND (m.to_on IS NULL OR m.to_on > %s)
  AND (m.to_on IS NULL OR m.to_on >= %s OR NOT EXISTS (
       SELECT 1 FROM usage_groupmember l WHERE l.company_id = m.company_id AND l.supply_point_id = m.supply_point_id
       AND l.from_on >= m.to_on AND l.from_on < %s)){where}
"""
"""Each supply point once: with the last of its memberships in these months."""


@dataclass(frozen=True, slots=True)
class Span:
    """Accounting months, both included."""

    first: int
    last: int

    @property
    def days(self) -> tuple[dt.date, dt.date]:
        return month_start(self.first), month_start(add_months(self.last, 1))


@dataclass(frozen=True, slots=True)
class History:
    """One row per billed use interval of the months asked for, sorted by bill; ``plan`` is the plan's own id.

    ``intervals.plan`` is not set: which index a plan has depends on whose prices are asked. ``member`` is the row of
    ``members``. ``to_date`` is what stood on the ladders before the first of these intervals. Intervals of months before
    ``first_month`` only fill ladders.
    """

    members: Members
    member: Column
    bill: Column
    month: Column
    plan: Column
    intervals: Intervals
    changes: Changes
    to_date: ToDate
    bills: Column
    billed_fen: Column
    """The bills of the months from ``first_month`` on, by number, and what each came to."""
    first_month: int = 0

    def __len__(self) -> int:
        return len(self.member)


def spans(company_id: int, selection: Selection, months: Span, size: int) -> Iterator[tuple[int, int]]:
    """(first group, last group) of each part: whole ladder groups that had a member in these months."""
    joins, where, params = selection.sql()
    begin, end = months.days
    groups = _GROUPS.format(what="DISTINCT m.group_id AS g", joins=joins, where=where)
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT min(g), max(g) FROM (SELECT g, (row_number() OVER (ORDER BY g) - 1) / %s AS part FROM ({groups})"
            " groups) numbered GROUP BY part ORDER BY part",
            [size, *params.join, company_id, end, begin, end, end, *params.where],
        )
        yield from cursor.fetchall()


def read_history(
    cursor: Any,
    company_id: int,
    selection: Selection,
    groups: tuple[int, int],
    months: Span,
    counting: Column,
    months_before: int = 0,
) -> History:
    """Everything of one part. ``counting``: plans of which some gas also fills a ladder that does not price it.

    ``months_before``: so many earlier months are read, too, for what they leave on ladders.
    """
    return _HistoryReader(cursor, company_id, months, months_before).read(selection, groups, counting)


class _HistoryReader(Reader):
    def __init__(self, cursor: Any, company_id: int, months: Span, months_before: int) -> None:
        super().__init__(cursor, company_id)
        self.first_month = months.first
        self.months = Span(add_months(months.first, -months_before), months.last)

    def read(self, selection: Selection, groups: tuple[int, int], counting: Column) -> History:
        members = self._members_between(selection, groups)
        moved = self._movements(members)
        ladders = self._ladders_of(moved["ladder"])
        items = self._by_key(
            "SELECT id, plan_id, coalesce(measure, 0)::bigint FROM usage_priceitem WHERE {key}",
            "id",
            np.unique(moved["item"]),
            ("id", "plan", "measure"),
            "id",
        )
        bills = self._bills(moved)
        item = place_of(items["id"], moved["item"])
        rated = self._rated(moved, bills)
        unbooked = rated | (moved["month"] > self.months.last)
        taken = self._counting_only(moved, unbooked & np.isin(items["plan"][item], counting))
        to_date = _before(ladders, moved, unbooked, taken)
        rows = np.flatnonzero(rated)
        now = {name: values[rows] for name, values in moved.items()}
        return self._history(members, now, item[rows], items, ladders, to_date, bills)

    def _members_between(self, selection: Selection, groups: tuple[int, int]) -> Members:
        """Everybody selected who was in one of these groups in these months."""
        joins, where, params = selection.sql()
        begin, end = self.months.days
        rows = read_columns(
            self.cursor,
            _GROUPS.format(what=f"m.group_id, m.supply_point_id, {day_column('m.from_on')}", joins=joins, where=where)
            + " AND m.group_id BETWEEN %s AND %s",
            [*params.join, self.company_id, end, begin, end, end, *params.where, *groups],
            ("group", "supply_point", "since"),
        )
        return self._known(rows)

    def _movements(self, members: Members) -> dict[str, Column]:
        """Live movements since the first month, in the order of bills, dials and days; ``member`` whose they are."""
        points = np.argsort(members.supply_point)
        hung = self._by_key(
            "SELECT id, supply_point_id FROM metering_installation WHERE {key}",
            "supply_point_id",
            members.supply_point,
            ("id", "point"),
            "point",
        )
        by_id = np.argsort(hung["id"])
        rows = self._by_key(
            f"""SELECT source, installation_id, register_id, price_item_id, {day_column("from_on")}, {day_column("to_on")},
                       month::bigint, ladder_id, litres, from_index, to_index
                FROM usage_movement WHERE {{key}} AND live AND NOT counts_only AND month >= {int(self.months.first)}""",
            "installation_id",
            hung["id"],
            ("bill", "dial", "register", "item", "from", "to", "month", "ladder", "litres", "low", "high"),
            "dial",
        )
        at = by_id[place_of(hung["id"][by_id], rows["dial"])]
        rows["member"] = points[place_of(members.supply_point[points], hung["point"][at])]
        order = np.lexsort((rows["from"], rows["item"], rows["register"], rows["dial"], rows["bill"]))
        return {name: values[order] for name, values in rows.items()}

    def _ladders_of(self, ladder: Column) -> dict[str, Column]:
        """Ladders by number: all those of the groups whose gas this is."""
        names = ("id", "group", "code", "period", "litres")
        select = (
            f"SELECT id, group_id, code::bigint, {day_column('period_from')}, litres FROM usage_ladder WHERE {{key}}"
        )
        named = self._by_key(select, "id", np.unique(ladder), names, "id")
        found = self._by_key(select, "group_id", np.unique(named["group"]), names, "group")
        order = np.argsort(found["id"])
        return {name: values[order] for name, values in found.items()}

    def _bills(self, moved: dict[str, Column]) -> dict[str, Column]:
        """Bills of these movements, month by month: a run's bills lie close together."""
        parts = [
            self._by_key(
                "SELECT id, kind::bigint, state::bigint, amount_fen FROM billing_bill WHERE {key}",
                "id",
                np.unique(moved["bill"][moved["month"] == month]),
                ("id", "kind", "state", "fen"),
                "id",
            )
            for month in np.unique(moved["month"][moved["month"] <= self.months.last])
        ]
        names = ("id", "kind", "state", "fen")
        found = {name: np.concatenate([part[name] for part in parts] or [np.zeros(0, np.int64)]) for name in names}
        order = np.argsort(found["id"])
        return {name: values[order] for name, values in found.items()}

    def _rated(self, moved: dict[str, Column], bills: dict[str, Column]) -> Mask:
        """Movements that are rated again: of the months asked for, and of bills by dial."""
        at = place_of(bills["id"], moved["bill"])
        known = np.isin(bills["kind"], METERED) & np.isin(bills["state"], LIVE)
        wanted: Mask = (moved["month"] <= self.months.last) & (at != NONE)
        wanted[wanted] &= known[at[wanted]]
        return wanted

    def _counting_only(self, moved: dict[str, Column], rows: Mask) -> dict[str, Column]:
        """What those bills booked on ladders that only count it."""
        bills = np.unique(moved["bill"][rows])
        names = ("ladder", "litres")
        if not len(bills):
            return {name: np.zeros(0, np.int64) for name in names}
        return read_columns(
            self.cursor,
            "SELECT ladder_id, litres FROM usage_movement WHERE source = ANY(%s) AND source_kind = 1"
            " AND live AND counts_only",
            [Bigints(bills)],
            names,
        )

    def _history(
        self,
        members: Members,
        moved: dict[str, Column],
        item: Column,
        items: dict[str, Column],
        ladders: dict[str, Column],
        to_date: ToDate,
        bills: dict[str, Column],
    ) -> History:
        """Movements of one interval put together again."""
        relieved = self._relieved(members, moved)
        begins = _beginnings(moved, relieved)
        ends = np.append(begins[1:], len(relieved))[: len(begins)] - 1
        member, month = moved["member"][begins], moved["month"][begins]
        group = ladders["group"][place_of(ladders["id"], moved["ladder"][begins])]
        spread = relieved[begins]
        from_day, to_day = moved["from"][begins], moved["to"][ends]
        households = self.dated("usage_household", "group_id", np.unique(group), {"persons": "persons::bigint"})
        parity = self._parity(members)[member]
        intervals = Intervals.of(
            plan=np.zeros(len(begins), np.int64),
            from_day=from_day,
            to_day=to_day,
            litres=np.add.reduceat(moved["litres"], begins) if len(begins) else from_day,
            persons=persons_on(households, group, from_day),
            billing_months=np.where(spread, 1, self._billing_months(moved, begins, parity)),
            parity=np.maximum(parity, 0),
            cycle_day=np.where(spread, np.minimum(month_begins(to_day), first_days(month)), first_days(month)),
            group=group,
            opened_day=np.maximum(members.since_day[member], 0),
            member=moved["dial"][begins],
            measure=items["measure"][item[begins]],
        )
        whose = np.unique(moved["bill"][moved["month"] >= self.first_month])
        return History(
            members=members,
            member=member,
            bill=moved["bill"][begins],
            month=month,
            plan=items["plan"][item[begins]],
            intervals=intervals,
            changes=household_changes(households, intervals),
            to_date=to_date,
            bills=whose,
            billed_fen=bills["fen"][place_of(bills["id"], whose)],
            first_month=self.first_month,
        )

    def _relieved(self, members: Members, moved: dict[str, Column]) -> Mask:
        """Movements of bills whose long interval was spread over its months: each is an interval of its own."""
        cases = Relief.objects.filter(company_id=self.company_id, state=Relief.State.USED)
        cases = cases.filter(month__gte=self.months.first, month__lte=self.months.last)
        keys = [(point << 20) | (month or 0) for point, month in cases.values_list("supply_point_id", "month")]
        flag = np.isin((members.supply_point[moved["member"]] << 20) | moved["month"], keys)
        return flag if keys else np.zeros(len(moved["bill"]), np.bool_)

    def _parity(self, members: Members) -> Column:
        known = self.books()
        books, place = np.unique(members.book, return_inverse=True)
        return np.array([known.get(int(book), 0) for book in books], np.int64)[place]

    def _billing_months(self, moved: dict[str, Column], begins: Column, parity: Column) -> Column:
        """Accounting months since the bill before; before the first one, those of the book's cycle."""
        dial, register, month = (moved[name][begins] for name in ("dial", "register", "month"))
        order = np.lexsort((moved["from"][begins], month, register, dial))
        same = np.zeros(len(begins), np.bool_)
        same[1:] = (dial[order][1:] == dial[order][:-1]) & (register[order][1:] == register[order][:-1])
        fresh = ~same
        fresh[1:] |= month[order][1:] != month[order][:-1]
        last = np.zeros(len(begins), np.int64)
        last[1:] = np.where(same[1:], month[order][:-1], 0)
        new = order[~same]
        last[~same] = self._months_before(dial[new], register[new], moved["from"][begins][new])
        last = last[fresh][np.cumsum(fresh) - 1]
        months = np.empty(len(begins), np.int64)
        months[order] = np.where(last == 0, 0, _ordinal(month[order]) - _ordinal(last))
        cycle = np.select([parity == 1, parity == 2, parity == 3], [2, 2, 3], 1)
        return np.clip(np.where(months == 0, cycle, months), 1, 120)

    def _months_before(self, dial: Column, register: Column, from_day: Column) -> Column:
        """Accounting month of the last movement before a day; 0 where there is none."""
        if not len(dial):
            return dial
        rows = read_columns(
            self.cursor,
            """SELECT k.n::bigint, coalesce(m.month, 0)::bigint
               FROM unnest(%s::bigint[], %s::bigint[], %s::bigint[]) WITH ORDINALITY k(installation, register, day, n)
               LEFT JOIN LATERAL (
                   SELECT month FROM usage_movement
                   WHERE installation_id = k.installation AND register_id = k.register AND live AND NOT counts_only
                     AND from_on < DATE '1970-01-01' + k.day::int
                   ORDER BY from_on DESC LIMIT 1) m ON true""",
            [Bigints(dial), Bigints(register), Bigints(from_day)],
            ("n", "month"),
        )
        return rows["month"][np.argsort(rows["n"])]


def _beginnings(moved: dict[str, Column], relieved: Mask) -> Column:
    """Where the movements of one interval begin: one register and price item of one bill, day after day."""
    count = len(relieved)
    new = np.ones(count, np.bool_)
    same = np.ones(max(count - 1, 0), np.bool_)
    for name in ("bill", "dial", "register", "item", "low", "high"):
        same &= moved[name][1:] == moved[name][:-1]
    same &= (moved["from"][1:] == moved["to"][:-1]) & ~relieved[1:]
    new[1:] = ~same
    return np.flatnonzero(new)


def _before(ladders: dict[str, Column], moved: dict[str, Column], unbooked: Mask, taken: dict[str, Column]) -> ToDate:
    """Tier-to-date as it stood before: what stands now, less what is rated again and what came later."""
    litres = ladders["litres"].copy()
    for ladder, volume in ((moved["ladder"][unbooked], moved["litres"][unbooked]), (taken["ladder"], taken["litres"])):
        at = place_of(ladders["id"], ladder)
        known = at != NONE
        np.subtract.at(litres, at[known], volume[known])
    on = np.flatnonzero(ladders["code"] >= 0)
    return ToDate(ladders["group"][on], ladders["code"][on], ladders["period"][on], np.maximum(litres[on], 0))


def _ordinal(month: Column) -> Column:
    return (month // 100) * 12 + month % 100
