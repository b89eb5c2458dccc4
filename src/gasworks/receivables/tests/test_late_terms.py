"""Late-fee terms as dated data, and the dispute that freezes them."""

import datetime as dt

import pytest

from gasworks.customers.testing import make_agreement, make_supply_point
from gasworks.foundation.testing.factories import NOW, TODAY, Company, make_company, make_scope
from gasworks.kernel.errors import Forbidden, NotThere
from gasworks.receivables import late_terms, services
from gasworks.receivables.late_fee import late_fee_of
from gasworks.receivables.models import LateTerms, OpenItem
from gasworks.receivables.selectors import get_item, late_fee_terms, read_account
from gasworks.receivables.testing.factories import agree, make_debt, system
from gasworks.receivables.types import NO_LATE_FEE, LateFeeTerms
from gasworks.receivables.waiving import accrued_on

pytestmark = pytest.mark.django_db
A_DAY = dt.timedelta(days=1)


def at(day: dt.date) -> dt.datetime:
    return dt.datetime(day.year, day.month, day.day, 4, tzinfo=dt.UTC)


def asked(company: Company, agreement_id: int, on: dt.date) -> int:
    """Late fee of everything payable of an agreement, as the counter reckons it."""
    account = read_account(scope=system(company), agreement_id=agreement_id)
    terms = late_fee_terms(scope=system(company), agreement_ids=[agreement_id])
    return sum(late_fee_of(due, on, terms.of(agreement_id, due.due_on)) for due in account.dues if due.payable)


@pytest.mark.parametrize(
    ("contract", "before", "after"),
    [
        ({"steps": [(1, 200)]}, 900, 300),
        ({"steps": [(1, 3_000)], "grace_days": 15}, 13_500, 0),
        ({"steps": [(1, 0)]}, 0, 0),
    ],
    ids=["0.02 % a day, no grace", "0.3 % a day after 15 days", "none"],
)
def test_the_same_debt_under_three_contracts_and_with_a_dispute(
    company: Company, contract: dict, before: int, after: int
) -> None:
    """1,000.00 yuan, 45 days late; once without a dispute, once disputed from the 10th to the 40th day."""
    due_on = TODAY - 45 * A_DAY
    lead = make_scope("service_lead", company=company)
    quiet, loud = make_agreement(company).id, make_agreement(company).id
    for agreement in (quiet, loud):
        agree(company, 0, agreement_id=agreement, **contract)
        make_debt(company, agreement, 100_000, due_on=due_on)
    item = OpenItem.objects.get(agreement_id=loud)
    services.dispute(scope=lead, item_id=item.id, note="表不准", now=at(due_on + 10 * A_DAY))
    item.refresh_from_db()
    frozen_at = accrued_on(scope=lead, item=get_item(scope=lead, item_id=item.id), on=TODAY)
    services.settle(scope=lead, item_id=item.id, note="检定合格", now=at(due_on + 40 * A_DAY))
    item.refresh_from_db()
    assert item.frozen == [due_on + 10 * A_DAY, due_on + 40 * A_DAY]
    assert (asked(company, quiet, TODAY), asked(company, loud, TODAY)) == (before, after)
    assert frozen_at == {900: 200, 13_500: 0, 0: 0}[before]
    assert accrued_on(scope=lead, item=get_item(scope=lead, item_id=item.id), on=TODAY) == after


def test_the_nearest_terms_hold_and_an_older_debt_keeps_its_own(company: Company) -> None:
    shop = make_supply_point(company, customer_type="commercial")
    home, store, own = make_agreement(company).id, make_agreement(company, shop).id, make_agreement(company).id
    agree(company, 100)
    agree(company, 300, customer_type="commercial")
    agree(company, 500, agreement_id=own)
    agree(company, 700, from_on=TODAY)
    book = late_fee_terms(scope=system(company), agreement_ids=[home, store, own])
    old, new = TODAY - A_DAY, TODAY
    rates = [[book.of(agreement, day).rate_e6 for day in (old, new)] for agreement in (home, store, own)]
    assert rates == [[100, 700], [300, 300], [500, 500]]
    assert book.of(home, dt.date(2019, 12, 31)) == NO_LATE_FEE
    first = LateTerms.objects.get(customer_type="", agreement=None, from_on=dt.date(2020, 1, 1))
    assert first.to_on == TODAY


