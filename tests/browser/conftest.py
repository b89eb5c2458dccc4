"""A small demo city, built once and served; people log in by the form, as people do."""

import os
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from playwright.sync_api import expect

from tests.support.browsers import DESK
from tests.support.databases import PREFIX, create_database, drop_database, pointed_at
from tests.support.sites import Site, serving

ACCOUNTS = 120
SEED = 7
# A page under load may take its time; a wrong page stays wrong.
expect.set_options(timeout=15_000)


@pytest.fixture(scope="session")
def city(template_db: str, django_db_blocker: Any) -> Iterator[Site]:
    """The demo city in the middle of a working day, served from its own database."""
    name = f"{PREFIX}city_p{os.getpid()}"
    create_database(name, template_db)
    with django_db_blocker.unblock():
        with pointed_at(name):
            _build()
        with serving(name) as site:
            yield site
    drop_database(name)


def _build() -> None:
    from django.utils import timezone

    from gasworks.demo.build import build_city
    from tests.browser.furniture import furnish

    furnish(build_city(accounts=ACCOUNTS, seed=SEED), timezone.now())


@pytest.fixture
def in_city(city: Site, django_db_blocker: Any) -> Iterator[Site]:
    """The test's own connection reads the served database."""
    with django_db_blocker.unblock(), pointed_at(city.database):
        yield city


@pytest.fixture(scope="session")
def known_people() -> dict[str, Any]:
    """Cookies of who has logged in already: a person logs in once a day."""
    return {}


@pytest.fixture
def sign_in(city: Site, new_page: Callable[..., Any], known_people: dict[str, Any]) -> Callable[..., Any]:
    """``sign_in("cashier", "en-GB")``: a page of a person of that role, at home, in that language."""

    def enter(role: str, language: str = "zh-CN", size: dict[str, int] | None = None, **options: Any) -> Any:
        state = {"storage_state": known_people[role]} if role in known_people else {}
        page = new_page(language, size or DESK, base_url=city.url, **state, **options)
        page.goto("/")
        if page.locator("#id_login").count():
            log_in(page, role)
            known_people[role] = page.context.storage_state()
        speak(page, language)
        return page

    return enter


def log_in(page: Any, role: str) -> None:
    from gasworks.demo.company import PASSWORD

    page.fill("#id_login", role)
    page.fill("#id_password", PASSWORD)
    with page.expect_navigation():
        page.keyboard.press("Enter")


def speak(page: Any, language: str) -> None:
    """Switch the person's language by the button in the top bar, if it is another one."""
    if page.locator("html").get_attribute("lang") != ("zh-CN" if language == "zh-CN" else "en"):
        with page.expect_navigation():
            page.locator(".gas-language button").click()
