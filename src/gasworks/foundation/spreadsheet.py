"""Reads a stranger's spreadsheet in a process of its own, with bounded memory and time. No Django here.

``rows_of(path)`` starts the child and yields what it finds. Excel files are looked through before the library opens
them: macros, encryption, what they unpack to, how far their cells reach. A file that still breaks the reader breaks
the child only. Cells come as text; one that cannot be trusted comes as ``Flawed``.
"""

import csv
import datetime as dt
import html
import io
import pickle
import re
import resource
import subprocess
import sys
import zipfile
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final, NamedTuple

CHUNK: Final = 1_000
MAX_SHEETS: Final = 12
MAX_COLUMNS: Final = 200
MAX_UNPACKED: Final = 400 * 1024 * 1024
MAX_MEMBERS: Final = 2_000
MAX_FORMULAS: Final = 1_000
EXACT: Final = 10**15
MEMORY: Final = 2 * 1024**3
SECONDS: Final = 120
BLOCK: Final = 1 << 20

ZIP, OLE = b"PK\x03\x04", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"

_FORMULA = re.compile(rb'<(?:\w+:)?c\b[^>]*?\br="([A-Z]{1,3})(\d{1,7})"[^>]*>\s*<(?:\w+:)?f[ />]')
_FAR_ROW = re.compile(rb'\br="[A-Z]{1,3}(\d{6,})"')
_FAR_COLUMN = re.compile(rb'\br="([A-Z]{2,3})\d')
_SHEET = re.compile(r"xl/worksheets/[^/]+\.xml")


class Unreadable(Exception):
    """``code`` is one of the names in ``imports.refusals``; ``params`` fill its sentence."""

    def __init__(self, code: str, **params: object) -> None:
        super().__init__(code)
        self.code, self.params = code, params


class Flawed(NamedTuple):
    """A cell that shows a value but cannot be taken: «formula», «digits» (Excel kept only 15) or «error»."""

    text: str
    flaw: str


Cell = str | Flawed


@dataclass(frozen=True, slots=True)
class SheetStart:
    """A sheet begins. ``merged`` holds (first row, last row) of merged ranges, counted from 1."""

    name: str
    merged: tuple[tuple[int, int], ...] = ()


@dataclass(frozen=True, slots=True)
class Rows:
    """Rows of the present sheet; the first one has number ``first``, counted from 1 as Excel does."""

    first: int
    cells: list[list[Cell]]


@dataclass(slots=True)
class _Survey:
    """What a worksheet's XML says about it before the library opens it."""

    formulas: set[tuple[int, int]] = field(default_factory=set)
    last_row: int = 0
    last_column: int = 0


def rows_of(path: Path, *, max_rows: int) -> Iterator[SheetStart | Rows]:
    """All sheets, read in a child process. Raises Unreadable. Closing the iterator ends the child."""
    command = [sys.executable, "-m", "gasworks.foundation.spreadsheet", str(path), str(max_rows)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL) as child:  # noqa: S603
        try:
            yield from _received(child.stdout)
        finally:
            child.kill()


def _received(stream: Any) -> Iterator[SheetStart | Rows]:
    while True:
        try:
            item = pickle.load(stream)  # noqa: S301 - our own child's words
        except (EOFError, pickle.UnpicklingError):
            raise Unreadable("broken") from None
        if item is None:
            return
        if isinstance(item, tuple):
            raise Unreadable(item[0], **item[1])
        yield item


def main(path: str, max_rows: int) -> None:
    """The child: bounded, and silent but for its pipe."""
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    resource.setrlimit(resource.RLIMIT_CPU, (SECONDS, SECONDS))
    out = sys.stdout.buffer
    try:
        for item in _read(Path(path), max_rows):
            pickle.dump(item, out, protocol=pickle.HIGHEST_PROTOCOL)
        pickle.dump(None, out)
    except Unreadable as refusal:
        pickle.dump((refusal.code, refusal.params), out)
    except MemoryError:
        pickle.dump(("unpacks_too_big", {}), out)
    out.flush()


def _read(path: Path, max_rows: int) -> Iterator[SheetStart | Rows]:
    with path.open("rb") as file:
        head = file.read(8)
    if head.startswith(ZIP):
        return _read_excel(path, _survey_zip(path, max_rows), max_rows)
    if head == OLE:
        _refuse_protected(path)
        return _read_excel(path, {}, max_rows)
    return _read_csv(path, max_rows)


# --- Excel ----------------------------------------------------------------------------------------------------------


def _survey_zip(path: Path, max_rows: int) -> dict[str, _Survey]:
    """Unpack every member once, counting, and look through the worksheets. Raises Unreadable."""
    try:
        with zipfile.ZipFile(path) as archive:
            members = archive.infolist()
            _refuse_members(members)
            surveys = {}
            for member in members:
                survey = _Survey()
                _walk(archive, member, survey if _SHEET.fullmatch(member.filename) else None)
                surveys[member.filename] = survey
    except (zipfile.BadZipFile, NotImplementedError, RuntimeError, OSError, EOFError, ValueError) as error:
        raise Unreadable("broken") from error
    _refuse_reach(surveys, max_rows)
    return _by_sheet_name(path, surveys)


