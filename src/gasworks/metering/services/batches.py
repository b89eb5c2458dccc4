"""Readings that come as a page of the grid, as a file, or from another system."""

import datetime as dt
from collections.abc import Sequence
from typing import Any, Final

from django.db import connection

from gasworks.foundation.scope import Scope
from gasworks.kernel.errors import Refusal, gettext_noop
from gasworks.metering.checks import NORMAL, NoSuchMeter
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
    *, scope: Scope, rows: Sequence[NamedReading], now: dt.datetime, today: dt.date, month: int | None = None
) -> list[Recorded]:
    """What ``record_named`` would answer, without writing."""
    scope.require(KEY)
    meters = resolve(scope=scope, rows=rows)
    good = [i for i, meter in enumerate(meters) if isinstance(meter, tuple)]
    judged = judge_readings(
        scope=scope,
        rows=[_row(rows[i], meters[i]) for i in good],
        source=Reading.Source.FILE,
        month=month,
        now=now,
        today=today,
    )
    return _merged(meters, good, judged)


def _row(row: NamedReading, meter: Any) -> ReadingRow:
    installation, register = meter
    return ReadingRow(installation, register, row.read_on, row.index_litres, NORMAL)


def _merged(meters: Sequence[Any], good: Sequence[int], answers: Sequence[Recorded]) -> list[Recorded]:
    """Answers in the order of the rows: those of the named meters, and why the others have none."""
    merged = [Recorded() if isinstance(meter, tuple) else refused(meter) for meter in meters]
    for i, answer in zip(good, answers, strict=True):
        merged[i] = answer
    return merged


_RESOLVE: Final = """
SELECT i.place, min(n.id), min(g.id), count(*)
FROM unnest(%(place)s::int[], %(key)s::text[], %(day)s::date[], %(no)s::int[]) AS i (place, key, day, no)
JOIN LATERAL (
    SELECT p.id FROM customers_supplypoint p WHERE p.company_id = %(company)s AND p.number = i.key
    UNION
    SELECT n.supply_point_id FROM metering_meter m JOIN metering_installation n ON n.meter_id = m.id
    WHERE m.company_id = %(company)s AND m.serial = i.key
      AND n.from_on <= i.day AND (n.to_on IS NULL OR i.day <= n.to_on)) p ON true
JOIN metering_installation n ON n.supply_point_id = p.id AND n.company_id = %(company)s
     AND n.from_on <= i.day AND (n.to_on IS NULL OR i.day < n.to_on)
JOIN metering_register g ON g.meter_id = n.meter_id AND g.no = i.no
GROUP BY i.place
"""


def resolve(*, scope: Scope, rows: Sequence[NamedReading]) -> list[tuple[int, int] | Refusal]:
    """(installation, register) of each row, or why there is none. A key that names two meters is ambiguous."""
    with connection.cursor() as cursor:
        cursor.execute(
            _RESOLVE,
            {
                "company": scope.company_id,
                "place": list(range(len(rows))),
                "key": [row.key.strip() for row in rows],
                "day": [row.read_on for row in rows],
                "no": [row.register_no for row in rows],
            },
        )
        found = {place: (installation, register, count) for place, installation, register, count in cursor.fetchall()}
    return [_resolved(row, found.get(place)) for place, row in enumerate(rows)]


def _resolved(row: NamedReading, found: tuple[int, int, int] | None) -> tuple[int, int] | Refusal:
    if found is None:
        return UnknownKey(key=row.key) if row.key.strip() else NoSuchMeter()
    installation, register, count = found
    return Ambiguous(key=row.key) if count > 1 else (installation, register)
