"""Paging by the keys of the last row: the thousandth page costs what the first one does.

What lies beyond a row (k1, k2) is asked for in parts: first k1 equal and k2 beyond, then k1 beyond. Each part is one
range of the index, and the server knows how much lies in it. Of the comparison ``(k1, k2) > (v1, v2)`` it knows only k1:
where a million rows share the newest month it expects none, and sorts them all.
"""

import base64
import binascii
import datetime as dt
import json
from collections.abc import Iterator
from typing import Any

from django.db.models import F, QuerySet, Value
from django.db.models.expressions import BaseExpression

from gasworks.foundation.lists.spec import Sort

ALIAS = "_key{}"


class BadToken(ValueError):
    """A page token that was cut or edited; the list starts again at its first page."""


def take_page(
    rows: QuerySet[Any, Any], sort: Sort, size: int, after: str = "", before: str = ""
) -> tuple[list[Any], str, str]:
    """One page of ``rows`` in the order of ``sort``: the rows, the token of the page before, of the page after.

    An empty token means that there is no such page. Raises BadToken.
    """
    keys = [_expression(key) for key in sort.keys]
    backwards = bool(before)
    rows = rows.annotate(**{ALIAS.format(i): key for i, key in enumerate(keys)})
    names = [ALIAS.format(i) for i in range(len(keys))]
    token = before or after
    if token:
        fields = [rows.query.annotations[name].output_field for name in names]
        values = [Value(value, output_field=field) for value, field in zip(_decode(token, fields), fields, strict=True)]
        parts = _beyond(rows, dict(zip(names, values, strict=True)), "gt" if sort.descending is backwards else "lt")
    else:
        parts = iter([rows])
    descending = sort.descending is not backwards
    order = [F(name).desc() if descending else F(name).asc() for name in names]
    found: list[Any] = []
    for part in parts:
        if len(found) <= size:
            found += part.order_by(*order)[: size + 1 - len(found)]
    more = len(found) > size
    found = found[:size]
    if backwards:
        found.reverse()
    has_before, has_after = (more, True) if backwards else (bool(token), more)
    first = _encode(found[0], names) if found and has_before else ""
    last = _encode(found[-1], names) if found and has_after else ""
    return found, first, last


def _beyond(rows: QuerySet[Any, Any], key: dict[str, Value], beyond: str) -> Iterator[QuerySet[Any, Any]]:
    """The rows beyond a key, nearest first: those that agree with it in all but the last column, then in all but two …"""
    names = list(key)
    for place in reversed(range(len(names))):
        agreed = {name: key[name] for name in names[:place]}
        yield rows.filter(**agreed, **{f"{names[place]}__{beyond}": key[names[place]]})


def _expression(key: str | BaseExpression) -> Any:
    return F(key) if isinstance(key, str) else key


def _encode(row: Any, names: list[str]) -> str:
    read = row.get if isinstance(row, dict) else lambda name: getattr(row, name)
    values = [read(name) for name in names]
    texts = [v.isoformat() if isinstance(v, dt.date | dt.datetime) else v for v in values]
    return base64.urlsafe_b64encode(json.dumps(texts, ensure_ascii=False).encode()).decode().rstrip("=")


def _decode(token: str, fields: list[Any]) -> list[Any]:
    try:
        texts = json.loads(base64.urlsafe_b64decode(token + "=" * (-len(token) % 4)))
        if not isinstance(texts, list) or len(texts) != len(fields) or None in texts:
            raise BadToken(token)
        return [field.to_python(text) for field, text in zip(fields, texts, strict=True)]
    except (binascii.Error, UnicodeDecodeError, ValueError, TypeError, ArithmeticError) as error:
        raise BadToken(token) from error
    except Exception as error:
        if type(error).__name__ == "ValidationError":
            raise BadToken(token) from error
        raise
