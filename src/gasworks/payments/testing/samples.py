"""Objects that the walk opens every address of this domain with."""

from typing import Any

from gasworks.customers.testing.factories import make_agreement, make_supply_point
from gasworks.foundation.testing.factories import NOW, Company
from gasworks.invoicing.testing.factories import make_book
from gasworks.payments import services
from gasworks.payments.testing.factories import make_cash_office, pay
from gasworks.receivables.testing.factories import make_debt


def samples(company: Company) -> dict[str, dict[str, Any]]:
    """A payment with its printed receipt, in the open shift of one cashier."""
    office = make_cash_office(company)
    agreement = make_agreement(company, make_supply_point(company), name=company.unit.name)
    make_debt(company, agreement.id, 10_000)
    (payment_id,) = pay(office, agreement.id, tendered_fen=10_000).payment_ids
    book = make_book(company, office.lead, holder=office.cashier)
    sheet = services.print_receipt(
        scope=office.cashier, payment_ids=[payment_id], book_id=book.id, number=book.first_no, now=NOW
    )
    paper = {"sheet_id": sheet.sheet_id}
    return {
        **{f"payments:{name}": {"payment_id": payment_id} for name in ("payment", "reverse")},
        **{f"payments:{name}": paper for name in ("sheet", "sheet_pdf", "spoil")},
        "payments:of_point": {"supply_point_id": agreement.supply_point_id},
        "payments:shift_report": {"shift_id": office.shift.id},
    }
