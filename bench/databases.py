"""Scratch databases of the benches: migrated once per state of the schema, cloned for each run, dropped afterwards."""

import hashlib
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psycopg
from psycopg import sql

ROOT = Path(__file__).resolve().parents[1]
SOURCE = ROOT / "src" / "gasworks"
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


def migrate(name: str) -> None:
    environment = {**os.environ, "GASWORKS_DB_NAME": name, "GASWORKS_DB_ROLE": "admin"}
    command = [sys.executable, str(ROOT / "manage.py"), "migrate", "--skip-checks", "-v", "0"]
    subprocess.run(command, check=True, env=environment)


def migrated(prefix: str = "gasworks_bench_tpl_", source: Path = SOURCE, fill: Callable[[str], None] = migrate) -> str:
    """A template with the schema of ``source``; ones made of other files are dropped. Two who ask wait for each other."""
    with connect("postgres", autocommit=True) as server:
        server.execute("SELECT pg_advisory_lock(hashtext(%s))", [prefix])
        name = prefix + schema_digest(source)
        rows = server.execute("SELECT datname FROM pg_database WHERE starts_with(datname, %s)", [prefix]).fetchall()
        known = {row[0] for row in rows}
        for outdated in known - {name}:
            drop(outdated)
        if name not in known:
            making = f"{name}_new"
            clone("gasworks_blank", making)
            fill(making)
            _server("ALTER DATABASE {} RENAME TO {}", making, name)
    return name


def schema_digest(source: Path = SOURCE) -> str:
    """Names and contents of all files that make the schema: migrations, what they run, and models with their privileges."""
    patterns = ("*/migrations/**/*.py", "*/sql/**/*", "*/models.py", "*/models/**/*.py", "foundation/*.py")
    digest = hashlib.sha256()
    for path in sorted({path for pattern in patterns for path in source.glob(pattern) if path.is_file()}):
        digest.update(f"{path.relative_to(source)}\0{path.stat().st_size}\0".encode())
        digest.update(path.read_bytes())
    return digest.hexdigest()[:10]


@contextmanager
def scratch(*names: str) -> Iterator[None]:
    """Databases of these names are gone afterwards, whatever happens."""
    try:
        yield
    finally:
        for name in names:
            drop(name)


@contextmanager
def worlds(bench: str, *others: str) -> Iterator[list[str]]:
    """Names of databases of this process's own: the first one migrated and empty, the others still to be cloned."""
    first = f"gasworks_bench_{bench}_{os.getpid()}"
    names = [first, *(f"{first}_{other}" for other in others)]
    with scratch(*names):
        clone(migrated(), first)
        yield names


def vacuum(name: str, *, checkpoint: bool = False) -> None:
    """Rows seen by all and tables analysed; with a checkpoint nothing is left to write, and pages are logged in full again."""
    with connect(name, autocommit=True) as owner:
        owner.execute("VACUUM ANALYZE")
        if checkpoint:
            owner.execute("CHECKPOINT")
