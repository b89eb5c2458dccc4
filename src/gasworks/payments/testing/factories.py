"""A cash office: a company that can take money, and a cashier with an open shift."""

import datetime as dt
import uuid
from dataclasses import dataclass

from gasworks.foundation.reach import scope_for
from gasworks.foundation.scope import Scope
from gasworks.foundation.testing.factories import NOW, TODAY, Company, make_company, make_staff
from gasworks.payments import services
from gasworks.payments.models import Shift
from gasworks.payments.planning import plan_payment
from gasworks.payments.types import Taken
from gasworks.receivables.selectors import read_accounts
from gasworks.receivables.testing.factories import open_receivables, system


@dataclass(frozen=True, slots=True)
class CashOffice:
    company: Company
    cashier: Scope
    lead: Scope
    shift: Shift


def make_cash_office(company: Company | None = None, *, float_fen: int = 20_000, today: dt.date = TODAY) -> CashOffice:
    company = company or make_company()
    open_receivables(company)
    services.install_channels(scope=system(company))
    cashier = scope_for(make_staff("cashier", company=company))
    lead = scope_for(make_staff("cash_lead", company=company))
    shift = services.open_shift(scope=cashier, float_fen=float_fen, today=today, now=NOW)
    return CashOffice(company, cashier, lead, shift)


def pay(
    office: CashOffice,
    *agreement_ids: int,
    tendered_fen: int,
    keep_surplus: bool = False,
    key: uuid.UUID | None = None,
    means: str = "cash",
    now: dt.datetime = NOW,
) -> Taken:
    """Find, read, plan and take, as the counter does it."""
    accounts = read_accounts(scope=office.cashier, agreement_ids=agreement_ids)
    plan = plan_payment(accounts, tendered_fen, on=TODAY, keep_surplus=keep_surplus)
    return services.take_payment(
        scope=office.cashier,
        plan=plan,
        key=key or uuid.uuid4(),
        means=means,
        tendered_fen=tendered_fen,
        shift_id=office.shift.id,
        today=TODAY,
        now=now,
    )
