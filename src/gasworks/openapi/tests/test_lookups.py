"""Reading supply points and their bills: what another system is shown, page by page."""

import datetime as dt
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from gasworks.billing.models import Bill
from gasworks.billing.services import install_hold_rules
from gasworks.billing.testing.factories import Home, Town, bill, make_home
from gasworks.customers.testing.factories import make_supply_point
from gasworks.openapi.testing.callers import Caller, make_caller
from gasworks.receivables.testing.factories import make_debt


def test_a_supply_point_with_its_holder_and_balance(home: Home, bank: Caller) -> None:
    make_debt(home.town.company, home.agreement.id, 10_900)
    answer = bank.get("/supply-points/1000001")
    assert (answer.status_code, answer.json()) == (
        200,
        {
            "number": "1000001",
            "name": "王小明",
            "address": home.point.premises.address,
            "customer_type": "residential",
            "status": "active",
            "agreement": home.agreement.number,
            "balance_fen": 10_900,
        },
    )
    assert "no-store" in answer["Cache-Control"]


def test_no_phone_and_no_identity_number_leaves_by_the_api(home: Home, bank: Caller) -> None:
    assert "138" not in bank.get("/supply-points", q="王小明").content.decode()


def test_a_supply_point_that_nobody_holds(town: Town, bank: Caller) -> None:
    make_supply_point(town.company, number="3000003", status="not_ignited")
    told = bank.get("/supply-points/3000003").json()
    assert (told["name"], told["agreement"], told["balance_fen"], told["status"]) == ("", "", 0, "not_ignited")


def test_an_unknown_one_is_not_there(home: Home, bank: Caller) -> None:
    answer = bank.get("/supply-points/7777777")
    assert (answer.status_code, answer.json()["code"]) == (404, "not-there")


@pytest.mark.parametrize("by", ["1000001", "100", "王小明", "王", "13800001234", "1234", "幸福花园"])
def test_it_is_found_by_any_key(home: Home, bank: Caller, by: str) -> None:
    assert [one["number"] for one in bank.get("/supply-points", q=by).json()["items"]] == ["1000001"]


@pytest.mark.parametrize("by", ["𠮷", "%", "_", "' OR 1=1 --", "\\", "😀", "e\u0301", "\u202e", "  "])
def test_odd_texts_find_nothing_and_break_nothing(home: Home, bank: Caller, by: str) -> None:
    answer = bank.get("/supply-points", q=by)
    assert (answer.status_code, answer.json()) == (200, {"items": []})


@pytest.mark.parametrize("by", ["", "\x00", "a\x00b", "\n", "\x7f", "x" * 61])
def test_what_cannot_be_a_key_is_refused(home: Home, bank: Caller, by: str) -> None:
    answer = bank.get("/supply-points", q=by)
    assert (answer.status_code, answer.json()["errors"][0]["at"]) == (422, "query/q")


@pytest.mark.parametrize("number", ["%00", "%0A", "1%00", "%E6%B0%94", "1" * 33, "a%20b", "%2e%2e"])
def test_what_cannot_be_a_number_is_refused(home: Home, bank: Caller, number: str) -> None:
    answer = bank.get(f"/supply-points/{number}")
    assert answer.status_code in (404, 422)
    assert answer["Content-Type"] == "application/problem+json"


def test_fifty_hits_cost_as_many_queries_as_one(town: Town, home: Home, bank: Caller) -> None:
    def queries() -> int:
        with CaptureQueriesContext(
            connection,
        ) as seen:
            bank.get("/supply-points", q="1")
        return len(seen)

    bank.get("/supply-points", q="1")
    one = queries()
    for serial in range(9):
        make_home(town, number=f"100001{serial}")
    assert len(bank.get("/supply-points", q="1").json()["items"]) == 10
    assert queries() == one


