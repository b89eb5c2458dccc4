"""A small demo city, built once and served; people log in by the form, as people do."""

import os
import uuid
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
    """The demo city with a book of receipts in the cashier's hands, served from its own database."""
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
    from gasworks.invoicing import services as paper

    company = build_city(accounts=ACCOUNTS, seed=SEED)
    now = timezone.now()
    lead = company.scope("cash_lead")
    book = paper.receive_book(
        scope=lead, kind="receipt", prefix="JZ", first_no=1, last_no=500, width=8, outlet_id=lead.outlet_id, now=now
    )
    paper.hand_out(scope=lead, book_id=book.id, holder_id=company.people["cashier"], seen=book.version, now=now)
    _print_one(company.scope("cashier"), book.id, now)


def _print_one(cashier: Any, book_id: int, now: Any) -> None:
    """One payment with its receipt, so that papers have something to show."""
    from gasworks.payments import services
    from gasworks.payments.planning import plan_payment
    from gasworks.receivables.models import AgreementBalance
    from gasworks.receivables.selectors import read_accounts

    debtor = (
        AgreementBalance.objects.filter(balance_fen__gt=0).order_by("-agreement_id").values_list("pk", flat=True)[0]
    )
    shift = services.open_shift(scope=cashier, float_fen=20_000, today=now.date(), now=now)
    plan = plan_payment(read_accounts(scope=cashier, agreement_ids=[debtor]), 100, on=now.date())
    taken = services.take_payment(
        scope=cashier,
        plan=plan,
        key=uuid.uuid4(),
        means="cash",
        tendered_fen=plan.amount_fen,
        shift_id=shift.id,
        today=now.date(),
        now=now,
    )
    services.print_receipt(scope=cashier, payment_ids=taken.payment_ids, book_id=book_id, number=1, now=now)


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
