"""What a domain says about a table that it takes in."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from django.utils.functional import Promise

from gasworks.foundation.imports.cells import Problem
from gasworks.foundation.words import listed

Text = str | Promise
CellKind = Literal["text", "date", "month", "whole", "yuan", "m3", "price", "flag", "choice"]


@dataclass(frozen=True, slots=True)
class ImportColumn:
    """One column. ``header`` is a lazy translation: the file may have it in either language, in any order.

    Values come to the domain in our units: yuan as fen, m3 as litres, price as 0.0001 yuan, month as YYYYMM, date as
    ``date``, flag as ``bool``, choice as the value of the ``(value, label)`` pair. An empty cell is ``None``.
    """

    code: str
    header: Text
    kind: CellKind = "text"
    required: bool = False
    help: Text = ""
    example: str = ""
    choices: tuple[tuple[Any, Text], ...] = ()
    aliases: tuple[str, ...] = ()
    max_length: int = 200
    at_least: int | None = None
    at_most: int | None = None


@dataclass(frozen=True, slots=True)
class ParsedRow:
    """One row whose every cell could be read. ``row_no`` is the row's number in the file, as Excel shows it."""

    row_no: int
    values: dict[str, Any]


Check = Callable[..., Iterable[Problem]]
Commit = Callable[..., None]


@dataclass(frozen=True, slots=True)
class Importer:
    """One kind of table.

    ``check(rows, *, scope) -> problems`` looks at up to 2,000 readable rows at a time and writes nothing.
    ``commit(rows, *, scope, now, batch_id) -> None`` writes up to ``step`` rows inside the caller's transaction; it
    raises a Refusal for rows that cannot be written after all (then they are tried one by one and the bad ones become
    rejects). ``unique`` names columns whose values together may stand only once in a file.
    ``totals`` names columns of money that the preview adds up, good rows and bad ones apart.
    ``commit`` must be able to bear that an earlier step of the same batch is already saved, not that a row comes twice.
    """

    kind: str
    title: Text
    right: str
    columns: tuple[ImportColumn, ...]
    check: Check
    commit: Commit
    unique: tuple[str, ...] = ()
    totals: tuple[str, ...] = ()
    step: int = 500
    max_rows: int = 200_000
    help: Text = ""

    def column(self, code: str) -> ImportColumn:
        return next(column for column in self.columns if column.code == code)

    def labels(self, codes: Sequence[str]) -> str:
        return listed(self.column(code).header for code in codes)
