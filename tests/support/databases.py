"""Test databases: one migrated template per state of the schema, cloned for each test process.

- An ordinary test (``django_db``) runs in a transaction that is rolled back, on the clone of its process.
- ``committed_db`` is a fresh clone of its own, for tests that commit, use threads or serve pages.
- Nothing is ever flushed: the product's roles have no TRUNCATE.

GASWORKS_TEST_SLOT keeps the databases of two people on one server apart, the number of the process those of two runs.
"""

import hashlib
import os
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psycopg
import pytest
from django.conf import settings
from django.core.management import call_command
from django.db import connections
from psycopg import sql

from gasworks.project import cluster

ROOT = Path(__file__).resolve().parents[2]
SLOT = os.environ.get("GASWORKS_TEST_SLOT", "main")
PREFIX = f"gasworks_test_{SLOT}_"
BLANK = "gasworks_blank"


def server(database: str = "postgres", role: str = "admin", **options: Any) -> psycopg.Connection:
    """A connection outside Django: as the administrator, the owner of every table, or one of the product's roles."""
    where = cluster.address()
    if role == "owner":
        role, options["options"] = "admin", "-c role=gasworks_owner"
    return psycopg.connect(
        host=where.host,
        port=where.port,
        dbname=database,
        user=f"gasworks_{role}",
        password=os.environ.get("GASWORKS_DB_PASSWORD") or None,
        autocommit=True,
        **options,
    )


def create_database(name: str, template: str) -> None:
    drop_database(name)
    _run("CREATE DATABASE {} TEMPLATE {} OWNER gasworks_owner", name, template)


def drop_database(name: str) -> None:
    _run("DROP DATABASE IF EXISTS {} WITH (FORCE)", name)


def _run(statement: str, *names: str) -> None:
    with server() as admin:
        admin.execute(sql.SQL(statement).format(*[sql.Identifier(name) for name in names]))


@contextmanager
def pointed_at(name: str, role: str = "web") -> Iterator[str]:
    """Let Django's default connection, in every thread, be this database and role for a while."""
    kept = dict(connections.settings["default"])
    _point(cluster.settings_for(role, pool=False) | {"NAME": name})
    try:
        yield name
    finally:
        _point(kept)


def _point(wanted: dict[str, Any]) -> None:
    connections.close_all()
    for entry in (connections.settings["default"], connections["default"].settings_dict):
        entry.update({key: wanted[key] for key in ("NAME", "USER", "OPTIONS")})


def schema_digest() -> str:
    """Whatever shapes the tables: models, migrations, SQL, and what the foundation adds after migrating."""
    source = ROOT / "src" / "gasworks"
    patterns = ("*/migrations/*.py", "*/models.py", "*/models/*.py", "**/*.sql", "foundation/*.py", "*/apps.py")
    files = {path for pattern in patterns for path in source.glob(pattern)}
    digest = hashlib.sha256((ROOT / "requirements.lock").read_bytes())
    for path in sorted(files):
        digest.update(str(path.relative_to(source)).encode() + path.read_bytes())
    return digest.hexdigest()[:10]


def template_database() -> str:
    """The name of the migrated template, made by whichever process comes first."""
    name = f"{PREFIX}tpl_{schema_digest()}"
    with server() as admin:
        admin.execute("SELECT pg_advisory_lock(hashtext(%s))", [PREFIX])
        if not _exists(admin, name):
            _drop_left_overs(admin, keep=name)
            create_database(f"{name}_new", BLANK)
            with pointed_at(f"{name}_new", "admin"):
                call_command("migrate", verbosity=0)
            _run("ALTER DATABASE {} RENAME TO {}", f"{name}_new", name)
    return name


def _exists(admin: psycopg.Connection, name: str) -> bool:
    return admin.execute("SELECT 1 FROM pg_database WHERE datname = %s", [name]).fetchone() is not None


def _drop_left_overs(admin: psycopg.Connection, keep: str) -> None:
    """Templates of an older schema, and clones whose process is gone."""
    rows = admin.execute("SELECT datname FROM pg_database WHERE starts_with(datname, %s)", [PREFIX]).fetchall()
    for (name,) in rows:
        if name != keep and not _in_use(name.removeprefix(PREFIX)):
            drop_database(name)


def _in_use(rest: str) -> bool:
    process = next((part[1:] for part in rest.split("_") if part.startswith("p") and part[1:].isdigit()), None)
    return process is not None and Path(f"/proc/{process}").exists()


def _ensure_server() -> None:
    """Tests may be started without ./run; then the database of the checkout is started by it."""
    try:
        server().close()
    except psycopg.OperationalError:
        subprocess.run([str(ROOT / "run"), "db", "start"], check=True, stdin=subprocess.DEVNULL)


@pytest.fixture(scope="session")
def template_db(django_db_blocker: Any) -> str:
    """The name of the migrated, empty database that every other one is cloned from."""
    _ensure_server()
    with django_db_blocker.unblock():
        return template_database()


@pytest.fixture(scope="session")
def django_db_setup(template_db: str, django_db_blocker: Any) -> Iterator[None]:
    """Replaces pytest-django's own database by a clone of the template, reached as the web role."""
    worker = os.environ.get("PYTEST_XDIST_WORKER", "gw")
    name = f"{PREFIX}{worker}_p{os.getpid()}"
    create_database(name, template_db)
    with django_db_blocker.unblock(), pointed_at(name):
        settings.GASWORKS_TEMPLATE = template_db
        settings.GASWORKS_CLONE = name
        yield
    drop_database(name)


@pytest.fixture
def committed_db(django_db_setup: None, template_db: str, django_db_blocker: Any) -> Iterator[str]:
    """A fresh clone of its own, for tests that commit, use threads or serve pages. Yields its name."""
    name = f"{settings.GASWORKS_CLONE}_c"
    create_database(name, template_db)
    with django_db_blocker.unblock(), pointed_at(name):
        yield name
    drop_database(name)


@pytest.fixture
def as_owner(committed_db: str) -> Iterator[psycopg.Connection]:
    """The owner's own connection to the committed clone, to plant what the product cannot do."""
    with server(committed_db, "owner") as owner:
        yield owner


@pytest.fixture
def transactional_db() -> None:
    raise pytest.UsageError("use committed_db: the product's roles have no TRUNCATE, so nothing can be flushed")


@pytest.fixture
def live_server() -> None:
    raise pytest.UsageError("use live_site: it serves a committed clone with the product's own server")
