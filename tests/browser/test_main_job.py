"""The main job on real input, by keyboard: a customer list from Excel becomes bills that somebody has looked at."""

import re
from pathlib import Path
from typing import Any

import pytest
from django.utils import timezone
from playwright.sync_api import expect

from gasworks.billing.models import Bill
from gasworks.foundation.testing.spreadsheets import write_rows
from gasworks.foundation.testing.working import do_waiting_work
from gasworks.metering.models import BookRound, ReadingBook
from tests.browser.furniture import HEADINGS, MONTH, household

pytestmark = pytest.mark.browser
MUCH = 2_000
"""A household's index after one month that somebody has to look at."""


@pytest.mark.parametrize(
    ("language", "homes", "first"),
    [
        pytest.param("zh-CN", 6, 1_000, id="zh"),
        pytest.param("en-GB", 6, 2_000, id="en"),
        pytest.param("zh-CN", 200, 3_000, id="zh-200", marks=pytest.mark.full),
    ],
)
def test_from_a_customer_list_to_released_bills(
    sign_in: Any, in_city: Any, tmp_path: Path, language: str, homes: int, first: int
) -> None:
    book, community = f"T{first}", f"听涛{first}苑"
    places = range(first, first + homes)
    rows = [household(place, 小区=community, 抄表本=book, 房号=f"{place}室") for place in places]
    broken = household(first + homes, 小区=community, 抄表本=book, 用气性质="居民楼")
    sheet = write_rows(tmp_path / "开户.xlsx", [HEADINGS, *rows, broken])

    clerk = sign_in("service_lead", language)
    import_list(clerk, sheet, good=homes, bad=1)
    find_by_f2(clerk, f"100{places[-1]:08d}", community)

    reader = sign_in("reading_lead", language)
    key_walk(reader, ReadingBook.objects.get(code=book), homes)

    lead = sign_in("billing_lead", language)
    bill_book(lead, ReadingBook.objects.get(code=book), homes)
    bills = Bill.objects.filter(supply_point__premises__community__name=community)
    assert bills.filter(state=Bill.State.HELD).count() == 1
    release_held(lead, bills.get(state=Bill.State.HELD).pk)

    assert bills.filter(state=Bill.State.ISSUED).count() == homes
    assert [page.faults for page in (clerk, reader, lead)] == [[], [], []]


def import_list(page: Any, sheet: Path, *, good: int, bad: int) -> None:
    """Upload, look at the preview, save the good rows; the progress page finds the end by itself."""
    page.goto("/foundation/imports/casework.open_accounts/upload/")
    page.locator("#id_file").set_input_files(sheet)
    page.locator("#id_file").focus()
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    page.wait_for_url(re.compile(r"/foundation/imports/\d+/"))
    do_waiting_work(now=timezone.now())
    figures = page.locator(".gas-kpi-value")
    expect(figures).to_have_text([str(good + bad), str(good), str(bad)])
    expect(page.locator(".gas-reasons .gas-bad")).to_have_text("居民楼")

    expect(page.locator("[name=rows][value=good] + button")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.locator(".gas-work")).to_be_visible()
    do_waiting_work(now=timezone.now())
    expect(page.locator("#gas-import .alert-success")).to_contain_text(str(good))


def find_by_f2(page: Any, phone: str, community: str) -> None:
    page.keyboard.press("F2")
    page.keyboard.type(phone)
    expect(page.locator("#gas-found a")).to_have_count(1)
    expect(page.locator("#gas-found a")).to_contain_text(community)
    page.keyboard.press("Enter")
    page.wait_for_url(re.compile(r"/customers/\d+/"))
    expect(page.locator("main")).to_contain_text(community)


def key_walk(page: Any, book: ReadingBook, homes: int) -> None:
    """Open the round, key every home, hand the book in, accept it."""
    page.goto("/metering/")
    press(page, "form[action$='/rounds/open/'] button")
    page.goto(f"/metering/books/{book.pk}/grid/{MONTH}/")
    expect(page.locator(".gas-index").first).to_be_focused()
    for place in range(homes):
        page.keyboard.type(str(MUCH if place == 1 else 10 + place % 30))
        page.keyboard.press("Enter")
    expect(page.locator("[data-gas-line].gas-row-saved")).to_have_count(homes)

    page.goto(f"/metering/?month={MONTH}")
    for state in (BookRound.State.REVIEW, BookRound.State.APPROVED):
        row = page.locator("tr", has=page.locator(f"a[href='/metering/books/{book.pk}/grid/{MONTH}/']"))
        press(page, row.locator("form button").first)
        expect(row.locator(f".gas-state-{state}")).to_be_visible()


def bill_book(page: Any, book: ReadingBook, homes: int) -> None:
    """Preview, start, and watch the progress to its end."""
    page.goto("/billing/runs/new/")
    page.locator("#id_month").select_option(str(MONTH))
    page.locator("#id_books").select_option(str(book.pk))
    page.locator("#id_due_on").press("Enter")
    page.wait_for_url(re.compile(r"/billing/runs/preview/[0-9a-f-]+/"))
    do_waiting_work(now=timezone.now())
    expect(page.locator(".gas-kpi-value").first).to_have_text(str(homes))

    expect(page.locator("[name=start]")).to_be_focused()
    page.keyboard.press("Enter")
    page.wait_for_url(re.compile(r"/billing/runs/\d+/"))
    do_waiting_work(now=timezone.now())
    expect(page.locator("#gas-run-figures .gas-state-done")).to_be_visible()
    expect(page.locator(".gas-kpi-value").first).to_have_text(str(homes))


def release_held(page: Any, held: int) -> None:
    page.goto("/billing/held/")
    page.locator(f"input[name=bill][value='{held}']").focus()
    page.keyboard.press("Space")
    page.keyboard.press("Enter")
    expect(page.locator(f"input[name=bill][value='{held}']")).to_have_count(0)


def press(page: Any, button: Any) -> None:
    """A button by the keyboard, and the page that it leads to."""
    found = page.locator(button) if isinstance(button, str) else button
    found.focus()
    with page.expect_navigation():
        page.keyboard.press("Enter")
