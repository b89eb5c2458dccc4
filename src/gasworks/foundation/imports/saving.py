"""Saves a checked batch: all of it in one transaction, or its good rows in short steps, each of which happens once."""

import json
from collections.abc import Iterator, Sequence

from django.db import transaction

from gasworks.foundation.imports.cells import Problem
from gasworks.foundation.imports.registry import find_importer
from gasworks.foundation.imports.spec import Importer, ParsedRow
from gasworks.foundation.imports.staging import CHUNK, parse_row
from gasworks.foundation.imports.table import RawRow
from gasworks.foundation.models import ImportBatch, ImportRow
from gasworks.foundation.spreadsheet import Flawed
from gasworks.foundation.work import Running
from gasworks.kernel.errors import Refusal


def commit_batch(job: Running) -> None:
    """The long work «foundation.import_save». Killed and run again it goes on after its last step; stopped by a
    refusal or a person the batch stands checked again, and what is saved is not saved twice.
    """
    batch = ImportBatch.objects.get(pk=job.args["batch"], company_id=job.scope.company_id)
    if batch.state != ImportBatch.State.COMMITTING:
        return
    importer = find_importer(batch.kind)
    save = _save_good if batch.only_good else _save_whole
    try:
        save(batch, importer, job)
    except Exception:
        ImportBatch.objects.filter(pk=batch.pk).update(state=ImportBatch.State.CHECKED)
        raise
    job.result(batch=batch.id, saved=batch.good, bad=batch.bad)


def _save_whole(batch: ImportBatch, importer: Importer, job: Running) -> None:
    """One transaction: a refusal, a cancel or a kill undoes everything."""
    saved = 0
    with transaction.atomic():
        for rows in _steps(batch, importer, CHUNK):
            job.checkpoint()
            importer.commit(rows, scope=job.scope, now=job.now, batch_id=batch.id)
            saved += len(rows)
            job.progress(done=saved, total=batch.good)
        _finish(batch)


def _save_good(batch: ImportBatch, importer: Importer, job: Running) -> None:
    saved = 0
    for rows in _steps(batch, importer, importer.step):
        job.checkpoint()
        with transaction.atomic():
            _save_step(batch, importer, rows, job)
        saved += len(rows)
        job.progress(done=saved, total=batch.good)
    with transaction.atomic():
        _finish(batch)


def _save_step(batch: ImportBatch, importer: Importer, rows: Sequence[ParsedRow], job: Running) -> None:
    """A step and the mark that it happened are one transaction. A refused step is tried row by row."""
    try:
        with transaction.atomic():
            importer.commit(rows, scope=job.scope, now=job.now, batch_id=batch.id)
    except Refusal:
        for row in rows:
            _save_one(batch, importer, row, job)
    batch.committed_to = rows[-1].row_no
    batch.save(update_fields=["committed_to", "good", "bad", "refusal"])


def _save_one(batch: ImportBatch, importer: Importer, row: ParsedRow, job: Running) -> None:
    try:
        with transaction.atomic():
            importer.commit([row], scope=job.scope, now=job.now, batch_id=batch.id)
    except Refusal as refusal:
        reason = Problem(row.row_no, "", refusal.sentence, {k: str(v) for k, v in refusal.params.items()})
        ImportRow.objects.filter(company_id=batch.company_id, batch=batch, row_no=row.row_no).update(
            good=False, problems=[reason.to_json()]
        )
        batch.good, batch.bad = batch.good - 1, batch.bad + 1
        batch.refusal = _without(batch, row)


def _without(batch: ImportBatch, row: ParsedRow) -> str:
    """The batch's notes, with what a row adds to the good totals among the bad ones."""
    notes = stored_refusal(batch.refusal)
    for code, fen in notes.get("totals", {}).items():
        fen[0] -= row.values.get(code) or 0
        fen[1] += row.values.get(code) or 0
    return json.dumps(notes, ensure_ascii=False) if notes else batch.refusal


def _finish(batch: ImportBatch) -> None:
    batch.state = ImportBatch.State.COMMITTED
    batch.save(update_fields=["state"])


def _steps(batch: ImportBatch, importer: Importer, size: int) -> Iterator[list[ParsedRow]]:
    """The good rows that are not saved yet, in the order of the file, read again from their stored cells."""
    after = batch.committed_to
    while True:
        found = list(
            ImportRow.objects.filter(company_id=batch.company_id, batch=batch, good=True, row_no__gt=after)
            .order_by("row_no")
            .values_list("row_no", "values")[:size]
        )
        if not found:
            return
        yield [_again(row_no, cells, importer) for row_no, cells in found]
        after = found[-1][0]


def _again(row_no: int, cells: dict, importer: Importer) -> ParsedRow:
    named = {code: cell if isinstance(cell, str) else Flawed(*cell) for code, cell in cells.items()}
    _, values = parse_row(RawRow(row_no, named, beyond=False), importer)
    return ParsedRow(row_no, values)


def stored_refusal(text: str) -> dict:
    """What ``ImportBatch.refusal`` holds: a sentence with its values, or headers that were not used and totals."""
    return json.loads(text) if text else {}
