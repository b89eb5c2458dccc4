"""Figures turned into charts of the dashboard."""

from collections.abc import Sequence

from django.utils.translation import get_language
from django.utils.translation import gettext as _

from gasworks.foundation import words
from gasworks.foundation.charts import Chart, Series
from gasworks.insight.types import DayTakings, MonthMoney, ReadingProgress, Takings, TypeGas


def by_channel(takings: Sequence[Takings]) -> Chart:
    english = (get_language() or "").startswith("en")
    names = [t.channel_en if english and t.channel_en else t.channel for t in takings]
    return Chart(
        id="takings-channel",
        title=_("Takings by channel, last 30 days"),
        axis=_("Channel"),
        kind="pie",
        unit="yuan",
        labels=names,
        series=[Series(_("Takings"), [t.amount_fen for t in takings])],
    )


def by_day(takings: Sequence[DayTakings]) -> Chart:
    return Chart(
        id="takings-day",
        title=_("Takings by day, last 30 days"),
        axis=_("Posting day"),
        kind="line",
        unit="yuan",
        labels=[t.day.strftime("%m-%d") for t in takings],
        series=[Series(_("Takings"), [t.amount_fen for t in takings])],
    )


def money(months: Sequence[MonthMoney]) -> Chart:
    return Chart(
        id="money-month",
        title=_("Billed, collected and in arrears by month"),
        axis=_("Month"),
        kind="bar",
        unit="yuan",
        labels=[f"{m.month // 100}-{m.month % 100:02d}" for m in months],
        series=[
            Series(_("Billed"), [m.billed_fen for m in months]),
            Series(_("Collected"), [m.collected_fen for m in months]),
            Series(_("In arrears at the end"), [m.arrears_fen for m in months]),
        ],
    )


def reading(month: int, progress: Sequence[ReadingProgress]) -> Chart:
    points = {p.state: p for p in progress}
    states = words.choices(words.BOOK_STATE)
    return Chart(
        id="reading-progress",
        title=_("Meter reading in %(month)s: supply points by the state of their book")
        % {"month": f"{month // 100}-{month % 100:02d}"},
        axis=_("State"),
        kind="bar",
        unit="count",
        labels=[label for _code, label in states],
        series=[Series(_("Supply points"), [_points(points.get(code)) for code, _label in states])],
    )


def _points(progress: ReadingProgress | None) -> int:
    return progress.supply_points if progress else 0


def gas(rows: Sequence[TypeGas]) -> Chart:
    months = sorted({row.month for row in rows})
    found = {(row.month, row.customer_type): row.litres for row in rows}
    return Chart(
        id="gas-type",
        title=_("Gas billed by customer type and accounting month"),
        axis=_("Accounting month"),
        kind="bar",
        unit="m3",
        stacked=True,
        labels=[f"{m // 100}-{m % 100:02d}" for m in months],
        series=[
            Series(label, [found.get((month, code), 0) for month in months])
            for code, label in words.choices(words.CUSTOMER_TYPE)
        ],
    )
