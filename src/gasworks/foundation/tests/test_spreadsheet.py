"""What the reader makes of a stranger's file, before any database is asked."""

import datetime as dt
from collections.abc import Callable
from pathlib import Path

import pytest
from django.utils import translation
from django.utils.translation import gettext_lazy as _

from gasworks.foundation.imports.refusals import (
    BrokenCsv,
    EncryptedFile,
    FileRefused,
    HeaderTwice,
    MacrosRefused,
    MergedCells,
    NoRows,
    NoSheetFits,
    NotATable,
    TooManyColumns,
    TooManyFormulas,
    TooManyRows,
    UnknownEncoding,
    UnpacksTooBig,
)
from gasworks.foundation.imports.spec import ImportColumn, Importer
from gasworks.foundation.imports.table import Header, RawRow, read_table
from gasworks.foundation.spreadsheet import Flawed
from gasworks.foundation.testing import spreadsheets as made
from gasworks.foundation.web import sentence

HEADER = ["Number", "Name", "Amount", "Day"]
MORNING = dt.datetime(2026, 3, 1, 8, 30)  # noqa: DTZ001 - Excel knows no zones
GOOD = ["00012", "张三", "12.30", "2026-03-01"]

PEOPLE = Importer(
    kind="test.people",
    title=_("People"),
    right="customers.import",
    columns=(
        ImportColumn("number", "Number", required=True, aliases=("编号",)),
        ImportColumn("name", "Name", required=True, aliases=("姓名",)),
        ImportColumn("amount", "Amount", kind="yuan", aliases=("金额",)),
        ImportColumn("day", "Day", kind="date", aliases=("日期",)),
    ),
    check=lambda rows, *, scope: (),
    commit=lambda rows, *, scope, now, batch_id: None,
    unique=("number",),
    max_rows=1_000,
)


def read(path: Path) -> tuple[Header, list[RawRow]]:
    header, *rows = list(read_table(path, PEOPLE))
    assert isinstance(header, Header)
    return header, rows  # type: ignore[return-value]


def cells(path: Path) -> list[dict[str, object]]:
    return [dict(row.cells) for row in read(path)[1]]


ROW = {"number": "00012", "name": "张三", "amount": "12.30", "day": "2026-03-01"}


def test_a_plain_workbook_is_read(tmp_path: Path) -> None:
    assert cells(made.write_rows(tmp_path / "a.xlsx", [HEADER, GOOD])) == [ROW]


def test_headers_may_be_chinese_starred_and_in_any_order(tmp_path: Path) -> None:
    rows = [["日期", "姓名 *", "编号（必填）", "金额"], ["2026-03-01", "张三", "00012", "12.30"]]
    assert cells(made.write_rows(tmp_path / "a.xlsx", rows)) == [ROW]


@pytest.mark.parametrize(
    ("encoding", "delimiter"), [("utf-8", ","), ("utf-8-sig", ","), ("gbk", ","), ("utf-16", "\t"), ("gb18030", ";")]
)
def test_csv_is_read_in_the_encodings_that_people_have(tmp_path: Path, encoding: str, delimiter: str) -> None:
    assert cells(made.write_csv(tmp_path / "a.csv", [HEADER, GOOD], encoding, delimiter)) == [ROW]


def test_an_old_xls_file_is_read(tmp_path: Path) -> None:
    assert cells(made.write_xls(tmp_path / "a.xls", [HEADER, GOOD])) == [ROW]


@pytest.mark.parametrize("write", [made.write_rows, made.write_xls, made.write_csv])
def test_a_file_is_known_by_what_is_in_it_not_by_its_ending(tmp_path: Path, write: Callable[..., Path]) -> None:
    assert cells(write(tmp_path / "kept-under-its-hash", [HEADER, GOOD])) == [ROW]


def test_numbers_and_dates_of_excel_come_as_a_person_would_type_them(tmp_path: Path) -> None:
    rows = [HEADER, [12, "张三", 12.3, dt.date(2026, 3, 1)], [13.0, "李四", 0.1 + 0.2, MORNING]]
    first, second = cells(made.write_rows(tmp_path / "a.xlsx", rows))
    assert first == {"number": "12", "name": "张三", "amount": "12.3", "day": "2026-03-01"}
    assert second["number"] == "13"
    assert second["amount"] == "0.3"
    assert second["day"] == "2026-03-01 08:30:00"


