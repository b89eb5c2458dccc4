"""Objects that the walk opens every address of this domain with."""

import datetime as dt
from typing import Any

from gasworks.customers.testing.factories import make_agreement, make_supply_point
from gasworks.foundation.files import store_file
from gasworks.foundation.models import Work
from gasworks.foundation.testing.factories import NOW, TODAY, Company
from gasworks.receivables import subscribing, waiving
from gasworks.receivables.late_terms import agree_late_fee
from gasworks.receivables.models import DepositSlip, FeeType, Principal, Reminder, Settlement, Waiver
from gasworks.receivables.reminding import record_printed
from gasworks.receivables.testing.factories import make_debt, open_receivables, system

A_MONTH = dt.timedelta(days=30)


def samples(company: Company) -> dict[str, dict[str, Any]]:
    open_receivables(company)
    agreement = make_agreement(company, name=company.unit.name)
    item = {"item_id": make_debt(company, agreement.id, 10_000).item_id}
    scope = system(company)
    agree_late_fee(
        scope=scope,
        from_on=TODAY - A_MONTH,
        steps=[(1, 200), (31, 500)],
        grace_days=15,
        base="due",
        grace_counts=True,
        cap_e4=10_000,
        basis=company.unit.name,
        today=TODAY,
        now=NOW,
    )
    reminder = _reminder(company, agreement.id)
    recurring = {"subscription_id": _subscription(company, agreement.id)}
    settlement = {"settlement_id": _settlement(company)}
    fee = {"fee_type_id": FeeType.objects.get(company_id=company.id, code="waste").id}
    return {
        "receivables:charge": {"agreement_id": agreement.id},
        "receivables:dispute": item,
        "receivables:settle": item,
        "receivables:item": item,
        "receivables:to_bank": item,
        "receivables:from_bank": item,
        "receivables:bank_days": item,
        "receivables:waive": item,
        "receivables:slip_new": item,
        "receivables:waiver_undo": {"waiver_id": _waiver(company, agreement.id)},
        "receivables:fee": fee,
        "receivables:fee_tax": fee,
        "receivables:principal": fee,
        "receivables:terms_of": {"agreement_id": agreement.id},
        "receivables:recurring_new": {"agreement_id": agreement.id},
        "receivables:recurring_one": recurring,
        "receivables:consent": recurring,
        "receivables:settlement": settlement,
        "receivables:settlement_drop": settlement,
        "receivables:settlement_lines": settlement,
        "receivables:reminder": {"reminder_id": reminder.id},
        "receivables:reminders_print": {"work_id": reminder.work_id},
        "receivables:slip": {"slip_id": _slip(company)},
    }


def _waiver(company: Company, agreement_id: int) -> int:
    waiver = waiving.waive(
        scope=system(company),
        item_id=make_debt(company, agreement_id, 500).item_id,
        kind=Waiver.Kind.HARDSHIP,
        amount_fen=100,
        reason=company.unit.name,
        today=TODAY,
        now=NOW,
    )
    return int(waiver.pk)


def _subscription(company: Company, agreement_id: int) -> int:
    scope = system(company)
    paper = store_file(name="consent.pdf", chunks=[company.unit.name.encode()], scope=scope, now=NOW)
    row = subscribing.subscribe(
        scope=scope,
        agreement_id=agreement_id,
        fee_code="insurance",
        amount_fen=6_000,
        period=12,
        from_on=TODAY,
        to_on=None,
        consent_on=TODAY,
        consent_id=paper.id,
        note=company.unit.name,
        today=TODAY,
        now=NOW,
    )
    return row.id


def _settlement(company: Company) -> int:
    row = Settlement.objects.create(
        company_id=company.id,
        principal=Principal.objects.get(company_id=company.id, code="waste"),
        from_on=TODAY - A_MONTH,
        to_on=TODAY,
        collected_fen=1_000,
        refunded_fen=0,
        commission_e4=200,
        commission_fen=20,
        commission_tax_fen=1,
        net_fen=980,
        paid_fen=980,
        drafted_at=NOW,
    )
    return row.id


def _reminder(company: Company, agreement_id: int) -> Reminder:
    work = Work.objects.create(
        company_id=company.id, kind=subscribing.WORK, title=company.unit.name, scope={}, args={}, asked_at=NOW
    )
    record_printed(
        scope=system(company),
        kind=Reminder.Kind.DUNNING,
        on=TODAY,
        papers=[(agreement_id, 10_000, 0)],
        work_id=work.id,
        now=NOW,
    )
    return Reminder.objects.get(work=work)


def _slip(company: Company) -> int:
    point = make_supply_point(company, customer_type="commercial")
    agreement = make_agreement(company, point, name=company.unit.name)
    item = make_debt(company, agreement.id, 50_000, fee_code="deposit").item_id
    slip = DepositSlip.objects.create(
        company_id=company.id,
        number=f"YJ{item}",
        item_id=item,
        agreement_id=agreement.id,
        amount_fen=50_000,
        issued_at=NOW,
    )
    return slip.id
