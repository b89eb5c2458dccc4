"""Thirteen months of a city, month by month, through the services that a click uses. The same seed builds the same books."""

import datetime as dt
from collections.abc import Sequence
from typing import Final

from gasworks.billing import services as billing
from gasworks.billing.models import Bill
from gasworks.billing.services.claiming import claim_month
from gasworks.demo.city import City
from gasworks.demo.collecting import EARLY_DAYS, LATE_DAYS, PayDay, collect_day
from gasworks.demo.company import DemoCompany, found_company
from gasworks.demo.crew import LARGE, Crew
from gasworks.demo.entitling import entitle_some
from gasworks.demo.fees import FOR_MONTHS, agree_terms, book_recurring, settle_waste, subscribe_some, waive_some
from gasworks.demo.homes import found_communities, lay_books, meter_models, move_in, reserve_numbers
from gasworks.demo.prices import set_prices
from gasworks.demo.reading import begin_rounds, exchange_some, finish_rounds, read_month
from gasworks.demo.share import Share, Tell, shares, silent
from gasworks.demo.trying import try_draft
from gasworks.foundation import calendar
from gasworks.kernel.periods import add_months, month_of
from gasworks.ledger.services import install_chart
from gasworks.payments import services as payments
from gasworks.receivables.services import install_fee_types

MONTHS: Final = 13
LAST_MONTH: Final = 202610
READ_ON, BILLED_ON, EXCHANGED_ON = 21, 21, 24
LEFT_HELD: Final = 12


def at(month: int, day: int, hour: int = 2) -> dt.datetime:
    """A moment of the demo's past: ten in the morning in China."""
    return dt.datetime(month // 100, month % 100, day, hour, tzinfo=dt.UTC)


def build_city(
    *,
    accounts: int,
    seed: int,
    last_month: int = LAST_MONTH,
    months: int = MONTHS,
    hands: int = 0,
    tell: Tell = silent,
) -> DemoCompany:
    """Found the company, move the city in, live ``months``; the month after ``last_month`` is still at work.

    ``hands`` processes work side by side, by default as many as the city is worth. The books say the same whatever
    their number; only the identities of the rows come in the order in which the processes happen to write.
    """
    city = City(accounts, seed, add_months(last_month, 1 - months))
    company = open_up(city)
    wanted = hands or (len(company.outlet_ids) if accounts >= LARGE else 1)
    with Crew(shares(company, city, wanted, tell)) as crew:
        settle(crew, company, city)
        for place in range(months):
            if place == max(0, months - FOR_MONTHS):
                begin_fees(crew, company, add_months(city.first_month, place))
            live_month(crew, company, city, place, left_held=LEFT_HELD if place == months - 1 else 0, tell=tell)
        begin_month(crew, company, city, months, tell)
        work_at_desk(crew, company, city, months)
    return company


def last_month_before(today: dt.date) -> int:
    """The newest month that can be over while the next one's reading days are past, too."""
    return add_months(month_of(today - dt.timedelta(days=READ_ON - 1)), -1)


def open_up(city: City) -> DemoCompany:
    now = at(city.first_month, 1)
    company = found_company(now)
    install_chart(scope=company.system)
    install_fee_types(scope=company.system)
    payments.install_channels(scope=company.system)
    billing.install_hold_rules(scope=company.system)
    set_prices(company, now)
    return company


def settle(crew: Crew, company: DemoCompany, city: City) -> None:
    """Books, communities and meter models are there when the homes move in."""
    now = at(city.first_month, 1)
    found_communities(company, city)
    reserve_numbers(company, city)
    crew.each(move_in, lay_books(company, city, now), meter_models(company), now)
    crew.each(entitle_some, now)


def begin_fees(crew: Crew, company: DemoCompany, month: int) -> None:
    agree_terms(company, at(month, 1))
    crew.each(subscribe_some, at(month, 1))


def live_month(crew: Crew, company: DemoCompany, city: City, place: int, left_held: int, tell: Tell) -> None:
    scope, month = company.system, add_months(city.first_month, place)
    calendar.open_month(scope=scope, month=month, now=at(month, 1))
    paid = _collect(crew, company, city, place - 1, LATE_DAYS) if place else 0
    begin_rounds(company, month, at(month, READ_ON))
    read = sum(crew.each(read_month, month, at(month, READ_ON)))
    finish_rounds(company, month, at(month, READ_ON, 3))
    now = at(month, BILLED_ON, 4)
    payments.end_head_office_day(scope=scope, today=now.date(), now=now)
    book_recurring(company, month, now)
    run = billing.start_run(scope=scope, month=month, today=now.date(), now=now, chunk_groups=billing.AT_NIGHT)
    crew.each(bill, run.id, now)
    _release(company, month, now, left_held)
    claim_month(scope=scope, month=month, today=now.date(), now=now)
    paid += _collect(crew, company, city, place, EARLY_DAYS)
    crew.each(exchange_some, month, at(month, EXCHANGED_ON))
    tell(f"{month}: {read} readings, {paid} payments")


def bill(share: Share, run_id: int, now: dt.datetime) -> None:
    """Work on the run's chunks until none is left, beside whoever else does."""
    billing.carry_out(scope=share.company.system, run_id=run_id, clock=lambda: now, today=now.date())


def begin_month(crew: Crew, company: DemoCompany, city: City, place: int, tell: Tell) -> None:
    """The month under way: last month's bills are being paid, a third of the books is read, nothing is billed yet."""
    month = add_months(city.first_month, place)
    calendar.open_month(scope=company.system, month=month, now=at(month, 1))
    _collect(crew, company, city, place - 1, LATE_DAYS)
    begin_rounds(company, month, at(month, READ_ON))
    read = sum(crew.each(read_month, month, at(month, READ_ON), books=max(1, city.books // 3)))
    tell(f"{month}: {read} readings so far")


def work_at_desk(crew: Crew, company: DemoCompany, city: City, months: int) -> None:
    """What the offices have done by the day on which the demo stands still."""
    last = add_months(city.first_month, months - 1)
    now = at(add_months(last, 1), READ_ON, 6)
    payments.end_head_office_day(scope=company.system, today=now.date(), now=now)
    settle_waste(company, add_months(last, 1 - min(months, FOR_MONTHS)), now)
    crew.each(waive_some, now)
    try_draft(company, city.first_month, last, now)


def _release(company: DemoCompany, month: int, now: dt.datetime, leave: int) -> None:
    """The billing lead looks at what is held and lets it go, all but a few in the newest month."""
    held = Bill.objects.filter(company_id=company.id, month=month, state=Bill.State.HELD).order_by("id")
    waiting = list(held.values_list("id", flat=True))[leave:]
    for start in range(0, len(waiting), billing.MOST_AT_ONCE):
        chosen = waiting[start : start + billing.MOST_AT_ONCE]
        billing.release_bills(scope=company.system, bill_ids=chosen, today=now.date(), now=now)


def _collect(crew: Crew, company: DemoCompany, city: City, place: int, days: Sequence[PayDay]) -> int:
    """The money that comes in for the bills of the demo's month number ``place``."""
    taken = 0
    for pay_day in days:
        now = at(add_months(city.first_month, place + pay_day.months_after), pay_day.day)
        payments.end_head_office_day(scope=company.system, today=now.date(), now=now)
        taken += sum(crew.each(collect_day, place, pay_day, now))
    return taken
