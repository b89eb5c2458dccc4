"""Fee types of a company, and gas debts as a released bill would leave them."""

import datetime as dt
from typing import Any

from gasworks.foundation.bulk import take_ids
from gasworks.foundation.scope import Scope
from gasworks.foundation.testing.factories import NOW, TODAY, Company
from gasworks.kernel.periods import month_of
from gasworks.ledger.selectors import account_by_role
from gasworks.ledger.services import head_office_day, install_chart, post_entry
from gasworks.ledger.types import Draft, EntryKind, Leg
from gasworks.receivables.late_terms import agree_late_fee
from gasworks.receivables.models import Allocation, LateTerms, OpenItem, Waiver
from gasworks.receivables.selectors import fee_type_by_code
from gasworks.receivables.services import (
    Charged,
    add_to_balance,
    allocate_items,
    book_charges,
    install_fee_types,
    lock_balances,
)
from gasworks.receivables.types import NewCharge, Share

NO_PAYMENT = 10**12
"""Numbers from here on are those of no payment: an entry has one source of each kind."""


def system(company: Company) -> Scope:
    return Scope.system("test", company_id=company.id)


def open_receivables(company: Company) -> None:
    """Chart and fee types."""
    install_chart(scope=system(company))
    install_fee_types(scope=system(company))


def make_debt(
    company: Company,
    agreement_id: int,
    gross_fen: int,
    *,
    due_on: dt.date = TODAY,
    fee_code: str = "gas",
    kind: int = EntryKind.BILL,
) -> Charged:
    """One open item with its entry, booked at the head office; beside real bills as a charge, lest numbers meet."""
    scope = system(company)
    (done,) = book_charges(
        scope=scope,
        fee=fee_type_by_code(scope=scope, code=fee_code),
        charges=[NewCharge(agreement_id, gross_fen, due_on, month_of(due_on))],
        place=head_office_day(scope=scope, today=TODAY),
        kind=kind,
        now=NOW,
    )
    return done


def agree(company: Company, rate_e6: int, **more: Any) -> LateTerms:
    """Late-fee terms from long ago: of the company, or with ``customer_type`` or ``agreement_id`` of fewer."""
    terms: dict[str, Any] = {
        "from_on": dt.date(2020, 1, 1),
        "steps": [(1, rate_e6)],
        "grace_days": 0,
        "base": "due",
        "grace_counts": True,
        "cap_e4": 10_000,
        "basis": "供用气合同第8条",
    }
    return agree_late_fee(scope=system(company), **(terms | more), today=TODAY, now=NOW)


def receive(company: Company, item_id: int, fen: int, *, day: dt.date = TODAY, kind: int = EntryKind.PAYMENT) -> int:
    """Money laid on one item as a channel's payment would, by the bank; negative: it goes back. The entry."""
    scope = system(company)
    item = OpenItem.objects.select_related("fee_type").get(pk=item_id)
    bank, receivable = account_by_role(scope=scope, role="bank"), item.fee_type.receivable_gl_id
    leg = Leg(bank, receivable, fen, None, item.agreement_id)
    if fen < 0:
        leg = Leg(receivable, bank, -fen, item.agreement_id, None)
    place = head_office_day(scope=scope, today=day)
    source = NO_PAYMENT + take_ids(Waiver, 1)[0]
    entry = post_entry(scope=scope, draft=Draft(place.outlet_id, place.day, kind, source, (leg,)), now=NOW)
    lock_balances(scope=scope, agreement_ids=[item.agreement_id])
    allocate_items(scope=scope, entry_id=entry, shares=[Share(item_id, item.open_fen, fen)])
    add_to_balance(scope=scope, agreement_id=item.agreement_id, delta_fen=-fen)
    return entry


def item_state(item_id: int) -> tuple[int, int]:
    """(open fen, state) as stored now."""
    return OpenItem.objects.values_list("open_fen", "state").get(pk=item_id)


def allocations(entry_id: int) -> list[tuple[int, int]]:
    """(item, fen) of an entry in order."""
    return list(Allocation.objects.filter(entry_id=entry_id).order_by("seq").values_list("item_id", "amount_fen"))
