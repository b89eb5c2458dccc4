"""One page of a list as the template needs it."""

import datetime as dt
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlencode

from django.db.models import QuerySet
from django.http import QueryDict
from django.utils.translation import gettext

from gasworks.foundation.lists.keyset import BadToken, take_page
from gasworks.foundation.lists.spec import Column, Filter, ListSpec, Text
from gasworks.foundation.scope import Scope
from gasworks.kernel.money import parse_scaled

COUNT_CAP = 10_000
PAGING = ("after", "before")


@dataclass(frozen=True, slots=True)
class Cell:
    """``tone`` is the state of a state column in one word: the badge's CSS class ends with it."""

    text: str
    column: Column
    href: str = ""
    tone: str = ""


@dataclass(frozen=True, slots=True)
class Row:
    id: Any
    cells: tuple[Cell, ...]
    object: Any


@dataclass(frozen=True, slots=True)
class Head:
    """A column's header; ``href`` sorts by it, ``order`` is aria-sort."""

    column: Column
    href: str
    order: str


@dataclass(frozen=True, slots=True)
class BoundFilter:
    """A filter with what the user typed, and the sentence if that cannot be read."""

    filter: Filter
    value: str
    options: tuple[tuple[str, Text], ...]
    problem: str


@dataclass(frozen=True, slots=True)
class SortChoice:
    code: str
    label: Text
    href: str
    chosen: bool


@dataclass(slots=True)
class ListPage:
    """``count`` is capped: «10,000+» when ``count_capped``. Hrefs are «?…», relative to the list's own address."""

    spec: ListSpec
    rows: list[Row]
    heads: list[Head]
    filters: list[BoundFilter]
    sorts: list[SortChoice]
    count: int
    count_capped: bool
    first_href: str
    previous_href: str
    next_href: str
    clear_href: str
    xlsx_href: str
    csv_href: str
    query: str
    saved_views: list[Any] = field(default_factory=list)

    @property
    def count_text(self) -> str:
        return f"{COUNT_CAP:,}+" if self.count_capped else f"{self.count:,}"

    @property
    def filtered(self) -> bool:
        return any(f.value for f in self.filters)


def build_page(spec: ListSpec, query: QueryDict, *, scope: Scope, zone: dt.tzinfo | None = None) -> ListPage:
    """Read one page under the scope. Two queries: the rows and the capped count."""
    bound = bind_filters(spec, query, scope)
    rows = narrowed(spec, bound, scope)
    sort = spec.sort(query.get("sort", ""))
    try:
        found, before, after = take_page(rows, sort, spec.page_size, query.get("after", ""), query.get("before", ""))
    except BadToken:
        found, before, after = take_page(rows, sort, spec.page_size)
    count = rows.order_by()[: COUNT_CAP + 1].count()
    return ListPage(
        spec=spec,
        rows=[_row(spec, row, zone) for row in found],
        heads=[_head(column, query, sort.code, sort.descending) for column in spec.columns],
        filters=bound,
        sorts=[SortChoice(s.code, s.label, _with(query, sort=s.code), s.code == sort.code) for s in spec.sorts],
        count=min(count, COUNT_CAP),
        count_capped=count > COUNT_CAP,
        first_href=_with(query),
        previous_href=_with(query, before=before) if before else "",
        next_href=_with(query, after=after) if after else "",
        clear_href="?" + urlencode({"sort": sort.code}),
        xlsx_href=_with(query, export="xlsx"),
        csv_href=_with(query, export="csv"),
        query=_with(query)[1:],
    )


def bind_filters(spec: ListSpec, query: QueryDict, scope: Scope) -> list[BoundFilter]:
    return [_bind(one, query.get(one.code, "").strip(), scope) for one in spec.filters]


def narrowed(spec: ListSpec, bound: list[BoundFilter], scope: Scope) -> QuerySet[Any, Any]:
    """The rows that the person may see and asked for. A filter that cannot be read narrows to nothing."""
    rows = spec.rows(scope)
    for one in bound:
        if one.problem:
            return rows.none()
        if one.value:
            rows = one.filter.narrow(rows, _parse(one.filter, one.value))
    return rows


def _bind(one: Filter, text: str, scope: Scope) -> BoundFilter:
    options = tuple(one.options(scope)) if one.kind in ("choice", "flag") else ()
    problem = ""
    if text and options and text not in {value for value, _ in options}:
        problem = gettext("«%(text)s» is not one of the choices.") % {"text": text}
    elif text:
        try:
            _parse(one, text)
        except ValueError:
            problem = gettext("«%(text)s» cannot be read here.") % {"text": text}
    return BoundFilter(one, text, options, problem)


def _parse(one: Filter, text: str) -> Any:
    match one.kind:
        case "date":
            return dt.date.fromisoformat(text)
        case "month":
            return _month(text)
        case "number":
            return parse_scaled(text, 0)
        case "flag":
            return text == "1"
    if "\x00" in text:
        raise ValueError(text)
    return text


def _month(text: str) -> int:
    """«2026-11» or «202611»."""
    digits = text.replace("-", "")
    if len(digits) != 6 or not digits.isdecimal() or not 1 <= int(digits[4:]) <= 12:
        raise ValueError(text)
    return int(digits)


def _row(spec: ListSpec, row: Any, zone: dt.tzinfo | None) -> Row:
    key = row.get("id") if isinstance(row, dict) else row.pk
    return Row(key, tuple(_cell(column, row, zone) for column in spec.columns), row)


def _cell(column: Column, row: Any, zone: dt.tzinfo | None) -> Cell:
    href = column.link(row) if column.link else ""
    tone = _tone(row, column.value(row)) if column.kind == "state" else ""
    return Cell(column.text(row, zone), column, href, tone)


def _tone(row: Any, value: Any) -> str:
    """A state that is stored as a number is called by its name: «paid», not «4»."""
    states = getattr(type(row), "State", None)
    return states(value).name.lower() if states is not None and isinstance(value, int) else str(value)


def _head(column: Column, query: QueryDict, chosen: str, descending: bool) -> Head:
    if not column.sort:
        return Head(column, "", "")
    order = ("descending" if descending else "ascending") if column.sort == chosen else "none"
    return Head(column, _with(query, sort=column.sort), order)


def _with(query: QueryDict, **changes: str) -> str:
    """The query string with changes; paging, export and empty values are left out."""
    kept = {k: v for k, v in query.items() if k not in (*PAGING, "export") and v}
    return "?" + urlencode(kept | changes)
