"""F12: sessions race for one bill, one shift, one day. READ COMMITTED, as deployed; the seed is printed."""

import datetime as dt
import random
import uuid
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import pytest
from django.db import connection

from gasworks.customers.testing import make_agreement
from gasworks.foundation.invariants import check_all
from gasworks.foundation.testing.factories import NOW, TODAY, make_company
from gasworks.ledger.models import Posting
from gasworks.ledger.selectors import accounts_by_role
from gasworks.payments import refusals, services
from gasworks.payments.models import Payment
from gasworks.payments.planning import plan_payment
from gasworks.payments.selectors import count_shift
from gasworks.payments.testing.factories import CashOffice, make_cash_office
from gasworks.payments.types import Taken
from gasworks.receivables import services as receivables
from gasworks.receivables.models import AgreementBalance, OpenItem
from gasworks.receivables.selectors import read_accounts
from gasworks.receivables.testing.factories import item_state, make_debt, system
from tests.faults.races import Runners

SEED = 20260310
CHANNELS = ("wechat", "alipay", "bank", "api")
BILL = 10_900
MONEY = {"LED-1", "LED-3", "LED-4", "LED-5", "LED-6", "LED-7", "RCV-1", "RCV-2", "PAY-1", "PAY-2"}


@dataclass(frozen=True, slots=True)
class Ring:
    """Where races are held."""

    office: CashOffice
    runners: Runners
    dice: random.Random

    @property
    def scope(self) -> Any:
        return system(self.office.company)


@pytest.fixture
def ring(committed_db: str) -> Iterator[Ring]:
    print(f"seed {SEED}")
    runners = Runners(64)
    yield Ring(make_cash_office(make_company("竞速燃气")), runners, random.Random(SEED))
    runners.stop()


_HOMES = """
WITH points AS (
    INSERT INTO customers_supplypoint (company_id, version, number, branch_id, premises_id, customer_type, status)
    SELECT company_id, 1, number || '-' || n, branch_id, premises_id, customer_type, status
      FROM customers_supplypoint, generate_series(1, %(count)s) n WHERE id = %(point)s RETURNING id, company_id)
INSERT INTO customers_agreement (company_id, version, supply_point_id, customer_id, number, from_on)
SELECT p.company_id, 1, p.id, a.customer_id, a.number || '-' || p.id, a.from_on
  FROM points p, customers_agreement a WHERE a.id = %(agreement)s RETURNING id
"""


def make_homes(ring: Ring, count: int) -> list[int]:
    """Agreements by one statement: what is raced for is their money, not their making."""
    first = make_agreement(ring.office.company)
    with connection.cursor() as cursor:
        cursor.execute(_HOMES, {"count": count, "point": first.supply_point_id, "agreement": first.id})
        return [key for (key,) in cursor.fetchall()]


def holds() -> None:
    broken = [finding for finding in check_all(MONEY) if not finding.holds]
    assert not broken, broken


def by_channel(ring: Ring, agreement_id: int, key: uuid.UUID, channel: str) -> Callable[[], Taken]:
    return lambda: services.take_amount(
        scope=ring.scope,
        agreement_id=agreement_id,
        amount_fen=BILL,
        key=key,
        means="online",
        channel=channel,
        today=TODAY,
        now=NOW,
    )


def race_one_bill(ring: Ring, agreement: int, same: int, own: int) -> None:
    """``same`` sessions bring one key, ``own`` sessions a key of their own: one payment for each key, each fen in its place."""
    debt = make_debt(ring.office.company, agreement, BILL)
    shared = uuid.uuid4()
    acts = [by_channel(ring, agreement, shared, "wechat") for _ in range(same)]
    acts += [by_channel(ring, agreement, uuid.uuid4(), ring.dice.choice(CHANNELS)) for _ in range(own)]
    results = ring.runners.race(acts)
    assert all(isinstance(result, Taken) for result in results), [r for r in results if not isinstance(r, Taken)]
    assert len({result.payment_ids for result in results[:same]}) <= 1
    assert sum(not result.replayed for result in results[:same]) == min(same, 1)
    assert not any(result.replayed for result in results[same:])
    keys = own + min(same, 1)
    gl = accounts_by_role(scope=ring.scope)
    posted = Posting.objects.filter(credit_party=agreement)
    assert sorted(posted.values_list("credit_gl_id", "amount_fen")) == sorted(
        [(gl["gas_receivable"], BILL)] + [(gl["advance"], BILL)] * (keys - 1)
    )
    assert item_state(debt.item_id) == (0, OpenItem.State.PAID)
    assert AgreementBalance.objects.get(pk=agreement).balance_fen == -BILL * (keys - 1)
    assert Payment.objects.filter(agreement_id=agreement).count() == keys


