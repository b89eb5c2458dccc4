"""Reads an uploaded file into ``ImportRow``: every row with its cells, and the reasons where it is bad."""

import datetime as dt
import itertools
import json
from collections.abc import Iterable, Iterator
from typing import Any, cast

from django.db import connection, transaction

from gasworks.foundation.files import path_of
from gasworks.foundation.imports.cells import BadCell, Problem, read_cell
from gasworks.foundation.imports.refusals import FileRefused
from gasworks.foundation.imports.registry import find_importer
from gasworks.foundation.imports.spec import Importer, ParsedRow
from gasworks.foundation.imports.table import Header, RawRow, read_table
from gasworks.foundation.models import ImportBatch, ImportRow
from gasworks.foundation.scope import Scope
from gasworks.foundation.work import Running
from gasworks.kernel.errors import Refusal, gettext_noop

CHUNK = 2_000
MOST_PROBLEMS = 20
KEPT = 1_000
TWICE = gettext_noop("The same %(columns)s stands already in row %(row)d.")
BEYOND = gettext_noop("This row has more cells than there are headers. A comma may be too many.")

_COPY = "COPY foundation_importrow (company_id, batch_id, row_no, values, problems, good) FROM STDIN"


def read_batch(job: Running) -> None:
    """The long work «foundation.import_read». Rows are staged in short steps and count only when all are there."""
    batch = ImportBatch.objects.select_related("file").get(pk=job.args["batch"], company_id=job.scope.company_id)
    if batch.state != ImportBatch.State.READING:
        return
    try:
        _stage(batch, find_importer(batch.kind), job)
    except FileRefused as refusal:
        _put_away(batch, refusal)
        job.log(str(refusal))
    except Exception:
        _put_away(batch, FileRefused())
        raise
    job.result(batch=batch.id, rows=batch.rows, bad=batch.bad)


def _put_away(batch: ImportBatch, refusal: Refusal) -> None:
    with transaction.atomic():
        _forget_rows(batch)
        refuse(batch, refusal)


def _forget_rows(batch: ImportBatch) -> None:
    ImportRow.objects.filter(company_id=batch.company_id, batch=batch).delete()


def refuse(batch: ImportBatch, refusal: Refusal) -> None:
    """Keep the sentence untranslated with its values, so that each reader sees it in their own language."""
    batch.state = ImportBatch.State.REFUSED
    batch.refusal = json.dumps(
        {"sentence": refusal.sentence, "params": refusal.params}, ensure_ascii=False, default=str
    )
    batch.save(update_fields=["state", "refusal"])


def _stage(batch: ImportBatch, importer: Importer, job: Running) -> None:
    _forget_rows(batch)
    rows = read_table(path_of(batch.file), importer)
    header = cast(Header, next(rows))
    seen: dict[tuple[Any, ...], int] = {}
    counts = {True: 0, False: 0}
    sums = Sums(importer)
    for chunk in _chunks(rows):
        job.checkpoint()
        staged = _checked(chunk, importer, job.scope, seen, sums)
        _copy(batch, staged)
        for _, _, problems in staged:
            counts[not problems] += 1
        job.progress(done=sum(counts.values()))
    batch.rows, batch.good, batch.bad = sum(counts.values()), counts[True], counts[False]
    batch.state = ImportBatch.State.CHECKED
    batch.refusal = noted(unused=header.unused, totals=sums.fen)
    batch.save(update_fields=["rows", "good", "bad", "state", "refusal"])
    job.progress(done=batch.rows, total=batch.rows)


class Sums:
    """Fen of the importer's money columns, as ``[good, bad]`` each; a cell that cannot be read adds nothing."""

    def __init__(self, importer: Importer) -> None:
        self.fen: dict[str, list[int]] = {code: [0, 0] for code in importer.totals}

    def add(self, values: dict[str, Any], *, good: bool) -> None:
        for code, fen in self.fen.items():
            fen[0 if good else 1] += values.get(code) or 0


def noted(*, unused: list[str], totals: dict[str, list[int]]) -> str:
    """What is kept beside a batch that was read: headers that were not used, and its totals."""
    notes = {"unused": unused} | ({"totals": totals} if totals else {})
    return json.dumps(notes, ensure_ascii=False) if any(notes.values()) else ""


Staged = tuple[int, dict[str, Any], list[Problem]]


def _checked(
    chunk: list[RawRow], importer: Importer, scope: Scope, seen: dict[tuple[Any, ...], int], sums: Sums
) -> list[Staged]:
    """Cell by cell, then doubles inside the file, then what the domain says of the rows that can be read."""
    staged, readable, read = [], [], {}
    for raw in chunk:
        problems, values = parse_row(raw, importer)
        problems += _doubles(raw.row_no, values, importer, seen)
        staged.append((raw.row_no, _stored(raw), problems))
        read[raw.row_no] = values
        if not problems:
            readable.append(ParsedRow(raw.row_no, values))
    by_row = {row_no: problems for row_no, _, problems in staged}
    for problem in importer.check(readable, scope=scope) if readable else ():
        by_row[problem.row_no].append(problem)
    for row_no, problems in by_row.items():
        sums.add(read[row_no], good=not problems)
    return staged


def parse_row(raw: RawRow, importer: Importer) -> tuple[list[Problem], dict[str, Any]]:
    problems: list[Problem] = []
    values: dict[str, Any] = {}
    for column in importer.columns:
        cell = raw.cells.get(column.code, "")
        if cell == "" and not column.required:
            values[column.code] = None
            continue
        try:
            values[column.code] = read_cell(cell, column)
        except BadCell as bad:
            problems.append(Problem(raw.row_no, column.code, bad.sentence, bad.params))
    if raw.beyond:
        problems.append(Problem(raw.row_no, "", BEYOND))
    return problems, values


def _doubles(
    row_no: int, values: dict[str, Any], importer: Importer, seen: dict[tuple[Any, ...], int]
) -> list[Problem]:
    key = tuple(values.get(code) for code in importer.unique)
    if not key or None in key:
        return []
    first = seen.setdefault(key, row_no)
    if first == row_no:
        return []
    return [Problem(row_no, importer.unique[0], TWICE, {"columns": importer.labels(importer.unique), "row": first})]


def _stored(raw: RawRow) -> dict[str, Any]:
    """What is kept of a row: its cells as text; a flawed one keeps its flaw, and is refused when read again.

    A text that no column would take is kept in part: it stays too long, and a page of such rows stays small.
    """
    return {code: _shortened(cell) if isinstance(cell, str) else list(cell) for code, cell in raw.cells.items() if cell}


def _shortened(text: str) -> str:
    return text if len(text) <= KEPT else f"{text[:KEPT]}…"


def _copy(batch: ImportBatch, staged: Iterable[Staged]) -> None:
    with connection.cursor() as cursor, cursor.copy(_COPY) as copy:
        for row_no, cells, problems in staged:
            reasons = [problem.to_json() for problem in problems[:MOST_PROBLEMS]]
            copy.write_row(
                (
                    batch.company_id,
                    batch.id,
                    row_no,
                    json.dumps(cells, ensure_ascii=False),
                    json.dumps(reasons, ensure_ascii=False, default=_as_text),
                    not problems,
                )
            )


def _as_text(value: Any) -> str:
    return value.isoformat() if isinstance(value, dt.date) else str(value)


def _chunks(rows: Iterator[Any]) -> Iterator[list[RawRow]]:
    while chunk := list(itertools.islice(rows, CHUNK)):
        yield chunk
