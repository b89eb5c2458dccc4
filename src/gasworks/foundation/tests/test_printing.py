"""Papers: the right size, the right words, selectable Chinese, nothing fetched from outside."""

import datetime as dt
import re
import shutil
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest
from django.test import RequestFactory
from django.utils import translation

from gasworks.foundation.printing import (
    BillLine,
    BillPaper,
    BillReading,
    MonthUse,
    ReceiptLine,
    ReceiptPaper,
    TierLeft,
    many,
    print_many,
    print_page,
    render_pdf,
)
from gasworks.foundation.printing.capitals import capital_yuan
from gasworks.foundation.testing.factories import NOW

RECEIPT = ReceiptPaper(
    company="江城燃气",
    outlet="东门营业厅",
    number="00012345",
    paid_at=NOW,
    posting_on=dt.date(2026, 3, 10),
    supply_point="100000017",
    holder="㛃𠮷",
    address="东城区和平小区3幢2单元401",
    lines=(
        ReceiptLine("燃气费", 12_345, month=202602, litres=35_000, price_e4=35_271),
        ReceiptLine("违约金", 123),
    ),
    total_fen=12_468,
    received_fen=20_000,
    change_fen=7_532,
    to_advance_fen=0,
    method="现金",
    cashier="李四",
)
BILL = BillPaper(
    company="江城燃气",
    number="B202602-000001",
    supply_point="100000017",
    holder="张三",
    address="东城区和平小区3幢2单元401",
    nature="居民",
    accounting_month=202602,
    from_on=dt.date(2026, 1, 10),
    to_on=dt.date(2026, 2, 10),
    posting_on=dt.date(2026, 2, 12),
    due_on=dt.date(2026, 3, 12),
    readings=(BillReading("M0001", dt.date(2026, 1, 10), 1_200_000, dt.date(2026, 2, 10), 1_235_000, 35_000),),
    lines=(BillLine("第一阶梯", 30_000, 30_000, 9_000), BillLine("第二阶梯", 5_000, 36_000, 1_800)),
    total_fen=10_800,
    tiers=(TierLeft("第一阶梯", 30_000, 310_000, 310_000), TierLeft("第三阶梯", 45_000, 0, None)),
    tier_period="2026",
    months=tuple(MonthUse(202503 + n if n < 10 else 202591 + n, n * 1_000) for n in range(12)),
)


def text_of(pdf: bytes, tmp_path: Path) -> str:
    (tmp_path / "a.pdf").write_bytes(pdf)
    return subprocess.run(
        ["pdftotext", "-layout", str(tmp_path / "a.pdf"), "-"], check=True, capture_output=True, text=True
    ).stdout


def size_of(pdf: bytes, tmp_path: Path) -> tuple[int, int, int]:
    """Pages, width and height in millimetres."""
    (tmp_path / "a.pdf").write_bytes(pdf)
    told = subprocess.run(["pdfinfo", str(tmp_path / "a.pdf")], check=True, capture_output=True, text=True).stdout
    pages = re.search(r"Pages:\s+(\d+)", told)
    size = re.search(r"Page size:\s+([\d.]+) x ([\d.]+)", told)
    assert pages
    assert size
    return int(pages[1]), round(float(size[1]) / 72 * 25.4), round(float(size[2]) / 72 * 25.4)


needs_poppler = pytest.mark.skipif(shutil.which("pdfinfo") is None, reason="poppler-utils is not installed")


@pytest.mark.parametrize(
    ("fen", "words"),
    [
        (0, "零元整"),
        (1, "壹分"),
        (10, "壹角整"),
        (105, "壹元零伍分"),
        (110, "壹元壹角整"),
        (12_345, "壹佰贰拾叁元肆角伍分"),
        (100_000, "壹仟元整"),
        (1_000_100, "壹万零壹元整"),
        (10_000_000, "壹拾万元整"),
        (100_010_000, "壹佰万零壹佰元整"),
        (123_456_789_012, "壹拾贰亿叁仟肆佰伍拾陆万柒仟捌佰玖拾元壹角贰分"),
        (100_000_000_005, "壹拾亿元零伍分"),
        (100_500_000, "壹佰万伍仟元整"),
        (-12_345, "负壹佰贰拾叁元肆角伍分"),
    ],
)
def test_sums_in_capitals(fen: int, words: str) -> None:
    assert capital_yuan(fen) == words


