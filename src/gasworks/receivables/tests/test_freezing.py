"""Days with the bank and days of dispute bear no late fee, told at once or afterwards, and none counts twice."""

import datetime as dt

import pytest
from django.urls import reverse

from gasworks.customers.testing import make_agreement
from gasworks.foundation.models import AuditAct
from gasworks.foundation.scope import Scope
from gasworks.foundation.testing.factories import NOW, TODAY, Company, make_company, make_scope, make_staff
from gasworks.kernel.errors import Forbidden, NotThere
from gasworks.receivables import bank, services
from gasworks.receivables.freezing import freezes_of
from gasworks.receivables.late_fee import late_fee_of, merged
from gasworks.receivables.models import Freeze, OpenItem
from gasworks.receivables.selectors import get_item, late_fee_terms, read_account
from gasworks.receivables.testing.factories import agree, item_state, make_debt, system
from gasworks.receivables.waiving import accrued_on

pytestmark = pytest.mark.django_db
A_DAY = dt.timedelta(days=1)
DUE = TODAY - 45 * A_DAY
State = OpenItem.State


def at(day: dt.date) -> dt.datetime:
    return dt.datetime(day.year, day.month, day.day, 4, tzinfo=dt.UTC)


@pytest.fixture
def lead(company: Company) -> Scope:
    return make_scope("cash_lead", company=company)


@pytest.fixture
def item(company: Company) -> int:
    """1,000.00 yuan, 45 days late at 0.02 % a day: 9.00 of late fee."""
    agree(company, 200)
    return make_debt(company, make_agreement(company).id, 100_000, due_on=DUE).item_id


def hand(scope: Scope, item: int, day: dt.date, order: str = "托20260201-07") -> None:
    bank.hand_to_bank(scope=scope, item_id=item, order=order, on=day, today=max(day, DUE), now=at(day))


def answer(scope: Scope, item: int, day: dt.date) -> None:
    bank.answer_of_bank(scope=scope, item_id=item, note="余额不足", on=day, today=TODAY, now=at(day))


def tell(scope: Scope, item: int, first: int, last: int, **more: object) -> None:
    values = {"note": "托1", "from_on": DUE + first * A_DAY, "to_on": DUE + last * A_DAY} | more
    bank.freeze(scope=scope, item_id=item, today=TODAY, now=NOW, **values)


def asked(company: Company, item: int, on: dt.date = TODAY) -> int:
    """What the counter reckons from one read of the account."""
    scope = system(company)
    agreement = OpenItem.objects.get(pk=item).agreement_id
    (due,) = read_account(scope=scope, agreement_id=agreement).dues
    terms = late_fee_terms(scope=scope, agreement_ids=[agreement])
    return late_fee_of(due, on, terms.of(agreement, due.due_on))


def test_days_that_touch_or_overlap_count_once() -> None:
    days = [(DUE, DUE + 3 * A_DAY), (DUE + 2 * A_DAY, DUE + 5 * A_DAY), (DUE + 5 * A_DAY, DUE + 6 * A_DAY)]
    assert merged([*days, (DUE + 9 * A_DAY, DUE + 9 * A_DAY)]) == [(DUE, DUE + 6 * A_DAY)]


def test_a_payment_order_with_the_bank_stops_the_late_fee(company: Company, lead: Scope, item: int) -> None:
    """Ten days late when it is handed over, answered on the 30th day: 25 of 45 days count."""
    hand(lead, item, DUE + 10 * A_DAY)
    assert item_state(item) == (100_000, State.RESERVED)
    assert [
        accrued_on(scope=lead, item=get_item(scope=lead, item_id=item), on=DUE + n * A_DAY) for n in (5, 20, 45)
    ] == [
        100,
        200,
        200,
    ]
    answer(lead, item, DUE + 30 * A_DAY)
    assert item_state(item) == (100_000, State.OPEN)
    assert OpenItem.objects.get(pk=item).frozen == [DUE + 10 * A_DAY, DUE + 30 * A_DAY]
    assert asked(company, item) == 500 == accrued_on(scope=lead, item=get_item(scope=lead, item_id=item), on=TODAY)
    (row,) = freezes_of(scope=lead, item_id=item)
    assert (row.kind, row.from_on, row.to_on, row.note) == ("bank", DUE + 10 * A_DAY, DUE + 30 * A_DAY, "托20260201-07")
    assert [act.act for act in AuditAct.objects.order_by("id")][-2:] == ["receivables.to_bank", "receivables.from_bank"]


