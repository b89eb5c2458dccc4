"""What a domain says about one of its lists."""

import datetime as dt
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any, Literal

from django.db.models import QuerySet
from django.utils.functional import Promise
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from gasworks.foundation.scope import Scope
from gasworks.kernel import money

Text = str | Promise
Choices = Iterable[tuple[Any, Text]]
ColumnKind = Literal["text", "words", "yuan", "m3", "price", "number", "date", "moment", "month", "flag", "state"]
FilterKind = Literal["text", "choice", "date", "month", "number", "flag"]

NUMERIC = frozenset({"yuan", "m3", "price", "number"})


@dataclass(frozen=True, slots=True)
class Column:
    """One column. ``show`` is a path into the row («agreement.customer.name», also through dicts) or a function.

    ``kind`` decides the format: words may take a second line, yuan from fen, m3 from litres, price from 0.0001 yuan, month
    from YYYYMM; «state» is a badge whose tone is the raw value (``row`` attribute ``show``; its text comes from
    ``get_<x>_display``). ``phone=False`` hides it at 390 px. ``sort`` names the ``Sort`` that a click on the header chooses.
    """

    code: str
    label: Text
    show: str | Callable[[Any], Any] = ""
    kind: ColumnKind = "text"
    link: Callable[[Any], str] | None = None
    sort: str = ""
    phone: bool = True
    total: bool = False

    def value(self, row: Any) -> Any:
        if callable(self.show):
            return self.show(row)
        for name in (self.show or self.code).split("."):
            if row is None:
                return None
            row = row.get(name) if isinstance(row, dict) else getattr(row, name)
        return row

    def text(self, row: Any, zone: dt.tzinfo | None = None) -> str:
        value = self.value(row)
        if self.kind == "state":
            last = (self.show if isinstance(self.show, str) and self.show else self.code).split(".")[-1]
            display = getattr(row, f"get_{last}_display", None)
            return str(display() if display else value)
        return format_value(value, self.kind, zone)

    @property
    def numeric(self) -> bool:
        return self.kind in NUMERIC


@dataclass(frozen=True, slots=True)
class Sort:
    """A declared order. ``keys`` are field names or expressions, never null, unique together (end with ``id``).

    All run in one direction, so that one index serves both ways and a page is found by row comparison, not by
    counting. ``index`` names that index; a test looks for it. Its first column is the one that the list's queryset
    holds equal (``company_id``).
    """

    code: str
    label: Text
    keys: tuple[Any, ...]
    index: str
    descending: bool = False


@dataclass(frozen=True, slots=True)
class Filter:
    """One filter. ``apply(rows, value)`` narrows the rows; ``lookup`` is the short form of it."""

    code: str
    label: Text
    kind: FilterKind = "text"
    lookup: str = ""
    apply: Callable[[QuerySet[Any, Any], Any], QuerySet[Any, Any]] | None = None
    choices: Choices | Callable[[Scope], Choices] = ()
    placeholder: Text = ""

    def narrow(self, rows: QuerySet[Any, Any], value: Any) -> QuerySet[Any, Any]:
        return self.apply(rows, value) if self.apply else rows.filter(**{self.lookup or self.code: value})

    def options(self, scope: Scope) -> list[tuple[str, Text]]:
        if self.kind == "flag":
            return [("1", _("Yes")), ("0", _("No"))]
        found = self.choices(scope) if callable(self.choices) else self.choices
        return [(str(value), label) for value, label in found]


NOTHING_MATCHES = _("Nothing matches. Change or clear the filters.")


@dataclass(frozen=True, slots=True)
class ListSpec:
    """One list. ``rows(scope)`` is a queryset that stays inside the scope; ``right`` stands in the rights table.

    ``export_columns`` default to ``columns``. The first sort is the one that a fresh visit gets.
    """

    code: str
    title: Text
    right: str
    rows: Callable[[Scope], QuerySet[Any, Any]]
    columns: tuple[Column, ...]
    sorts: tuple[Sort, ...]
    filters: tuple[Filter, ...] = ()
    export_columns: tuple[Column, ...] = ()
    page_size: int = 50
    export_right: str = ""
    empty: Text = NOTHING_MATCHES

    def sort(self, code: str) -> Sort:
        return next((s for s in self.sorts if s.code == code), self.sorts[0])


def format_value(value: Any, kind: str, zone: dt.tzinfo | None = None) -> str:
    """A value as the screen shows it."""
    if value is None or value == "":
        return "—"
    match kind:
        case "yuan":
            return money.yuan(value)
        case "m3":
            return money.cubic_metres(value)
        case "price":
            return money.price(value)
        case "number":
            return f"{value:,}"
        case "month":
            return f"{value // 100}-{value % 100:02d}"
        case "date":
            return str(value.isoformat())
        case "moment":
            return str(value.astimezone(zone).strftime("%Y-%m-%d %H:%M"))
        case "flag":
            return gettext("Yes") if value else gettext("No")
    return str(value)
