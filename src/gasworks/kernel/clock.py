"""The clock is a port: shells ask it once per request and pass the moment down."""

import datetime as dt
from typing import Protocol
from zoneinfo import ZoneInfo


class Clock(Protocol):
    def now(self) -> dt.datetime: ...


class SystemClock:
    def now(self) -> dt.datetime:
        return dt.datetime.now(tz=dt.UTC)


def business_day(moment: dt.datetime, zone: str) -> dt.date:
    """The calendar day of a moment in the company's time zone."""
    return moment.astimezone(ZoneInfo(zone)).date()
