"""What the database knows of the supply points of one chunk, as columns: who, where, how priced, last billed, now read."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from gasworks.billing.run.binary import Bigints, read_columns
from gasworks.billing.run.columns import FOREVER, NONE, Column, distinct, place_of
from gasworks.billing.run.selection import Selection

_EPOCH = "DATE '1970-01-01'"
_DENSE = 4
"""A range scan of ids beats single look-ups as long as at least every fourth id in it is wanted."""

TYPES = ("residential", "commercial", "industrial", "public")
STATUSES = ("not_ignited", "active", "suspended", "closed")
SHARES = ("rest", "quota", "ratio")
PARITIES = ("monthly", "odd", "even", "quarter")


def day_column(name: str, empty: int = FOREVER) -> str:
    return f"coalesce({name} - {_EPOCH}, {empty})::bigint"


def code_column(name: str, words: Sequence[str]) -> str:
    arms = " ".join(f"WHEN '{word}' THEN {number}" for number, word in enumerate(words))
    return f"(CASE {name} {arms} ELSE {NONE} END)::bigint"


@dataclass(frozen=True, slots=True)
class Members:
    """Supply points of the chunk, sorted by (group, supply point).

    ``again``: one that has a bill of this month already is billed all the same, as a final bill is. ``until``: readings
    after this day do not count, for a bill that was followed by another one in the same month.
    """

    group: Column
    supply_point: Column
    since_day: Column
    customer_type: Column
    status: Column
    book: Column
    again: bool = False
    until: Column | None = None

    def __len__(self) -> int:
        return len(self.group)


@dataclass(frozen=True, slots=True)
class Dated:
    """Dated rows of an owner (agreements of a supply point, price items, households), sorted by (owner, from)."""

    owner: Column
    from_day: Column
    to_day: Column
    columns: dict[str, Column]


@dataclass(frozen=True, slots=True)
class Dials:
    """One row per settling register of an installation: where its bill begins and where its newest reading stands.

    ``member`` is the row of ``Members``. Days and indexes are ``NONE`` where there is no reading.
    """

    member: Column
    installation: Column
    meter: Column
    register: Column
    capacity: Column
    installed_day: Column
    removed_day: Column
    last_day: Column
    last_index: Column
    last_month: Column
    last_litres: Column
    read_day: Column
    read_index: Column
    read_kind: Column
    read_source: Column
    reading: Column

    def __len__(self) -> int:
        return len(self.member)

    @property
    def first(self) -> Any:
        """Never billed before: the interval begins at the installation."""
        return self.last_month == 0


@dataclass(frozen=True, slots=True)
class Sheet:
    company_id: int
    members: Members
    dials: Dials
    agreements: Dated
    items: Dated
    households: Dated
    ladders: dict[str, Column]
    parity_of_book: dict[int, int]
    rulings: dict[tuple[int, int], int] = field(default_factory=dict)
    """Litres of (installation, register) that are set by a ruling on a faulty meter, in this accounting month."""


class Reader:
    """Reads of one chunk on one cursor, inside the chunk's transaction."""

    def __init__(self, cursor: Any, company_id: int) -> None:
        self.cursor, self.company_id = cursor, company_id

    def members(self, selection: Selection, first_group: int, last_group: int, as_of: Any) -> Members:
        """Members in force on ``as_of`` whose group is in the range and who are selected."""
        join, where, params = selection.sql()
        rows = read_columns(
            self.cursor,
            f"""SELECT m.group_id, m.supply_point_id, {day_column("m.from_on")}
                FROM usage_groupmember m {join}
                WHERE m.company_id = %s AND m.group_id BETWEEN %s AND %s AND m.from_on <= %s
                  AND (m.to_on IS NULL OR m.to_on > %s) {where}""",
            [*params.join, self.company_id, first_group, last_group, as_of, as_of, *params.where],
            ("group", "supply_point", "since"),
        )
        return self._known(rows)

    def rulings(self, month: int) -> dict[tuple[int, int], int]:
        rows = read_columns(
            self.cursor,
            "SELECT installation_id, register_id, litres FROM billing_volumeruling"
            " WHERE company_id = %s AND month = %s AND ended_at IS NULL",
            [self.company_id, month],
            ("installation", "register", "litres"),
        )
        return {
            (int(one), int(other)): int(litres)
            for one, other, litres in zip(rows["installation"], rows["register"], rows["litres"], strict=True)
        }

    def members_of(self, groups: Column, points: Column, as_of: Any) -> Members:
        """Of these groups, the members in force on ``as_of`` that are among ``points``."""
        rows = read_columns(
            self.cursor,
            f"""SELECT m.group_id, m.supply_point_id, {day_column("m.from_on")} FROM usage_groupmember m
                WHERE m.company_id = %s AND m.group_id = ANY(%s) AND m.from_on <= %s
                  AND (m.to_on IS NULL OR m.to_on > %s)""",
            [self.company_id, Bigints(distinct(groups)), as_of, as_of],
            ("group", "supply_point", "since"),
        )
        chosen = np.isin(rows["supply_point"], points)
        return self._known({name: values[chosen] for name, values in rows.items()})

    def _known(self, rows: dict[str, Column]) -> Members:
        """What else is known of the supply points, in (group, supply point) order."""
        order = np.lexsort((rows["supply_point"], rows["group"]))
        group, points, since = rows["group"][order], rows["supply_point"][order], rows["since"][order]
        known = self._by_key(
            f"""SELECT id, {code_column("customer_type", TYPES)}, {code_column("status", STATUSES)}
                FROM customers_supplypoint WHERE {{key}}""",
            "id",
            points,
            ("id", "type", "status"),
            "id",
        )
        at = place_of(known["id"], points)
        seats = self._by_key(
            "SELECT supply_point_id, book_id FROM metering_bookseat WHERE {key}",
            "supply_point_id",
            points,
            ("point", "book"),
            "point",
        )
        seat = place_of(seats["point"], points)
        book = np.where(seat == NONE, 0, seats["book"][seat] if len(seats["book"]) else 0)
        return Members(group, points, since, known["type"][at], known["status"][at], book)

    def dated(
        self,
        table: str,
        owner: str,
        owners: Column,
        extra: dict[str, str],
        *,
        from_on: str = "from_on",
        to_on: str = "to_on",
    ) -> Dated:
        rows = self._by_key(
            f"SELECT {owner}, {day_column(from_on)}, {day_column(to_on)}"
            + "".join(f", {sql}" for sql in extra.values())
            + f" FROM {table} WHERE {{key}}",
            owner,
            owners,
            ("owner", "from", "to", *extra),
            "owner",
        )
        order = np.lexsort((rows["from"], rows["owner"]))
        return Dated(
            rows["owner"][order], rows["from"][order], rows["to"][order], {name: rows[name][order] for name in extra}
        )

    def dials(self, members: Members, month: int) -> Dials:
        """Settling registers with their last billed index and newest approved reading up to ``month``."""
        points = np.argsort(members.supply_point)
        hung = self._by_key(
            f"""SELECT id, supply_point_id, meter_id, {day_column("from_on")}, {day_column("to_on")}
                FROM metering_installation WHERE {{key}}""",
            "supply_point_id",
            members.supply_point,
            ("installation", "point", "meter", "installed", "removed"),
            "point",
        )
        meters = self._by_key(
            "SELECT id, meter_id, capacity_litres FROM metering_register WHERE {key} AND settles",
            "meter_id",
            distinct(hung["meter"]),
            ("register", "meter", "capacity"),
            "meter",
        )
        hanging, register = _every_pair(hung["meter"], meters["meter"])
        member = points[place_of(members.supply_point[points], hung["point"][hanging])]
        order = np.lexsort((meters["register"][register], hung["installation"][hanging], member))
        hanging, register, member = hanging[order], register[order], member[order]
        installation, number = hung["installation"][hanging], meters["register"][register]
        until = None if members.until is None else members.until[member]
        state = self._last_and_newest(installation, number, month, until)
        return self._with_start_index(
            Dials(
                member=member,
                installation=installation,
                meter=hung["meter"][hanging],
                register=number,
                capacity=meters["capacity"][register],
                installed_day=hung["installed"][hanging],
                removed_day=hung["removed"][hanging],
                **state,
            )
        )

    def _last_and_newest(
        self, installation: Column, register: Column, month: int, until: Column | None
    ) -> dict[str, Column]:
        names = (
            "last_day",
            "last_index",
            "last_month",
            "last_litres",
            "read_day",
            "read_index",
            "read_kind",
            "read_source",
            "reading",
        )
        keys, of, bound = "%s::bigint[], %s::bigint[]", "installation, register, n", ""
        params: list[Any] = [Bigints(installation), Bigints(register)]
        if until is not None:
            keys, of = f"{keys}, %s::bigint[]", "installation, register, until, n"
            bound = f"AND read_on <= {_EPOCH} + least(k.until, 100000)::int"
            params.append(Bigints(until))
        rows = read_columns(
            self.cursor,
            f"""SELECT k.n::bigint, {day_column("m.to_on", NONE)}, coalesce(m.to_index, 0)::bigint,
                       coalesce(m.month, 0)::bigint, coalesce(m.to_index - m.from_index, {NONE})::bigint,
                       {day_column("d.read_on", NONE)}, coalesce(d.index_litres, {NONE})::bigint,
                       coalesce(d.kind, 0)::bigint, coalesce(d.source, 0)::bigint, coalesce(d.id, {NONE})::bigint
                FROM unnest({keys}) WITH ORDINALITY k({of})
                LEFT JOIN LATERAL (
                    SELECT to_on, to_index, from_index, month FROM usage_movement
                    WHERE installation_id = k.installation AND register_id = k.register AND live AND NOT counts_only
                    ORDER BY from_on DESC LIMIT 1) m ON true
                LEFT JOIN LATERAL (
                    SELECT id, read_on, index_litres, kind, source FROM metering_reading
                    WHERE company_id = %s AND installation_id = k.installation AND register_id = k.register
                      AND state = 3 AND month <= %s {bound}
                    ORDER BY read_on DESC LIMIT 1) d ON true""",
            [*params, self.company_id, month],
            ("n", *names),
        )
        order = np.argsort(rows["n"])
        return {name: rows[name][order] for name in names}

    def _with_start_index(self, dials: Dials) -> Dials:
        """Where nothing was billed yet the interval begins at the installation, with its start index."""
        new = np.flatnonzero(dials.first)
        if not len(new):
            return dials
        starts = self._by_key(
            "SELECT installation_id, register_id, start_litres FROM metering_installationindex WHERE {key}",
            "installation_id",
            distinct(dials.installation[new]),
            ("installation", "register", "start"),
            "installation",
        )
        order = np.lexsort((starts["register"], starts["installation"]))
        known = {
            (int(i), int(r)): int(s)
            for i, r, s in zip(
                starts["installation"][order], starts["register"][order], starts["start"][order], strict=True
            )
        }
        for row in new:
            dials.last_day[row] = dials.installed_day[row]
            dials.last_index[row] = known.get((int(dials.installation[row]), int(dials.register[row])), 0)
        return dials

    def ladders(self, groups: Column) -> dict[str, Column]:
        return self._by_key(
            f"SELECT id, group_id, code::bigint, {day_column('period_from')}, litres FROM usage_ladder WHERE {{key}}",
            "group_id",
            distinct(groups),
            ("id", "group", "code", "period", "litres"),
            "group",
        )

    def books(self) -> dict[int, int]:
        rows = read_columns(
            self.cursor,
            f"SELECT id, {code_column('parity', PARITIES)} FROM metering_readingbook WHERE company_id = %s",
            [self.company_id],
            ("id", "parity"),
        )
        return dict(zip(rows["id"].tolist(), rows["parity"].tolist(), strict=True))

    def _by_key(self, select: str, key: str, wanted: Column, names: tuple[str, ...], by: str) -> dict[str, Column]:
        """Rows whose ``key`` (read as column ``by``) is wanted, sorted by it: one range scan where ids lie close."""
        if not len(wanted):
            return {name: np.zeros(0, np.int64) for name in names}
        low, high = int(wanted.min()), int(wanted.max())
        if high - low < _DENSE * len(wanted):
            params: list[Any] = [self.company_id, low, high]
            where = f"company_id = %s AND {key} BETWEEN %s AND %s"
        else:
            params = [self.company_id, Bigints(wanted)]
            where = f"company_id = %s AND {key} = ANY(%s)"
        rows = read_columns(self.cursor, select.format(key=where), params, names)
        inside = np.flatnonzero(place_of(distinct(wanted), rows[by]) != NONE)
        order = inside[np.argsort(rows[by][inside], kind="stable")]
        return {name: values[order] for name, values in rows.items()}


