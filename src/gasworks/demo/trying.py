"""A draft price order for next year, tried on what one reading book was billed: by the job that the page queues."""

import datetime as dt
from typing import Any, Final

from gasworks.billing.services.simulating import ask_simulation
from gasworks.demo.company import DemoCompany
from gasworks.demo.homes import PLANS
from gasworks.foundation.work import run_work
from gasworks.kernel.periods import add_months
from gasworks.metering.selectors import book_choices
from gasworks.tariffs import services as tariffs
from gasworks.tariffs.selectors import plan_ids
from gasworks.tariffs.types import NewVersion

RIGHT: Final = "billing.simulate"
YEAR: Final = 12
SOURCE: Final = "演示草案，非公布价格"
DRAFT: Final[dict[str, Any]] = {
    "residential": True,
    "ladder": {
        "tiers": [{"upto_m3": 500, "price": "3.09"}, {"upto_m3": 1200, "price": "3.70"}, {"price": "4.30"}],
        "period": {"kind": "year", "start": [1, 1], "boundary": "by_day"},
        "household": {"from_persons": 4, "m3_per_head": [140, 310]},
    },
}
"""Dearer and wider tiers: small homes pay a little more, those that reached the second tier less."""


def try_draft(company: DemoCompany, first_month: int, last_month: int, now: dt.datetime) -> None:
    """The billing lead writes the draft down and sees what it would bring, over at most a year of the first book."""
    lead = company.scope("billing_lead")
    plan_id = plan_ids(scope=lead)[PLANS["residential"]]
    new = NewVersion(dt.date(now.year + 1, 1, 1), f"演示〔{now.year}〕3号（草案）", SOURCE, DRAFT)
    version = tariffs.draft_version(scope=lead, plan_id=plan_id, new=new, now=now)
    book, _name = book_choices(scope=lead, right=RIGHT)[0]
    asked = ask_simulation(
        scope=lead,
        version_id=version.id,
        first_month=max(first_month, add_months(last_month, 1 - YEAR)),
        last_month=last_month,
        books=(book,),
        listed=True,
        title=f"价格模拟：{version.plan.name}",
        now=now,
    )
    if asked.work is not None:
        run_work(asked.work.id, clock=lambda: now)
