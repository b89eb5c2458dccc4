"""PostgreSQL's binary COPY and binary arrays, to and from NumPy columns. Nothing passes through Python objects."""

import datetime as dt
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
from psycopg.adapt import Dumper
from psycopg.pq import Format

Column = npt.NDArray[np.int64]

_HEADER = b"PGCOPY\n\xff\r\n\0" + bytes(8)
_TRAILER = b"\xff\xff"
_POSTGRES_EPOCH = 10957
_BIGINT, _BIGINTS = 20, 1016
_POSTGRES_MOMENT = dt.datetime(2000, 1, 1, tzinfo=dt.UTC)
_WIDTHS: Mapping[str, tuple[str, int]] = {
    "bigint": (">i8", 8),
    "integer": (">i4", 4),
    "smallint": (">i2", 2),
    "date": (">i4", 4),
    "boolean": ("u1", 1),
    "timestamp": (">i8", 8),
}


def read_columns(cursor: Any, select: str, params: Any, names: Sequence[str]) -> dict[str, Column]:
    """Columns of a SELECT whose every value is a bigint and not null; ``cursor`` from ``server_cursor``.

    One row of arrays: a row at a time would cost more in Python than the whole query costs the server.
    """
    arrays = ", ".join(f"array_agg(c{number})" for number in range(len(names)))
    columns = ", ".join(f"c{number}" for number in range(len(names)))
    cursor.execute(f"SELECT {arrays} FROM ({select}) AS rows({columns})", params, binary=True)
    return {name: _array(cursor.pgresult.get_value(0, number)) for number, name in enumerate(names)}


def _array(data: bytes | None) -> Column:
    """A binary bigint[] of one dimension: twenty bytes of head, then length and value of each."""
    if data is None:
        return np.zeros(0, np.int64)
    ndim, nulls, kind = np.frombuffer(data, ">i4", 3)
    if (ndim, nulls, kind) != (1, 0, _BIGINT):
        raise ValueError("a column is null, or not a bigint")
    return np.frombuffer(data, [("#", ">i4"), ("value", ">i8")], offset=20)["value"].astype(np.int64)


def write_columns(cursor: Any, table: str, columns: Sequence[tuple[str, str, Any]], rows: int) -> None:
    """COPY rows into ``table``. A column is (name, type, values or one value).

    Dates are days since 1970-01-01; a timestamp is one ``datetime`` for all rows. What is the same in each row is laid
    down once and repeated as bytes, so that only columns of many values are walked.
    """
    if not rows:
        return
    dtype = np.dtype(
        [
            ("#", ">i2"),
            *((part + name, kind) for name, of, _ in columns for part, kind in (("#", ">i4"), ("", _WIDTHS[of][0]))),
        ]
    )
    row = np.zeros(1, dtype)
    row["#"] = len(columns)
    many: dict[str, Column] = {}
    for name, of, values in columns:
        row["#" + name] = _WIDTHS[of][1]
        value = _in_postgres(of, values)
        if np.ndim(value):
            many[name] = value
        else:
            row[name] = value
    data = bytearray(_HEADER + row.tobytes() * rows + _TRAILER)
    out = np.frombuffer(data, dtype, rows, len(_HEADER))
    for name, column in many.items():
        out[name] = column
    names = ", ".join(name for name, _, _ in columns)
    with cursor.copy(f"COPY {table} ({names}) FROM STDIN (FORMAT BINARY)") as copy:
        copy.write(memoryview(data))


def _in_postgres(of: str, values: Any) -> Any:
    if of == "date":
        return values - _POSTGRES_EPOCH
    if of == "timestamp":
        return (values - _POSTGRES_MOMENT) // dt.timedelta(microseconds=1)
    return values


class Bigints:
    """A column as one bigint[] parameter."""

    def __init__(self, values: Any) -> None:
        self.values = np.ascontiguousarray(values, np.int64)


class _BigintsDumper(Dumper):
    format = Format.BINARY
    oid = _BIGINTS

    def dump(self, obj: Bigints) -> bytes:
        items = np.empty(len(obj.values), [("#", ">i4"), ("value", ">i8")])
        items["#"] = 8
        items["value"] = obj.values
        head = np.array([1, 0, _BIGINT, len(items), 1] if len(items) else [0, 0, _BIGINT], ">i4")
        return head.tobytes() + items.tobytes()


def server_cursor(connection: Any) -> Any:
    """A psycopg cursor that binds on the server and takes ``Bigints``."""
    from psycopg import Cursor

    connection.ensure_connection()
    cursor = Cursor(connection.connection)
    cursor.adapters.register_dumper(Bigints, _BigintsDumper)
    return cursor
