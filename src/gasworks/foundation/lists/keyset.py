"""Paging by row comparison: the thousandth page costs what the first one does."""

import base64
import binascii
import datetime as dt
import json
from typing import Any

from django.db.models import BooleanField, Expression, F, Func, QuerySet, Value
from django.db.models.expressions import BaseExpression

from gasworks.foundation.lists.spec import Sort

ALIAS = "_key{}"


class BadToken(ValueError):
    """A page token that was cut or edited; the list starts again at its first page."""


class RowsBeyond(Func):
    """``(k1, k2) > (v1, v2)`` or ``<``: one index condition for the whole tuple."""

    output_field = BooleanField()
    conditional = True

    def __init__(self, keys: list[Expression], values: list[Any], *, after: bool) -> None:
        self.width = len(keys)
        self.comparison = ">" if after else "<"
        super().__init__(*keys, *values)

    def as_sql(  # type: ignore[override]
        self, compiler: Any, connection: Any, **extra: Any
    ) -> tuple[str, list[Any]]:
        parts, params = [], []
        for expression in self.source_expressions:
            sql, own = compiler.compile(expression)
            parts.append(sql)
            params.extend(own)
        left, right = ", ".join(parts[: self.width]), ", ".join(parts[self.width :])
        return f"({left}) {self.comparison} ({right})", params


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
        rows = rows.filter(RowsBeyond(keys, values, after=sort.descending is backwards))
    descending = sort.descending is not backwards
    order = [F(name).desc() if descending else F(name).asc() for name in names]
    found = list(rows.order_by(*order)[: size + 1])
    more = len(found) > size
    found = found[:size]
    if backwards:
        found.reverse()
    has_before, has_after = (more, True) if backwards else (bool(token), more)
    first = _encode(found[0], names) if found and has_before else ""
    last = _encode(found[-1], names) if found and has_after else ""
    return found, first, last


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
