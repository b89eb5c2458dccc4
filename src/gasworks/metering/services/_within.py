"""How this domain leaves its acts in the audit log."""

import datetime as dt
from collections.abc import Mapping
from typing import Any

from django.db import models

from gasworks.foundation import audit
from gasworks.foundation.acts import act_of, locked
from gasworks.foundation.scope import Scope

__all__ = ["act_of", "locked", "note", "note_batch"]

_SUBJECTS = {"ReadingBook": "book", "BookRound": "round"}


def note(scope: Scope, act: str, row: models.Model, now: dt.datetime, detail: Mapping[str, Any] | None = None) -> None:
    """One act on one row."""
    name = type(row).__name__
    audit.record(
        scope=scope,
        act=f"metering.{act}",
        subject_kind="metering." + _SUBJECTS.get(name, name.lower()),
        subject_id=row.pk,
        detail=detail,
        now=now,
    )


def note_batch(scope: Scope, act: str, kind: str, now: dt.datetime, detail: Mapping[str, Any]) -> None:
    """One act on many rows: what and how many."""
    audit.record(scope=scope, act=f"metering.{act}", subject_kind=f"metering.{kind}", detail=detail, now=now)
