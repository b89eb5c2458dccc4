"""Keys that no foreign key holds: what each guard refuses, one row or many, and that what they lead to stays."""

import datetime as dt
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import psycopg
import pytest
from django.apps import apps

from gasworks.billing.testing.factories import make_home, make_town
from gasworks.foundation.kept_keys import kept_keys

NOWHERE = -1


@contextmanager
def undone(owner: psycopg.Connection) -> Iterator[Any]:
    with owner.transaction(force_rollback=True), owner.cursor() as cursor:
        yield cursor


def every_key() -> list[tuple[str, str, str]]:
    """(child, column, parent) of every kept key."""
    return [
        (model._meta.db_table, key.column, key.remote_field.model._meta.db_table)
        for model in apps.get_models()
        for key in kept_keys(model)
    ]


def copied(cursor: Any, child: str, **changed: int) -> None:
    """One row of the table once more, with other values, as if nothing else were unique."""
    cursor.execute("SELECT conname FROM pg_constraint WHERE conrelid = %s::regclass AND contype IN ('u', 'x')", [child])
    for (name,) in cursor.fetchall():
        cursor.execute(f'ALTER TABLE {child} DROP CONSTRAINT "{name}" CASCADE')
    cursor.execute(
        "SELECT indexrelid::regclass::text FROM pg_index"
        " WHERE indrelid = %s::regclass AND indisunique AND NOT indisprimary",
        [child],
    )
    for (name,) in cursor.fetchall():
        cursor.execute(f"DROP INDEX {name}")
    cursor.execute(
        "SELECT attname FROM pg_attribute WHERE attrelid = %s::regclass AND attnum > 0 AND NOT attisdropped"
        " AND attname <> 'id' AND attname <> 'evidence_id'",
        [child],
    )
    columns = [name for (name,) in cursor.fetchall()]
    values = ", ".join(str(changed.get(name, f'"{name}"')) for name in columns)
    quoted = ", ".join(f'"{name}"' for name in columns)
    cursor.execute(f"INSERT INTO {child} ({quoted}) SELECT {values} FROM {child} LIMIT 1")


@pytest.fixture
def home_of_everything(committed_db: str) -> None:
    """At least one row in every table that has a kept key."""
    home = make_home(make_town(), persons=5, begin=dt.date(2026, 2, 1))
    home.read(dt.date(2026, 3, 1), 12)


def test_every_kept_key_is_guarded_on_both_sides(home_of_everything: None, as_owner: psycopg.Connection):
    keys = every_key()
    assert len(keys) >= 15
    for child, column, parent in keys:
        if not as_owner.execute(f"SELECT count(*) FROM {child}").fetchone()[0]:  # type: ignore[index]
            continue
        with undone(as_owner) as cursor:
            copied(cursor, child)
        with undone(as_owner) as cursor, pytest.raises(psycopg.errors.ForeignKeyViolation, match=f"{child}.{column}"):
            copied(cursor, child, **{column: NOWHERE})
        with undone(as_owner) as cursor, pytest.raises(psycopg.errors.ForeignKeyViolation, match="another company"):
            copied(cursor, child, company_id=NOWHERE)
        with undone(as_owner) as cursor, pytest.raises(psycopg.errors.IntegrityError):
            cursor.execute(f"UPDATE {child} SET {column} = {NOWHERE}")
        with undone(as_owner) as cursor, pytest.raises(psycopg.errors.IntegrityError):
            cursor.execute(f"UPDATE {child} SET company_id = {NOWHERE}")
        for statement in (
            f"DELETE FROM {parent}", f"TRUNCATE {parent} CASCADE", f"UPDATE {parent} SET id = id + 1000000",
            f"UPDATE {parent} SET company_id = company_id + 1000000",
        ):  # fmt: skip
            with undone(as_owner) as cursor, pytest.raises(psycopg.errors.IntegrityConstraintViolation):
                cursor.execute(statement)


def test_one_bad_key_among_many_refuses_them_all(home_of_everything: None, as_owner: psycopg.Connection):
    before = as_owner.execute("SELECT count(*) FROM customers_searchkey").fetchone()
    with pytest.raises(psycopg.errors.ForeignKeyViolation):
        as_owner.execute(
            "INSERT INTO customers_searchkey (company_id, kind, key, supply_point_id)"
            " SELECT company_id, 6, n::text, CASE WHEN n = 4000 THEN -1 ELSE supply_point_id END"
            " FROM (SELECT * FROM customers_searchkey LIMIT 1) k, generate_series(1, 5000) n"
        )
    assert as_owner.execute("SELECT count(*) FROM customers_searchkey").fetchone() == before


def test_every_kept_key_fires_whatever_the_session_says(as_owner: psycopg.Connection):
    states = as_owner.execute("SELECT tgname, tgenabled::text FROM pg_trigger WHERE tgname LIKE 'kept\\_%'").fetchall()
    assert {state for _, state in states} == {"A"}
