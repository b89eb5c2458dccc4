"""From the sheets of a file to the rows of one importer: find the header, put the cells under their columns."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from gasworks.foundation.imports.cells import both_languages, plain_word
from gasworks.foundation.imports.refusals import HeaderTwice, MergedCells, NoRows, NoSheetFits, refusal_for
from gasworks.foundation.imports.spec import Importer
from gasworks.foundation.spreadsheet import Cell, Rows, SheetStart, Unreadable, rows_of

HEADER_WITHIN = 10
REJECT_HEADERS = ("行号", "列", "原因", "row", "column", "reason")


@dataclass(slots=True)
class Header:
    """Where the columns stand. ``places[i]`` is the code under the i-th cell, or empty for one that is not used."""

    row_no: int
    places: list[str]
    unused: list[str] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class RawRow:
    row_no: int
    cells: dict[str, Cell]
    beyond: bool


def read_table(path: Path, importer: Importer) -> Iterator[Header | RawRow]:
    """First the header of the first sheet that fits, then its rows; empty rows are left out. Raises FileRefused."""
    sheets = rows_of(path, max_rows=importer.max_rows)
    try:
        yield from _first_fitting(sheets, importer)
    except Unreadable as reason:
        raise refusal_for(reason.code, reason.params) from reason
    finally:
        sheets.close()  # type: ignore[attr-defined]


def _first_fitting(sheets: Iterator[SheetStart | Rows], importer: Importer) -> Iterator[Header | RawRow]:
    sheet, header, best = SheetStart(""), None, list(importer.columns)
    rows = 0
    for item in sheets:
        if isinstance(item, SheetStart):
            if header is not None:
                break
            sheet = item
            continue
        cells = item.cells
        if header is None:
            if item.first > HEADER_WITHIN:
                continue
            header, missing = _find_header(item, importer)
            if header is None:
                best = min(best, missing, key=len)
                continue
            _refuse_merged(sheet, header.row_no)
            yield header
            cells = cells[header.row_no - item.first + 1 :]
        first = item.first + len(item.cells) - len(cells)
        for row in _under(header, first, cells):
            rows += 1
            yield row
    if header is None:
        raise NoSheetFits(missing=importer.labels([column.code for column in best]))
    if not rows:
        raise NoRows()


def _find_header(item: Rows, importer: Importer) -> tuple[Header | None, list]:
    """The first row that has every required header; otherwise what the best one lacks."""
    words = _header_words(importer)
    required = [column for column in importer.columns if column.required]
    best = required or list(importer.columns)
    for at, cells in enumerate(item.cells[:HEADER_WITHIN]):
        texts = [cell if isinstance(cell, str) else cell.text for cell in cells]
        places = [words.get(plain_word(text), "") for text in texts]
        missing = [column for column in required if column.code not in places]
        if not missing and any(places):
            _refuse_twice(texts, places)
            unused = [
                t for t, p in zip(texts, places, strict=True) if t and not p and plain_word(t) not in REJECT_HEADERS
            ]
            return Header(item.first + at, places, unused), []
        best = min(best, missing or best, key=len)
    return None, best


def _header_words(importer: Importer) -> dict[str, str]:
    words = {}
    for column in importer.columns:
        for word in (column.code, *column.aliases, *both_languages(column.header)):
            words[plain_word(word)] = column.code
    return words


def _refuse_twice(texts: list[str], places: list[str]) -> None:
    for at, code in enumerate(places):
        if code and code in places[:at]:
            raise HeaderTwice(header=texts[at])


def _refuse_merged(sheet: SheetStart, header_row: int) -> None:
    """A merged title above the header does no harm; from the header on a merged cell hides values."""
    for first, last in sheet.merged:
        if last >= header_row:
            raise MergedCells(row=max(first, header_row))


def _under(header: Header, first: int, rows: list[list[Cell]]) -> Iterator[RawRow]:
    width = len(header.places)
    for at, cells in enumerate(rows):
        if any(cells):
            named = {code: cell for code, cell in zip(header.places, cells, strict=False) if code}
            yield RawRow(first + at, named, beyond=any(cells[width:]))
