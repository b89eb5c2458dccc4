"""Objects that the walk opens every address of this domain with."""

import datetime as dt
from typing import Any

from gasworks.foundation.scope import Scope
from gasworks.foundation.testing.factories import NOW, TODAY, Company
from gasworks.ledger.digest import write_day_digest
from gasworks.ledger.services import post_entry
from gasworks.ledger.testing.factories import make_draft, open_books
from gasworks.ledger.types import Leg


def samples(company: Company) -> dict[str, dict[str, Any]]:
    scope = Scope.system("test ground", company_id=company.id)
    gl = open_books(scope, outlet_id=company.head_office.id, day=TODAY)
    draft = make_draft(Leg(gl["bank"], gl["opening"], 100), outlet_id=company.head_office.id, day=TODAY)
    entry_id = post_entry(scope=scope, draft=draft, now=NOW)
    digest = write_day_digest(scope=scope, day=TODAY - dt.timedelta(days=1), now=NOW)
    return {"ledger:entry": {"entry_id": entry_id}, "ledger:digest": {"digest_id": digest.id}}
