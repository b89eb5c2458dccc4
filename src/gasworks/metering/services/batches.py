"""Readings that come as a page of the grid, as a file, or from another system."""

import datetime as dt
from collections import defaultdict
from collections.abc import Sequence
from typing import Any, Final

from django.db import connection

from gasworks.foundation.scope import Scope
from gasworks.kernel.errors import Refusal, gettext_noop
from gasworks.metering.checks import NORMAL, NoSuchMeter
from gasworks.metering.estimating import FROM_FILE
from gasworks.metering.models import Reading
from gasworks.metering.services._within import act_of
from gasworks.metering.services.readings import KEY, LIVE, correct_reading, judge_readings, record_readings, refused
from gasworks.metering.types import GridRow, NamedReading, ReadingRow, Recorded

LARGEST: Final = 10_000


class TooMany(Refusal):
    sentence = gettext_noop("At most %(limit)d readings at a time.")
    status = 422


class SomebodyElseKeyed(Refusal):
    sentence = gettext_noop("Somebody else keyed %(index)s m³ here in the meantime.")


class Ambiguous(Refusal):
    sentence = gettext_noop("«%(key)s» names more than one meter. Use the supply point number.")


class UnknownKey(Refusal):
    sentence = gettext_noop("No supply point or meter «%(key)s» has a meter on that day.")


def key_in_grid(
    *, scope: Scope, rows: Sequence[GridRow], month: int, now: dt.datetime, today: dt.date
) -> list[Recorded]:
    """Save a page of the keyed grid: new indexes are recorded, changed ones replace what the clerk saw.

    A line where somebody else keyed meanwhile is refused with what stands there now, and nothing is lost.
    """
    scope.require(KEY)
    with act_of(scope):
        present = _present(scope, rows, month)
        answers: list[Recorded] = [Recorded()] * len(rows)
        fresh: list[int] = []
        for i, row in enumerate(rows):
            there = present.get((row.installation_id, row.register_id))
            if there is None and not row.seen:
                fresh.append(i)
            elif there is None or there.id != row.seen:
                index = there.index_litres // 1000 if there else 0
                answers[i] = refused(SomebodyElseKeyed(index=index))
            else:
                answers[i] = _change(scope, there, row, now, today)
        new = record_readings(
            scope=scope,
            rows=[
                ReadingRow(r.installation_id, r.register_id, r.read_on, r.index_litres, r.kind)
                for r in (rows[i] for i in fresh)
            ],
            source=Reading.Source.MANUAL,
            month=month,
            now=now,
            today=today,
        )
        for i, answer in zip(fresh, new, strict=True):
            answers[i] = answer
    return answers


def _present(scope: Scope, rows: Sequence[GridRow], month: int) -> dict[tuple[int, int], Reading]:
    found = Reading.objects.filter(
        company_id=scope.company_id,
        installation_id__in=[row.installation_id for row in rows],
        month=month,
        state__in=LIVE,
    ).exclude(source__in=(Reading.Source.INSTALL, Reading.Source.REMOVAL))
    return {(reading.installation_id, reading.register_id): reading for reading in found.order_by("read_on")}


def _change(scope: Scope, there: Reading, row: GridRow, now: dt.datetime, today: dt.date) -> Recorded:
    if (there.index_litres, there.read_on, there.kind) == (row.index_litres, row.read_on, row.kind):
        return Recorded(reading_id=there.id, flags=there.flags)
    try:
        return correct_reading(
            scope=scope,
            reading_id=there.id,
            index_litres=row.index_litres,
            read_on=row.read_on,
            kind=row.kind,
            now=now,
            today=today,
        )
    except Refusal as refusal:
        return refused(refusal)


def record_named(
    *,
    scope: Scope,
    rows: Sequence[NamedReading],
    source: int,
    now: dt.datetime,
    today: dt.date,
    month: int | None = None,
    limit: int = LARGEST,
) -> list[Recorded]:
    """Record readings by supply point number or meter number; every bad row comes back as a row with its reason."""
    scope.require(KEY)
    if len(rows) > limit:
        raise TooMany(limit=limit)
    meters = resolve(scope=scope, rows=rows)
    with act_of(scope):
        good = [i for i, meter in enumerate(meters) if isinstance(meter, tuple)]
        recorded = record_readings(
            scope=scope,
            rows=[_row(rows[i], meters[i]) for i in good],
            source=source,
            month=month,
            now=now,
            today=today,
        )
    return _merged(meters, good, recorded)


