"""What the office does about fees: late-fee terms of businesses, a waste charge collected for the city, waivers.

The same few acts however large the city is, each by the person whose work it is and, where it takes two, granted by
another. They begin a few months before the end, so that the newest months show them.
"""

import datetime as dt
from collections.abc import Callable
from typing import Final

import numpy as np

from gasworks.demo.company import DemoCompany
from gasworks.demo.share import Share
from gasworks.foundation import approvals
from gasworks.foundation.models import Approval
from gasworks.foundation.scope import Scope
from gasworks.kernel.periods import add_months, month_start
from gasworks.receivables import acts
from gasworks.receivables.late_fee import late_fee_of
from gasworks.receivables.selectors import fee_type_by_code, late_fee_terms, read_accounts
from gasworks.receivables.types import Due, LateFeeTerms

FOR_MONTHS: Final = 2
"""So many billed months know late fees and the waste charge."""
TERMS: Final = (("commercial", ((1, 500),)), ("industrial", ((1, 500), (31, 1_000))))
"""Millionths a day from which counted day."""
GRACE_DAYS: Final = 5
WHOLE_DEBT_E4: Final = 10_000
CONTRACT: Final = "非居民供用气合同（演示文本）第九条"
WASTE: Final = "waste"
WASTE_FEN: Final = 1_000
PAYING: Final = 12
"""Homes that pay the waste charge with their gas."""
COMMISSION_E4, COMMISSION_TAX_E4 = 300, 600
LOOKED_AT: Final = 40
"""Homes or shops among which the office finds who owes most."""
RELIEF_FEN: Final = 10_000
WHOM: Final = ("residential", "commercial")


def agree_terms(company: DemoCompany, now: dt.datetime) -> None:
    """Late fees of businesses for what falls due from this day on; whose charge the waste fee is, and our share of it."""
    finance, today = company.scope("finance"), now.date()
    for kind, steps in TERMS:
        acts.agree_late_fee(
            scope=finance,
            from_on=today,
            steps=steps,
            grace_days=GRACE_DAYS,
            base="due",
            grace_counts=True,
            cap_e4=WHOLE_DEBT_E4,
            basis=CONTRACT,
            customer_type=kind,
            today=today,
            now=now,
        )
    acts.name_principal(
        scope=finance,
        fee_type_id=fee_type_by_code(scope=finance, code=WASTE).id,
        name="江州市环境卫生管理处",
        commission_e4=COMMISSION_E4,
        commission_tax_e4=COMMISSION_TAX_E4,
        contract="代收协议（演示）2026-8",
        bank_account="江州银行 演示账户",
        now=now,
    )


def subscribe_some(share: Share, now: dt.datetime) -> int:
    """A few homes around the first outlet pay the waste charge each month from now on."""
    homes = _around_first_outlet(share, "residential", best=True)[:PAYING]
    for row in homes:
        acts.subscribe(
            scope=share.company.scope("agent"),
            agreement_id=int(share.roll.column("agreement")[row]),
            fee_code=WASTE,
            amount_fen=WASTE_FEN,
            period=1,
            from_on=now.date(),
            to_on=None,
            note="演示",
            today=now.date(),
            now=now,
        )
    return len(homes)


def book_recurring(company: DemoCompany, month: int, now: dt.datetime) -> None:
    acts.book_month(scope=company.system, month=month, today=now.date(), now=now)


def settle_waste(company: DemoCompany, month: int, now: dt.datetime) -> None:
    """What came in for the city's cleaning in a month is paid over; the months after it wait for their statement."""
    finance, today = company.scope("finance"), now.date()
    (cleaning,) = (one for one in acts.principals(scope=finance) if one.code == WASTE)
    statement = acts.draft_settlement(
        scope=finance,
        principal_id=cleaning.id,
        from_on=month_start(month),
        to_on=month_start(add_months(month, 1)),
        today=today,
        now=now,
    )
    asked = acts.ask_to_settle(scope=finance, settlement_id=statement.id, reason="按代收协议结付", today=today, now=now)
    _grant(company.scope("manager"), asked, now)


def waive_some(share: Share, now: dt.datetime) -> int:
    """A shop's late fee, a home's hardship, two shops' lost days: above the asker's limit a second person grants; one waits."""
    company, on = share.company, now.date()
    late = _owed(share, "commercial", lambda due, terms: late_fee_of(due, on, terms))
    homes, shops = (_owed(share, kind, lambda due, _terms: min(due.open_fen, RELIEF_FEN)) for kind in WHOM)
    clerk, lead = company.scope("service_lead"), company.scope("billing_lead")
    asked = [
        acts.waive(scope=scope, item_id=item_id, kind=kind, amount_fen=fen, reason=reason, today=on, now=now)
        for scope, kind, found, reason in (
            (lead, "late_fee", late[:1], "我方账单投递延误"),
            (clerk, "hardship", homes[:1], "低保家庭，社区证明已核"),
            (clerk, "service", shops[:2], "检修停气影响营业"),
        )
        for item_id, fen in found
    ]
    for request in asked[:-1]:
        if isinstance(request, Approval):
            _grant(company.scope("finance"), request, now)
    return len(asked)


def _owed(share: Share, profile: str, waived: Callable[[Due, LateFeeTerms], int]) -> list[tuple[int, int]]:
    """(gas item, fen) of the worst payers of a kind around the first outlet, the most first; one item of each."""
    scope = share.company.system
    rows = _around_first_outlet(share, profile, best=False)[:LOOKED_AT]
    agreements = [int(share.roll.column("agreement")[row]) for row in rows]
    terms = late_fee_terms(scope=scope, agreement_ids=agreements)
    found = []
    for account in read_accounts(scope=scope, agreement_ids=agreements):
        dues = [due for due in account.dues if due.payable and due.stops_supply]
        sums = [(waived(due, terms.of(account.agreement_id, due.due_on)), due.item_id) for due in dues]
        found += [max(sums)] if sums else []
    return [(item_id, fen) for fen, item_id in sorted(found, key=lambda one: -one[0]) if fen]


def _around_first_outlet(share: Share, profile: str, *, best: bool) -> list[int]:
    """Rows of homes of a kind around it, the best or the worst payers first."""
    roll, rows = share.roll, share.around_first_outlet(profile)
    thrift = roll.column("thrift")[rows]
    order = np.lexsort((roll.column("serial")[rows], thrift if best else -thrift))
    return [int(row) for row in rows[order]]


def _grant(scope: Scope, asked: Approval, now: dt.datetime) -> None:
    approvals.grant(scope=scope, approval_id=asked.id, seen=asked.version, note="同意", now=now)
