"""Test databases: one migrated template per state of the migrations, cloned for each test process."""

import hashlib
import os
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest
from django.conf import settings
from django.core.management import call_command
from django.db import connection, connections
from psycopg import sql

SLOT = os.environ.get("GASWORKS_TEST_SLOT", "main")


def _server() -> psycopg.Connection:
    return psycopg.connect(host=settings.DATABASES["default"]["HOST"], user="postgres", dbname="postgres", autocommit=True)


def _run(statement: str, *names: str) -> None:
    with _server() as server:
        server.execute(sql.SQL(statement).format(*[sql.Identifier(name) for name in names]))


def _exists(name: str) -> bool:
    with _server() as server:
        return server.execute("SELECT 1 FROM pg_database WHERE datname = %s", [name]).fetchone() is not None


def _schema_hash() -> str:
    digest = hashlib.sha256()
    source = Path(settings.ROOT) / "src" / "gasworks"
    files = [*source.glob("*/migrations/*"), *source.glob("*/models.py"), *source.glob("*/models/*.py"), *source.glob("*/sql/*")]
    files += [source / "foundation" / name for name in ("schema.py", "privileges.py", "fields.py")]
    for path in sorted(p for p in files if p.is_file()):
        digest.update(path.read_bytes())
    return digest.hexdigest()[:10]


def _point_at(name: str, role: str) -> None:
    connections.close_all()
    for alias in connections:
        connections[alias].settings_dict.update(
            NAME=name, USER=f"gasworks_{role}", OPTIONS={"options": "-c role=gasworks_owner"} if role == "admin" else {}
        )


def _migrated_template() -> str:
    """Migrate once as the owner; the lock file keeps two test processes from doing it twice."""
    name = f"gasworks_test_{SLOT}_tpl_{_schema_hash()}"
    with _server() as server:
        server.execute("SELECT pg_advisory_lock(hashtext(%s))", [SLOT])
        if not _exists(name):
            _drop_old()
            building = f"{name}_new"
            _run("DROP DATABASE IF EXISTS {} WITH (FORCE)", building)
            _run("CREATE DATABASE {} TEMPLATE gasworks_blank OWNER gasworks_owner", building)
            _point_at(building, "admin")
            call_command("migrate", verbosity=0)
            connections.close_all()
            _run("ALTER DATABASE {} RENAME TO {}", building, name)
    return name


def _drop_old() -> None:
    with _server() as server:
        rows = server.execute("SELECT datname FROM pg_database WHERE datname LIKE %s", [f"gasworks_test_{SLOT}_%"])
        old = [name for (name,) in rows.fetchall()]
    for name in old:
        _run("DROP DATABASE IF EXISTS {} WITH (FORCE)", name)


def clone_database(template: str, name: str) -> None:
    _run("DROP DATABASE IF EXISTS {} WITH (FORCE)", name)
    _run("CREATE DATABASE {} TEMPLATE {} OWNER gasworks_owner", name, template)


@pytest.fixture(scope="session")
def django_db_setup(django_db_blocker: object) -> Iterator[None]:
    """Replaces pytest-django's own database: a clone of the template, reached as the web role."""
    worker = os.environ.get("PYTEST_XDIST_WORKER", "gw")
    with django_db_blocker.unblock():  # type: ignore[attr-defined]
        template = _migrated_template()
        name = f"gasworks_test_{SLOT}_{worker}"
        clone_database(template, name)
        _point_at(name, "web")
        settings.GASWORKS_TEMPLATE = template
        settings.GASWORKS_CLONE = name
        yield
        connections.close_all()
        _run("DROP DATABASE IF EXISTS {} WITH (FORCE)", name)


@pytest.fixture
def committed_db(django_db_setup: None, django_db_blocker: object) -> Iterator[str]:
    """A fresh clone of its own, for tests that commit, use threads or serve pages. Yields its name."""
    name = f"{settings.GASWORKS_CLONE}_c"
    with django_db_blocker.unblock():  # type: ignore[attr-defined]
        clone_database(settings.GASWORKS_TEMPLATE, name)
        _point_at(name, "web")
        try:
            yield name
        finally:
            _point_at(settings.GASWORKS_CLONE, "web")
            _run("DROP DATABASE IF EXISTS {} WITH (FORCE)", name)


@pytest.fixture
def as_owner(committed_db: str) -> Iterator[psycopg.Connection]:
    """The owner's own connection to the committed clone, to plant what the product cannot do."""
    with psycopg.connect(
        host=connection.settings_dict["HOST"],
        user="gasworks_admin",
        dbname=committed_db,
        options="-c role=gasworks_owner",
        autocommit=True,
    ) as owner:
        yield owner
