"""The foundation's own invariants."""

from typing import Any

from django.apps import apps

from gasworks.foundation.fields import BareKey, BorderKey, KeptKey
from gasworks.foundation.history import tracked_models
from gasworks.foundation.invariants.registry import Invariant, register

EVT_1 = """
    SELECT 'cursor ahead of all facts' AS what, subscriber AS which FROM foundation_eventcursor
    WHERE xid > pg_snapshot_xmax(pg_current_snapshot())::text::bigint
      AND xid IS DISTINCT FROM pg_current_xact_id_if_assigned()::text::bigint
    UNION ALL
    SELECT 'fact from a later transaction than there is', id::text FROM foundation_event
    WHERE xid > pg_snapshot_xmax(pg_current_snapshot())::text::bigint
      AND xid IS DISTINCT FROM pg_current_xact_id_if_assigned()::text::bigint
    UNION ALL
    SELECT 'parked and still to come', p.id::text
    FROM foundation_parkedevent p
    JOIN foundation_event e ON e.id = p.event_id
    JOIN foundation_eventcursor c ON c.subscriber = p.subscriber
    WHERE (e.xid, e.id) > (c.xid, c.event_id)
"""
"""Who asks inside the transaction that wrote a fact may be newer than all that have ended: its own is not asked."""


def _crossings() -> str:
    """Every reference between two business tables, asked whether both ends stand in the same company."""
    parts = []
    for model in apps.get_models():
        if not model.__module__.startswith("gasworks.") or not _has_company(model):
            continue
        for field in model._meta.local_fields:
            if isinstance(field, BorderKey | BareKey) and _has_company(field.remote_field.model):
                parts.append(_crossing(model, field, field.remote_field.model))
    return " UNION ALL ".join(parts)


def _crossing(child: Any, field: Any, parent: Any) -> str:
    """What no foreign key holds must also lead somewhere."""
    column, join = field.column, "LEFT JOIN" if isinstance(field, KeptKey) else "JOIN"
    key = " || '/' || ".join(f"c.{field.column}::text" for field in child._meta.pk_fields)
    return (
        f"SELECT '{child._meta.db_table}.{column}' AS what, {key} AS which FROM {child._meta.db_table} c "
        f"{join} {parent._meta.db_table} p ON p.{parent._meta.pk.column} = c.{column}"
        f" WHERE c.{column} IS NOT NULL AND p.company_id IS DISTINCT FROM c.company_id"
    )


def _nameless() -> str:
    """History rows that do not say who wrote them, nor why the system did; and acts of nobody."""
    parts = [
        f"SELECT '{table}' AS what, pgh_id::text AS which FROM {table}"
        " WHERE coalesce(pgh_context ->> 'actor', '') = '' AND coalesce(pgh_context ->> 'reason', '') = ''"
        for table in _history_tables()
    ]
    acts = "SELECT 'foundation_auditact', id::text FROM foundation_auditact WHERE actor_id IS NULL AND reason = ''"
    return " UNION ALL ".join([*parts, acts])


def _history_tables() -> list[str]:
    return [model.pgh_event_model._meta.db_table for model in tracked_models().values()]  # type: ignore[attr-defined]


def _has_company(model: type) -> bool:
    return any(field.column == "company_id" for field in model._meta.local_fields)  # type: ignore[attr-defined]


register(
    Invariant(
        code="AUD-1",
        title="Every act that moves money or rights, and every row of history, says who did it.",
        violations=_nameless(),
        plant=(
            "INSERT INTO foundation_rolegrantevent (pgh_label, pgh_created_at, pgh_obj_id, pgh_context, id, role,"
            " granted_at, staff_id, unit_id) VALUES ('insert', now(), 1, NULL, 1, 'cashier', now(), 1, 1)"
        ),
    )
)
register(
    Invariant(
        code="EVT-1",
        title="One effect per fact and subscriber.",
        violations=EVT_1,
        plant=(
            "INSERT INTO foundation_eventcursor (subscriber, xid, event_id) VALUES ('planted', 10, 0);"
            " INSERT INTO foundation_event (id, company_id, xid, kind, schema, payload, at)"
            " VALUES (1, 1, 20, 'planted', 1, '{}', now());"
            " INSERT INTO foundation_parkedevent (subscriber, event_id, tries, error, parked_at)"
            " VALUES ('planted', 1, 5, 'planted', now())"
        ),
    )
)
register(
    Invariant(
        code="ORG-1",
        title="Nobody reads, charges or changes outside the scope of that act; no reference crosses companies.",
        violations=_crossings(),
        plant=(
            "INSERT INTO foundation_storedfile (id, company_id, sha256, name, content_type, size, stored_at)"
            " VALUES (1, 1, 'x', 'x', 'x', 1, now());"
            " ALTER TABLE foundation_importbatch DROP CONSTRAINT IF EXISTS border_foundation_importbatch_file_id;"
            " INSERT INTO foundation_importbatch (id, company_id, kind, file_id, state, only_good, rows, good, bad,"
            " refusal, committed_to, uploaded_by_id, uploaded_at)"
            " VALUES (1, 2, 'x', 1, 'reading', false, 0, 0, 0, '', 0, 1, now())"
        ),
    )
)