def judge_named(
    *,
    scope: Scope,
    rows: Sequence[NamedReading],
    now: dt.datetime,
    today: dt.date,
    month: int | None = None,
    source: int = Reading.Source.FILE,
) -> list[Recorded]:
    """What ``record_named`` would answer, without writing."""
    scope.require(KEY)
    meters = resolve(scope=scope, rows=rows)
    good = [i for i, meter in enumerate(meters) if isinstance(meter, tuple)]
    judged = judge_readings(
        scope=scope,
        rows=[_row(rows[i], meters[i]) for i in good],
        source=source,
        month=month,
        now=now,
        today=today,
    )
    return _merged(meters, good, judged)


def _row(row: NamedReading, meter: Any) -> ReadingRow:
    installation, register = meter
    if not row.estimated_by:
        return ReadingRow(installation, register, row.read_on, row.index_litres, NORMAL)
    said = {"said": row.estimated_by[:100]}
    return ReadingRow(installation, register, row.read_on, row.index_litres, NORMAL, "", FROM_FILE, said)


def _merged(meters: Sequence[Any], good: Sequence[int], answers: Sequence[Recorded]) -> list[Recorded]:
    """Answers in the order of the rows: those of the named meters, and why the others have none."""
    merged = [Recorded() if isinstance(meter, tuple) else refused(meter) for meter in meters]
    for i, answer in zip(good, answers, strict=True):
        merged[i] = answer
    return merged


# Each asks for all keys at once by one array: an index or one look at the table answers it, however the table grew
# since it was last analysed. Joined into one statement, a fresh table cost seconds per thousand rows.
_BY_NUMBER: Final = "SELECT number, id FROM customers_supplypoint WHERE company_id = %s AND number = ANY(%s)"
_BY_SERIAL: Final = """
SELECT m.serial, n.supply_point_id, n.from_on, n.to_on
  FROM metering_meter m JOIN metering_installation n ON n.company_id = m.company_id AND n.meter_id = m.id
 WHERE m.company_id = %s AND m.serial = ANY(%s)
"""
_HANGING: Final = """
SELECT supply_point_id, id, meter_id, from_on, to_on FROM metering_installation
 WHERE company_id = %s AND supply_point_id = ANY(%s::bigint[])
"""
_REGISTERS: Final = (
    "SELECT meter_id, no, id FROM metering_register WHERE company_id = %s AND meter_id = ANY(%s::bigint[])"
)


def resolve(*, scope: Scope, rows: Sequence[NamedReading]) -> list[tuple[int, int] | Refusal]:
    """(installation, register) of each row, or why there is none. A key that names two meters is ambiguous."""
    keys = sorted({row.key.strip() for row in rows})
    numbered = dict(_asked(_BY_NUMBER, scope, keys))
    by_serial = _grouped(_asked(_BY_SERIAL, scope, keys))
    points = {*numbered.values(), *(place[0] for places in by_serial.values() for place in places)}
    hanging = _grouped(_asked(_HANGING, scope, sorted(points)))
    meters = sorted({meter for places in hanging.values() for _, meter, _, _ in places})
    registers = {(meter, no): register for meter, no, register in _asked(_REGISTERS, scope, meters)}

    def answer(row: NamedReading) -> tuple[int, int] | Refusal:
        key, day = row.key.strip(), row.read_on
        meant = {
            point for point, from_on, to_on in by_serial[key] if from_on <= day and (to_on is None or day <= to_on)
        }
        if key in numbered:
            meant.add(numbered[key])
        found = [
            (installation, registers[meter, row.register_no])
            for point in meant
            for installation, meter, from_on, to_on in hanging[point]
            if from_on <= day and (to_on is None or day < to_on) and (meter, row.register_no) in registers
        ]
        return _resolved(row, found)

    return [answer(row) for row in rows]


def _asked(statement: str, scope: Scope, keys: Sequence[Any]) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(statement, [scope.company_id, list(keys)])
        found: list[tuple[Any, ...]] = cursor.fetchall()
    return found


def _grouped(rows: Sequence[tuple[Any, ...]]) -> defaultdict[Any, list[tuple[Any, ...]]]:
    found: defaultdict[Any, list[tuple[Any, ...]]] = defaultdict(list)
    for key, *rest in rows:
        found[key].append(tuple(rest))
    return found


def _resolved(row: NamedReading, found: Sequence[tuple[int, int]]) -> tuple[int, int] | Refusal:
    if not found:
        return UnknownKey(key=row.key) if row.key.strip() else NoSuchMeter()
    return found[0] if len(found) == 1 else Ambiguous(key=row.key)
