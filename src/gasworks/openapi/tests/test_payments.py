"""Payments from a partner: what is due first, the rest into the advance, once for each key."""

import datetime as dt
import uuid
from typing import Any

import pytest
import time_machine

from gasworks.billing.testing.factories import Home, Town, make_home
from gasworks.customers import services as customers
from gasworks.customers.models import Agreement
from gasworks.customers.testing.factories import make_agreement, make_supply_point
from gasworks.foundation.models import AuditAct, RequestKey
from gasworks.foundation.testing.factories import NOW, TODAY
from gasworks.ledger.models import Entry
from gasworks.openapi.testing.callers import Caller, make_caller
from gasworks.payments.models import Channel, Payment
from gasworks.receivables.models import OpenItem
from gasworks.receivables.selectors import balance_of
from gasworks.receivables.testing.factories import item_state, make_debt


def owes(home: Home, fen: int, *, due_on: dt.date = TODAY) -> int:
    return make_debt(home.town.company, home.agreement.id, fen, due_on=due_on).item_id


def written() -> tuple[int, int, int]:
    """Payments, their entries, and keys."""
    return Payment.objects.count(), Entry.objects.filter(kind=3).count(), RequestKey.objects.count()


def body(amount_fen: Any, number: str = "1000001", **more: Any) -> dict[str, Any]:
    return {"supply_point": number, "amount_fen": amount_fen, **more}


def test_what_is_due_is_paid_oldest_first_and_the_rest_becomes_the_advance(home: Home, bank: Caller) -> None:
    older, newer = owes(home, 10_900, due_on=dt.date(2026, 2, 28)), owes(home, 5_000)
    answer = bank.post("/payments", body(20_000))
    (payment,) = Payment.objects.all()
    assert (answer.status_code, answer.json()) == (
        200,
        {
            "id": payment.id,
            "supply_point": "1000001",
            "amount_fen": 20_000,
            "allocated_fen": 15_900,
            "advance_fen": 4_100,
            "balance_fen": -4_100,
            "posting_day": "2026-03-10",
            "replayed": False,
        },
    )
    assert [item_state(item) for item in (older, newer)] == [(0, OpenItem.State.PAID)] * 2
    assert (payment.agreement_id, payment.amount_fen, payment.advance_fen, payment.means, payment.channel.code) == (
        home.agreement.id, 20_000, 4_100, "online", "bank",
    )  # fmt: skip
    assert (payment.shift_id, payment.outlet_id, payment.channel_on) == (None, home.town.company.head_office.id, TODAY)
    act = AuditAct.objects.get(act="payments.take")
    assert (act.subject_id, act.amount_fen, act.actor_id) == (payment.id, 20_000, payment.taken_by_id)


def test_a_part_is_laid_on_the_oldest(home: Home, bank: Caller) -> None:
    older, newer = owes(home, 10_900, due_on=dt.date(2026, 2, 28)), owes(home, 5_000)
    told = bank.post("/payments", body(3_000)).json()
    assert (told["allocated_fen"], told["advance_fen"], told["balance_fen"]) == (3_000, 0, 12_900)
    assert [item_state(item)[0] for item in (older, newer)] == [7_900, 5_000]


def test_money_without_a_debt_is_kept_as_advance(home: Home, bank: Caller) -> None:
    told = bank.post("/payments", body(1)).json()
    assert (told["allocated_fen"], told["advance_fen"], told["balance_fen"]) == (0, 1, -1)


def test_a_supply_point_of_another_branch_can_be_paid_for(town: Town, bank: Caller) -> None:
    """Money is taken company-wide (通收)."""
    there = make_home(town, number="2000002", branch_id=town.company.other_branch.id)
    assert bank.post("/payments", body(100, "2000002")).status_code == 200
    assert Payment.objects.get().agreement_id == there.agreement.id


def test_sent_again_it_is_answered_again_and_taken_once(home: Home, bank: Caller) -> None:
    owes(home, 10_900)
    key = uuid.uuid4()
    first = bank.post("/payments", body(20_000), key=key).json()
    for _ in range(3):
        again = bank.post("/payments", body(20_000), key=key)
        assert (again.status_code, again.json()) == (200, first | {"replayed": True})
    assert written() == (1, 1, 1)


def test_sent_again_on_another_day_it_gets_the_first_answer(home: Home, bank: Caller) -> None:
    key = uuid.uuid4()
    first = bank.post("/payments", body(500), key=key).json()
    with time_machine.travel(NOW + dt.timedelta(days=9), tick=False):
        assert bank.post("/payments", body(500), key=key).json() == first | {"replayed": True}
    assert written() == (1, 1, 1)


def test_sent_again_after_the_holder_left_it_still_gets_the_first_answer(home: Home, bank: Caller) -> None:
    key = uuid.uuid4()
    first = bank.post("/payments", body(500), key=key).json()
    agreement = Agreement.objects.get(pk=home.agreement.id)
    customers.end_agreement(
        scope=home.town.scope, agreement_id=agreement.id, seen=agreement.version, to_on=TODAY, now=NOW
    )
    assert bank.post("/payments", body(500), key=key).json() == first | {"replayed": True}
    refused = bank.post("/payments", body(500))
    assert (refused.status_code, refused.json()["code"]) == (409, "nobody-holds")
    assert written() == (1, 1, 1)


