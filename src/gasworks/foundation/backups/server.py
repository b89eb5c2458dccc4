"""The administrator's way to the database server, for work that the product's own roles cannot do."""

import os
import shutil
import subprocess
from pathlib import Path
from typing import Any

import psycopg
from django.db import connections


class ToolMissing(Exception):
    """pg_dump and pg_restore of the server's version are not installed here."""


class ToolFailed(Exception):
    """pg_dump or pg_restore said no; its own words follow."""


def connect(database: str = "", **options: Any) -> psycopg.Connection:
    """As gasworks_admin, acting as the owner of every table."""
    return psycopg.connect(
        **_where(database), user="gasworks_admin", password=_password(), options="-c role=gasworks_owner", **options
    )


def current_database() -> str:
    return str(connections["default"].settings_dict["NAME"])


def run_tool(name: str, *arguments: str, database: str = "") -> str:
    """Run pg_dump or pg_restore as the administrator and give what it printed; its complaint becomes the error."""
    where = _where(database)
    environment = os.environ | {
        "PGHOST": where["host"],
        "PGPORT": where["port"],
        "PGDATABASE": where["dbname"],
        "PGUSER": "gasworks_admin",
        "PGOPTIONS": "-c role=gasworks_owner",
    }
    if _password():
        environment["PGPASSWORD"] = str(_password())
    done = subprocess.run(  # noqa: S603 - PostgreSQL's own tools
        [tool(name), *arguments], env=environment, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False
    )
    if done.returncode:
        raise ToolFailed(f"{name}: {done.stderr[-2000:].strip()}")
    return done.stdout


def tool(name: str) -> str:
    """The tool of the server's own version: an older pg_dump refuses a newer server."""
    with connect() as connection:
        major = connection.info.server_version // 10000
    beside = Path(f"/usr/lib/postgresql/{major}/bin/{name}")
    found = str(beside) if beside.exists() else shutil.which(name)
    if found is None:
        raise ToolMissing(f"{name} of PostgreSQL {major}")
    return found


def _where(database: str) -> dict[str, Any]:
    default = connections["default"].settings_dict
    return {
        "host": str(default["HOST"]),
        "port": str(default.get("PORT") or 5432),
        "dbname": database or str(default["NAME"]),
    }


def _password() -> str | None:
    return connections["default"].settings_dict.get("PASSWORD") or None