def test_sixty_four_sessions_pay_one_bill_sixteen_with_one_key(ring: Ring) -> None:
    for home in make_homes(ring, 3):
        race_one_bill(ring, home, same=16, own=48)
    holds()


def test_five_hundred_small_races(ring: Ring) -> None:
    for home in make_homes(ring, 500):
        race_one_bill(ring, home, same=ring.dice.randint(0, 3), own=ring.dice.randint(1, 3))
    holds()


def test_two_counters_with_the_same_page_one_is_told_to_look_again(ring: Ring) -> None:
    lead_shift = services.open_shift(scope=ring.office.lead, float_fen=0, today=TODAY, now=NOW)
    desks = [(ring.office.cashier, ring.office.shift.id), (ring.office.lead, lead_shift.id)]
    for agreement in make_homes(ring, 40):
        make_debt(ring.office.company, agreement, BILL)
        plan = plan_payment(read_accounts(scope=ring.scope, agreement_ids=[agreement]), BILL, on=TODAY)

        def take(scope: Any, shift_id: int, plan: Any = plan) -> Taken:
            return services.take_payment(
                scope=scope,
                plan=plan,
                key=uuid.uuid4(),
                means="cash",
                tendered_fen=BILL,
                shift_id=shift_id,
                today=TODAY,
                now=NOW,
            )

        results = ring.runners.race([lambda desk=desk: take(*desk) for desk in desks])
        assert sorted(type(result).__name__ for result in results) == ["PlanIsStale", "Taken"]
        assert AgreementBalance.objects.get(pk=agreement).balance_fen == 0
    holds()


def test_payments_of_crossing_households_never_deadlock_for_the_user(ring: Ring) -> None:
    for _ in range(25):
        homes = make_homes(ring, 4)
        for home in homes:
            make_debt(ring.office.company, home, BILL)

        def take(order: list[int]) -> Taken:
            plan = plan_payment(
                read_accounts(scope=ring.scope, agreement_ids=order), 4 * BILL, on=TODAY, keep_surplus=True
            )
            return services.take_payment(
                scope=ring.scope,
                plan=plan,
                key=uuid.uuid4(),
                means="online",
                channel="bank",
                tendered_fen=4 * BILL,
                today=TODAY,
                now=NOW,
            )

        orders = [ring.dice.sample(homes, 4) for _ in range(8)]
        results = ring.runners.race([lambda order=order: take(order) for order in orders])
        assert all(isinstance(result, Taken | refusals.PlanIsStale) for result in results), results
        assert sum(isinstance(result, Taken) for result in results) >= 1
    holds()


def test_cancel_against_pay_exactly_one_wins(ring: Ring) -> None:
    outcomes = set()
    for agreement in make_homes(ring, 60):
        charged = receivables.charge(
            scope=ring.scope,
            agreement_id=agreement,
            fee_code="repair",
            gross_fen=BILL,
            due_on=TODAY,
            today=TODAY,
            now=NOW,
        )
        plan = plan_payment(read_accounts(scope=ring.scope, agreement_ids=[agreement]), BILL, on=TODAY)

        def pay(plan: Any = plan) -> Taken:
            return services.take_payment(
                scope=ring.office.cashier,
                plan=plan,
                key=uuid.uuid4(),
                means="cash",
                tendered_fen=BILL,
                shift_id=ring.office.shift.id,
                today=TODAY,
                now=NOW,
            )

        def cancel(item_id: int = charged.item_id) -> int:
            return receivables.cancel_charge(scope=ring.scope, item_id=item_id, today=TODAY, now=NOW)

        paid, cancelled = ring.runners.race([pay, cancel])
        assert isinstance(paid, Taken) != isinstance(cancelled, int), (paid, cancelled)
        if isinstance(paid, Taken):
            assert isinstance(cancelled, receivables.ItemNotOpen | receivables.ItemPaidInPart), cancelled
        else:
            assert isinstance(paid, refusals.PlanIsStale), paid
        assert AgreementBalance.objects.get(pk=agreement).balance_fen == 0
        outcomes.add(isinstance(paid, Taken))
    holds()


