"""Fee types of a company, and gas debts as a released bill would leave them."""

import datetime as dt

from gasworks.foundation.scope import Scope
from gasworks.foundation.testing.factories import NOW, TODAY, Company
from gasworks.kernel.periods import month_of
from gasworks.ledger.services import head_office_day, install_chart
from gasworks.ledger.types import EntryKind
from gasworks.receivables.models import Allocation, OpenItem
from gasworks.receivables.selectors import fee_type_by_code
from gasworks.receivables.services import Charged, book_charges, install_fee_types
from gasworks.receivables.types import NewCharge


def system(company: Company) -> Scope:
    return Scope.system("test", company_id=company.id)


def open_receivables(company: Company) -> None:
    """Chart and fee types."""
    install_chart(scope=system(company))
    install_fee_types(scope=system(company))


def make_debt(
    company: Company, agreement_id: int, gross_fen: int, *, due_on: dt.date = TODAY, fee_code: str = "gas"
) -> Charged:
    """One open item with its entry, booked at the head office."""
    scope = system(company)
    (done,) = book_charges(
        scope=scope,
        fee=fee_type_by_code(scope=scope, code=fee_code),
        charges=[NewCharge(agreement_id, gross_fen, due_on, month_of(due_on))],
        place=head_office_day(scope=scope, today=TODAY),
        kind=EntryKind.BILL,
        now=NOW,
    )
    return done


def item_state(item_id: int) -> tuple[int, int]:
    """(open fen, state) as stored now."""
    return OpenItem.objects.values_list("open_fen", "state").get(pk=item_id)


def allocations(entry_id: int) -> list[tuple[int, int]]:
    """(item, fen) of an entry in order."""
    return list(Allocation.objects.filter(entry_id=entry_id).order_by("seq").values_list("item_id", "amount_fen"))
