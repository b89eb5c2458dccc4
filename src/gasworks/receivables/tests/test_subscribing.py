"""Recurring fees: consent, periods, and a month's charges that come once."""

import datetime as dt

import pytest
from django.utils import timezone

from gasworks.customers.testing import make_agreement, make_supply_point
from gasworks.foundation.files import store_file
from gasworks.foundation.testing.factories import NOW, TODAY, Company, make_company, make_scope
from gasworks.kernel.errors import Forbidden, NotThere
from gasworks.kernel.periods import month_of
from gasworks.receivables import services, subscribing
from gasworks.receivables.jobs import book_subscriptions
from gasworks.receivables.models import FeeType, OpenItem, Subscription, SubscriptionCharge
from gasworks.receivables.selectors import balance_of, fees_of_month
from gasworks.receivables.testing.factories import system

pytestmark = pytest.mark.django_db


@pytest.fixture
def agent(company: Company):
    return make_scope("agent", company=company)


def subscribe(scope, agreement: int, fee: str = "waste", fen: int = 600, period: int = 1, **more) -> Subscription:
    values = {"from_on": TODAY, "to_on": None, "today": TODAY, "now": NOW}
    return subscribing.subscribe(
        scope=scope, agreement_id=agreement, fee_code=fee, amount_fen=fen, period=period, **(values | more)
    )