@pytest.fixture
def billed(home: Home) -> Home:
    """Three months of bills."""
    for month, day, index in ((202601, 1, 50), (202602, 2, 90), (202603, 3, 130)):
        home.read(dt.date(month // 100, month % 100, day), index, month=month)
        bill(home.town, month)
    return home


def test_a_bill_with_its_lines(billed: Home, bank: Caller) -> None:
    """50 m³ of the first tier at 3.00."""
    first = Bill.objects.get(month=202601)
    told = bank.get("/supply-points/1000001/bills").json()["items"][-1]
    assert told == {
        "id": first.id,
        "month": 202601,
        "kind": "regular",
        "state": "issued",
        "from_on": "2025-12-01",
        "to_on": "2026-01-01",
        "due_on": "2026-04-30",
        "litres": 50_000,
        "amount_fen": 15_000,
        "lines": [{"tier": 1, "litres": 50_000, "price_e4": 30_000, "amount_fen": 15_000}],
    }


def test_bills_come_newest_first_page_by_page(billed: Home, bank: Caller) -> None:
    pages: list[Any] = [bank.get("/supply-points/1000001/bills", limit=2).json()]
    while pages[-1]["next_before"] is not None:
        before = pages[-1]["next_before"]
        pages.append(bank.get("/supply-points/1000001/bills", limit=2, before=before).json())
    assert [[one["month"] for one in page["items"]] for page in pages] == [[202603, 202602], [202601]]


def test_a_page_that_is_just_full_has_no_next_one(billed: Home, bank: Caller) -> None:
    page = bank.get("/supply-points/1000001/bills", limit=3).json()
    assert (len(page["items"]), page["next_before"]) == (3, None)


def test_a_held_bill_is_not_shown(town: Town, bank: Caller) -> None:
    """Its cycle was too short, so it waits for a person."""
    install_hold_rules(scope=town.scope)
    home = make_home(town, number="1000001", begin=dt.date(2026, 2, 10))
    home.read(dt.date(2026, 3, 1), 12)
    bill(town, 202603)
    assert Bill.objects.get().state == Bill.State.HELD
    assert bank.get("/supply-points/1000001/bills").json() == {"items": [], "next_before": None}


def test_bills_of_a_foreign_company_are_not_shown(home: Home, foreign: Home, bank: Caller) -> None:
    foreign.read(dt.date(2026, 1, 1), 50, month=202601)
    bill(foreign.town, 202601)
    assert bank.get("/supply-points/1000001/bills").json() == {"items": [], "next_before": None}


@pytest.mark.parametrize(
    "query", [{"limit": 0}, {"limit": 51}, {"limit": -1}, {"limit": "x"}, {"limit": "1.5"}, {"before": 0},
              {"before": 2**63}, {"before": "9" * 500}, {"before": "1e3"}, {"limit": "\x00"}],
    ids=lambda query: str(query)[:24],
)  # fmt: skip
def test_a_page_that_cannot_be_is_refused(billed: Home, bank: Caller, query: dict[str, Any]) -> None:
    answer = bank.get("/supply-points/1000001/bills", **query)
    assert (answer.status_code, answer.json()["code"]) == (422, "malformed")


@pytest.mark.parametrize("path", ["/supply-points", "/supply-points/1000001/bills"])
def test_a_question_that_the_description_does_not_know_is_refused(billed: Home, bank: Caller, path: str) -> None:
    answer = bank.get(path, q="1000001", sort="name")
    assert (answer.status_code, answer.json()["errors"][-1]) == (
        422,
        {"at": "query/sort", "code": "extra_forbidden", "message": "There is no such field."},
    )


def test_everything_of_a_supply_point_needs_its_own_permission(home: Home) -> None:
    home.read(dt.date(2026, 3, 1), 12)
    bill(home.town, 202603)
    asker = make_caller(home.town.company, "customers.view", "insight.feed", role="agent")
    told = asker.get("/supply-points/1000001/statement")
    assert (told.status_code, told.json()["schema"], told.json()["bills"][0]["amount_fen"]) == (
        200,
        "gasworks.supply-point/1",
        3_600,
    )
    without = make_caller(home.town.company, "customers.view", "billing.view", role="agent")
    assert without.get("/supply-points/1000001/statement").status_code == 403
    assert asker.get("/supply-points/7777777/statement").status_code == 404
