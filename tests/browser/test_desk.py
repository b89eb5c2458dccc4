"""The desk around the work: log-in, lock-out, language, search from anywhere, keys."""

import re
from typing import Any

import pytest
from playwright.sync_api import expect

from gasworks.customers.models import SupplyPoint
from tests.browser.conftest import log_in

pytestmark = pytest.mark.browser


@pytest.mark.parametrize(("language", "words"), [("zh-CN", "锁定"), ("en-GB", "locked")])
def test_five_wrong_passwords_lock_the_log_in(city: Any, new_page: Any, language: str, words: str) -> None:
    page = new_page(language, base_url=city.url)
    page.goto("/account/login/")
    if language == "en-GB":
        with page.expect_navigation():
            page.locator(".gas-door-foot button").click()
    for _ in range(5):
        page.fill("#id_login", f"nobody-{language}")
        page.fill("#id_password", "wrong")
        with page.expect_navigation():
            page.keyboard.press("Enter")
        if page.locator("#id_login").count() == 0:
            break
    expect(page.locator("[role=alert]")).to_contain_text(words)


def test_the_language_stays_with_the_person(sign_in: Any, city: Any) -> None:
    page = sign_in("finance", "en-GB")
    page.context.clear_cookies()
    page.goto("/")
    log_in(page, "finance")

    assert page.locator("html").get_attribute("lang") == "en"
    page.locator(".gas-language button").click()
    expect(page.locator("html")).to_have_attribute("lang", "zh-CN")


def test_f2_finds_a_customer_from_any_page(sign_in: Any, in_city: Any) -> None:
    number = SupplyPoint.objects.order_by("id").values_list("number", flat=True)[3]
    page = sign_in("agent")
    page.goto("/insight/dashboard/")

    page.keyboard.press("F2")
    page.keyboard.type(number)
    expect(page.locator("#gas-found a")).to_have_count(1)
    page.keyboard.press("Enter")

    page.wait_for_url(re.compile("/customers/"))
    expect(page.locator("body")).to_contain_text(number)


def test_the_question_mark_lists_the_keys(sign_in: Any) -> None:
    page = sign_in("cashier")

    page.keyboard.press("?")
    expect(page.locator("#gas-keys")).to_be_visible()
    page.keyboard.press("Escape")

    expect(page.locator("#gas-keys")).to_be_hidden()


def test_the_menu_shows_only_what_the_role_may_open(sign_in: Any) -> None:
    reader, cashier = sign_in("reader"), sign_in("cashier")

    assert reader.locator(".gas-nav a[href='/payments/counter/']").count() == 0
    assert cashier.locator(".gas-nav a[href='/payments/counter/']").count() == 1


def test_a_page_without_right_says_so_and_shows_nothing(sign_in: Any) -> None:
    page = sign_in("reader")

    answer = page.goto("/insight/trial-balance/")

    assert answer.status == 403
    expect(page.locator("[role=alert]")).to_be_visible()
