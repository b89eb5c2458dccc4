"""Finding one's rows inside the company, and binding the actor: the first lines of each service."""

import datetime as dt
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any, TypeVar

from django.db import connection, models, transaction

from gasworks.foundation import audit
from gasworks.foundation.scope import Scope
from gasworks.kernel.errors import NotThere

M = TypeVar("M", bound=models.Model)


@contextmanager
def act_of(scope: Scope) -> Iterator[None]:
    """One transaction whose history rows name the actor."""
    with transaction.atomic():
        with connection.cursor() as cursor:
            audit.bind_actor(cursor, scope)
        yield


def locked(model: type[M], key: int, scope: Scope) -> M:
    """The row, locked, if it stands inside the company; NotThere otherwise."""
    rows: Any = model._default_manager
    row = rows.select_for_update(of=("self",)).filter(pk=key, company_id=scope.company_id).first()
    if row is None:
        raise NotThere(key=key)
    return row  # type: ignore[no-any-return]


def note(
    scope: Scope, act: str, row: models.Model, now: dt.datetime, detail: Mapping[str, Any] | None = None
) -> None:
    """Leave the act in the audit log."""
    audit.record(
        scope=scope,
        act=f"customers.{act}",
        subject_kind=f"customers.{_kind(row)}",
        subject_id=row.pk,
        detail=detail,
        now=now,
    )


def _kind(row: models.Model) -> str:
    name = type(row).__name__
    return {"SupplyPoint": "supply_point"}.get(name, name.lower())