def test_a_number_longer_than_excel_keeps_is_flawed(tmp_path: Path) -> None:
    (row,) = cells(made.write_rows(tmp_path / "a.xlsx", [HEADER, [1e15, "张三", 1, "2026-03-01"]]))
    assert row["number"] == Flawed("1000000000000000", "digits")


def test_a_rounded_number_of_a_csv_is_flawed(tmp_path: Path) -> None:
    (row,) = cells(made.write_csv(tmp_path / "a.csv", [HEADER, ["1.23457E+15", "张三", "1", ""]]))
    assert row["number"] == Flawed("1.23457E+15", "digits")


def test_a_formula_is_flawed_although_it_shows_a_value(tmp_path: Path) -> None:
    path = made.write_rows(tmp_path / "a.xlsx", [HEADER, ["7", "张三", "=1+1", "2026-03-01"]])
    (row,) = cells(path)
    assert isinstance(row["amount"], Flawed)
    assert row["amount"].flaw == "formula"
    assert row["name"] == "张三"


def test_empty_rows_are_left_out_and_numbers_stay_those_of_the_file(tmp_path: Path) -> None:
    path = made.write_rows(tmp_path / "a.xlsx", [HEADER, [None] * 4, GOOD, [None] * 4, GOOD])
    assert [row.row_no for row in read(path)[1]] == [3, 5]


def test_a_title_above_the_header_does_no_harm(tmp_path: Path) -> None:
    def merge(book: object, page: object) -> None:
        page.merge_cells("A1:D1")  # type: ignore[attr-defined]

    path = made.write_with(tmp_path / "a.xlsx", [["客户清单", None, None, None], HEADER, GOOD], merge)
    header, rows = read(path)
    assert header.row_no == 2
    assert [row.row_no for row in rows] == [3]


def test_the_sheet_that_fits_is_taken(tmp_path: Path) -> None:
    def second(book: object, page: object) -> None:
        other = book.create_sheet("数据")  # type: ignore[attr-defined]
        other.append(HEADER)
        other.append(GOOD)

    assert cells(made.write_with(tmp_path / "a.xlsx", [["说明"], ["请填写"]], second)) == [ROW]


def test_headers_that_nobody_reads_are_named(tmp_path: Path) -> None:
    path = made.write_rows(tmp_path / "a.xlsx", [[*HEADER, "备注"], [*GOOD, "老客户"]])
    assert read(path)[0].unused == ["备注"]


def test_a_reject_file_can_be_uploaded_again(tmp_path: Path) -> None:
    path = made.write_rows(tmp_path / "a.xlsx", [[*HEADER, "行号", "列", "原因"], [*GOOD, 2, "金额", "…"]])
    assert read(path)[0].unused == []


def test_a_row_with_a_comma_too_many_says_so(tmp_path: Path) -> None:
    path = made.write_csv(tmp_path / "a.csv", [HEADER, ["1", "张三", "1,000.00", "2026-03-01"]])
    assert [row.beyond for row in read(path)[1]] == [True]


# --- files that are refused whole -----------------------------------------------------------------------------------


def merged_header(path: Path) -> Path:
    return made.write_with(path, [HEADER, GOOD], lambda book, page: page.merge_cells("C1:D1"))


def merged_rows(path: Path) -> Path:
    return made.write_with(path, [HEADER, GOOD, GOOD], lambda book, page: page.merge_cells("A2:A3"))


def wrong_sheet(path: Path) -> Path:
    return made.write_rows(path, [["Meter", "Reading"], ["M1", 12]])


def macros(path: Path) -> Path:
    return made.edit_zip(made.write_rows(path, [HEADER, GOOD]), {"xl/vbaProject.bin": b"macro"})


def zip_bomb(path: Path) -> Path:
    return made.bomb(made.write_rows(path, [HEADER, GOOD]), 450)


def lying_zip(path: Path) -> Path:
    return made.lie_about_size(made.write_rows(path, [HEADER, GOOD]), "xl/worksheets/sheet1.xml")


def many_members(path: Path) -> Path:
    return made.edit_zip(made.write_rows(path, [HEADER, GOOD]), {f"x/{n}": b"" for n in range(2_100)})


def far_row(path: Path) -> Path:
    return made.write_with(path, [HEADER, GOOD], lambda book, page: page.cell(1_048_576, 1, "far"))


def far_column(path: Path) -> Path:
    return made.write_with(path, [HEADER, GOOD], lambda book, page: page.cell(2, 16_384, "far"))


def many_rows(path: Path) -> Path:
    return made.write_rows(path, [HEADER, *([GOOD] * 1_200)])