@needs_poppler
@pytest.mark.parametrize(
    ("kind", "values", "size", "shape"),
    [
        ("receipt", RECEIPT, "", (1, 241, 93)),
        ("receipt", RECEIPT, "a5", (1, 210, 148)),
        ("bill", BILL, "", (1, 210, 297)),
        ("bill", BILL, "a5", (1, 210, 148)),
        ("receipt", [RECEIPT] * 3, "", (3, 241, 93)),
    ],
)
def test_a_paper_has_its_size_in_millimetres(
    tmp_path: Path, kind: str, values: object, size: str, shape: tuple[int, int, int]
) -> None:
    assert size_of(render_pdf(kind, values, language="zh-hans", size=size), tmp_path) == shape


@needs_poppler
def test_a_receipt_says_what_was_paid_in_selectable_chinese(tmp_path: Path) -> None:
    text = text_of(render_pdf("receipt", RECEIPT, language="zh-hans"), tmp_path)
    for word in (
        "江城燃气",
        "00012345",
        "㛃𠮷",
        "燃气费",
        "2026-02",
        "123.45",
        "124.68",
        "壹佰贰拾肆元陆角捌分",
        "75.32",
    ):
        assert word in text


@needs_poppler
def test_a_bill_shows_its_three_dates_tiers_and_months(tmp_path: Path) -> None:
    text = text_of(render_pdf("bill", BILL, language="en"), tmp_path)
    for word in ("2026-01-10", "2026-02-10", "2026-02", "2026-02-12", "2026-03-12", "108.00", "1,235", "no end"):
        assert word in text


@pytest.mark.django_db
def test_a_voided_receipt_says_so(rf: RequestFactory) -> None:
    with translation.override("en"):
        assert "VOID" not in print_page(rf.get("/"), "receipt", RECEIPT).content.decode()
        assert "VOID" in print_page(rf.get("/"), "receipt", replace(RECEIPT, voided=True)).content.decode()


def test_what_a_customer_is_called_cannot_fetch_or_run_anything() -> None:
    evil = replace(RECEIPT, holder='<img src="http://127.0.0.1:1/x"><link rel=attachment href="file:///etc/passwd">')
    assert b"/etc/passwd" not in render_pdf("receipt", evil, language="en")


def test_a_paper_takes_only_its_own_values() -> None:
    with pytest.raises(TypeError):
        render_pdf("bill", RECEIPT, language="en")


@pytest.mark.django_db
def test_the_browser_prints_the_same_sheet(rf: RequestFactory) -> None:
    page = print_page(rf.get("/"), "bill", BILL, size="a5").content.decode()
    assert "@page { size: 210mm 148mm" in page
    assert "壹佰零捌元整" in page
    assert "data-gas-print" in page


@needs_poppler
def test_many_bills_become_one_file_in_their_order(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(many, "PART", 3)
    told: list[int] = []
    bills = (replace(BILL, number=f"NO-{n:04d}") for n in range(8))
    drawn = print_many("bill", bills, language="en", into=tmp_path / "all.pdf", tell=told.append)
    text = text_of((tmp_path / "all.pdf").read_bytes(), tmp_path)
    assert (drawn, told) == (8, [3, 6, 8])
    assert re.findall(r"NO-\d{4}", text) == [f"NO-{n:04d}" for n in range(8)]
    assert size_of((tmp_path / "all.pdf").read_bytes(), tmp_path) == (8, 210, 297)


@needs_poppler
def test_a_few_bills_are_drawn_without_another_process(tmp_path: Path) -> None:
    drawn = print_many("bill", [BILL, BILL], language="en", size="a5", into=tmp_path / "all.pdf", tell=lambda _n: None)
    assert drawn == 2
    assert size_of((tmp_path / "all.pdf").read_bytes(), tmp_path) == (2, 210, 148)


def test_a_process_that_cannot_draw_leaves_no_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(many, "PART", 1)
    monkeypatch.setattr(many, "DRAW", (sys.executable, "-c", "raise SystemExit(3)"))
    with pytest.raises(many.DrawingStopped):
        print_many("bill", [BILL] * 3, language="en", into=tmp_path / "all.pdf", tell=lambda _n: None)
    assert not (tmp_path / "all.pdf").exists()
