"""Change history by trigger: every insert and update of a tracked model leaves a row with who, when, from where.

The actor comes from ``audit.acting`` or, in a service and before any bulk write, ``audit.bind_actor``. The context
stands in the history row itself and triggers fire once a statement, so a COPY of 50,000 rows costs one insert more.
"""

from collections.abc import Callable
from typing import Any, TypeVar

import pghistory
from django.db import models

from gasworks.foundation.privileges import fact

M = TypeVar("M", bound=type[models.Model])


def tracked(
    *, exclude: tuple[str, ...] = (), blankable: tuple[str, ...] = (), deletes: bool = False
) -> Callable[[M], M]:
    """Keep a model's history in «<Model>Event». ``blankable`` names the columns that an erasure may empty.

    ``deletes`` also keeps the last state of a deleted row, for the few models whose rows go.
    """
    kept = [pghistory.InsertEvent(), pghistory.UpdateEvent()] + ([pghistory.DeleteEvent()] if deletes else [])

    def declare(model: M) -> M:
        tracker = pghistory.track(
            *kept,
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
