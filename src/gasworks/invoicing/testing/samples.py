"""Objects that the walk opens every address of this domain with."""

from typing import Any

from gasworks.foundation.testing.factories import Company, make_scope
from gasworks.invoicing.testing.factories import make_book


def samples(company: Company) -> dict[str, dict[str, Any]]:
    book = make_book(company, make_scope("cash_lead", company=company), holder=make_scope("cashier", company=company))
    return {
        **{f"invoicing:{name}": {"book_id": book.id} for name in ("book", "hand_out", "spoil_next")},
        "invoicing:move": {"book_id": book.id, "act": "take_back"},
    }
