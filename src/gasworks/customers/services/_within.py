"""How this domain leaves its acts in the audit log."""

import datetime as dt
from collections.abc import Mapping
from typing import Any

from django.db import models

from gasworks.foundation import audit
from gasworks.foundation.acts import act_of, locked
from gasworks.foundation.scope import Scope

__all__ = ["act_of", "locked", "note"]


def note(scope: Scope, act: str, row: models.Model, now: dt.datetime, detail: Mapping[str, Any] | None = None) -> None:
    """One act on one row."""
    name = type(row).__name__
    audit.record(
        scope=scope,
        act=f"customers.{act}",
        subject_kind="customers." + {"SupplyPoint": "supply_point"}.get(name, name.lower()),
        subject_id=row.pk,
        detail=detail,
        now=now,
    )
