"""The guard of kept keys: one look a statement where a foreign key looks once a row, and the fence round what they lead to.

A list of 100,000 customers writes two million references; row by row that is a quarter of its cost. The guard joins by
key only and the function's settings leave the planner one plan, so that it is right for one row and for 50,000.
"""

from typing import Any

from django.apps import apps

from gasworks.foundation.fields import KeptKey
from gasworks.foundation.privileges import writes_of

PLAN = "SET enable_seqscan = off SET enable_hashjoin = off SET enable_mergejoin = off SET enable_bitmapscan = off"

STAYS = """
CREATE OR REPLACE FUNCTION foundation_kept_stays() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'ORG-1: % of % is refused: rows that others point to stay', TG_OP, TG_TABLE_NAME
        USING ERRCODE = '23000', CONSTRAINT = 'append_only', TABLE = TG_TABLE_NAME;
END $$
"""
FENCE = """
CREATE OR REPLACE TRIGGER kept_no_delete BEFORE DELETE ON "{parent}"
    FOR EACH STATEMENT EXECUTE FUNCTION foundation_kept_stays();
CREATE OR REPLACE TRIGGER kept_no_truncate BEFORE TRUNCATE ON "{parent}"
    FOR EACH STATEMENT EXECUTE FUNCTION foundation_kept_stays();
CREATE OR REPLACE TRIGGER kept_key_stays BEFORE UPDATE ON "{parent}" FOR EACH ROW
    WHEN (OLD.id IS DISTINCT FROM NEW.id OR OLD.company_id IS DISTINCT FROM NEW.company_id)
    EXECUTE FUNCTION foundation_kept_stays();
ALTER TABLE "{parent}" ENABLE ALWAYS TRIGGER kept_no_delete;
ALTER TABLE "{parent}" ENABLE ALWAYS TRIGGER kept_no_truncate;
ALTER TABLE "{parent}" ENABLE ALWAYS TRIGGER kept_key_stays
"""
GUARD = """
CREATE OR REPLACE FUNCTION "{function}"() RETURNS trigger LANGUAGE plpgsql SET search_path = pg_catalog, public {plan} AS $$
DECLARE bad text;
BEGIN
    SELECT CASE {which} END INTO bad FROM {rows} a {joins} WHERE {wrong} LIMIT 1;
    IF bad IS NOT NULL THEN
        RAISE EXCEPTION 'ORG-1: %.% points to nothing, or to another company', TG_TABLE_NAME, bad
            USING ERRCODE = '23503', CONSTRAINT = 'kept_' || bad, TABLE = TG_TABLE_NAME;
    END IF;
    RETURN NULL;
END $$
"""
ADDED = """
CREATE OR REPLACE TRIGGER kept_keys_added AFTER INSERT ON "{child}" REFERENCING NEW TABLE AS added
    FOR EACH STATEMENT EXECUTE FUNCTION "{function}"();
ALTER TABLE "{child}" ENABLE ALWAYS TRIGGER kept_keys_added
"""
CHANGED = """
CREATE OR REPLACE TRIGGER kept_keys_changed AFTER UPDATE ON "{child}" FOR EACH ROW WHEN ({changed})
    EXECUTE FUNCTION "{function}"();
ALTER TABLE "{child}" ENABLE ALWAYS TRIGGER kept_keys_changed
"""


def ensure_kept_keys(cursor: Any) -> None:
    """Guards for every model with kept keys, fences round their parents. Idempotent; runs as the owner."""
    cursor.execute(STAYS)
    guarded = {model: keys for model in apps.get_models() if (keys := kept_keys(model))}
    for parent in sorted({key.remote_field.model._meta.db_table for keys in guarded.values() for key in keys}):
        if writes_of(parent).delete:
            raise ValueError(f"{parent} is no kept table: its rows may be deleted, so a kept key cannot lead there")
        cursor.execute(FENCE.format(parent=parent))
    for model, keys in guarded.items():
        for statement in _guard(model._meta.db_table, keys):
            cursor.execute(statement)


def kept_keys(model: Any) -> list[KeptKey]:
    """The kept keys of a model; its history has copies of them, written by trigger and not looked at again."""
    if hasattr(model, "pgh_tracked_model"):
        return []
    return [field for field in model._meta.local_fields if isinstance(field, KeptKey)]


def _guard(child: str, keys: list[KeptKey]) -> list[str]:
    columns = [str(key.column) for key in keys]
    wrong = [_wrong(place, key) for place, key in enumerate(keys)]
    parts = {
        "plan": PLAN,
        "which": " ".join(f"WHEN {test} THEN '{column}'" for test, column in zip(wrong, columns, strict=True)),
        "wrong": " OR ".join(wrong),
        "joins": " ".join(
            f'LEFT JOIN "{key.remote_field.model._meta.db_table}" p{place} ON p{place}.id = a."{key.column}"'
            for place, key in enumerate(keys)
        ),
    }
    one_row = ", ".join(f'NEW."{column}" AS "{column}"' for column in ("company_id", *columns))
    changed = " OR ".join(f'OLD."{column}" IS DISTINCT FROM NEW."{column}"' for column in ("company_id", *columns))
    return [
        GUARD.format(function=f"{child}_kept_added", rows="added", **parts),
        ADDED.format(function=f"{child}_kept_added", child=child),
        GUARD.format(function=f"{child}_kept_changed", rows=f"(SELECT {one_row})", **parts),
        CHANGED.format(function=f"{child}_kept_changed", child=child, changed=changed),
    ]


def _wrong(place: int, key: KeptKey) -> str:
    test = f"p{place}.company_id IS DISTINCT FROM a.company_id"
    return f'(a."{key.column}" IS NOT NULL AND {test})' if key.null else test
