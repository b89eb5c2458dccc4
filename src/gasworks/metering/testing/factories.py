"""Meters on walls, books and readings: made through the services that a clerk's click uses. Volumes in m³."""

import datetime as dt
import itertools
from collections.abc import Sequence
from typing import Any

from gasworks.foundation.scope import Scope
from gasworks.foundation.testing.factories import NOW, TODAY, Company
from gasworks.metering import services
from gasworks.metering.models import Installation, Maker, Meter, MeterModel, Reading, ReadingBook, Register
from gasworks.metering.types import NewMeter, ReadingRow, Recorded

_serial = itertools.count(1)


def system(company: Company) -> Scope:
    return Scope.system("test ground", company_id=company.id)


def make_model(company: Company, *, code: str = "G2.5", kind: str = "mechanical", digits: int = 5) -> MeterModel:
    known = MeterModel.objects.filter(company_id=company.id, code=code).first()
    if known:
        return known
    maker = Maker.objects.filter(company_id=company.id).first() or services.add_maker(
        scope=system(company), code="JK", name="江城仪表"
    )
    return services.add_model(scope=system(company), maker_id=maker.id, code=code, kind=kind, size=code, digits=digits)


def make_meter(company: Company, *, serial: str = "", **more: Any) -> Meter:
    new = NewMeter(serial or f"20{next(_serial):08d}", make_model(company, **more).id)
    return services.register_meter(scope=system(company), new=new, now=NOW)


def put_up_meter(
    company: Company,
    supply_point: Any,
    *,
    from_on: dt.date = dt.date(2025, 1, 1),
    start_m3: int = 0,
    serial: str = "",
    digits: int = 5,
    model: MeterModel | None = None,
) -> Installation:
    model = model or make_model(company, code="G2.5" if digits == 5 else f"G2.5-{digits}", digits=digits)
    return services.install_meter(
        scope=system(company),
        supply_point_id=supply_point.id,
        meter=NewMeter(serial or f"20{next(_serial):08d}", model.id),
        from_on=from_on,
        start={1: start_m3 * 1000},
        now=NOW,
        today=TODAY,
    )


def register_of(installation: Installation, no: int = 1) -> Register:
    return Register.objects.get(company_id=installation.company_id, meter_id=installation.meter_id, no=no)


def make_book(
    company: Company,
    *,
    code: str = "",
    parity: str = "monthly",
    read_day: int = 1,
    reader_id: int | None = None,
    supply_points: Sequence[Any] = (),
    branch_id: int | None = None,
) -> ReadingBook:
    book = services.create_book(
        scope=system(company),
        branch_id=branch_id or company.branch.id,
        code=code or f"B{next(_serial):03d}",
        name="幸福花园一本",
        parity=parity,
        read_day=read_day,
        reader_id=reader_id,
        now=NOW,
    )
    if supply_points:
        services.assign_seats(
            scope=system(company), book_id=book.id, supply_point_ids=[p.id for p in supply_points], now=NOW
        )
    return book


def make_reading(
    company: Company,
    installation: Installation,
    read_on: dt.date,
    m3: int,
    *,
    month: int | None = None,
    approve: bool = True,
    source: int = Reading.Source.MANUAL,
    kind: int = Reading.Kind.NORMAL,
    scope: Scope | None = None,
) -> Recorded:
    """One reading; with ``approve`` it is accepted even when a check flags it."""
    scope = scope or system(company)
    row = ReadingRow(installation.id, register_of(installation).id, read_on, m3 * 1000, kind)
    answer = services.record_readings(
        scope=scope, rows=[row], source=source, month=month, now=NOW, today=max(TODAY, read_on), approve=approve
    )[0]
    if approve and answer.accepted and answer.flags:
        services.approve_readings(scope=scope, reading_ids=[answer.reading_id], now=NOW)
    return answer
