"""Change history by trigger: every insert and update of a tracked model leaves a row with who, when, from where.

A service that writes a tracked model calls ``bind_actor(scope)`` first in its transaction; it is one small SQL
statement, so a bulk COPY carries the actor like a clerk's save does. A history row without an actor or a system's
reason fails AUD-1.
"""

import json
from collections.abc import Callable
from typing import Any, TypeVar

import pghistory
from django.db import connection, models

from gasworks.foundation.privileges import fact
from gasworks.foundation.scope import Scope

M = TypeVar("M", bound=type[models.Model])


def bind_actor(scope: Scope) -> None:
    """Name the actor of this transaction's changes. Holds until commit or rollback."""
    origin = {
        "actor": scope.actor_id,
        "reason": scope.reason,
        "ip": scope.ip,
        "request": scope.request_id,
    }
    with connection.cursor() as cursor:
        cursor.execute("SELECT set_config('pghistory.context_metadata', %s, true)", [json.dumps(origin)])


def tracked(*, exclude: tuple[str, ...] = (), blankable: tuple[str, ...] = ()) -> Callable[[M], M]:
    """Keep a model's history in «<Model>Event». ``blankable`` names the columns that an erasure may empty."""

    def declare(model: M) -> M:
        tracker = pghistory.track(
            exclude=list(exclude) or None,
            context_field=pghistory.ContextJSONField(),
            context_id_field=None,
            level=pghistory.Statement,
        )
        result: Any = tracker(model)
        fact(update=blankable)(result.pgh_event_model)
        return model

    return declare


def changes_of(model: type[models.Model], key: int) -> Any:
    """The history rows of one object, newest first."""
    events: Any = model.pgh_event_model  # type: ignore[attr-defined]
    return events.objects.filter(pgh_obj_id=key).order_by("-pgh_id")
