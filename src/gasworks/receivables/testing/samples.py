"""Objects that the walk opens every address of this domain with."""

from typing import Any

from gasworks.customers.testing.factories import make_agreement
from gasworks.foundation.testing.factories import Company
from gasworks.receivables.testing.factories import make_debt, open_receivables


def samples(company: Company) -> dict[str, dict[str, Any]]:
    open_receivables(company)
    agreement = make_agreement(company, name=company.unit.name)
    item = {"item_id": make_debt(company, agreement.id, 10_000).item_id}
    return {
        "receivables:charge": {"agreement_id": agreement.id},
        "receivables:dispute": item,
        "receivables:settle": item,
    }
