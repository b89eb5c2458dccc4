"""Thirteen months of a city, month by month, through the services that a click uses. The same seed builds the same books."""

import datetime as dt
from collections.abc import Callable, Sequence
from typing import Final

from gasworks.billing import services as billing
from gasworks.billing.models import Bill
from gasworks.billing.services.claiming import claim_month
from gasworks.demo.city import City
from gasworks.demo.collecting import EARLY_DAYS, LATE_DAYS, PayDay, collect_day
from gasworks.demo.company import DemoCompany, found_company
from gasworks.demo.entitling import entitle_some
from gasworks.demo.homes import lay_books, meter_models, move_in
from gasworks.demo.prices import set_prices
from gasworks.demo.reading import exchange_some, finish_rounds, read_month
from gasworks.demo.roll import Roll
from gasworks.foundation import calendar
from gasworks.kernel.periods import add_months, month_of
from gasworks.ledger.services import install_chart
from gasworks.payments import services as payments
from gasworks.receivables.services import install_fee_types

MONTHS: Final = 13
LAST_MONTH: Final = 202610
READ_ON, BILLED_ON, EXCHANGED_ON = 21, 21, 24
LEFT_HELD: Final = 12
Tell = Callable[[str], None]


def at(month: int, day: int, hour: int = 2) -> dt.datetime:
    """A moment of the demo's past: ten in the morning in China."""
    return dt.datetime(month // 100, month % 100, day, hour, tzinfo=dt.UTC)


def build_city(
    *,
    accounts: int,
    seed: int,
    last_month: int = LAST_MONTH,
    months: int = MONTHS,
    tell: Tell = lambda _text: None,
) -> DemoCompany:
    """Found the company, move the city in, live ``months``; the month after ``last_month`` is still at work."""
    first = add_months(last_month, 1 - months)
    city = City(accounts, seed, first)
    company, roll = open_up(city, tell)
    for place in range(months):
        left_held = LEFT_HELD if place == months - 1 else 0
        live_month(company, city, roll, place, left_held, tell)
    begin_month(company, city, roll, months, tell)
    return company


def last_month_before(today: dt.date) -> int:
    """The newest month that can be over while the next one's reading days are past, too."""
    return add_months(month_of(today - dt.timedelta(days=READ_ON - 1)), -1)


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
    entitle_some(company, roll, now)
    return company, roll


def live_month(company: DemoCompany, city: City, roll: Roll, place: int, left_held: int, tell: Tell) -> None:
    scope, month = company.system, add_months(city.first_month, place)
    calendar.open_month(scope=scope, month=month, now=at(month, 1))
    paid = _collect(company, city, roll, place - 1, LATE_DAYS) if place else 0
    read = read_month(company, city, roll, month, at(month, READ_ON))
    finish_rounds(company, month, at(month, READ_ON, 3))
    now = at(month, BILLED_ON, 4)
    payments.end_head_office_day(scope=scope, today=now.date(), now=now)
    run = billing.start_run(scope=scope, month=month, today=now.date(), now=now, chunk_groups=billing.AT_NIGHT)
    billing.carry_out(scope=scope, run_id=run.id, clock=lambda: now, today=now.date())
    _release(company, month, now, left_held)
    claim_month(scope=scope, month=month, today=now.date(), now=now)
    paid += _collect(company, city, roll, place, EARLY_DAYS)
    exchange_some(company, city, roll, month, at(month, EXCHANGED_ON))
    tell(f"{month}: {read} readings, {paid} payments")


def begin_month(company: DemoCompany, city: City, roll: Roll, place: int, tell: Tell) -> None:
    """The month under way: last month's bills are being paid, a third of the books is read, nothing is billed yet."""
    month = add_months(city.first_month, place)
    calendar.open_month(scope=company.system, month=month, now=at(month, 1))
    _collect(company, city, roll, place - 1, LATE_DAYS)
    read = read_month(company, city, roll, month, at(month, READ_ON), books=max(1, city.books // 3))
    tell(f"{month}: {read} readings so far")


def _release(company: DemoCompany, month: int, now: dt.datetime, leave: int) -> None:
    """The billing lead looks at what is held and lets it go, all but a few in the newest month."""
    held = Bill.objects.filter(company_id=company.id, month=month, state=Bill.State.HELD).order_by("id")
    waiting = list(held.values_list("id", flat=True))[leave:]
    for start in range(0, len(waiting), billing.MOST_AT_ONCE):
        chosen = waiting[start : start + billing.MOST_AT_ONCE]
        billing.release_bills(scope=company.system, bill_ids=chosen, today=now.date(), now=now)


def _collect(company: DemoCompany, city: City, roll: Roll, place: int, days: Sequence[PayDay]) -> int:
    """The money that comes in for the bills of the demo's month number ``place``."""
    taken = 0
    for pay_day in days:
        now = at(add_months(city.first_month, place + pay_day.months_after), pay_day.day)
        payments.end_head_office_day(scope=company.system, today=now.date(), now=now)
        taken += collect_day(company, city, roll, place, pay_day, now)
    return taken
