"""A list as a file: the same rows, filters and order that the person saw, all pages of it."""

from collections.abc import Iterator
from typing import Any

from django.http import QueryDict
from django.utils import timezone

from gasworks.foundation.exports import Head, Typed
from gasworks.foundation.lists.keyset import _expression
from gasworks.foundation.lists.page import bind_filters, narrowed
from gasworks.foundation.lists.spec import Column, ListSpec
from gasworks.foundation.scope import Scope

EXPORT_WORK = "foundation.list_export"
SMALL_EXPORT = 2_000
FETCH = 2_000


def export_rows(spec: ListSpec, query: QueryDict, *, scope: Scope) -> tuple[list[Head], Iterator[list[Typed]]]:
    """Headers, and the rows one at a time from a server-side cursor, so that memory stays flat."""
    columns = spec.export_columns or spec.columns
    heads = [Head(str(column.label), column.kind) for column in columns]
    rows = narrowed(spec, bind_filters(spec, query, scope), scope)
    sort = spec.sort(query.get("sort", ""))
    keys = [_expression(key) for key in sort.keys]
    ordered = rows.order_by(*[key.desc() if sort.descending else key.asc() for key in keys])
    return heads, _values(ordered, columns)


def _values(rows: Any, columns: tuple[Column, ...]) -> Iterator[list[Typed]]:
    zone = timezone.get_current_timezone()
    for row in rows.iterator(chunk_size=FETCH):
        yield [_typed(column, row, zone) for column in columns]


def _typed(column: Column, row: Any, zone: Any) -> Typed:
    if column.kind in ("state", "flag"):
        return column.text(row, zone)
    value = column.value(row)
    return value.astimezone(zone).replace(tzinfo=None) if column.kind == "moment" and value else value
