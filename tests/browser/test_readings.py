"""A reader keys a walk without a mouse: every line saves by itself and says what became of it."""

from typing import Any

import pytest
from playwright.sync_api import expect

from gasworks.kernel.periods import add_months
from gasworks.metering.models import BookRound, Reading, ReadingBook

pytestmark = pytest.mark.browser
PLACE = 10
"""A line that the other case leaves alone."""


def _fresh_month(book: ReadingBook) -> int:
    """The accounting month after the newest round: nothing is keyed in it yet."""
    newest = BookRound.objects.filter(book=book).order_by("-month").values_list("month", flat=True)[0]
    return add_months(newest, 1)


def _grid(page: Any, book: ReadingBook, month: int) -> list[dict[str, int]]:
    page.goto(f"/metering/books/{book.id}/grid/{month}/")
    expect(page.locator(".gas-index").first).to_be_focused()
    lines = page.locator("[data-gas-line]")
    return lines.evaluate_all("rows => rows.map((r) => ({n: +r.dataset.installation, last: +r.dataset.last}))")


def test_a_walk_is_keyed_and_pasted_by_the_keyboard_and_each_line_answers(sign_in: Any, in_city: Any) -> None:
    book = ReadingBook.objects.order_by("code")[0]
    month = _fresh_month(book)
    page = sign_in("reading_lead")
    lines = _grid(page, book, month)

    page.keyboard.type(str(lines[0]["last"] // 1000 + 20))
    page.keyboard.press("Enter")
    page.keyboard.type("12a")
    page.keyboard.press("Enter")
    rows = page.locator("[data-gas-line]")
    expect(rows.nth(0)).to_contain_class("gas-row-saved")
    expect(rows.nth(0).locator("[data-gas-used]")).to_have_text("20")
    expect(rows.nth(1)).to_contain_class("gas-row-bad")
    expect(rows.nth(1).locator("[data-gas-answer]")).to_contain_text("12a")

    expect(rows.nth(2).locator(".gas-index")).to_be_focused()
    pasted = "\n".join(str(line["last"] // 1000 + 5) for line in lines[2:5])
    page.evaluate(
        """text => {
            const data = new DataTransfer();
            data.setData("text/plain", text);
            document.activeElement.dispatchEvent(
                new ClipboardEvent("paste", { clipboardData: data, bubbles: true, cancelable: true }));
        }""",
        pasted,
    )
    for place in (2, 3, 4):
        expect(rows.nth(place)).to_contain_class("gas-row-saved")
    kept = Reading.objects.filter(month=month, installation_id__in=[line["n"] for line in lines], state__in=(1, 2))
    assert kept.count() == 4
    assert page.faults == []


def test_what_somebody_else_keyed_meanwhile_is_told_and_not_overwritten(sign_in: Any, in_city: Any) -> None:
    book = ReadingBook.objects.order_by("code")[0]
    month = _fresh_month(book)
    mine, other = sign_in("reading_lead"), sign_in("reading_lead")
    line = _grid(mine, book, month)[PLACE]
    _grid(other, book, month)
    last = line["last"] // 1000
    for page, index, answer in ((mine, last + 30, "gas-row-saved"), (other, last + 40, "gas-row-bad")):
        row = page.locator("[data-gas-line]").nth(PLACE)
        row.locator(".gas-index").fill(str(index))
        row.locator(".gas-index").press("Enter")
        expect(row).to_contain_class(answer)
    expect(other.locator("[data-gas-answer]").nth(PLACE)).to_contain_text(str(last + 30))
    (kept,) = Reading.objects.filter(month=month, installation_id=line["n"], state__in=(1, 2))
    assert kept.index_litres == (last + 30) * 1000
