"""Spreadsheets as people really send them: made by Excel's own writers, then broken by hand where no writer would."""

import io
import struct
import zipfile
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import openpyxl
import xlsxwriter

Rows = Sequence[Sequence[Any]]


def write_rows(path: Path, rows: Rows, sheet: str = "Sheet1") -> Path:
    """A plain .xlsx with these rows; dates become Excel dates, text stays text."""
    book = openpyxl.Workbook()
    page = book.active
    page.title = sheet
    for row in rows:
        page.append(list(row))
    book.save(path)
    return path


def write_with(path: Path, rows: Rows, change: Callable[[Any, Any], None]) -> Path:
    """The same, changed by ``change(book, page)`` before it is saved."""
    book = openpyxl.Workbook()
    page = book.active
    for row in rows:
        page.append(list(row))
    change(book, page)
    book.save(path)
    return path


def write_many(path: Path, header: Sequence[str], rows: Rows) -> Path:
    """A large .xlsx, written in constant memory."""
    book = xlsxwriter.Workbook(str(path), {"constant_memory": True})
    page = book.add_worksheet()
    page.write_row(0, 0, header)
    for at, row in enumerate(rows, start=1):
        page.write_row(at, 0, row)
    book.close()
    return path


def write_csv(path: Path, rows: Rows, encoding: str = "utf-8", delimiter: str = ",") -> Path:
    text = "\r\n".join(delimiter.join(str(cell) for cell in row) for row in rows) + "\r\n"
    path.write_bytes(text.encode(encoding))
    return path


def edit_zip(path: Path, changes: dict[str, bytes | Callable[[bytes], bytes]]) -> Path:
    """Replace or add members of an .xlsx; a function gets the old bytes."""
    with zipfile.ZipFile(path) as old:
        members = {name: old.read(name) for name in old.namelist()}
    for name, change in changes.items():
        members[name] = change(members[name]) if callable(change) else change
    spool = io.BytesIO()
    with zipfile.ZipFile(spool, "w", zipfile.ZIP_DEFLATED) as new:
        for name, body in members.items():
            new.writestr(name, body)
    path.write_bytes(spool.getvalue())
    return path


def bomb(path: Path, megabytes: int) -> Path:
    """A small .xlsx whose one sheet unpacks to very much."""
    return edit_zip(path, {"xl/worksheets/sheet1.xml": b"<worksheet><sheetData>" + b" " * (megabytes << 20)})


def lie_about_size(path: Path, member: str) -> Path:
    """A member whose declared size is ten bytes while it unpacks to more."""
    raw = bytearray(path.read_bytes())
    name = member.encode()
    for signature, offset in ((b"PK\x01\x02", 24), (b"PK\x03\x04", 22)):
        at = raw.find(signature)
        while at >= 0:
            length_at = at + (28 if signature == b"PK\x01\x02" else 26)
            name_at = at + (46 if signature == b"PK\x01\x02" else 30)
            length = int.from_bytes(raw[length_at : length_at + 2], "little")
            if bytes(raw[name_at : name_at + length]) == name:
                raw[at + offset : at + offset + 4] = (10).to_bytes(4, "little")
            at = raw.find(signature, at + 4)
    path.write_bytes(bytes(raw))
    return path


# --- the old .xls, by hand: one stream in a compound file, and in it the records of BIFF8 ([MS-CFB], [MS-XLS]) -------

SECTOR = 512
FREE, END, FAT = 0xFFFFFFFF, 0xFFFFFFFE, 0xFFFFFFFD


def write_xls(path: Path, rows: Rows, sheet: str = "Sheet1") -> Path:
    """Text and numbers in one sheet."""
    path.write_bytes(compound_file("Workbook", _workbook_stream(rows, sheet)))
    return path


def write_protected(path: Path) -> Path:
    """What a password makes of an .xlsx: a compound file with a stream of this name."""
    path.write_bytes(compound_file("EncryptedPackage", b"\x00" * 5_000))
    return path


def compound_file(stream: str, body: bytes) -> bytes:
    """A compound file with one stream, at least 4,096 bytes long, so that it lies in ordinary sectors."""
    body = body.ljust(max(4_096, -(-len(body) // SECTOR) * SECTOR), b"\x00")
    sectors = len(body) // SECTOR
    fat = [FAT, END, *range(3, 2 + sectors), END]
    fat += [FREE] * (SECTOR // 4 - len(fat))
    header = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(16) + _words("HHHHH", 0x3E, 3, 0xFFFE, 9, 6) + bytes(6)
    header += _words("IIIIIIIIII", 0, 1, 1, 0, 4_096, END, 0, END, 0, 0) + _words("I", FREE) * 108
    root = _entry("Root Entry", 5, child=1, start=END, size=0)
    only = _entry(stream, 2, child=FREE, start=2, size=len(body))
    return header + _words(f"{len(fat)}I", *fat) + root + only + _entry("", 0) * 2 + body


def _entry(name: str, kind: int, child: int = FREE, start: int = 0, size: int = 0) -> bytes:
    coded = name.encode("utf-16-le")
    length = len(coded) + 2 if name else 0
    head = coded.ljust(64, b"\x00") + _words("HBB", length, kind, 1) + _words("III", FREE, FREE, child)
    return head + bytes(36) + _words("II", start, size) + bytes(4)


def _workbook_stream(rows: Rows, sheet: str) -> bytes:
    begin = _record(0x0809, _words("HHHHII", 0x0600, 0x0005, 0, 0, 0, 6))
    end = _record(0x000A, b"")
    name = sheet.encode("utf-16-le")
    where = len(begin) + 4 + 8 + len(name) + len(end)
    bound = _record(0x0085, _words("IBBBB", where, 0, 0, len(sheet), 1) + name)
    cells = b"".join(_cell(at, place, cell) for at, row in enumerate(rows) for place, cell in enumerate(row))
    size = _record(0x0200, _words("IIHHH", 0, len(rows), 0, max(map(len, rows)), 0))
    return begin + bound + end + _record(0x0809, _words("HHHHII", 0x0600, 0x0010, 0, 0, 0, 6)) + size + cells + end


def _cell(at: int, place: int, cell: Any) -> bytes:
    if isinstance(cell, str):
        return _record(0x0204, _words("HHHHB", at, place, 0, len(cell), 1) + cell.encode("utf-16-le"))
    return _record(0x0203, _words("HHHd", at, place, 0, float(cell)))


def _record(kind: int, body: bytes) -> bytes:
    return _words("HH", kind, len(body)) + body


def _words(layout: str, *values: Any) -> bytes:
    return struct.pack(f"<{layout}", *values)
