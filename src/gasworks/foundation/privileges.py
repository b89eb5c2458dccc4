"""What the product's database roles may do to each table, said beside the model and applied after each migration.

Append-only is a privilege first: on a fact table the web and worker roles have INSERT and SELECT, and UPDATE of the
named columns only. Triggers (``guards``) come second, as the fence that also stops an administrator's slip.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeVar

from django.db import models

M = TypeVar("M", bound=type[models.Model])


@dataclass(frozen=True, slots=True)
class Writes:
    """``update`` is True for every column, or the names of the columns that may change."""

    update: bool | tuple[str, ...] = True
    delete: bool = True


ORDINARY = Writes()
_DECLARED: dict[str, Writes] = {}


def fact(*, update: tuple[str, ...] = ()) -> Callable[[M], M]:
    """Declare a fact table: rows are added, never deleted; only ``update`` columns ever change."""

    def declare(model: M) -> M:
        _DECLARED[model._meta.db_table] = Writes(update=update or False, delete=False)
        return model

    return declare


def kept(model: M) -> M:
    """Declare master data that is edited but never deleted."""
    _DECLARED[model._meta.db_table] = Writes(update=True, delete=False)
    return model


def writes_of(table: str) -> Writes:
    return _DECLARED.get(table, ORDINARY)


def declared_tables() -> dict[str, Writes]:
    return dict(_DECLARED)
