"""A month at the reading desk: rounds opened, books read, a few homes missed, odd readings looked at, meters exchanged."""

import datetime as dt
from typing import Final

import numpy as np

from gasworks.demo.city import read_day
from gasworks.demo.company import DemoCompany
from gasworks.demo.share import Share
from gasworks.metering import services as metering
from gasworks.metering.models import Installation, InstallationIndex
from gasworks.metering.types import NewMeter, ReadingRow

MANUAL: Final = 1
FROM_FILE: Final = 2
MISSED_IN_1000: Final = 12
EXCHANGED_IN_10000: Final = 6
BATCH: Final = 20_000
CLEAN, TO_REVIEW = 3, 2


def read_month(share: Share, month: int, now: dt.datetime, books: int | None = None) -> int:
    """Read every book of the month (or only the first ``books``); returns how many readings were accepted."""
    roll, city = share.roll, share.city
    draw = city.draw(month)[roll.column("serial")]
    chosen = np.flatnonzero(
        (draw * 1000 >= MISSED_IN_1000) & (roll.column("book") < (city.books if books is None else books))
    )
    accepted = 0
    for start in range(0, len(chosen), BATCH):
        accepted += _record(share, chosen[start : start + BATCH], month, now)
    return accepted


def _record(share: Share, rows: np.ndarray, month: int, now: dt.datetime) -> int:
    scope, roll = share.company.system, share.roll
    book = roll.column("book")[rows]
    index = np.zeros(len(rows), np.int64)
    for slot in np.unique(book % 20):
        at = np.flatnonzero(book % 20 == slot)
        index[at] = roll.index_on(rows[at], read_day(int(slot), month))
    answers = metering.record_readings(
        scope=scope,
        rows=[
            ReadingRow(installation, register, read_day(number, month), litres)
            for installation, register, number, litres in zip(
                roll.column("installation")[rows].tolist(),
                roll.column("register")[rows].tolist(),
                book.tolist(),
                index.tolist(),
                strict=True,
            )
        ],
        source=FROM_FILE,
        month=month,
        approve=True,
        now=now,
        today=now.date(),
    )
    odd = [answer.reading_id for answer in answers if answer.accepted and answer.flags]
    if odd:
        metering.approve_readings(scope=scope, reading_ids=odd, now=now)
    return sum(answer.accepted for answer in answers)


def begin_rounds(company: DemoCompany, month: int, now: dt.datetime) -> None:
    metering.open_rounds(scope=company.system, month=month, now=now)


def finish_rounds(company: DemoCompany, month: int, now: dt.datetime) -> None:
    """The readers hand their books in, the lead accepts them."""
    metering.submit_rounds(scope=company.system, month=month, now=now)
    metering.approve_rounds(scope=company.system, month=month, now=now)


def exchange_some(share: Share, month: int, now: dt.datetime) -> int:
    """A few meters reach the end of their life in the month and are exchanged after the reading."""
    rows = np.flatnonzero(share.city.draw(month, 1)[share.roll.column("serial")] * 10_000 < EXCHANGED_IN_10000)
    for row in rows.tolist():
        _exchange(share, row, now)
    return len(rows)


def _exchange(share: Share, row: int, now: dt.datetime) -> None:
    roll, on = share.roll, now.date()
    hung = Installation.objects.select_related("meter").get(pk=int(roll.column("installation")[row]))
    end = int(roll.index_on(np.array([row]), on)[0])
    serial = f"27{int(roll.column('serial')[row]):08d}"
    put_up = metering.exchange_meter(
        scope=share.company.system,
        installation_id=hung.id,
        seen=hung.version,
        on=on,
        end={1: end},
        meter=NewMeter(serial=f"{serial}{on:%m}", model_id=hung.meter.model_id, made_on=dt.date(on.year, 1, 1)),
        start={1: 0},
        reason="life",
        now=now,
        today=on,
    )
    register = InstallationIndex.objects.get(installation=put_up).register_id
    roll.exchanged(row, put_up.id, register, on)
