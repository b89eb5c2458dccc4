"""Statements that every request runs: planned once a session, with their parameters sent beside them.

    with prepared() as cursor:
        cursor.execute("SELECT path FROM foundation_orgunit WHERE id = %s", [str(unit_id)])

Django writes parameters into the statement, so the server parses and plans it anew each time. Here it does not; in
return each parameter's type comes from the statement alone. A whole number goes as text (``str(7)``, ``number(None)``,
``array([7])``): one statement then has one plan, whatever the size of the number.
"""

from collections.abc import Iterable
from typing import Any

from django.db import connection
from django.db.backends.postgresql.base import ServerBindingCursor


class _Prepared(ServerBindingCursor):  # type: ignore[misc]
    def execute(self, query: Any, params: Any = None, **_more: Any) -> Any:
        return super().execute(query, params, prepare=True)

    def _convert_query(self, query: Any, params: Any = None) -> Any:
        """Django's query log looks here."""
        self._query = super()._convert_query(query, params)
        return self._query


def prepared() -> Any:
    """A cursor on Django's own connection, inside its transaction, its wrappers and its query log."""
    here: Any = connection
    here.ensure_connection()
    make: Any = _Prepared
    return here._prepare_cursor(make(here.connection))


def array(values: Iterable[object]) -> str:
    """An array in PostgreSQL's spelling: whole numbers, or words that need no quotes there."""
    return "{" + ",".join(map(str, values)) + "}"


def number(value: int | None) -> str | None:
    """A whole number that may be missing."""
    return None if value is None else str(value)
