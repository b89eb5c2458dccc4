"""A chart as data: whole units for the picture, shown figures for the table under it."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from django.utils.functional import Promise
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from gasworks.kernel import money

Unit = Literal["yuan", "m3", "count"]
Words = str | Promise

_SHOW: dict[str, Callable[[int], str]] = {
    "yuan": money.yuan,
    "m3": money.cubic_metres,
    "count": lambda value: f"{value:,}",
}
_UNIT_WORDS = {"yuan": _("yuan"), "m3": _("m³"), "count": ""}


@dataclass(frozen=True, slots=True)
class Series:
    """``values`` in fen, litres or pieces, one for each label of the chart."""

    name: Words
    values: Sequence[int]


@dataclass(frozen=True, slots=True)
class Row:
    label: Words
    values: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Chart:
    """``axis`` heads the first column of the table; ``id`` is unique on the page."""

    id: str
    title: Words
    axis: Words
    kind: Literal["bar", "line", "pie"]
    unit: Unit
    labels: Sequence[Words]
    series: Sequence[Series]
    stacked: bool = False

    @property
    def empty(self) -> bool:
        return not any(value for series in self.series for value in series.values)

    @property
    def data_id(self) -> str:
        return f"{self.id}-data"

    @property
    def names(self) -> list[str]:
        unit = str(_UNIT_WORDS[self.unit])
        return [_with_unit(str(series.name), unit) for series in self.series]

    @property
    def rows(self) -> list[Row]:
        show = _SHOW[self.unit]
        return [
            Row(label, tuple(show(series.values[index]) for series in self.series))
            for index, label in enumerate(self.labels)
        ]

    @property
    def data(self) -> dict[str, Any]:
        return {
            "kind": self.kind,
            "unit": self.unit,
            "unit_label": str(_UNIT_WORDS[self.unit]),
            "stacked": self.stacked,
            "labels": [str(label) for label in self.labels],
            "series": [{"name": str(series.name), "values": list(series.values)} for series in self.series],
        }


def _with_unit(name: str, unit: str) -> str:
    return gettext("%(name)s (%(unit)s)") % {"name": name, "unit": unit} if unit else name
