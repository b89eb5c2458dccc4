"""A company with its chart and open days, and entries to post."""

import datetime as dt
import itertools

from gasworks.foundation.scope import Scope
from gasworks.ledger import services
from gasworks.ledger.models import Entry
from gasworks.ledger.selectors import accounts_by_role
from gasworks.ledger.types import Draft, Leg

_source = itertools.count(900_000_000)


def open_books(scope: Scope, *, outlet_id: int, day: dt.date) -> dict[str, int]:
    """Install the chart and open the outlet's day; returns the accounts by role."""
    services.install_chart(scope=scope)
    services.open_day(scope=scope, outlet_id=outlet_id, today=day)
    return accounts_by_role(scope=scope)


def make_draft(*legs: Leg, outlet_id: int, day: dt.date, kind: int = Entry.Kind.MANUAL) -> Draft:
    return Draft(outlet_id=outlet_id, posting_day=day, kind=kind, source=next(_source), legs=legs)
