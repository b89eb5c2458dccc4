"""Files for spreadsheets: the right figures, and nothing that a spreadsheet would run."""

import datetime as dt
import zipfile
from pathlib import Path

import pytest
from python_calamine import CalamineWorkbook

from gasworks.foundation import exports
from gasworks.foundation.exports import Head, csv_lines, write_xlsx

HEADS = [
    Head("Name"),
    Head("Money", "yuan"),
    Head("Gas", "m3"),
    Head("Price", "price"),
    Head("Day", "date"),
    Head("No", "number"),
]
ROW = ["张三", 123_450, 1_234_567, 34_500, dt.date(2026, 3, 1), 7]


def test_a_csv_has_plain_figures_and_a_mark_for_excel() -> None:
    assert "".join(csv_lines(HEADS, [ROW])) == (
        "\ufeffName,Money,Gas,Price,Day,No\r\n张三,1234.50,1234.567,3.45,2026-03-01,7\r\n"
    )


@pytest.mark.parametrize("text", ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "=cmd|' /C calc'!A0", "=HYPERLINK(1)"])
def test_text_that_begins_like_a_formula_stays_text(tmp_path: Path, text: str) -> None:
    line = list(csv_lines([Head("x")], [[text]]))[1]
    assert line.lstrip('"').startswith("'")
    write_xlsx(tmp_path / "a.xlsx", [Head("x")], [[text]])
    with zipfile.ZipFile(tmp_path / "a.xlsx") as archive:
        assert b"<f>" not in archive.read("xl/worksheets/sheet1.xml")
    shown = CalamineWorkbook.from_path(str(tmp_path / "a.xlsx")).get_sheet_by_index(0).to_python()
    assert str(shown[1][0]).strip() == text.strip()


def test_excel_gets_numbers_and_dates_as_such(tmp_path: Path) -> None:
    assert write_xlsx(tmp_path / "a.xlsx", HEADS, [ROW]) == 1
    (_, row) = CalamineWorkbook.from_path(str(tmp_path / "a.xlsx")).get_sheet_by_index(0).to_python()
    assert row == ["张三", 1234.5, 1234.567, 3.45, dt.date(2026, 3, 1), 7]


def test_a_negative_sum_is_a_number_not_a_formula() -> None:
    assert list(csv_lines([Head("x", "yuan")], [[-5]]))[1] == "-0.05\r\n"


def test_a_long_whole_number_keeps_its_digits(tmp_path: Path) -> None:
    write_xlsx(tmp_path / "a.xlsx", [Head("x", "number")], [[10**17 + 1]])
    (_, row) = CalamineWorkbook.from_path(str(tmp_path / "a.xlsx")).get_sheet_by_index(0).to_python()
    assert row == ["100000000000000001"]


def test_a_table_longer_than_a_sheet_goes_on_in_the_next(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(exports, "SHEET_ROWS", 3)
    assert write_xlsx(tmp_path / "a.xlsx", [Head("x", "number")], [[n] for n in range(7)]) == 7
    book = CalamineWorkbook.from_path(str(tmp_path / "a.xlsx"))
    assert [len(book.get_sheet_by_name(name).to_python()) for name in book.sheet_names] == [4, 4, 2]


def test_a_chinese_file_name_survives() -> None:
    assert exports.attachment("账单 2026.csv") == (
        "attachment; filename=\"___2026.csv\"; filename*=UTF-8''%E8%B4%A6%E5%8D%95%202026.csv"
    )
