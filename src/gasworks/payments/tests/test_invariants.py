"""The invariants of money report what is planted against them, and nothing on books that the services wrote."""

import uuid

import pytest
from django.conf import settings

from gasworks.customers.testing import make_agreement
from gasworks.foundation.invariants import check_all
from gasworks.foundation.invariants.selftest import selftest
from gasworks.foundation.testing.factories import NOW, TODAY
from gasworks.payments import services
from gasworks.payments.testing.factories import make_cash_office, pay
from gasworks.receivables.testing.factories import make_debt

NAMES = {
    "LED-1",
    "LED-2",
    "LED-3",
    "LED-4",
    "LED-5",
    "LED-6",
    "LED-7",
    "RCV-1",
    "RCV-2",
    "PAY-1",
    "PAY-2",
    "INV-1",
}


def test_each_planted_violation_is_reported_by_its_name(django_db_setup: None, django_db_blocker: object) -> None:
    with django_db_blocker.unblock():
        planted = selftest(template=settings.GASWORKS_TEMPLATE, only=NAMES)
    assert {one.code for one in planted} == NAMES
    assert [one for one in planted if not one.reported] == []


@pytest.mark.django_db
def test_a_day_at_the_counter_breaks_none() -> None:
    office = make_cash_office()
    agreement = make_agreement(office.company).id
    make_debt(office.company, agreement, 1_000)
    first = pay(office, agreement, tendered_fen=1_500, keep_surplus=True)
    services.reverse_payment(
        scope=office.cashier,
        payment_id=first.payment_ids[0],
        key=uuid.uuid4(),
        reason="错",
        today=TODAY,
        now=NOW,
        shift_id=office.shift.id,
    )
    pay(office, agreement, tendered_fen=2_000, keep_surplus=True)
    make_debt(office.company, agreement, 700)
    services.use_advance(scope=office.lead, agreement_id=agreement, today=TODAY, now=NOW)
    services.close_shift(scope=office.cashier, shift_id=office.shift.id, count={10_000: 2, 1_000: 2}, now=NOW)
    services.end_day(scope=office.lead, now=NOW)
    assert [finding for finding in check_all(NAMES) if not finding.holds] == []
