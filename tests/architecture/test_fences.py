"""The fences in the database, read from the database itself: privileges first, triggers second."""

import pytest
from django.apps import apps
from django.db import connection

from gasworks.foundation.privileges import declared_tables

ROLES = ("gasworks_web", "gasworks_worker")

pytestmark = pytest.mark.django_db


def _rows(question: str, *values: object) -> list[tuple]:
    with connection.cursor() as cursor:
        cursor.execute(question, values)
        return cursor.fetchall()


@pytest.mark.parametrize("role", ROLES)
def test_the_product_owns_nothing_and_is_nobody_special(role: str):
    assert _rows(
        "SELECT rolsuper, rolcreaterole, rolbypassrls, rolreplication FROM pg_roles WHERE rolname = %s", role
    ) == [(False, False, False, False)]
    assert _rows("SELECT relname FROM pg_class WHERE relowner = %s::regrole", role) == []
    assert _rows("SELECT pg_has_role(%s, 'gasworks_owner', 'MEMBER')", role) == [(False,)]
    assert _rows("SELECT has_parameter_privilege(%s, 'session_replication_role', 'SET')", role) == [(False,)]


@pytest.mark.parametrize("role", ROLES)
def test_no_table_can_be_emptied_by_the_product(role: str):
    emptied = _rows(
        "SELECT relname FROM pg_class WHERE relkind IN ('r', 'p') AND relnamespace = 'public'::regnamespace"
        " AND has_table_privilege(%s, oid, 'TRUNCATE')",
        role,
    )
    assert emptied == []


@pytest.mark.parametrize("role", ROLES)
@pytest.mark.parametrize("table", sorted(declared_tables()))
def test_a_fact_is_neither_deleted_nor_changed_beyond_its_named_columns(role: str, table: str):
    writes = declared_tables()[table]
    (deletable,) = _rows("SELECT has_table_privilege(%s, %s::regclass, 'DELETE')", role, table)[0]
    changeable = {
        column
        for column, may in _rows(
            "SELECT attname, has_column_privilege(%s, attrelid, attnum, 'UPDATE') FROM pg_attribute"
            " WHERE attrelid = %s::regclass AND attnum > 0 AND NOT attisdropped",
            role,
            table,
        )
        if may
    }
    assert deletable is writes.delete
    if writes.update is not True:
        assert changeable == set(writes.update or ())


def test_every_table_of_ours_is_known_to_the_privileges():
    """A table that nobody declared is ordinary: this test only proves that no declaration names a table that is gone."""
    there = {model._meta.db_table for model in apps.get_models(include_auto_created=True)}
    assert set(declared_tables()) <= there


def test_the_guards_of_posted_facts_always_fire():
    """A guard that ``session_replication_role`` can silence is none: the triggers written by hand are ENABLE ALWAYS."""
    tables = ["ledger_entry", "ledger_posting", "billing_bill", "billing_billline", "receivables_openitem",
              "receivables_allocation", "usage_movement", "payments_payment"]  # fmt: skip
    for table in tables:
        states = _rows(
            "SELECT tgname, tgenabled::text FROM pg_trigger WHERE tgrelid = %s::regclass AND NOT tgisinternal"
            " AND tgname NOT LIKE 'pgtrigger_%%'",
            table,
        )
        assert states, f"{table} has no guard"
        assert [name for name, state in states if state != "A"] == [], table
