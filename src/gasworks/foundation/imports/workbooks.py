"""The files that an import gives: the empty template, and the rejects with the reason beside each row."""

import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import xlsxwriter
from django.utils.translation import gettext

from gasworks.foundation.exports import Head, write_xlsx
from gasworks.foundation.imports.spec import ImportColumn, Importer
from gasworks.foundation.models import ImportBatch, ImportRow
from gasworks.foundation.words import listed

KIND_WORDS = {
    "text": lambda: gettext("text"),
    "date": lambda: gettext("date, such as 2026-03-31"),
    "month": lambda: gettext("month, such as 2026-03"),
    "whole": lambda: gettext("whole number"),
    "yuan": lambda: gettext("yuan, at most 2 decimals"),
    "m3": lambda: gettext("m³, at most 3 decimals"),
    "price": lambda: gettext("yuan per m³, at most 4 decimals"),
    "flag": lambda: gettext("yes or no"),
    "choice": lambda: gettext("one of the choices"),
}
FORMATS = {"text": "@", "choice": "@", "flag": "@", "date": "yyyy-mm-dd", "month": "@"}
MOST_CHOICES = 50


def template_bytes(importer: Importer) -> bytes:
    """An .xlsx with the headers, text columns as text, and a second sheet that explains each column."""
    with tempfile.NamedTemporaryFile(suffix=".xlsx") as spool:
        book = xlsxwriter.Workbook(spool.name)
        _data_sheet(book, importer)
        _notes_sheet(book, importer)
        book.close()
        return Path(spool.name).read_bytes()


def rejects_bytes(batch: ImportBatch, importer: Importer) -> bytes:
    """The bad rows as they were, with row number, column and reason in the reader's language; can be uploaded again."""
    heads = [Head(str(column.header)) for column in importer.columns]
    heads += [Head(gettext("Row"), "number"), Head(gettext("Column"), width=24), Head(gettext("Reason"), width=60)]
    with tempfile.NamedTemporaryFile(suffix=".xlsx") as spool:
        write_xlsx(spool.name, heads, _rejected(batch, importer))
        return Path(spool.name).read_bytes()


def problem_text(problem: list[Any]) -> str:
    """A stored problem in the reader's language."""
    _, sentence, params = problem
    text = gettext(sentence)
    return text % params if params else text


def column_text(problem: list[Any], importer: Importer) -> str:
    return str(importer.column(problem[0]).header) if problem[0] else "—"


def shown_cell(cell: Any) -> str:
    return cell if isinstance(cell, str) else cell[0]


def _rejected(batch: ImportBatch, importer: Importer) -> Iterator[list[Any]]:
    rows = ImportRow.objects.filter(company_id=batch.company_id, batch=batch, good=False).order_by("row_no")
    for row in rows.iterator(chunk_size=1000):
        cells = [shown_cell(row.values.get(column.code, "")) for column in importer.columns]
        columns = "\n".join(column_text(problem, importer) for problem in row.problems)
        reasons = "\n".join(problem_text(problem) for problem in row.problems)
        yield [*cells, row.row_no, columns, reasons]


def _data_sheet(book: Any, importer: Importer) -> None:
    sheet = book.add_worksheet(gettext("Data"))
    required = book.add_format({"bold": True, "bg_color": "#FFE8CC", "border": 1})
    optional = book.add_format({"bold": True, "bg_color": "#E6EDF5", "border": 1})
    sheet.freeze_panes(1, 0)
    for place, column in enumerate(importer.columns):
        look = book.add_format({"num_format": FORMATS[column.kind]}) if column.kind in FORMATS else None
        sheet.set_column(place, place, max(12, 2 * len(str(column.header)) + 4), look)
        sheet.write_string(
            0, place, f"{column.header}{' *' if column.required else ''}", _either(column, required, optional)
        )
        if 0 < len(column.choices) <= MOST_CHOICES:
            _offer_choices(sheet, place, column, importer.max_rows)


def _either(column: ImportColumn, required: Any, optional: Any) -> Any:
    return required if column.required else optional


def _offer_choices(sheet: Any, place: int, column: ImportColumn, rows: int) -> None:
    labels = [str(label) for _, label in column.choices]
    if sum(len(label) + 1 for label in labels) < 250:
        sheet.data_validation(1, place, rows, place, {"validate": "list", "source": labels, "ignore_blank": True})


def _notes_sheet(book: Any, importer: Importer) -> None:
    sheet = book.add_worksheet(gettext("Notes"))
    bold, wrap = book.add_format({"bold": True}), book.add_format({"text_wrap": True, "valign": "top"})
    sheet.set_column(0, 0, 24)
    sheet.set_column(1, 2, 22)
    sheet.set_column(3, 4, 50)
    heads = (gettext("Header"), gettext("Needed"), gettext("What it takes"), gettext("Example"), gettext("Explanation"))
    for place, head in enumerate(heads):
        sheet.write_string(0, place, head, bold)
    for at, column in enumerate(importer.columns, start=1):
        takes = listed(label for _, label in column.choices) or KIND_WORDS[column.kind]()
        needed = gettext("yes") if column.required else gettext("no")
        for place, text in enumerate((column.header, needed, takes, column.example, column.help)):
            sheet.write_string(at, place, str(text), wrap)
    if importer.help:
        sheet.write_string(len(importer.columns) + 2, 0, str(importer.help))
