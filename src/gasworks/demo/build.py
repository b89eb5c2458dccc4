"""Thirteen months of a city, month by month, through the services that a click uses. The same seed builds the same books."""

import datetime as dt
from collections.abc import Callable
from typing import Final

from gasworks.billing import services as billing
from gasworks.billing.models import Bill
from gasworks.demo.city import City
from gasworks.demo.collecting import collect_month
from gasworks.demo.company import DemoCompany, found_company
from gasworks.demo.homes import lay_books, meter_models, move_in
from gasworks.demo.prices import set_prices
from gasworks.demo.reading import exchange_some, finish_rounds, read_month
from gasworks.demo.roll import Roll
from gasworks.foundation import calendar
from gasworks.kernel.periods import add_months
from gasworks.ledger.services import install_chart
from gasworks.payments import services as payments
from gasworks.receivables.services import install_fee_types

MONTHS: Final = 13
FIRST_MONTH: Final = 202510
READ_ON, BILLED_ON, PAID_ON, EXCHANGED_ON = 21, 21, 23, 24
LEFT_HELD: Final = 12
Tell = Callable[[str], None]


def at(month: int, day: int, hour: int = 2) -> dt.datetime:
    """A moment of the demo's past: ten in the morning in China."""
    return dt.datetime(month // 100, month % 100, day, hour, tzinfo=dt.UTC)


def build_city(*, accounts: int, seed: int, tell: Tell = lambda _text: None) -> DemoCompany:
    """Found the company, move the city in, live thirteen months; the last month is still at work."""
    city = City(accounts, seed, FIRST_MONTH)
    company, roll = open_up(city, tell)
    for place in range(MONTHS):
        live_month(company, city, roll, place, add_months(FIRST_MONTH, place), tell)
    begin_month(company, city, roll, add_months(FIRST_MONTH, MONTHS), tell)
    return company


def open_up(city: City, tell: Tell) -> tuple[DemoCompany, Roll]:
    now = at(city.first_month, 1)
    company = found_company(now)
    install_chart(scope=company.system)
    install_fee_types(scope=company.system)
    payments.install_channels(scope=company.system)
    billing.install_hold_rules(scope=company.system)
    set_prices(company, now)
    books, models, roll = lay_books(company, city, now), meter_models(company), Roll()
    for block in city.blocks():
        roll.add(move_in(company, city, block, books, models, now, tell))
    roll.seal()
    return company, roll


def live_month(company: DemoCompany, city: City, roll: Roll, place: int, month: int, tell: Tell) -> None:
    scope = company.system
    calendar.open_month(scope=scope, month=month, now=at(month, 1))
    read = read_month(company, city, roll, month, at(month, READ_ON))
    finish_rounds(company, month, at(month, READ_ON, 3))
    now = at(month, BILLED_ON, 4)
    run = billing.start_run(scope=scope, month=month, today=now.date(), now=now, chunk_groups=billing.AT_NIGHT)
    billing.carry_out(scope=scope, run_id=run.id, clock=lambda: now, today=now.date())
    _release(company, month, now, LEFT_HELD if place == MONTHS - 1 else 0)
    _end_days(company, month, PAID_ON)
    paid = collect_month(company, city, roll, place, month, at(month, PAID_ON))
    exchange_some(company, city, roll, month, at(month, EXCHANGED_ON))
    _end_days(company, month, EXCHANGED_ON)
    tell(f"{month}: {read} readings, {paid} payments")


def begin_month(company: DemoCompany, city: City, roll: Roll, month: int, tell: Tell) -> None:
    """The month under way: a third of the books is read, nothing is billed yet."""
    calendar.open_month(scope=company.system, month=month, now=at(month, 1))
    read = read_month(company, city, roll, month, at(month, READ_ON), books=max(1, city.books // 3))
    tell(f"{month}: {read} readings so far")


def _release(company: DemoCompany, month: int, now: dt.datetime, leave: int) -> None:
    """The billing lead looks at what is held and lets it go, all but a few in the newest month."""
    held = Bill.objects.filter(company_id=company.id, month=month, state=Bill.State.HELD).order_by("id")
    waiting = list(held.values_list("id", flat=True))[leave:]
    for start in range(0, len(waiting), billing.MOST_AT_ONCE):
        chosen = waiting[start : start + billing.MOST_AT_ONCE]
        billing.release_bills(scope=company.system, bill_ids=chosen, today=now.date(), now=now)


def _end_days(company: DemoCompany, month: int, day: int) -> None:
    """The nightly job of the head office, for the days that are over."""
    today = dt.date(month // 100, month % 100, day)
    while payments.end_head_office_day(scope=company.system, today=today, now=at(month, day, 1)):
        pass
