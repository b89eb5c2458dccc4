"""Where the database is: the private cluster of this checkout, or a server of one's own (GASWORKS_DATABASE_URL).

The product logs in as ``gasworks_web`` or ``gasworks_worker``; ``admin`` migrates and acts as ``gasworks_owner``.
"""

import os
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit

ROOT = Path(os.environ.get("GASWORKS_ROOT") or Path(__file__).resolve().parents[3])
VAR = Path(os.environ.get("GASWORKS_VAR") or ROOT / "var")
ROLES = ("web", "worker", "admin", "report")
EXTENSIONS = ("postgis", "pg_trgm", "btree_gist", "pgcrypto")


class NoDatabase(Exception):
    """The private cluster was never started, or the address of one's own server cannot be read."""


@dataclass(frozen=True, slots=True)
class Address:
    """A database without a role: libpq's words."""

    host: str
    port: str
    name: str
    options: dict[str, str]


def address() -> Address:
    """The database of this checkout. GASWORKS_DB_NAME names another one on the same server."""
    url = os.environ.get("GASWORKS_DATABASE_URL")
    found = _from_url(url) if url else Address(_socket_folder(), "5432", "gasworks", {})
    name = os.environ.get("GASWORKS_DB_NAME") or found.name
    return Address(found.host, found.port, name, found.options)


def _from_url(url: str) -> Address:
    parts = urlsplit(url)
    if parts.scheme not in ("postgres", "postgresql") or not parts.path.strip("/"):
        raise NoDatabase("GASWORKS_DATABASE_URL must look like postgresql://server:5432/gasworks")
    options = dict(parse_qsl(parts.query))
    host = options.pop("host", "") or unquote(parts.hostname or "")
    return Address(host, str(parts.port or 5432), unquote(parts.path.strip("/")), options)


def _socket_folder() -> str:
    return _record().get("socket") or str(VAR / "no-cluster-yet")


def data_folder() -> Path:
    """Where the private cluster keeps its data."""
    return Path(_record().get("data") or VAR / "pg")


def _record() -> dict[str, str]:
    """What the start of the private cluster wrote down."""
    record = VAR / "cluster.env"
    if not record.exists():
        return {}
    lines = (line.partition("=") for line in record.read_text().splitlines())
    return {key: value for key, _, value in lines}


def settings_for(role: str, *, pool: bool) -> dict[str, Any]:
    """Django's DATABASES entry for one role. Passwords come from libpq's PGPASSFILE or GASWORKS_DB_PASSWORD."""
    if role not in ROLES:
        raise NoDatabase(f"GASWORKS_DB_ROLE must be one of {', '.join(ROLES)}")
    where = address()
    options: dict[str, Any] = {**where.options, "application_name": f"gasworks-{role}"}
    if role == "admin":
        options["options"] = "-c role=gasworks_owner"
    if role == "web":
        options["options"] = "-c idle_in_transaction_session_timeout=300000 -c lock_timeout=30000"
    if os.environ.get("GASWORKS_PGBOUNCER") != "1":
        options["prepare_threshold"] = 5
    if pool:
        options["pool"] = {"min_size": 1, "max_size": 8, "timeout": 10, "max_idle": 300}
    return {
        "ENGINE": "django.contrib.gis.db.backends.postgis",
        "HOST": where.host,
        "PORT": where.port,
        "NAME": where.name,
        "USER": f"gasworks_{role}",
        "PASSWORD": os.environ.get("GASWORKS_DB_PASSWORD", ""),
        "CONN_MAX_AGE": 0 if pool else None,
        "CONN_HEALTH_CHECKS": not pool,
        "OPTIONS": options,
        "DISABLE_SERVER_SIDE_CURSORS": os.environ.get("GASWORKS_PGBOUNCER") == "1",
    }


def faults_of_server() -> list[str]:
    """What a database administrator must run before this server can hold Gasworks; each line is SQL or says why."""
    import psycopg

    where = address()
    try:
        connection = psycopg.connect(
            host=where.host,
            port=where.port,
            dbname=where.name,
            user="gasworks_admin",
            password=os.environ.get("GASWORKS_DB_PASSWORD") or None,
            connect_timeout=10,
            **where.options,  # type: ignore[arg-type]
        )
    except psycopg.OperationalError as error:
        return [
            f"-- cannot log in as gasworks_admin: {error}".replace("\n", " "),
            _roles_sql(),
            _database_sql(where.name),
        ]
    with connection, connection.cursor() as cursor:
        return [*_version_faults(cursor), *_role_faults(cursor), *_database_faults(cursor, where.name)]


def _version_faults(cursor: Any) -> list[str]:
    version = int(cursor.execute("SHOW server_version_num").fetchone()[0])
    return [] if version >= 150000 else [f"-- PostgreSQL 15 or newer is needed; this is {version // 10000}"]


def _role_faults(cursor: Any) -> list[str]:
    wanted = {f"gasworks_{name}" for name in ("owner", *ROLES)}
    cursor.execute("SELECT rolname FROM pg_roles WHERE rolname = ANY(%s)", [sorted(wanted)])
    if wanted - {name for (name,) in cursor.fetchall()}:
        return [_roles_sql()]
    cursor.execute(
        "SELECT rolname FROM pg_roles WHERE rolname = ANY(%s) AND rolsuper", [["gasworks_web", "gasworks_worker"]]
    )
    faults = [f"ALTER ROLE {name} NOSUPERUSER;" for (name,) in cursor.fetchall()]
    if not cursor.execute("SELECT pg_has_role('gasworks_admin', 'gasworks_owner', 'MEMBER')").fetchone()[0]:
        faults.append("GRANT gasworks_owner TO gasworks_admin;")
    return faults


def _database_faults(cursor: Any, name: str) -> list[str]:
    encoding, ctype, owner = cursor.execute(
        "SELECT pg_encoding_to_char(encoding), datctype, pg_get_userbyid(datdba) FROM pg_database"
        " WHERE datname = current_database()"
    ).fetchone()
    faults = []
    # In the C locale the trigrams of Chinese are empty, so search would silently find nothing.
    if encoding != "UTF8" or ctype in ("C", "POSIX"):
        faults.append(
            f"-- {name} has encoding {encoding}, character type {ctype}; make it anew:\n{_database_sql(name)}"
        )
    if owner != "gasworks_owner":
        faults.append(f'ALTER DATABASE "{name}" OWNER TO gasworks_owner;')
    cursor.execute("SELECT extname FROM pg_extension")
    present = {extension for (extension,) in cursor.fetchall()}
    faults += [f"CREATE EXTENSION {wanted};  -- in {name}" for wanted in EXTENSIONS if wanted not in present]
    return faults


def _roles_sql() -> str:
    return (ROOT / "scripts" / "cluster.sql").read_text()


def _database_sql(name: str) -> str:
    creations = "".join(f"CREATE EXTENSION {extension};\n" for extension in EXTENSIONS)
    return (
        f"CREATE DATABASE \"{name}\" OWNER gasworks_owner TEMPLATE template0 ENCODING 'UTF8'"
        f" LC_COLLATE 'C.UTF-8' LC_CTYPE 'C.UTF-8';\n\\connect {name}\n{creations}"
    )


def check() -> int:
    """Print what is missing on a server of one's own; 0 when nothing is."""
    faults = faults_of_server()
    for fault in faults:
        sys.stdout.write(fault.rstrip() + "\n")
    if faults:
        sys.stderr.write("run: the database server is not ready; its administrator must run the SQL above\n")
    return 1 if faults else 0


if __name__ == "__main__":
    raise SystemExit(check())
