"""Objects that the walk opens every address of this domain with."""

from typing import Any

from gasworks.foundation.scope import Scope
from gasworks.foundation.testing.factories import NOW, TODAY, Company
from gasworks.ledger.services import post_entry
from gasworks.ledger.testing.factories import make_draft, open_books
from gasworks.ledger.types import Leg


def samples(company: Company) -> dict[str, dict[str, Any]]:
    scope = Scope.system("test ground", company_id=company.id)
    gl = open_books(scope, outlet_id=company.head_office.id, day=TODAY)
    draft = make_draft(Leg(gl["bank"], gl["opening"], 100), outlet_id=company.head_office.id, day=TODAY)
    return {"ledger:entry": {"entry_id": post_entry(scope=scope, draft=draft, now=NOW)}}