def many_csv_rows(path: Path) -> Path:
    return made.write_csv(path, [HEADER, *([GOOD] * 1_200)])


def many_formulas(path: Path) -> Path:
    return made.write_rows(path, [HEADER, *[[str(n), "张三", "=1+1", "=TODAY()"] for n in range(900)]])


def header_twice(path: Path) -> Path:
    return made.write_rows(path, [[*HEADER, "金额"], [*GOOD, "7"]])


def header_only(path: Path) -> Path:
    return made.write_rows(path, [HEADER])


def swapped_file(path: Path) -> Path:
    path.write_bytes(b"%PDF-1.7 not a table at all \x00\x01\x02")
    return path


def a_picture(path: Path) -> Path:
    path.write_bytes(b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR")
    return path


def a_word_document(path: Path) -> Path:
    return made.edit_zip(made.write_rows(path, [HEADER]), {"word/document.xml": b"<w/>"})


def cut_in_half(path: Path) -> Path:
    raw = made.write_rows(path, [HEADER, GOOD]).read_bytes()
    path.write_bytes(raw[: len(raw) // 2])
    return path


def broken_xml(path: Path) -> Path:
    return made.edit_zip(
        made.write_rows(path, [HEADER, GOOD]), {"xl/worksheets/sheet1.xml": lambda body: body[: len(body) // 2]}
    )


def open_quote(path: Path) -> Path:
    path.write_text('Number,Name\n1,"张三\n2,李四\n', encoding="utf-8")
    return path


def unknown_letters(path: Path) -> Path:
    path.write_bytes(b"Number,Name\r\n1,\x81\xff\xfe\x80\x80\r\n")
    return path


def protected(path: Path) -> Path:
    return made.write_protected(path)


def old_ole_rubbish(path: Path) -> Path:
    path.write_bytes(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\x00" * 2_000)
    return path


def only_a_header_word(path: Path) -> Path:
    return made.write_rows(path, [["Number"], ["1"]])


def billion_laughs(path: Path) -> Path:
    laugh = b'<!DOCTYPE x [<!ENTITY a "haha"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;">]>'
    return made.edit_zip(
        made.write_rows(path, [["Meter"]]),
        {"xl/worksheets/sheet1.xml": lambda body: body.replace(b"<worksheet", laugh + b"<worksheet", 1)},
    )


REFUSED: list[tuple[Callable[[Path], Path], str, type[FileRefused]]] = [
    (merged_header, "xlsx", MergedCells),
    (merged_rows, "xlsx", MergedCells),
    (wrong_sheet, "xlsx", NoSheetFits),
    (only_a_header_word, "xlsx", NoSheetFits),
    (macros, "xlsx", MacrosRefused),
    (zip_bomb, "xlsx", UnpacksTooBig),
    (lying_zip, "xlsx", FileRefused),
    (many_members, "xlsx", UnpacksTooBig),
    (far_row, "xlsx", TooManyRows),
    (far_column, "xlsx", TooManyColumns),
    (many_rows, "xlsx", TooManyRows),
    (many_csv_rows, "csv", TooManyRows),
    (many_formulas, "xlsx", TooManyFormulas),
    (header_twice, "xlsx", HeaderTwice),
    (header_only, "xlsx", NoRows),
    (swapped_file, "csv", NotATable),
    (a_picture, "csv", NotATable),
    (cut_in_half, "xlsx", FileRefused),
    (broken_xml, "xlsx", FileRefused),
    (open_quote, "csv", BrokenCsv),
    (unknown_letters, "csv", UnknownEncoding),
    (old_ole_rubbish, "xls", FileRefused),
    (protected, "xlsx", EncryptedFile),
    (billion_laughs, "xlsx", NoSheetFits),
]


@pytest.mark.parametrize(("build", "ending", "refusal"), REFUSED, ids=[case[0].__name__ for case in REFUSED])
def test_a_file_that_cannot_be_taken_is_refused_with_a_sentence(
    tmp_path: Path, build: Callable[[Path], Path], ending: str, refusal: type[FileRefused]
) -> None:
    path = build(tmp_path / f"a.{ending}")
    with pytest.raises(FileRefused) as caught:
        read(path)
    assert type(caught.value) is refusal
    assert str(caught.value).endswith(".")
    with translation.override("zh-hans"):
        chinese = sentence(caught.value)
    assert chinese.endswith("。")
    assert any("一" <= letter <= "龥" for letter in chinese)
