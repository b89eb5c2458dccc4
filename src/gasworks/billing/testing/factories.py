"""Homes with meters, prices and readings, and runs that bill them: through the services of a user's click."""

import datetime as dt
from dataclasses import dataclass
from typing import Any

from gasworks.billing import services
from gasworks.billing.models import Run
from gasworks.customers.models import Agreement, SupplyPoint
from gasworks.customers.testing.factories import make_agreement, make_supply_point
from gasworks.foundation import calendar
from gasworks.foundation.scope import Scope
from gasworks.foundation.testing.factories import NOW, TODAY, Company, make_company
from gasworks.metering.models import Installation
from gasworks.metering.testing.factories import make_reading, put_up_meter
from gasworks.receivables.testing.factories import open_receivables
from gasworks.tariffs.models import Plan
from gasworks.tariffs.packs import read_pack
from gasworks.tariffs.testing.factories import make_plan
from gasworks.usage.models import SubsidyPayer
from gasworks.usage.opening import NewUse, open_many
from gasworks.usage.services import add_payer, set_terms

BEGIN = dt.date(2025, 12, 1)


@dataclass(frozen=True, slots=True)
class Town:
    company: Company
    plan: Plan

    @property
    def scope(self) -> Scope:
        return Scope.system("test", company_id=self.company.id)


@dataclass(frozen=True, slots=True)
class Home:
    town: Town
    point: SupplyPoint
    agreement: Agreement
    installation: Installation
    group_id: int

    def read(self, on: dt.date, m3: int, *, month: int | None = None, **more: Any) -> None:
        """An approved reading of the meter that hung there first."""
        make_reading(self.town.company, self.installation, on, m3, month=month or on.year * 100 + on.month, **more)


def make_town(*, company: Company | None = None, rules: bool = False, content: Any = None) -> Town:
    """A company with chart, fees, open months from December 2025 to June 2026 and one yearly plan (300/500 m³)."""
    company = company or make_company()
    scope = Scope.system("test", company_id=company.id)
    open_receivables(company)
    for month in (202512, 202601, 202602, 202603, 202604, 202605, 202606):
        calendar.open_month(scope=scope, month=month, now=NOW)
    if rules:
        services.install_hold_rules(scope=scope)
    return Town(company, make_plan(company, content) if content else make_plan(company))


def make_home(
    town: Town,
    *,
    persons: int = 0,
    start_m3: int = 0,
    begin: dt.date = BEGIN,
    plan: Plan | None = None,
    digits: int = 5,
    **more: Any,
) -> Home:
    """A home with one meter, alone on its ladder."""
    point = make_supply_point(town.company, **more)
    agreement = make_agreement(town.company, point, from_on=begin)
    installation = put_up_meter(town.company, point, from_on=begin, start_m3=start_m3, digits=digits)
    use = NewUse(point.id, (plan or town.plan).code, begin, persons)
    (group,) = open_many(scope=town.scope, rows=[use], now=NOW)
    return Home(town, point, agreement, installation, group)


def _content(pack: str, plan: str) -> Any:
    return next(p for p in read_pack(pack).plans if p.code == plan).versions[-1].content


def subsidised_town(pack: str, normal: str, subsidised: str) -> tuple[Town, Plan, SubsidyPayer]:
    """A town on the normal plan, its subsidised plan, and civil affairs who pay the difference."""
    town = make_town(content=_content(pack, normal))
    plan = make_plan(town.company, _content(pack, subsidised))
    payer = add_payer(scope=town.scope, code="MZ", name="江城市民政局", now=NOW)
    set_terms(
        scope=town.scope,
        payer_id=payer.id,
        plan_id=plan.id,
        normal_plan_id=town.plan.id,
        document_no="江民〔2026〕1号",
        from_on=dt.date(2025, 12, 1),
        now=NOW,
    )
    return town, plan, payer


def bill(town: Town, month: int, *, chunk_groups: int | None = None, scope: Scope | None = None, **choice: Any) -> Run:
    """Start a run and carry it out at once."""
    scope = scope or town.scope
    run = services.start_run(
        scope=scope, month=month, today=TODAY, now=NOW, due_on=dt.date(2026, 4, 30), chunk_groups=chunk_groups, **choice
    )
    return services.carry_out(scope=scope, run_id=run.id, clock=lambda: NOW, today=TODAY)
