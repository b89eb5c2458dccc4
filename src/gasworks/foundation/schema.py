"""What the database holds beyond Django's migrations, derived from the models: the company border and privileges.

Runs after every ``migrate`` as the owner, and is idempotent.
"""

from typing import Any

from django.apps import apps
from django.db import connection

from gasworks.foundation.fields import BorderKey, KeptKey
from gasworks.foundation.kept_keys import ensure_kept_keys
from gasworks.foundation.privileges import Writes, writes_of

ROLES = ("gasworks_web", "gasworks_worker")


def ensure_schema(**_: Any) -> None:
    """Add composite border keys and grants that are missing."""
    ours = [m for m in apps.get_models() if m.__module__.startswith("gasworks.") and m._meta.managed]
    with connection.cursor() as cursor:
        cursor.execute("SELECT conname FROM pg_constraint WHERE conname LIKE 'border_%%'")
        present = {name for (name,) in cursor.fetchall()}
        for model in ours:
            for field in model._meta.local_fields:
                if isinstance(field, KeptKey) or (isinstance(field, BorderKey) and _is_history(model)):
                    _drop_border(cursor, model, field, present)
                elif isinstance(field, BorderKey):
                    _ensure_border(cursor, model, field, present)
        ensure_kept_keys(cursor)
        for statement in _grants(cursor):
            cursor.execute(statement)


def _is_history(model: Any) -> bool:
    """A copy by trigger of a row whose own keys were checked: a second check of the copy would only cost."""
    return hasattr(model, "pgh_tracked_model")


def _drop_border(cursor: Any, model: Any, field: Any, present: set[str]) -> None:
    name = _border_name(model, field)
    if name in present:
        cursor.execute(f'ALTER TABLE "{model._meta.db_table}" DROP CONSTRAINT "{name}"')


def _border_name(model: Any, field: Any) -> str:
    return f"border_{model._meta.db_table}_{field.column}"[:63]


def _ensure_border(cursor: Any, model: Any, field: Any, present: set[str]) -> None:
    parent = field.remote_field.model._meta.db_table
    child = model._meta.db_table
    unique = f"border_{parent}"[:63]
    if unique not in present:
        cursor.execute(f'ALTER TABLE "{parent}" ADD CONSTRAINT "{unique}" UNIQUE (company_id, id)')
        present.add(unique)
    name = _border_name(model, field)
    if name not in present:
        cursor.execute(
            f'ALTER TABLE "{child}" ADD CONSTRAINT "{name}" FOREIGN KEY (company_id, "{field.column}")'
            f' REFERENCES "{parent}" (company_id, id)'
        )
        present.add(name)


def _grants(cursor: Any) -> list[str]:
    cursor.execute("SELECT tablename FROM pg_tables WHERE schemaname = 'public' AND tablename <> 'spatial_ref_sys'")
    tables = [name for (name,) in cursor.fetchall()]
    roles = ", ".join(ROLES)
    out = [
        f"GRANT USAGE ON SCHEMA public TO {roles}, gasworks_report",
        f"GRANT USAGE, SELECT ON ALL SEQUENCES IN SCHEMA public TO {roles}",
        f"REVOKE ALL ON ALL TABLES IN SCHEMA public FROM {roles}, gasworks_report",
        "GRANT SELECT ON ALL TABLES IN SCHEMA public TO gasworks_report",
        f"GRANT SELECT ON spatial_ref_sys TO {roles}",
    ]
    for table in tables:
        out += [f'GRANT {verb} ON "{table}" TO {roles}' for verb in _verbs(writes_of(table))]
    return out


def _verbs(writes: Writes) -> list[str]:
    verbs = ["SELECT", "INSERT"]
    if writes.update is True:
        verbs.append("UPDATE")
    elif writes.update:
        verbs.append("UPDATE (" + ", ".join(f'"{c}"' for c in writes.update) + ")")
    if writes.delete:
        verbs.append("DELETE")
    return verbs
