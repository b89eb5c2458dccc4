"""The first lines of a service: one transaction that names its actor, and one's rows inside the company."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, TypeVar

from django.db import models, transaction

from gasworks.foundation.audit import name_actor
from gasworks.foundation.scope import Scope
from gasworks.kernel.errors import NotThere

M = TypeVar("M", bound=models.Model)


@contextmanager
def act_of(scope: Scope) -> Iterator[None]:
    """One transaction whose history rows name the actor."""
    with transaction.atomic():
        name_actor(scope)
        yield


def locked(model: type[M], key: int, scope: Scope) -> M:
    """The row, locked until the transaction ends, if it stands inside the company; NotThere otherwise."""
    rows: Any = model._default_manager
    row = rows.select_for_update(of=("self",)).filter(pk=key, company_id=scope.company_id).first()
    if row is None:
        raise NotThere(key=key)
    return row  # type: ignore[no-any-return]
