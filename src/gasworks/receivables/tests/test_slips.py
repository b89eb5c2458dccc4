"""Deposit slips: issued for what is paid in, and given back once against the slip."""

import pytest

from gasworks.customers.testing import make_agreement, make_supply_point
from gasworks.foundation.testing.factories import NOW, TODAY, Company, make_company, make_scope
from gasworks.kernel.errors import Forbidden, NotThere
from gasworks.receivables import slips
from gasworks.receivables.models import DepositSlip
from gasworks.receivables.selectors import deposit_held
from gasworks.receivables.testing.factories import make_debt, receive

pytestmark = pytest.mark.django_db


@pytest.fixture
def deposit(company: Company) -> int:
    point = make_supply_point(company, customer_type="commercial")
    return make_debt(company, make_agreement(company, point).id, 50_000, fee_code="deposit").item_id


@pytest.fixture
def lead(company: Company):
    return make_scope("cash_lead", company=company)


def give_back(scope, slip: DepositSlip, number: str = "YJ-001", receiver: str = "工行 6222") -> DepositSlip:
    return slips.return_deposit(scope=scope, slip_id=slip.id, number=number, receiver=receiver, today=TODAY, now=NOW)


def test_a_deposit_goes_back_against_its_slip(company: Company, lead, deposit: int, balances) -> None:
    receive(company, deposit, 50_000)
    slip = slips.issue_slip(scope=lead, item_id=deposit, number=" YJ-001 ", now=NOW)
    assert (slip.number, slip.amount_fen) == ("YJ-001", 50_000)
    assert deposit_held(scope=lead, agreement_id=slip.agreement_id) == 50_000
    assert balances() == {"1002": 50_000, "224101": -50_000}
    give_back(lead, slip)
    assert (balances(), deposit_held(scope=lead, agreement_id=slip.agreement_id)) == ({}, 0)
    with pytest.raises(slips.ReturnedAlready):
        give_back(lead, slip)


def test_no_slip_for_what_is_not_paid_or_has_one(company: Company, lead, deposit: int) -> None:
    with pytest.raises(slips.NotAPaidDeposit):
        slips.issue_slip(scope=lead, item_id=deposit, number="YJ-001", now=NOW)
    gas = make_debt(company, make_agreement(company).id, 100).item_id
    receive(company, gas, 100)
    with pytest.raises(slips.NotAPaidDeposit):
        slips.issue_slip(scope=lead, item_id=gas, number="YJ-001", now=NOW)
    receive(company, deposit, 50_000)
    with pytest.raises(slips.SlipNumberNotFit):
        slips.issue_slip(scope=lead, item_id=deposit, number=" ", now=NOW)
    slips.issue_slip(scope=lead, item_id=deposit, number="YJ-001", now=NOW)
    with pytest.raises(slips.NotAPaidDeposit):
        slips.issue_slip(scope=lead, item_id=deposit, number="YJ-002", now=NOW)
    assert DepositSlip.objects.count() == 1


def test_another_slip_or_another_person_gets_nothing(company: Company, lead, deposit: int, balances) -> None:
    receive(company, deposit, 50_000)
    slip = slips.issue_slip(scope=lead, item_id=deposit, number="YJ-001", now=NOW)
    before = balances()
    with pytest.raises(slips.NotThisSlip):
        give_back(lead, slip, number="YJ-002")
    with pytest.raises(slips.NoReceiver):
        give_back(lead, slip, receiver=" ")
    with pytest.raises(Forbidden):
        give_back(make_scope("cashier", company=company), slip)
    with pytest.raises(NotThere):
        give_back(make_scope("cash_lead", company=make_company("外地燃气")), slip)
    slip.refresh_from_db()
    assert (slip.state, balances()) == (DepositSlip.State.HELD, before)
