"""What a person sees of a batch before it is saved: a page of rows, and the problems counted by reason."""

import re
from collections import Counter
from dataclasses import dataclass, field

from django.utils.translation import gettext

from gasworks.foundation.imports.saving import stored_refusal
from gasworks.foundation.imports.spec import Importer
from gasworks.foundation.imports.workbooks import column_text, problem_text, shown_cell
from gasworks.foundation.models import ImportBatch, ImportRow

ROWS = 50
COUNTED = 20_000


@dataclass(frozen=True, slots=True)
class PreviewCell:
    text: str
    bad: bool


@dataclass(frozen=True, slots=True)
class PreviewRow:
    row_no: int
    good: bool
    cells: list[PreviewCell]
    reasons: list[tuple[str, str]]


@dataclass(frozen=True, slots=True)
class Total:
    """What a money column adds up to."""

    label: str
    good_fen: int
    bad_fen: int


@dataclass(slots=True)
class Preview:
    """``reasons`` are the commonest (column, sentence, rows); ``unused`` headers of the file that nobody reads."""

    rows: list[PreviewRow] = field(default_factory=list)
    reasons: list[tuple[str, str, int]] = field(default_factory=list)
    next_after: int = 0
    only_bad: bool = True
    refusal: str = ""
    unused: list[str] = field(default_factory=list)
    totals: list[Total] = field(default_factory=list)


def preview(batch: ImportBatch, importer: Importer, *, only_bad: bool, after: int = 0) -> Preview:
    """One page of the batch in the reader's language; only the bad rows, if there are any and it is asked for."""
    stored = stored_refusal(batch.refusal)
    if batch.state == ImportBatch.State.REFUSED and stored.get("sentence"):
        return Preview(refusal=problem_text(["", stored["sentence"], stored["params"]]))
    if batch.state in (ImportBatch.State.READING, ImportBatch.State.REFUSED):
        return Preview()
    only_bad = only_bad and batch.bad > 0
    found = ImportRow.objects.filter(company_id=batch.company_id, batch=batch, row_no__gt=after).order_by("row_no")
    if only_bad:
        found = found.filter(good=False)
    rows = list(found[: ROWS + 1])
    return Preview(
        rows=[_row(row, importer) for row in rows[:ROWS]],
        reasons=_reasons(batch, importer) if batch.bad and not after else [],
        next_after=rows[ROWS - 1].row_no if len(rows) > ROWS else 0,
        only_bad=only_bad,
        unused=stored.get("unused", []),
        totals=[Total(_label(code, importer), *fen) for code, fen in stored.get("totals", {}).items()],
    )


def _row(row: ImportRow, importer: Importer) -> PreviewRow:
    bad = {problem[0] for problem in row.problems}
    cells = [
        PreviewCell(shown_cell(row.values.get(column.code, "")), column.code in bad) for column in importer.columns
    ]
    reasons = [(column_text(problem, importer), problem_text(problem)) for problem in row.problems]
    return PreviewRow(row.row_no, row.good, cells, reasons)


def _reasons(batch: ImportBatch, importer: Importer) -> list[tuple[str, str, int]]:
    bad = ImportRow.objects.filter(company_id=batch.company_id, batch=batch, good=False)
    counts: Counter[tuple[str, str]] = Counter()
    for problems in bad.order_by("row_no").values_list("problems", flat=True)[:COUNTED]:
        counts.update({(problem[0], problem[1]) for problem in problems})
    return [(_label(code, importer), _general(sentence), count) for (code, sentence), count in counts.most_common(10)]


def _label(code: str, importer: Importer) -> str:
    return column_text([code, "", {}], importer)


def _general(sentence: str) -> str:
    """A reason without the row's own values: «…» stands for each."""
    return re.sub(r"%\(\w+\)[sd]", "…", gettext(sentence))
