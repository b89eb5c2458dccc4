"""Half-open periods of days, and accounting months (账期) written YYYYMM."""

import datetime as dt
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Period:
    """Days from ``from_on`` (in) to ``to_on`` (out)."""

    from_on: dt.date
    to_on: dt.date

    def __post_init__(self) -> None:
        if self.from_on >= self.to_on:
            raise ValueError(f"period ends before it begins: {self.from_on} .. {self.to_on}")

    @property
    def days(self) -> int:
        return (self.to_on - self.from_on).days


def month_start(month: int) -> dt.date:
    """First calendar day of accounting month 202611."""
    return dt.date(month // 100, month % 100, 1)


def month_of(day: dt.date) -> int:
    return day.year * 100 + day.month


def add_months(month: int, count: int) -> int:
    index = (month // 100) * 12 + (month % 100 - 1) + count
    return (index // 12) * 100 + index % 12 + 1
