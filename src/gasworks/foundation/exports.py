"""Tables as CSV and Excel files, streamed, with nothing in them that a spreadsheet would run.

Rows are Python values in our units (fen, litres, 0.0001 yuan, YYYYMM); a header's kind says how a cell is written.
Excel gets numbers with a format, never formulas; CSV gets plain digits, and text that begins like a formula is
quoted with an apostrophe.
"""

import csv
import datetime as dt
import io
import tempfile
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any
from urllib.parse import quote

import xlsxwriter
from django.http import FileResponse, HttpResponseBase, StreamingHttpResponse

from gasworks.kernel import money

Typed = Any
Rows = Iterable[Iterable[Typed]]
BOM = "\ufeff"
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
CSV = "text/csv; charset=utf-8"
CONTENT_TYPES = {"xlsx": XLSX, "csv": CSV}
SHEET_ROWS = 1_048_575
LONGEST_CELL = 32_767

_RISKY = ("=", "+", "-", "@", "\t", "\r", "\n")
_SCALE = {"yuan": 2, "m3": 3, "price": 4}
_FORMATS = {
    "yuan": "#,##0.00",
    "m3": "#,##0.###",
    "price": "0.00##",
    "number": "0",
    "date": "yyyy-mm-dd",
    "moment": "yyyy-mm-dd hh:mm",
}


@dataclass(frozen=True, slots=True)
class Head:
    label: str
    kind: str = "text"
    width: int = 0


def safe_text(text: str) -> str:
    """Text that a spreadsheet opens as text: «=1+1» becomes «'=1+1»."""
    return "'" + text if text.startswith(_RISKY) else text


def csv_lines(heads: Iterable[Head], rows: Rows) -> Iterator[str]:
    """CSV with a byte-order mark, so that Excel reads Chinese; CRLF line ends (RFC 4180)."""
    heads = list(heads)
    yield BOM + _csv_line([safe_text(head.label) for head in heads])
    for row in rows:
        yield _csv_line([_csv_cell(value, head.kind) for value, head in zip(row, heads, strict=True)])


def write_xlsx(
    path: Path | str,
    heads: Iterable[Head],
    rows: Rows,
    *,
    sheet: str = "Sheet1",
    each: Callable[[int], None] | None = None,
) -> int:
    """Write one table in constant memory; a table longer than a sheet goes on in the next one. Rows written.

    ``each`` is told the count every thousand rows, to show progress or to stop by raising.
    """
    heads = list(heads)
    book = xlsxwriter.Workbook(
        str(path), {"constant_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
    )
    try:
        return _fill(book, heads, rows, sheet, each)
    finally:
        book.close()


def write_book(path: Path | str, tables: Iterable[tuple[str, Iterable[Head], Rows]]) -> None:
    """Several tables in one file, each on sheets of its own name, in constant memory: (name, heads, rows) of each."""
    book = xlsxwriter.Workbook(
        str(path), {"constant_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
    )
    try:
        for name, heads, rows in tables:
            _fill(book, list(heads), rows, name, None)
    finally:
        book.close()


def download(name: str, kind: str, heads: list[Head], rows: Rows) -> HttpResponseBase:
    """A file answer for a table that is small enough to wait for."""
    if kind == "csv":
        answer: HttpResponseBase = StreamingHttpResponse(csv_lines(heads, rows), content_type=CSV)
    else:
        spool = tempfile.NamedTemporaryFile(suffix=".xlsx")  # noqa: SIM115 - FileResponse closes it
        write_xlsx(spool.name, heads, rows)
        answer = FileResponse(open(spool.name, "rb"), content_type=XLSX)  # noqa: SIM115
        spool.close()
    answer["Content-Disposition"] = attachment(f"{name}.{kind}")
    return answer


def attachment(name: str) -> str:
    """Content-Disposition that carries a Chinese file name (RFC 6266)."""
    plain = "".join(c if c.isascii() and (c.isalnum() or c in "._-") else "_" for c in name)
    return f"attachment; filename=\"{plain}\"; filename*=UTF-8''{quote(name)}"


def _csv_line(cells: list[str]) -> str:
    line = io.StringIO()
    csv.writer(line, lineterminator="\r\n").writerow(cells)
    return line.getvalue()


def _csv_cell(value: Typed, kind: str) -> str:
    if value is None:
        return ""
    if kind in _SCALE:
        return _plain(value, kind)
    if isinstance(value, dt.datetime):
        return value.strftime("%Y-%m-%d %H:%M:%S")
    if isinstance(value, int | Decimal | dt.date):
        return str(value)
    return safe_text(str(value))


def _plain(value: int, kind: str) -> str:
    keep = 2 if kind in ("yuan", "price") else 0
    return money.format_scaled(value, _SCALE[kind], keep).replace(",", "")


def _fill(book: Any, heads: list[Head], rows: Rows, sheet: str, each: Any) -> int:
    formats = {kind: book.add_format({"num_format": shown}) for kind, shown in _FORMATS.items()}
    bold = book.add_format({"bold": True, "text_wrap": True, "valign": "top"})
    written, page, at = 0, None, 0
    for row in rows:
        if page is None or at > SHEET_ROWS:
            page, at = _new_sheet(book, heads, sheet, bold), 1
        for place, (value, head) in enumerate(zip(row, heads, strict=True)):
            _write_cell(page, at, place, value, head.kind, formats)
        at += 1
        written += 1
        if each and written % 1000 == 0:
            each(written)
    if page is None:
        _new_sheet(book, heads, sheet, bold)
    return written


def _new_sheet(book: Any, heads: list[Head], sheet: str, bold: Any) -> Any:
    count = sum(page.name.rstrip("0123456789") == sheet.rstrip("0123456789") for page in book.worksheets())
    page = book.add_worksheet(sheet if not count else f"{sheet}{count + 1}")
    page.freeze_panes(1, 0)
    for place, head in enumerate(heads):
        page.set_column(place, place, head.width or max(12, min(40, 2 * len(head.label))))
        page.write_string(0, place, head.label, bold)
    return page


def _write_cell(page: Any, at: int, place: int, value: Typed, kind: str, formats: dict[str, Any]) -> None:
    if value is None or value == "":
        return
    if kind in _SCALE:
        page.write_number(at, place, Decimal(value).scaleb(-_SCALE[kind]), formats[kind])
    elif isinstance(value, dt.datetime):
        page.write_datetime(at, place, value, formats["moment"])
    elif isinstance(value, dt.date):
        page.write_datetime(at, place, value, formats["date"])
    elif isinstance(value, int) and abs(value) < 10**15:
        page.write_number(at, place, value, formats["number"])
    else:
        page.write_string(at, place, str(value)[:LONGEST_CELL])
