"""The door: log-in, the second step from setting it up to switching it off, and every page on the way."""

import re
import time
from typing import Any

import pytest
from allauth.mfa.totp.internal.auth import format_hotp_value, hotp_value
from playwright.sync_api import expect

from gasworks.demo.company import PASSWORD
from tests.browser import shots
from tests.browser.conftest import log_in, speak
from tests.browser.test_walk import look
from tests.support.browsers import DESK, PHONE

pytestmark = [pytest.mark.browser, pytest.mark.full]
STEP = 30


@pytest.mark.parametrize("size", [DESK, PHONE], ids=["desk", "phone"])
@pytest.mark.parametrize("language", ["zh-CN", "en-GB"])
def test_the_second_step_is_set_up_asked_for_and_switched_off(
    city: Any, in_city: Any, new_page: Any, language: str, size: dict[str, int]
) -> None:
    data, wrong = shots.data_text(), []
    page = new_page(language, size, base_url=city.url, bypass_csp=True)

    def see(address: str, name: str) -> None:
        wrong.extend(look(page, address, name, language, data, deep=True))

    page.goto("/account/login/")
    speak_at_the_door(page, language)
    see("/account/login/", "account_login")
    see("/account/inactive/", "account_inactive")
    page.goto("/account/login/")
    log_in(page, "auditor")
    speak(page, language)
    see("/account/reauthenticate/", "account_reauthenticate")
    prove(page, "/account/2fa/totp/activate/")
    see("/account/2fa/totp/activate/", "mfa_activate_totp")
    page.fill("#id_code", code_of(page.locator(".gas-secret").inner_text()))
    page.keyboard.press("Enter")
    expect(page.locator(".gas-codes code")).not_to_have_count(0)
    spare = page.locator(".gas-codes code").first.inner_text()
    for part in ("recovery-codes/", "recovery-codes/generate/", "totp/deactivate/", "reauthenticate/"):
        see(f"/account/2fa/{part}", f"mfa_{part.strip('/').replace('/', '_')}")
    see("/account/logout/", "account_logout")

    page.locator("main form .btn-primary").press("Enter")
    page.wait_for_url(re.compile("/account/login/"))
    speak_at_the_door(page, language)
    log_in(page, "auditor")
    see("/account/2fa/authenticate/", "mfa_authenticate")
    page.fill("#id_code", spare)
    page.keyboard.press("Enter")
    expect(page.locator(".gas-nav")).to_be_attached()
    prove(page, "/account/2fa/totp/deactivate/")
    page.locator("main form button").first.press("Enter")
    page.wait_for_url(re.compile("/account/2fa/$"))

    assert wrong == []


def prove(page: Any, address: str) -> None:
    """Go there; whoever touches the second step gives the password once more."""
    page.goto(address)
    if page.locator("#id_password").count():
        page.fill("#id_password", PASSWORD)
        with page.expect_navigation():
            page.keyboard.press("Enter")


def code_of(secret: str) -> str:
    return format_hotp_value(hotp_value(secret.strip(), int(time.time()) // STEP))


def speak_at_the_door(page: Any, language: str) -> None:
    if page.locator("html").get_attribute("lang") != ("zh-CN" if language == "zh-CN" else "en"):
        with page.expect_navigation():
            page.locator(".gas-door-foot button").click()
