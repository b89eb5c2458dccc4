"""Restoring: always into a new database beside the present one, and not believed until every table compares equal."""

import tarfile
import tempfile
from dataclasses import dataclass
from pathlib import Path

from django.conf import settings
from psycopg import errors, sql

from gasworks.foundation.backups import archive, server
from gasworks.foundation.backups.contents import Contents, read_contents
from gasworks.foundation.backups.create import key_fingerprint
from gasworks.foundation.relay import rebase_events
from gasworks.kernel.errors import Refusal, gettext_noop

# The pattern database that set-up makes: empty, with the extensions that only a superuser may create.
BLANK = "gasworks_blank"


# Tables whose rows are taken in hand by writing one's transaction into ``xact``; facts keep the number of their writer.
IN_HAND = """
SELECT table_name FROM information_schema.column_privileges
 WHERE table_schema = 'public' AND column_name = 'xact' AND grantee = 'gasworks_worker' AND privilege_type = 'UPDATE'
"""


class DatabaseInTheWay(Refusal):
    sentence = gettext_noop("There is already a database «%(name)s». Choose another name.")


class RestoreDiffers(Refusal):
    sentence = gettext_noop("What was restored is not what was saved: %(differences)s.")


@dataclass(frozen=True, slots=True)
class Restored:
    """``same_key`` is False when personal numbers inside were sealed under another installation's key."""

    database: str
    taken_at: str
    contents: Contents
    same_key: bool


def restore_backup(*, folder: Path, database: str) -> Restored:
    """Fill the new database ``database`` and compare it, table by table, with what was saved."""
    manifest = archive.opened(folder)
    _create(database)
    try:
        _fill(folder / archive.DUMP, database)
        contents = _compare(manifest.contents, database)
        _rebase(database)
    except BaseException:
        _drop(database)
        raise
    _unpack_files(folder / archive.FILES)
    return Restored(database, manifest.taken_at, contents, manifest.key_fingerprint == key_fingerprint())


def _create(database: str) -> None:
    statement = sql.SQL("CREATE DATABASE {} TEMPLATE {} OWNER gasworks_owner")
    with server.connect("postgres", autocommit=True) as connection:
        connection.execute("SET ROLE gasworks_admin")
        try:
            connection.execute(statement.format(sql.Identifier(database), sql.Identifier(BLANK)))
        except errors.DuplicateDatabase as error:
            raise DatabaseInTheWay(name=database) from error


def _drop(database: str) -> None:
    with server.connect("postgres", autocommit=True) as connection:
        connection.execute(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(database)))


def _fill(dump: Path, database: str) -> None:
    """Everything but the extensions and their table, which are there already and belong to the superuser."""
    listed = server.run_tool("pg_restore", "--list", str(dump)).splitlines()
    wanted = [line for line in listed if " EXTENSION " not in line and " spatial_ref_sys " not in line]
    with tempfile.NamedTemporaryFile("w", suffix=".list") as choice:
        choice.write("\n".join(wanted) + "\n")
        choice.flush()
        server.run_tool(
            "pg_restore", "--no-owner", "--exit-on-error", "--jobs=2", f"--use-list={choice.name}",
            f"--dbname={database}", str(dump), database=database,
        )  # fmt: skip
    with server.connect(database, autocommit=True) as connection:
        connection.execute("ANALYZE")


def _compare(saved: Contents, database: str) -> Contents:
    with server.connect(database) as connection:
        restored = read_contents(connection)
    differences = saved.differences(restored)
    if differences:
        raise RestoreDiffers(differences="; ".join(differences[:10]))
    return restored


def _rebase(database: str) -> None:
    """Facts carry the transaction numbers of the cluster that they were saved from; this one may count lower.

    A row that says which transaction has it in hand says so for nobody here, not even for one that gets that number.
    """
    with server.connect(database) as connection, connection.cursor() as cursor:
        rebase_events(cursor)
        for (table,) in cursor.execute(IN_HAND).fetchall():
            cursor.execute(sql.SQL("UPDATE {} SET xact = 0").format(sql.Identifier(table)))


def _unpack_files(pack: Path) -> None:
    """Names are hashes of the contents, so what is there already is the same and stays."""
    root = Path(settings.FILES_ROOT)
    root.mkdir(parents=True, exist_ok=True)
    with tarfile.open(pack) as opened:
        for member in opened.getmembers():
            if member.isfile() and not (root / member.name).exists():
                opened.extract(member, root, filter="data")
