"""Chromium of the operating system, driven by Playwright: nothing is downloaded.

``new_page`` makes a page of its own context (language, width); ``page`` is the ordinary one: Chinese, 1366 wide.
Each page collects what went wrong in ``page.faults``: console errors, failed requests, exceptions. A request that the
browser itself gave up because the person went on to the next page is not a fault.
"""

import shutil
from collections.abc import Callable, Iterator
from typing import Any

import pytest

FLAGS = [
    "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
    "--disable-background-networking", "--disable-component-update", "--disable-sync", "--font-render-hinting=none",
]  # fmt: skip
DESK = {"width": 1366, "height": 768}
PHONE = {"width": 390, "height": 844}


def chromium_path() -> str:
    found = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
    if found is None:
        raise pytest.UsageError("chromium is not installed; ./run test installs it or says what is missing")
    return found


@pytest.fixture(scope="session")
def browser() -> Iterator[Any]:
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=chromium_path(), args=FLAGS, headless=True)
        yield chromium
        chromium.close()


@pytest.fixture
def new_page(browser: Any) -> Iterator[Callable[..., Any]]:
    """``new_page(language="zh-CN", size=DESK, **context)``; every context is closed after the test."""
    contexts = []

    def make(language: str = "zh-CN", size: dict[str, int] | None = None, **options: Any) -> Any:
        context = browser.new_context(locale=language, viewport=size or DESK, timezone_id="Asia/Shanghai", **options)
        context.set_default_timeout(15_000)
        contexts.append(context)
        page = context.new_page()
        page.faults = []
        page.on("console", lambda said: said.type == "error" and page.faults.append(f"console: {said.text}"))
        page.on("pageerror", lambda error: page.faults.append(f"exception: {error}"))
        page.on("requestfailed", lambda request: _note_failure(page, request))
        return page

    yield make
    for context in contexts:
        context.close()


def _note_failure(page: Any, request: Any) -> None:
    if request.failure != "net::ERR_ABORTED":
        page.faults.append(f"request: {request.url} {request.failure}")


@pytest.fixture
def page(new_page: Callable[..., Any]) -> Any:
    return new_page()