def _refuse_members(members: list[zipfile.ZipInfo]) -> None:
    names = [member.filename.lower() for member in members]
    if any(name.endswith("vbaproject.bin") for name in names):
        raise Unreadable("macros")
    if "xl/workbook.xml" not in names and "xl/workbook.bin" not in names:
        raise Unreadable("not_a_table")
    if len(members) > MAX_MEMBERS or sum(member.file_size for member in members) > MAX_UNPACKED:
        raise Unreadable("unpacks_too_big", limit=MAX_UNPACKED >> 20)


def _walk(archive: zipfile.ZipFile, member: zipfile.ZipInfo, survey: _Survey | None) -> None:
    """Unpack one member a block at a time; the library checks its length and sum at the end."""
    tail, unpacked = b"", 0
    with archive.open(member) as stream:
        while block := stream.read(BLOCK):
            unpacked += len(block)
            if unpacked > MAX_UNPACKED:
                raise Unreadable("unpacks_too_big", limit=MAX_UNPACKED >> 20)
            if survey is None:
                continue
            block = tail + block
            cut = max(block.rfind(b"<c "), block.rfind(b":c "), 0)
            _look(block[:cut], survey)
            tail = block[cut:][-BLOCK:]
    if survey is not None:
        _look(tail, survey)


def _look(block: bytes, survey: _Survey) -> None:
    for digits in _FAR_ROW.findall(block):
        survey.last_row = max(survey.last_row, int(digits))
    for letters in set(_FAR_COLUMN.findall(block)):
        survey.last_column = max(survey.last_column, _column(letters))
    if b"<f" in block or b":f" in block:
        for letters, digits in _FORMULA.findall(block):
            if len(survey.formulas) >= MAX_FORMULAS:
                raise Unreadable("formulas", limit=MAX_FORMULAS)
            survey.formulas.add((int(digits), _column(letters)))


def _column(letters: bytes) -> int:
    """1 for A, 27 for AA."""
    number = 0
    for letter in letters:
        number = number * 26 + letter - 64
    return number


def _refuse_reach(surveys: dict[str, _Survey], max_rows: int) -> None:
    for survey in surveys.values():
        if survey.last_row > max_rows + 100:
            raise Unreadable("too_many_rows", limit=max_rows)
        if survey.last_column > MAX_COLUMNS:
            raise Unreadable("too_many_columns", limit=MAX_COLUMNS)


def _by_sheet_name(path: Path, surveys: dict[str, _Survey]) -> dict[str, _Survey]:
    """Which part of the archive a sheet's name stands for, from the workbook and its relations."""
    with zipfile.ZipFile(path) as archive:
        try:
            book = archive.read("xl/workbook.xml").decode("utf-8", "replace")
            relations = archive.read("xl/_rels/workbook.xml.rels").decode("utf-8", "replace")
        except KeyError:
            return {}
    targets = {
        _attribute(tag, "Id"): _attribute(tag, "Target") for tag in re.findall(r"<[^>]*Relationship [^>]*>", relations)
    }
    found = {}
    for tag in re.findall(r"<(?:\w+:)?sheet [^>]*>", book):
        target = targets.get(_attribute(tag, r"\w+:id"), "").lstrip("/")
        part = target if target.startswith("xl/") else f"xl/{target}"
        found[html.unescape(_attribute(tag, "name"))] = surveys.get(part, _Survey())
    return found


def _attribute(tag: str, name: str) -> str:
    match = re.search(rf'\s{name}="([^"]*)"', tag)
    return match.group(1) if match else ""


def _refuse_protected(path: Path) -> None:
    """A password turns an .xlsx into a compound file with a stream of this name."""
    if "EncryptedPackage".encode("utf-16-le") in path.read_bytes():
        raise Unreadable("encrypted")


def _read_excel(path: Path, surveys: dict[str, _Survey], max_rows: int) -> Iterator[SheetStart | Rows]:
    import python_calamine as calamine

    try:
        book = calamine.CalamineWorkbook.from_path(str(path))
    except calamine.PasswordError:
        raise Unreadable("encrypted") from None
    except (calamine.CalamineError, OSError, ValueError) as error:
        raise Unreadable("encrypted" if "assword" in str(error) else "broken") from None
    for meta in book.sheets_metadata[:MAX_SHEETS]:
        if meta.visible == calamine.SheetVisibleEnum.Visible and meta.typ == calamine.SheetTypeEnum.WorkSheet:
            try:
                sheet = book.get_sheet_by_name(meta.name)
            except (calamine.CalamineError, OSError, ValueError):
                raise Unreadable("broken") from None
            yield from _sheet(meta.name, sheet, surveys.get(meta.name, _Survey()).formulas, max_rows)


