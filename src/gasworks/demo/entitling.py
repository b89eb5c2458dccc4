"""A few homes with entitlements by evidence: low income, whose gas civil affairs pay for in part, and larger households."""

import datetime as dt
from typing import Final

import numpy as np

from gasworks.customers.selectors import agreement_of
from gasworks.demo.share import Share
from gasworks.foundation.files import store_file
from gasworks.kernel.periods import add_months, month_of, month_start
from gasworks.tariffs.selectors import plan_ids
from gasworks.usage.services import add_payer, record_right, set_terms
from gasworks.usage.types import NewRight

NORMAL, SUBSIDISED = "nanjing-home", "nanjing-hardship"
LOW_INCOME: Final = 8
LARGER: Final = 6
PERSONS: Final = 5
RENEWED_AFTER_MONTHS: Final = 14
SINCE: Final = dt.date(2024, 1, 1)


def entitle_some(share: Share, now: dt.datetime) -> int:
    """On the day they move in; the first of them are to be renewed soon after the demo's last month.

    Only homes around the first outlet, which the first process has.
    """
    if 0 not in share.places:
        return 0
    scope, roll = share.company.system, share.roll
    plans = plan_ids(scope=scope)
    payer = add_payer(scope=scope, code="MZ", name="江州市民政局", now=now)
    set_terms(
        scope=scope,
        payer_id=payer.id,
        plan_id=plans[SUBSIDISED],
        normal_plan_id=plans[NORMAL],
        document_no="演示〔2024〕2号",
        from_on=SINCE,
        now=now,
    )
    paper = store_file(name="证明.pdf", chunks=["演示凭证".encode()], scope=scope, now=now)
    homes = _homes(share)
    for number, row in enumerate(homes):
        point = agreement_of(scope=scope, agreement_id=int(roll.column("agreement")[row])).supply_point_id
        low = number < LOW_INCOME
        last = month_start(add_months(month_of(now.date()), RENEWED_AFTER_MONTHS + number))
        record_right(
            scope=scope,
            new=NewRight(
                supply_point_id=point,
                kind="low_income" if low else "household",
                start_rule="day",
                day=month_start(month_of(now.date())) + dt.timedelta(days=14),
                to_on=last,
                value=0 if low else PERSONS,
                plan_id=plans[SUBSIDISED] if low else None,
                id_numbers=() if low else tuple(f"9901011970{number:02d}01{n:04d}" for n in range(PERSONS)),
                evidence_id=paper.id,
                note="演示",
            ),
            now=now,
        )
    return len(homes)


def _homes(share: Share) -> list[int]:
    """Households spread evenly over their part of the city, those who heat by gas first: they reach the dearer tiers."""
    found = [share.around_first_outlet(name) for name in ("heated", "residential")]
    rows = np.concatenate([each[:: max(len(each) // (LOW_INCOME + LARGER), 1)] for each in found])
    return [int(row) for row in rows[: LOW_INCOME + LARGER]]
