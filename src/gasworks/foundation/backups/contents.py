"""What a database holds, short enough to write down and compare: rows and checksum per table, sequences, fences."""

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import psycopg
from psycopg import sql

# Text of a row must not depend on the session that prints it.
PLAIN = (
    "SET TimeZone = 'UTC'",
    "SET DateStyle = 'ISO, YMD'",
    "SET IntervalStyle = 'iso_8601'",
    "SET bytea_output = 'hex'",
    "SET extra_float_digits = 1",
    "SET search_path = public",
)
OURS = """
SELECT c.oid::regclass::text FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
 WHERE n.nspname NOT IN ('pg_catalog', 'information_schema', 'pg_toast') AND c.relkind = %s AND NOT c.relispartition
   AND NOT EXISTS (SELECT FROM pg_depend d
                    WHERE d.objid = c.oid AND d.classid = 'pg_class'::regclass AND d.deptype = 'e')
 ORDER BY 1
"""
# Who may do what, and which triggers stand: a restore that lost a fence is as bad as one that lost a row. A condition
# that is dumped and read again says the same with casts and brackets in other places.
FENCES = r"""
SELECT 'grant', c.oid::regclass::text, g.grantee::regrole::text || ' ' || g.privilege_type
  FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace, aclexplode(c.relacl) g
 WHERE n.nspname = 'public' AND c.relowner = 'gasworks_owner'::regrole AND g.grantee <> 0
UNION ALL
SELECT 'column', c.oid::regclass::text || '.' || a.attname, g.grantee::regrole::text || ' ' || g.privilege_type
  FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid, aclexplode(a.attacl) g
 WHERE c.relowner = 'gasworks_owner'::regrole AND g.grantee <> 0
UNION ALL
SELECT 'trigger', t.tgrelid::regclass::text, t.tgname || ' ' || t.tgenabled::text || ' ' || pg_get_functiondef(t.tgfoid)
  FROM pg_trigger t WHERE NOT t.tgisinternal
UNION ALL
SELECT 'constraint', k.conrelid::regclass::text,
       k.conname || ' ' || regexp_replace(pg_get_constraintdef(k.oid), '::(character varying|text)(\[\])?|[()]', '', 'g')
  FROM pg_constraint k JOIN pg_class c ON c.oid = k.conrelid WHERE c.relowner = 'gasworks_owner'::regrole
ORDER BY 1, 2, 3
"""


@dataclass(frozen=True, slots=True)
class Contents:
    """``tables`` maps a name to (rows, checksum); ``sequences`` to the last number given."""

    tables: dict[str, tuple[int, str]]
    sequences: dict[str, int]
    fences: str

    @classmethod
    def from_json(cls, data: dict[str, Any]) -> "Contents":
        tables = {name: (int(rows), str(checksum)) for name, (rows, checksum) in data["tables"].items()}
        return cls(tables, {name: int(last) for name, last in data["sequences"].items()}, data["fences"])

    def differences(self, restored: "Contents") -> list[str]:
        """What ``restored`` has lost or changed. A sequence may have run ahead: numbers are never used twice."""
        names = sorted(self.tables.keys() | restored.tables.keys())
        found = [
            f"{name}: {self.tables.get(name)} was saved, {restored.tables.get(name)} is here"
            for name in names
            if self.tables.get(name) != restored.tables.get(name)
        ]
        found += [
            f"{name}: numbers up to {last} were given, here only {restored.sequences.get(name)}"
            for name, last in self.sequences.items()
            if restored.sequences.get(name, -1) < last
        ]
        if self.fences != restored.fences:
            found.append("privileges, triggers or constraints differ")
        return found


def read_contents(connection: psycopg.Connection) -> Contents:
    """In the caller's transaction, so that a dump of the same snapshot holds exactly this."""
    for statement in PLAIN:
        connection.execute(statement)
    tables = {name: _checksum(connection, name) for name in _names(connection, "r", "p")}
    sequences = {name: _last_number(connection, name) for name in _names(connection, "S")}
    return Contents(tables, sequences, _fences(connection))


def _names(connection: psycopg.Connection, *kinds: str) -> list[str]:
    return [name for kind in kinds for (name,) in connection.execute(OURS, [kind]).fetchall()]


def _checksum(connection: psycopg.Connection, table: str) -> tuple[int, str]:
    """The sum of the rows' hashes does not depend on their order. ``table`` comes quoted from the catalogue."""
    query = sql.SQL("SELECT count(*), coalesce(sum(hashtextextended(t::text, 0)), 0) FROM {} t").format(sql.SQL(table))
    rows, checksum = connection.execute(query).fetchone() or (0, 0)
    return int(rows), str(checksum)


def _last_number(connection: psycopg.Connection, sequence: str) -> int:
    query = sql.SQL("SELECT CASE WHEN is_called THEN last_value ELSE last_value - 1 END FROM {}").format(
        sql.SQL(sequence)
    )
    row = connection.execute(query).fetchone()
    return int(row[0]) if row else 0


def _fences(connection: psycopg.Connection) -> str:
    rows: Iterable[tuple[str, str, str]] = connection.execute(FENCES).fetchall()
    return hashlib.sha256("\n".join("\t".join(row) for row in rows).encode()).hexdigest()