def _sheet(name: str, sheet: Any, formulas: set[tuple[int, int]], max_rows: int) -> Iterator[SheetStart | Rows]:
    merged = tuple((start[0] + 1, end[0] + 1) for start, end in (sheet.merged_cell_ranges or ()))
    yield SheetStart(name, merged)
    if sheet.start is None:
        return
    top, left = sheet.start
    if sheet.height > max_rows + 100:
        raise Unreadable("too_many_rows", limit=max_rows)
    if left + sheet.width > MAX_COLUMNS:
        raise Unreadable("too_many_columns", limit=MAX_COLUMNS)
    data = sheet.to_python(skip_empty_area=True)
    blank: list[Cell] = [""] * left
    numbered = ((top + 1 + at, blank + [_cell_text(cell) for cell in row]) for at, row in enumerate(data))
    yield from _chunks(_with_flaws(numbered, formulas), top + 1)


def _with_flaws(rows: Iterable[tuple[int, list[Cell]]], formulas: set[tuple[int, int]]) -> Iterator[list[Cell]]:
    marked: dict[int, list[int]] = {}
    for row, column in formulas:
        marked.setdefault(row, []).append(column - 1)
    for number, cells in rows:
        for place in marked.get(number, ()):
            if place < len(cells):
                cells[place] = Flawed(
                    str(cells[place]) if isinstance(cells[place], str) else cells[place][0], "formula"
                )
        yield cells


def _cell_text(value: Any) -> Cell:
    """A cell as the text that a person would have typed."""
    if type(value) is str:
        return value.strip()
    if type(value) is bool:
        return "1" if value else "0"
    if isinstance(value, int | float):
        return _number_text(value)
    if isinstance(value, dt.datetime):
        return value.strftime("%Y-%m-%d %H:%M:%S") if value.time() != dt.time() else value.strftime("%Y-%m-%d")
    return str(value)


def _number_text(value: float) -> Cell:
    """Excel keeps 15 digits: a longer whole number has already lost its end."""
    if value != value or value in (float("inf"), float("-inf")):
        return Flawed(str(value), "error")
    if value == int(value):
        whole = str(int(value))
        return whole if abs(value) < EXACT else Flawed(whole, "digits")
    return repr(value) if "e" not in repr(value) else f"{value:.15f}".rstrip("0")


def _chunks(rows: Iterable[list[Cell]], first: int) -> Iterator[Rows]:
    chunk: list[list[Cell]] = []
    for row in rows:
        chunk.append(row)
        if len(chunk) == CHUNK:
            yield Rows(first, chunk)
            first, chunk = first + len(chunk), []
    if chunk:
        yield Rows(first, chunk)


# --- CSV ------------------------------------------------------------------------------------------------------------


def _read_csv(path: Path, max_rows: int) -> Iterator[SheetStart | Rows]:
    text = _decoded(path.read_bytes())
    yield SheetStart("CSV")
    yield from _chunks(_csv_rows(text, max_rows), 1)


def _decoded(raw: bytes) -> str:
    """UTF-8 with or without mark, UTF-16 with mark, otherwise GB 18030 (which holds GBK). Never a guess beyond."""
    if raw.startswith((b"\xff\xfe", b"\xfe\xff")):
        encodings: tuple[str, ...] = ("utf-16",)
    elif b"\x00" in raw:
        raise Unreadable("not_a_table")
    else:
        encodings = ("utf-8-sig", "gb18030")
    for encoding in encodings:
        try:
            return raw.decode(encoding)
        except UnicodeDecodeError:
            continue
    raise Unreadable("encoding")


def _csv_rows(text: str, max_rows: int) -> Iterator[list[Cell]]:
    first_line = text[:10_000].splitlines()[0] if text.strip() else ""
    delimiter = max(",;\t", key=first_line.count)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    try:
        for number, row in enumerate(reader):
            if number > max_rows + 100:
                raise Unreadable("too_many_rows", limit=max_rows)
            if len(row) > MAX_COLUMNS:
                raise Unreadable("too_many_columns", limit=MAX_COLUMNS)
            yield [_csv_cell(cell) for cell in row]
    except csv.Error as error:
        raise Unreadable("broken_csv", line=reader.line_num) from error


_ROUNDED = re.compile(r"\d(\.\d+)?[eE]\+\d+")


def _csv_cell(cell: str) -> Cell:
    """«1.23457E+15» is what Excel writes when it saved a long number: the digits are gone."""
    text = cell.strip()
    text = text[1:] if text.startswith("'") else text
    return Flawed(text, "digits") if _ROUNDED.fullmatch(text) else text


if __name__ == "__main__":
    from gasworks.foundation import spreadsheet

    spreadsheet.main(sys.argv[1], int(sys.argv[2]))  # under its own name, so that what it pickles can be read
