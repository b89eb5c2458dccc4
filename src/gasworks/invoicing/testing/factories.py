"""Paper in a cashier's hand."""

import itertools

from gasworks.foundation.scope import Scope
from gasworks.foundation.testing.factories import NOW, Company
from gasworks.invoicing import services
from gasworks.invoicing.models import PaperBook

_first = itertools.count(1, 1_000)


def make_book(
    company: Company, lead: Scope, *, holder: Scope, sheets: int = 25, kind: str = PaperBook.Kind.RECEIPT
) -> PaperBook:
    """A book of receipts, received and handed out."""
    first = next(_first)
    book = services.receive_book(
        scope=lead,
        kind=kind,
        prefix="R",
        first_no=first,
        last_no=first + sheets - 1,
        width=8,
        outlet_id=company.outlet.id,
        now=NOW,
    )
    assert holder.actor_id is not None
    return services.hand_out(scope=lead, book_id=book.id, holder_id=holder.actor_id, seen=book.version, now=NOW)
