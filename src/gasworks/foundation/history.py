"""Change history by trigger: every insert and update of a tracked model leaves a row with who, when, from where.

The actor comes from ``audit.acting`` or, in a service and before any bulk write, ``audit.bind_actor``. The context
stands in the history row itself and triggers fire once a statement, so a COPY of 50,000 rows costs one insert more.
"""

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final, TypeVar

import pghistory
from django.apps import apps
from django.db import models
from django.utils.translation import gettext

from gasworks.foundation.privileges import fact
from gasworks.foundation.scope import Scope
from gasworks.kernel.errors import NotThere

# The first of these that a model has is what its rows are called.
NAMED_BY: Final = ("full_name", "name", "address", "number", "serial", "code", "document_no")

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
            context_id_field=None,  # type: ignore[arg-type]
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


@dataclass(frozen=True, slots=True)
class FieldChange:
    label: str
    old: str
    new: str


@dataclass(frozen=True, slots=True)
class Change:
    """One history row against the one before it. ``who`` is a name, or the reason of a system's act."""

    at: dt.datetime
    what: str
    who: str
    ip: str
    fields: tuple[FieldChange, ...]


def tracked_models() -> dict[str, type[models.Model]]:
    """«app.model» → model, for every model with history."""
    return {model._meta.label_lower: model for model in apps.get_models() if hasattr(model, "pgh_event_model")}


def changes(*, scope: Scope, label: str, key: int) -> list[Change]:
    """The story of one object inside the company, newest first. Raises NotThere for what has none."""
    model = tracked_models().get(label)
    rows = list(_inside(model, key, scope)) if model else []
    if model is None or not rows:
        raise NotThere(key=f"{label} {key}")
    names = _names({(row.pgh_context or {}).get("actor") for row in rows})
    return [_change(model, row, older, names) for row, older in zip(rows, [*rows[1:], None], strict=True)]


def _inside(model: type[models.Model], key: int, scope: Scope) -> Any:
    """History rows that belong to the scope's company: by their own column, or by the person's home."""
    rows = changes_of(model, key)
    columns = {field.name for field in model.pgh_event_model._meta.get_fields()}  # type: ignore[attr-defined]
    if "company" in columns:
        return rows.filter(company_id=scope.company_id)
    border = "home__company_id" if "home" in columns else "unit__company_id"
    return rows.filter(**{border: scope.company_id})


def _change(model: type[models.Model], row: Any, older: Any, names: dict[int, str]) -> Change:
    context = row.pgh_context or {}
    compared = [field for field in _fields(model, row) if older is None or _raw(field, row) != _raw(field, older)]
    return Change(
        at=row.pgh_created_at,
        what=row.pgh_label,
        who=str(names.get(context.get("actor") or 0, context.get("reason", ""))),
        ip=context.get("ip", ""),
        fields=tuple(FieldChange(_label(field), _shown(field, older), _shown(field, row)) for field in compared),
    )


def _fields(model: type[models.Model], row: Any) -> list[Any]:
    kept = {field.name for field in row._meta.get_fields()}
    return [
        field for field in model._meta.fields if field.name in kept and field.name not in ("id", "company", "version")
    ]


def _label(field: Any) -> str:
    """The field's name; one that nobody named is called by what it leads to («supply_point» → «Supply point»)."""
    name = str(field.verbose_name)
    return gettext(name[:1].upper() + name[1:])


def _raw(field: Any, row: Any) -> Any:
    return getattr(row, field.attname)


def _shown(field: Any, row: Any) -> str:
    value = None if row is None else _raw(field, row)
    if value is None or value == "":
        return "—"
    if isinstance(value, bytes | memoryview):
        return "•••"
    if hasattr(value, "coords"):
        return ", ".join(f"{part:.6f}" for part in value.coords)
    if field.is_relation:
        return _called(field.related_model, value)
    return str(dict(field.flatchoices).get(value, value))


def _called(model: type[models.Model], key: int) -> str:
    """What a row is called where people speak of it, or its key when it has no name."""
    name = next((one for one in NAMED_BY if one in {field.name for field in model._meta.fields}), None)
    found = model._base_manager.filter(pk=key).values_list(name, flat=True).first() if name else None
    return str(found or key)


def _names(actors: set[Any]) -> dict[int, str]:
    staff = apps.get_model("foundation", "Staff")
    known = staff._default_manager.filter(pk__in={actor for actor in actors if actor})
    return dict(known.values_list("id", "full_name"))