@pytest.mark.parametrize("other", [body(501), body(500, means="transfer"), body(500, "2000002")])
def test_the_same_key_with_another_body_is_refused(town: Town, home: Home, bank: Caller, other: Any) -> None:
    make_home(town, number="2000002")
    key = uuid.uuid4()
    assert bank.post("/payments", body(500), key=key).status_code == 200
    answer = bank.post("/payments", other, key=key)
    assert (answer.status_code, answer.json()["code"]) == (409, "key-used-for-another-body")
    assert written() == (1, 1, 1)


def test_each_channel_has_its_own_keys(town: Town, home: Home, bank: Caller) -> None:
    partner = make_caller(town.company, "payments.take", role="cashier", channel="api")
    key = uuid.uuid4()
    one, two = (caller.post("/payments", body(500), key=key).json() for caller in (bank, partner))
    assert one["id"] != two["id"]
    assert written() == (2, 2, 2)


def test_an_unknown_supply_point_is_not_charged(home: Home, bank: Caller) -> None:
    answer = bank.post("/payments", body(500, "7777777"))
    assert (answer.status_code, answer.json()["code"]) == (404, "not-there")
    assert answer.json()["title"] == "«7777777» was not found. Check the number and try again."
    assert written() == (0, 0, 0)


def test_a_supply_point_without_an_agreement_takes_no_money(town: Town, bank: Caller) -> None:
    make_supply_point(town.company, number="3000003")
    answer = bank.post("/payments", body(500, "3000003"))
    assert (answer.status_code, answer.json()["code"]) == (409, "nobody-holds")
    assert written() == (0, 0, 0)


def test_an_agreement_that_begins_tomorrow_is_not_in_force(town: Town, bank: Caller) -> None:
    point = make_supply_point(town.company, number="3000003")
    make_agreement(town.company, point, from_on=TODAY + dt.timedelta(days=1))
    assert bank.post("/payments", body(500, "3000003")).json()["code"] == "nobody-holds"


@pytest.mark.parametrize(("channel", "code"), [("counter", "shift-not-open"), ("post", "channel-not-in-use")])
def test_a_token_of_a_channel_that_cannot_take_is_refused(town: Town, home: Home, channel: str, code: str) -> None:
    caller = make_caller(town.company, "payments.take", role="cashier", channel=channel)
    answer = caller.post("/payments", body(500))
    assert (answer.status_code, answer.json()["code"]) == (409, code)
    assert written() == (0, 0, 0)


def test_a_channel_that_was_switched_off_takes_nothing_new_but_knows_its_keys(home: Home, bank: Caller) -> None:
    key = uuid.uuid4()
    bank.post("/payments", body(500), key=key)
    Channel.objects.filter(code="bank").update(active=False)
    assert bank.post("/payments", body(500)).json()["code"] == "channel-not-in-use"
    assert bank.post("/payments", body(500), key=key).json()["replayed"] is True
    assert written() == (1, 1, 1)


BAD = {
    "nothing": {},
    "zero": body(0),
    "negative": body(-1),
    "fraction": body(0.5),
    "whole float": body(500.0),
    "1e15": '{"supply_point": "1000001", "amount_fen": 1e15}',
    "10^15": body(10**15),
    "above the limit": body(100_000_000_001),
    "2^63": body(2**63),
    "10^400": body(10**400),
    "text": body("500"),
    "full-width digits": body("５００"),
    "true": body(True),
    "null": body(None),
    "infinite": '{"supply_point": "1000001", "amount_fen": Infinity}',
    "cash": body(500, means="cash"),
    "another means": body(500, means="barter"),
    "another field": body(500, channel="counter"),
    "empty number": body(500, ""),
    "long number": body(500, "1" * 33),
    "NUL in the number": body(500, "1000001\x00"),
    "line break after the number": body(500, "1000001\n"),
    "Chinese number": body(500, "一百万"),
    "full-width number": body(500, "１０００００１"),
    "number as number": {"supply_point": 1000001, "amount_fen": 500},
}


@pytest.mark.parametrize("bad", BAD.values(), ids=BAD.keys())
def test_a_malformed_payment_is_refused_and_nothing_is_written(home: Home, bank: Caller, bad: Any) -> None:
    answer = bank.post("/payments", bad)
    assert (answer.status_code, answer.json()["code"]) == (422, "malformed"), answer.content
    assert written() == (0, 0, 0)
    assert balance_of(scope=home.town.scope, agreement_id=home.agreement.id) == 0


def test_the_largest_payment_fits(home: Home, bank: Caller) -> None:
    assert bank.post("/payments", body(100_000_000_000)).json()["balance_fen"] == -100_000_000_000


def test_without_a_key_nothing_is_taken(home: Home, bank: Caller) -> None:
    answer = bank.post("/payments", body(500), key="")
    assert (answer.status_code, answer.json()["errors"]) == (
        422,
        [{"at": "header/Idempotency-Key", "code": "missing", "message": "This is missing."}],
    )
    assert written() == (0, 0, 0)