def test_told_afterwards_it_comes_to_the_same_and_no_day_counts_twice(company: Company, lead: Scope, item: int) -> None:
    tell(lead, item, 10, 30)
    assert asked(company, item) == 500
    tell(lead, item, 20, 35)
    assert asked(company, item) == 400
    assert OpenItem.objects.get(pk=item).frozen == [DUE + 10 * A_DAY, DUE + 35 * A_DAY]
    assert Freeze.objects.count() == 2


def test_a_dispute_and_the_bank_one_after_the_other(company: Company, lead: Scope, item: int) -> None:
    service = make_scope("service_lead", company=company)
    hand(lead, item, DUE + 5 * A_DAY)
    with pytest.raises(services.ItemNotOpen):
        services.dispute(scope=service, item_id=item, note="表不准", now=at(DUE + 6 * A_DAY))
    answer(lead, item, DUE + 15 * A_DAY)
    services.dispute(scope=service, item_id=item, note="表不准", now=at(DUE + 20 * A_DAY))
    with pytest.raises(services.ItemNotOpen):
        hand(lead, item, DUE + 21 * A_DAY)
    services.settle(scope=service, item_id=item, note="检定合格", now=at(DUE + 40 * A_DAY))
    assert asked(company, item) == 300
    assert [row.kind for row in freezes_of(scope=lead, item_id=item)] == ["bank", "dispute"]


def test_what_does_not_fit_is_refused_and_nothing_changes(company: Company, lead: Scope, item: int) -> None:
    for first, last in ((30, 10), (10, 10), (-1, 10), (10, 46)):
        with pytest.raises(bank.DaysNotFit):
            tell(lead, item, first, last)
    with pytest.raises(bank.OrderMissing):
        tell(lead, item, 1, 2, note=" ")
    with pytest.raises(bank.OrderMissing):
        hand(lead, item, DUE, order=" ")
    with pytest.raises(bank.NotWithTheBank):
        answer(lead, item, TODAY)
    with pytest.raises(Forbidden):
        tell(make_scope("cashier", company=company), item, 1, 2)
    foreign = make_scope("cash_lead", company=make_company("外地燃气"))
    with pytest.raises(NotThere):
        hand(foreign, item, DUE)
    OpenItem.objects.filter(pk=item).update(late_until=DUE + 20 * A_DAY)
    with pytest.raises(bank.ChargedOnThoseDays):
        tell(lead, item, 10, 30)
    assert (Freeze.objects.count(), item_state(item)) == (0, (100_000, State.OPEN))


def test_an_item_of_a_bank_batch_is_not_released_by_hand(company: Company, lead: Scope, item: int) -> None:
    services.reserve(scope=system(company), item_ids=[item], batch_id=9, on=TODAY, now=NOW)
    with pytest.raises(bank.NotWithTheBank):
        answer(lead, item, TODAY)
    assert item_state(item) == (100_000, State.RESERVED)
    assert Freeze.objects.get().to_on is None


def test_the_cash_office_lead_does_it_on_screen(client, company: Company, item: int) -> None:
    staff = make_staff("cash_lead", company=company)
    staff.language = "en"
    staff.save()
    client.force_login(staff)
    here = reverse("receivables:item", args=[item])
    assert "Hand to the bank" in client.get(here).content.decode()
    asked_on = {"order": "托9", "on": "2026-03-01"}
    assert client.post(reverse("receivables:to_bank", args=[item]), asked_on).status_code == 302
    page = client.get(here).content.decode()
    assert "goes on" in page
    assert "The bank has answered" in page
    client.post(reverse("receivables:from_bank", args=[item]), {"on": "2026-03-08", "note": ""})
    late = {"from_on": "2026-02-01", "to_on": "2026-02-05", "note": "托8"}
    client.post(reverse("receivables:bank_days", args=[item]), late)
    assert OpenItem.objects.get(pk=item).frozen == [
        dt.date(2026, 2, 1),
        dt.date(2026, 2, 5),
        dt.date(2026, 3, 1),
        dt.date(2026, 3, 8),
    ]
    assert "托8" in client.get(here).content.decode()
