"""What the walk opens every address of the reports with; what they print hangs on an agreement that owes."""

import datetime as dt
from typing import Any

from gasworks.customers.testing.factories import make_agreement, make_supply_point
from gasworks.foundation.testing.factories import TODAY, Company
from gasworks.insight.web.views import PANELS
from gasworks.receivables.testing.factories import make_debt


def samples(company: Company) -> dict[str, dict[str, Any]]:
    """The newest agreement of the company with an item of its own that is past due."""
    agreement = make_agreement(company, make_supply_point(company, address=company.unit.name), name=company.unit.name)
    make_debt(company, agreement.id, 5_000, due_on=TODAY - dt.timedelta(days=40))
    debt = {"kind": "dunning_slip", "agreement_id": agreement.id}
    point, customer = agreement.supply_point_id, {"customer_id": agreement.customer_id}
    return {
        "insight:papers_of": {"supply_point_id": point},
        "insight:debt_pdf": debt,
        "insight:debt_print": debt,
        **{f"insight:together{form}": customer for form in ("", "_pdf", "_print")},
        "insight:feed": {"supply_point_id": point, "form": "json"},
        "insight:panel": {"panel": next(iter(PANELS))},
        "insight:export": {"form": "csv"},
        "insight:quality_rows": {"figure": "estimated"},
    }