def book(company: Company, month: int, today: dt.date | None = None) -> int:
    today = today or dt.date(month // 100, month % 100, 28)
    return subscribing.book_month(scope=system(company), month=month, today=today, now=NOW).charged


def charged(row: Subscription) -> list[int]:
    return sorted(SubscriptionCharge.objects.filter(subscription=row).values_list("month", flat=True))


def test_a_month_is_booked_once_however_often_it_is_asked(company: Company, agent, balances) -> None:
    agreements = [make_agreement(company).id for _each in range(3)]
    for agreement in agreements:
        subscribe(agent, agreement)
    assert [book(company, 202603, TODAY), book(company, 202603, TODAY)] == [3, 0]
    assert balances() == {"122101": 1_800, "224102": -1_800}
    item = OpenItem.objects.filter(agreement_id=agreements[0]).get()
    assert (item.month, item.gross_fen, item.due_on) == (202603, 600, dt.date(2026, 3, 25))
    assert balance_of(scope=agent, agreement_id=agreements[0]) == 600


@pytest.mark.parametrize(
    ("period", "months"),
    [(1, [202603, 202604, 202605, 202606, 202607]), (3, [202603, 202606]), (12, [202603])],
)
def test_how_often_a_fee_comes(company: Company, agent, period: int, months: list[int]) -> None:
    row = subscribe(agent, make_agreement(company).id, period=period)
    for month in (202603, 202604, 202605, 202606, 202607):
        book(company, month)
    assert charged(row) == months


def test_a_yearly_fee_comes_again_after_a_year(company: Company, agent) -> None:
    row = subscribe(agent, make_agreement(company).id, period=12)
    for month in (202603, 202702, 202703):
        book(company, month)
    assert charged(row) == [202603, 202703]


def test_it_begins_and_ends_with_its_days_and_its_agreement(company: Company, agent) -> None:
    ended = subscribe(agent, make_agreement(company).id, to_on=dt.date(2026, 5, 1))
    moved_out = make_agreement(company)
    left = subscribe(agent, moved_out.id)
    moved_out.to_on = dt.date(2026, 4, 1)
    moved_out.save()
    later = subscribe(agent, make_agreement(company).id, from_on=dt.date(2026, 5, 20))
    for month in (202603, 202604, 202605):
        book(company, month)
    assert (charged(ended), charged(left), charged(later)) == ([202603, 202604], [202603], [202605])


def test_whoever_may_not_be_charged_any_more_is_left_out_and_named(company: Company, agent) -> None:
    point = make_supply_point(company, customer_type="commercial")
    row = subscribe(agent, make_agreement(company, point).id)
    FeeType.objects.filter(code="waste").update(customer_types=["residential"])
    done = subscribing.book_month(scope=system(company), month=202603, today=TODAY, now=NOW)
    assert (done.charged, done.skipped, OpenItem.objects.count()) == (0, [(row.id, "commercial")], 0)


def test_insurance_needs_the_written_consent(company: Company, agent) -> None:
    agreement = make_agreement(company).id
    paper = store_file(name="consent.pdf", chunks=[b"yes"], scope=agent, now=NOW)
    for given in ({}, {"consent_on": TODAY}, {"consent_id": paper.id}):
        with pytest.raises(subscribing.ConsentMissing):
            subscribe(agent, agreement, "insurance", period=12, **given)
    assert not Subscription.objects.exists()
    row = subscribe(agent, agreement, "insurance", period=12, consent_on=TODAY, consent_id=paper.id)
    assert (row.consent_id, row.consent_on) == (paper.id, TODAY)
    strange = store_file(name="x.pdf", chunks=[b"no"], scope=system(make_company("外地燃气")), now=NOW)
    with pytest.raises(NotThere):
        subscribe(agent, make_agreement(company).id, "insurance", period=12, consent_on=TODAY, consent_id=strange.id)


def test_a_recurring_fee_is_refused_by_name(company: Company, agent) -> None:
    agreement = make_agreement(company)
    gone = make_agreement(company)
    gone.to_on = TODAY
    gone.save()
    FeeType.objects.filter(code="meter_test").update(recurring=True)
    for error, act in (
        (subscribing.FeeNotRecurring, {"fee": "repair"}),
        (services.AmountNotPositive, {"fen": 0}),
        (subscribing.SubscriptionInPast, {"from_on": dt.date(2026, 2, 28)}),
        (subscribing.SubscriptionInPast, {"to_on": TODAY}),
        (services.FeeNotForThisCustomer, {"fee": "meter_test"}),
        (NotThere, {"period": 2}),
    ):
        with pytest.raises(error):
            subscribe(agent, agreement.id, **act)
    with pytest.raises(services.AgreementEnded):
        subscribe(agent, gone.id)
    with pytest.raises(Forbidden):
        subscribe(make_scope("cashier", company=company), agreement.id)
    with pytest.raises(NotThere):
        subscribe(agent, make_agreement(make_company("外地燃气")).id)
    assert not Subscription.objects.exists()
    subscribe(agent, agreement.id)
    with pytest.raises(subscribing.SubscribedAlready):
        subscribe(agent, agreement.id)
    assert Subscription.objects.count() == 1


def test_a_month_to_come_or_long_gone_is_not_booked(company: Company) -> None:
    for month in (202604, 202502):
        with pytest.raises(subscribing.MonthNotToBook):
            subscribing.book_month(scope=system(company), month=month, today=TODAY, now=NOW)


def test_an_end_is_drawn_forward_only(company: Company, agent) -> None:
    row = subscribe(agent, make_agreement(company).id)
    subscribing.end_subscription(scope=agent, subscription_id=row.id, to_on=dt.date(2026, 6, 1), seen=1, now=NOW)
    with pytest.raises(subscribing.SubscriptionInPast):
        subscribing.end_subscription(scope=agent, subscription_id=row.id, to_on=dt.date(2026, 7, 1), seen=2, now=NOW)
    row.refresh_from_db()
    assert (row.to_on, row.version) == (dt.date(2026, 6, 1), 2)


def test_the_timer_books_what_is_due_today(company: Company, agent) -> None:
    row = subscribe(agent, make_agreement(company).id)
    for _night in range(2):
        book_subscriptions.func(timestamp=0)
    assert charged(row) == [month_of(timezone.localdate())]


def test_the_months_fees_stand_on_its_bill(company: Company, agent) -> None:
    agreement = make_agreement(company).id
    subscribe(agent, agreement)
    book(company, 202603)
    services.charge(
        scope=agent, agreement_id=agreement, fee_code="repair", gross_fen=5_000, due_on=TODAY, today=TODAY, now=NOW
    )
    FeeType.objects.filter(code="repair").update(on_bill=False)
    told = fees_of_month(scope=agent, agreement_id=agreement, month=202603)
    assert [(fee.name, fee.kind, fee.gross_fen, fee.open_fen) for fee in told] == [
        ("代收垃圾处理费", "third_party", 600, 600)
    ]
    assert fees_of_month(scope=agent, agreement_id=agreement, month=202604) == []
