"""Breaks every invariant once, in a scratch database, and asks whether it is reported by its name.

It runs as the owner of the tables, who alone may take down the fences that stand against the planting; the product
never runs with such rights.
"""

import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, LiteralString

import psycopg
from django.core.management import call_command
from django.db import connections
from psycopg import sql

from gasworks.foundation.invariants.registry import Invariant, Plant, registered

ADMIN = "gasworks_admin"
AS_OWNER = "-c role=gasworks_owner"
BLANK = "gasworks_blank"

FENCES = """
    SELECT format('ALTER TABLE %s DROP CONSTRAINT %I', conrelid::regclass, conname) FROM pg_constraint
    WHERE contype = 'f' AND connamespace = 'public'::regnamespace
    UNION ALL
    SELECT format('ALTER TABLE %I DISABLE TRIGGER USER', tablename) FROM pg_tables
    WHERE schemaname = 'public' AND tableowner = 'gasworks_owner'
"""


@dataclass(frozen=True, slots=True)
class Planted:
    """``reported`` is False, with the reason, when the planted violation was not seen."""

    code: str
    reported: bool
    reason: str = ""


def selftest(*, template: str = "", only: set[str] | None = None) -> list[Planted]:
    """Plant and look, one invariant after the other. ``template`` is a migrated, idle database to copy, if any."""
    chosen = [one for one in registered() if only is None or one.code in only]
    with _scratch(template) as scratch:
        return [_plant(one, scratch) for one in chosen]


def _plant(one: Invariant, scratch: psycopg.Connection) -> Planted:
    try:
        with scratch.transaction(force_rollback=True), scratch.cursor() as cursor:
            if _violations(one, cursor):
                return Planted(one.code, reported=False, reason="reported before anything was planted")
            _carry_out(one.plant, cursor)
            found = _violations(one, cursor)
    except psycopg.Error as error:
        return Planted(one.code, reported=False, reason=str(error).strip())
    return Planted(one.code, reported=bool(found), reason="" if found else "not seen")


def _violations(one: Invariant, cursor: Any) -> list[Any]:
    return list(cursor.execute(one.violations).fetchmany(1))


def _carry_out(plant: Plant, cursor: Any) -> None:
    if callable(plant):
        plant(cursor)
    else:
        cursor.execute(plant)


@contextmanager
def _scratch(template: str) -> Iterator[psycopg.Connection]:
    """A database of our own with all fences down; dropped in the end, whatever happens."""
    name = f"gasworks_scratch_{secrets.token_hex(4)}"
    with _connect("postgres", options="") as server:
        _run(server, "CREATE DATABASE {} TEMPLATE {} OWNER gasworks_owner", name, template or BLANK)
        try:
            if not template:
                _migrate(name)
            with _connect(name, options=AS_OWNER) as scratch:
                _fences_down(scratch)
                yield scratch
        finally:
            _run(server, "DROP DATABASE IF EXISTS {} WITH (FORCE)", name)


def _run(server: psycopg.Connection, statement: LiteralString, *names: str) -> None:
    server.execute(sql.SQL(statement).format(*map(sql.Identifier, names)))


def _connect(name: str, options: str) -> psycopg.Connection:
    default = connections["default"].settings_dict
    return psycopg.connect(
        host=default["HOST"],
        port=default["PORT"] or None,
        user=ADMIN,
        password=default["PASSWORD"] or None,
        dbname=name,
        options=options,
        autocommit=True,
    )


def _migrate(name: str) -> None:
    default = connections["default"].settings_dict
    before = {key: default[key] for key in ("NAME", "USER", "OPTIONS")}
    connections.close_all()
    default.update(NAME=name, USER=ADMIN, OPTIONS={"options": AS_OWNER})
    try:
        call_command("migrate", verbosity=0)
    finally:
        connections.close_all()
        default.update(before)


def _fences_down(scratch: psycopg.Connection) -> None:
    """No trigger fires and no foreign key stands; checks and unique constraints stay until a plant drops them."""
    for (statement,) in scratch.execute(FENCES).fetchall():
        scratch.execute(statement)
