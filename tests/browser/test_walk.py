"""Every page, opened by somebody who may, in both languages, on a desk and on a phone, looked at and listened to."""

from typing import Any
from urllib.parse import urlencode

import pytest

from gasworks.customers.models import Agreement
from gasworks.foundation.rights_table import RIGHTS, right
from gasworks.foundation.testing.walk import Route, routes
from gasworks.payments.models import Payment
from gasworks.receivables.models import AgreementBalance
from gasworks.tariffs.models import Plan
from tests.browser import shots
from tests.browser.samples import nothing_to_show, real_objects
from tests.support.browsers import DESK, PHONE

pytestmark = pytest.mark.browser

# The log-in library's own pages that need a state of their own (a second factor half set up …) are opened elsewhere.
ELSEWHERE = {
    "account_inactive", "account_reauthenticate", "mfa_authenticate", "mfa_reauthenticate", "mfa_deactivate_totp",
    "mfa_generate_recovery_codes", "mfa_view_recovery_codes", "mfa_download_recovery_codes", "account_login",
    "mfa_activate_totp", "account_logout",
}  # fmt: skip
PREFERRED = (
    "cash_lead",
    "cashier",
    "billing_lead",
    "reading_lead",
    "service_lead",
    "finance",
    "manager",
    "secadmin",
    "sysadmin",
)
# Pages that ask for a further right of their own, or for a state that the city's newest object is not in.
BY = {
    **{f"foundation:import{part}": "service_lead" for part in ("", "s", "_upload", "_template", "_state", "_rejects")},
    **{f"foundation:work{part}": "billing_lead" for part in ("", "s", "_progress", "_result")},
    **{f"foundation:{name}": "secadmin" for name in ("staff", "staff_member", "roles")},
    **{f"payments:{name}": "cashier" for name in ("counter", "done", "shift", "payment", "reverse", "spoil", "sheet")},
    "foundation:approval": "manager", "foundation:organisation": "sysadmin", "foundation:parameters": "sysadmin",
    "foundation:parameter": "sysadmin", "foundation:calendar": "billing_lead", "foundation:health": "sysadmin",
}  # fmt: skip
REFUSALS = (409,)
FILES = ("text/csv", "application/", "text/plain", "image/")


def role_for(route: Route) -> str:
    """Somebody who holds the right, by preference the person whose daily work it is."""
    if route.name in BY:
        return BY[route.name]
    if route.right is None or not any(known.name == route.right for known in RIGHTS):
        return "cashier"
    holders = right(route.right).roles
    return next((role for role in PREFERRED if role in holders), holders[0])


def pages() -> list[Route]:
    return [route for route in routes() if not route.name.startswith("api") and route.name not in ELSEWHERE]


def busy_pages() -> list[tuple[str, str, str]]:
    """The same addresses in the middle of work: somebody stands at the counter, a form was asked, a search has hits."""
    debt = AgreementBalance.objects.filter(balance_fen__gt=0).order_by("-balance_fen").values_list("pk", flat=True)[0]
    point = Agreement.objects.get(pk=debt).supply_point
    payment = Payment.objects.latest("pk")
    return [
        ("cashier", "payments_counter_taking", f"/payments/counter/?sp={point.pk}"),
        ("cashier", "payments_counter_hits", "/payments/counter/?q=锦绣花园2幢"),
        ("cashier", "payments_done_change", f"/payments/counter/done/?p={payment.pk}"),
        ("cashier", "customers_debtor_money", f"/customers/{point.pk}/tab/money/"),
        ("billing_lead", "tariffs_calculated", "/tariffs/calculator/?" + urlencode(_asked())),
    ]


def _asked() -> dict[str, Any]:
    plan = Plan.objects.get(code="nanjing-home").pk
    return {
        "plan": plan,
        "litres": 900,
        "from_on": "2026-01-01",
        "to_on": "2026-11-01",
        "persons": 3,
        "booked": 0,
        "months": 1,
    }


def test_every_page_with_arguments_has_a_real_object(in_city: Any) -> None:
    known, empty = real_objects(), nothing_to_show()
    missing = [r for r in pages() if r.takes and r.takes != set(known.get(r.name, {}))]
    assert sorted(r.name for r in missing if not r.takes & empty) == []


@pytest.mark.parametrize("language", ["zh-CN", "en-GB"])
def test_the_pages_of_the_menu_are_whole_silent_and_in_one_language(sign_in: Any, in_city: Any, language: str) -> None:
    """What everybody opens every day; the full walk opens all the rest, on a phone too, and asks axe."""
    wrong: list[str] = []
    data = shots.data_text()
    for role in ("cash_lead", "billing_lead", "reading_lead", "secadmin", "sysadmin"):
        page = sign_in(role, language)
        for address in page.locator(".gas-nav a").evaluate_all("links => links.map((a) => a.getAttribute('href'))"):
            wrong += look(page, address, f"menu {role} {address}", language, data, deep=False)
    assert wrong == []


@pytest.mark.full
@pytest.mark.parametrize("size", [DESK, PHONE], ids=["desk", "phone"])
@pytest.mark.parametrize("language", ["zh-CN", "en-GB"])
def test_every_page_in_every_language_and_width(
    sign_in: Any, in_city: Any, language: str, size: dict[str, int]
) -> None:
    known, data = real_objects(), shots.data_text()
    people: dict[str, Any] = {}
    wrong: list[str] = []
    for route in pages():
        if route.takes != set(known.get(route.name, {})):
            continue
        role = role_for(route)
        if role not in people:
            people[role] = sign_in(role, language, size, bypass_csp=True)
        wrong += look(people[role], route.url(known), route.name, language, data, deep=True)
    for role, name, address in busy_pages():
        wrong += look(people[role], address, name, language, data, deep=True)
    assert wrong == []


def look(page: Any, address: str, name: str, language: str, data: str, *, deep: bool) -> list[str]:
    """Open one address; the faults found on it, each with the page's name."""
    page.faults.clear()
    answer = page.request.get(address, max_redirects=0)
    kind = answer.headers.get("content-type", "")
    if (
        answer.status in (301, 302, 405)
        or kind.startswith(FILES)
        or "attachment" in answer.headers.get("content-disposition", "")
    ):
        return []
    if "<html" not in answer.text():
        return []
    page.goto(address)
    page.wait_for_load_state("networkidle")
    refused = answer.status in REFUSALS
    said = [f"status {answer.status}"] if answer.status >= 400 and not refused else []
    said += [fault for fault in page.faults if not (refused and f"status of {answer.status}" in fault)]
    said += [shots.overflow(page)] if shots.overflow(page) else []
    said += [f"foreign words {words}" for words in [shots.foreign_words(page, language, data)] if words]
    if deep:
        said += shots.axe(page)
        shots.keep(page, language, name)
    return [f"{name}: {fault}" for fault in said]