def test_reverse_against_reverse_exactly_one_wins(ring: Ring) -> None:
    for agreement in make_homes(ring, 30):
        make_debt(ring.office.company, agreement, BILL)
        (payment,) = by_channel(ring, agreement, uuid.uuid4(), "wechat")().payment_ids

        def undo(payment_id: int = payment) -> int:
            return services.reverse_payment(
                scope=ring.scope, payment_id=payment_id, key=uuid.uuid4(), reason="重复", today=TODAY, now=NOW
            )

        results = ring.runners.race([undo] * 4)
        assert sum(isinstance(result, int) for result in results) == 1, results
        assert sum(isinstance(result, refusals.ReversedAlready) for result in results) == 3, results
        assert AgreementBalance.objects.get(pk=agreement).balance_fen == BILL
    holds()


def test_two_close_one_shift_while_it_takes_money(ring: Ring) -> None:
    """What is acknowledged is in the count or after it, never between; the shift is closed once."""
    homes = make_homes(ring, 6)
    for _ in range(15):
        shift = services.open_shift(scope=ring.office.lead, float_fen=0, today=TODAY, now=NOW)

        def take(home: int, shift_id: int = shift.id) -> Taken:
            return services.take_advance(
                scope=ring.office.lead,
                agreement_id=home,
                amount_fen=100,
                tendered_fen=100,
                key=uuid.uuid4(),
                means="cash",
                shift_id=shift_id,
                today=TODAY,
                now=NOW,
            )

        def close(shift_id: int = shift.id) -> Any:
            return services.close_shift(scope=ring.office.lead, shift_id=shift_id, count={}, now=NOW)

        acts = [*[lambda home=home: take(home) for home in homes], close, close]
        ring.dice.shuffle(acts)
        results = ring.runners.race(acts)
        taken = sum(isinstance(result, Taken) for result in results)
        closed = [result for result in results if hasattr(result, "counted_fen")]
        assert len(closed) == 1, results
        assert closed[0].expected_fen == 100 * taken
        assert count_shift(scope=ring.office.lead, shift_id=shift.id).cash_fen == 100 * taken
        refused = [r for r in results if isinstance(r, Exception)]
        assert all(isinstance(error, refusals.ShiftNotOpen) for error in refused), refused
    holds()


def test_the_head_offices_day_ends_under_channel_payments(ring: Ring) -> None:
    """Each payment lands on the closed day before its close, or on the next one; none is lost."""
    agreement = make_agreement(ring.office.company).id
    paid = 0
    for step in range(1, 8):
        today = TODAY + dt.timedelta(days=step)

        def take(today: dt.date = today) -> Taken:
            return services.take_amount(
                scope=ring.scope,
                agreement_id=agreement,
                amount_fen=100,
                key=uuid.uuid4(),
                means="online",
                channel="wechat",
                channel_on=today,
                today=today,
                now=NOW,
            )

        def end(today: dt.date = today) -> dt.date | None:
            return services.end_head_office_day(scope=ring.scope, today=today, now=NOW)

        acts: list[Callable[[], Any]] = [*[take] * 10, end, end]
        ring.dice.shuffle(acts)
        results = ring.runners.race(acts)
        assert sum(isinstance(result, Taken) for result in results) == 10, results
        paid += 10
    assert AgreementBalance.objects.get(pk=agreement).balance_fen == -100 * paid
    holds()


def test_the_deployed_isolation_is_read_committed(committed_db: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SHOW transaction_isolation")
        assert cursor.fetchone() == ("read committed",)