def test_terms_are_read_as_they_were_agreed(company: Company) -> None:
    agreement = make_agreement(company).id
    agree(
        company,
        0,
        agreement_id=agreement,
        steps=[(1, 200), (31, 500)],
        grace_days=7,
        grace_counts=False,
        base="month_end",
        cap_e4=None,
    )
    found = late_fee_terms(scope=system(company), agreement_ids=[agreement]).of(agreement, TODAY)
    assert found == LateFeeTerms(200, 7, False, None, True, ((31, 500),))


@pytest.mark.parametrize(
    ("change", "error"),
    [
        ({"steps": []}, late_terms.TermsNotFit),
        ({"steps": [(2, 200)]}, late_terms.TermsNotFit),
        ({"steps": [(1, 200), (1, 300)]}, late_terms.TermsNotFit),
        ({"steps": [(1, 10_001)]}, late_terms.TermsNotFit),
        ({"grace_days": 366}, late_terms.TermsNotFit),
        ({"cap_e4": -1}, late_terms.TermsNotFit),
        ({"base": "noon"}, late_terms.TermsNotFit),
        ({"customer_type": "martian"}, late_terms.TermsNotFit),
        ({"basis": " "}, late_terms.TermsNeedBasis),
        ({"from_on": TODAY - A_DAY}, late_terms.TermsInPast),
    ],
)
def test_terms_are_refused_by_name(company: Company, change: dict, error: type) -> None:
    with pytest.raises(error):
        set_terms(make_scope("finance", company=company), **change)
    assert not LateTerms.objects.exists()


def test_terms_planned_later_are_not_overtaken(company: Company) -> None:
    finance = make_scope("finance", company=company)
    set_terms(finance, from_on=TODAY + 10 * A_DAY)
    with pytest.raises(late_terms.LaterTermsPlanned):
        set_terms(finance)
    assert LateTerms.objects.count() == 1


def test_who_sets_terms(company: Company) -> None:
    """Everybody's terms: over the whole company; one agreement's: over its branch."""
    lead = make_scope("service_lead", company=company)
    agreement = make_agreement(company)
    for scope in (lead, make_scope("cash_lead", company=company)):
        with pytest.raises(Forbidden):
            set_terms(scope)
    other = make_scope("service_lead", company=company, over=company.other_branch)
    with pytest.raises(Forbidden):
        set_terms(other, agreement_id=agreement.id)
    with pytest.raises(NotThere):
        set_terms(lead, agreement_id=make_agreement(make_company("外地燃气")).id)
    assert not LateTerms.objects.exists()
    assert set_terms(lead, agreement_id=agreement.id).agreement_id == agreement.id


def test_a_dispute_settled_on_its_day_freezes_nothing(company: Company) -> None:
    lead = make_scope("service_lead", company=company)
    debt = make_debt(company, make_agreement(company).id, 100)
    services.dispute(scope=lead, item_id=debt.item_id, note="错", now=at(TODAY))
    services.settle(scope=lead, item_id=debt.item_id, note="对", now=at(TODAY))
    assert OpenItem.objects.get(pk=debt.item_id).frozen is None


def set_terms(scope, **change) -> LateTerms:
    terms = {
        "from_on": TODAY,
        "steps": [(1, 200)],
        "grace_days": 0,
        "base": "due",
        "grace_counts": True,
        "cap_e4": 10_000,
        "basis": "供用气合同",
    }
    return late_terms.agree_late_fee(scope=scope, **(terms | change), today=TODAY, now=NOW)
