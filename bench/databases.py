"""Scratch databases of the benches: migrated once per state of the schema, cloned for each run, dropped afterwards."""

import hashlib
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psycopg
from psycopg import sql

ROOT = Path(__file__).resolve().parents[1]
SUPERUSER = "postgres"


def connect(name: str, *, autocommit: bool = False, user: str = SUPERUSER) -> psycopg.Connection[Any]:
    from django.conf import settings

    return psycopg.connect(host=settings.DATABASES["default"]["HOST"], user=user, dbname=name, autocommit=autocommit)


def _server(statement: str, *names: str) -> None:
    with connect("postgres", autocommit=True) as server:
        server.execute(sql.SQL(statement).format(*[sql.Identifier(name) for name in names]))


def drop(name: str) -> None:
    _server("DROP DATABASE IF EXISTS {} WITH (FORCE)", name)


def clone(source: str, name: str) -> None:
    drop(name)
    _server("CREATE DATABASE {} TEMPLATE {} OWNER gasworks_owner", name, source)


def migrated() -> str:
    """A template with today's schema."""
    name = f"gasworks_bench_tpl_{_schema_hash()}"
    with connect("postgres", autocommit=True) as server:
        known = {row[0] for row in server.execute("SELECT datname FROM pg_database").fetchall()}
    if name not in known:
        for old in known:
            if old.startswith("gasworks_bench_tpl_"):
                drop(old)
        clone("gasworks_blank", f"{name}_new")
        environment = {**os.environ, "GASWORKS_DB_NAME": f"{name}_new", "GASWORKS_DB_ROLE": "admin"}
        subprocess.run(
            [sys.executable, str(ROOT / "manage.py"), "migrate", "--skip-checks", "-v", "0"],
            check=True,
            env=environment,
        )
        _server("ALTER DATABASE {} RENAME TO {}", f"{name}_new", name)
    return name


@contextmanager
def scratch(*names: str) -> Iterator[None]:
    try:
        yield
    finally:
        for name in names:
            drop(name)


def _schema_hash() -> str:
    source = ROOT / "src" / "gasworks"
    files = [*source.glob("*/migrations/*.py"), *source.glob("*/models.py"), *source.glob("*/sql/*")]
    digest = hashlib.sha256()
    for path in sorted([*files, *(source / "foundation").glob("*.py")]):
        digest.update(path.read_bytes())
    return digest.hexdigest()[:10]
