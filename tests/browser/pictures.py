"""README's pictures, taken of a served demo city: ``python -m tests.browser.pictures http://127.0.0.1:8000``.

A cashier takes a few payments first, as anybody would see them do it; then the dashboard and the counter are shot in
both languages into docs/images.
"""

import re
import sys
from typing import Any

from playwright.sync_api import sync_playwright

from tests.support.browsers import FLAGS, chromium_path
from tests.support.databases import ROOT

IMAGES = ROOT / "docs" / "images"
PASSWORD = "Gasworks-demo-2026"
SIZE = {"width": 1366, "height": 860}
TAKEN = 12
LANGUAGES = {"zh": "zh-CN", "en": "en"}


def main(address: str) -> None:
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=chromium_path(), args=FLAGS)
        lead = _at_desk(chromium, address, "cash_lead")
        cashier = _at_desk(chromium, address, "cashier")
        lead.goto("/insight/arrears/")
        numbers = lead.locator("main a.gas-code, main table a").evaluate_all("links => links.map((a) => a.textContent)")
        owing = [number for number in numbers if re.fullmatch(r"\d{9,}", number)][1:]
        _open_shift(cashier)
        for number in owing[:TAKEN]:
            _take(cashier, number)
        for short, language in LANGUAGES.items():
            _speak(lead, language)
            lead.goto("/insight/dashboard/")
            _shoot(lead, f"dashboard-{short}")
            _speak(cashier, language)
            _find(cashier, owing[TAKEN])
            _shoot(cashier, f"counter-{short}")
        chromium.close()


def _at_desk(chromium: Any, address: str, role: str) -> Any:
    page = chromium.new_context(base_url=address, viewport=SIZE, locale="zh-CN", timezone_id="Asia/Shanghai").new_page()
    page.goto("/account/login/")
    page.fill("#id_login", role)
    page.fill("#id_password", PASSWORD)
    with page.expect_navigation():
        page.keyboard.press("Enter")
    return page


def _speak(page: Any, language: str) -> None:
    if page.locator("html").get_attribute("lang") != language:
        with page.expect_navigation():
            page.locator(".gas-language button").click()


def _open_shift(page: Any) -> None:
    page.goto("/payments/counter/")
    if page.locator("#id_float_fen").count():
        page.fill("#id_float_fen", "500")
        with page.expect_navigation():
            page.keyboard.press("Enter")


def _find(page: Any, number: str) -> None:
    page.goto("/payments/counter/")
    page.fill("#gas-counter-q", number)
    page.keyboard.press("Enter")
    page.wait_for_selector("#id_given")


def _take(page: Any, number: str) -> None:
    _find(page, number)
    page.keyboard.press("Enter")
    page.wait_for_url("**/payments/counter/done/**")


def _shoot(page: Any, name: str) -> None:
    page.wait_for_load_state("networkidle")
    IMAGES.mkdir(parents=True, exist_ok=True)
    page.screenshot(path=IMAGES / f"{name}.png", animations="disabled")


if __name__ == "__main__":
    main(sys.argv[1])