def read_sheet(cursor: Any, company_id: int, members: Members, month: int) -> Sheet:
    reader = Reader(cursor, company_id)
    points = np.sort(members.supply_point)
    return Sheet(
        company_id=company_id,
        members=members,
        dials=reader.dials(members, month),
        agreements=reader.dated("customers_agreement", "supply_point_id", points, {"id": "id"}),
        items=reader.dated(
            "usage_priceitem",
            "supply_point_id",
            points,
            {
                "id": "id",
                "plan": "plan_id",
                "order": '"order"::bigint',
                "share": code_column("share", SHARES),
                "amount": "coalesce(amount, 0)::bigint",
                "measure": "coalesce(measure, 0)::bigint",
            },
        ),
        households=reader.dated("usage_household", "group_id", distinct(members.group), {"persons": "persons::bigint"}),
        ladders=reader.ladders(members.group),
        parity_of_book=reader.books(),
        rulings=reader.rulings(month),
    )


def _every_pair(left: Column, right_sorted: Column) -> tuple[Column, Column]:
    """(row of left, row of right) for every pair with equal keys."""
    low = np.searchsorted(right_sorted, left, side="left")
    count = np.searchsorted(right_sorted, left, side="right") - low
    of_left = np.repeat(np.arange(len(left), dtype=np.int64), count)
    begins = np.repeat(np.cumsum(count) - count, count)
    return of_left, np.repeat(low, count) + np.arange(len(of_left), dtype=np.int64) - begins
