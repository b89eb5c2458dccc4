"""What lies on the counter's desk: the households of this payment, what they owe, and the page's read of it, signed.

The page carries its read with it. The plan is computed from that read alone, so the same form sent twice gives the
same plan, and the service sees whether anything has changed since (PAY-2, PlanIsStale).
"""

import datetime as dt
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

from django.core import signing

from gasworks.customers.selectors import households_at
from gasworks.customers.types import Household
from gasworks.foundation.scope import Scope
from gasworks.payments.planning import payable_fen
from gasworks.receivables.selectors import late_fee_terms, read_accounts
from gasworks.receivables.types import Account, AgreedTerms, Credit, Due, LateFeeTerms, TermsBook

SALT = "gasworks.payments.desk"
A_SHIFT = dt.timedelta(hours=16)
MOST_HOUSEHOLDS = 50


class ReadTooOld(Exception):
    """The page was opened in another shift, or somebody changed what it carries."""


@dataclass(frozen=True, slots=True)
class Line:
    """One agreement on the desk: the present one of a supply point, or an ended one that still has money open."""

    home: Household
    ended: bool
    account: Account


@dataclass(frozen=True, slots=True)
class Read:
    """Accounts as a page read them, on a day and under its late-fee terms."""

    on: dt.date
    accounts: tuple[Account, ...]
    terms: TermsBook

    @property
    def payable_fen(self) -> int:
        return payable_fen(self.accounts, on=self.on, terms=self.terms)

    @property
    def late_fees_fen(self) -> int:
        return self.payable_fen - sum(account.payable_fen for account in self.accounts)


def lay_out(*, scope: Scope, supply_point_ids: Sequence[int], today: dt.date) -> tuple[list[Line], Read]:
    """The agreements of the asked supply points, and the read that the page will carry."""
    asked = list(dict.fromkeys(supply_point_ids))[:MOST_HOUSEHOLDS]
    homes = households_at(scope=scope, supply_point_ids=asked)
    homes.sort(key=lambda home: asked.index(home.supply_point_id))
    accounts = read_accounts(scope=scope, agreement_ids=[home.agreement_id for home in homes]) if homes else []
    lines = [
        Line(home, home.ended_on is not None and home.ended_on <= today, account)
        for home, account in zip(homes, accounts, strict=True)
    ]
    lines = [line for line in lines if not line.ended or line.account.balance_fen or line.account.dues]
    terms = late_fee_terms(scope=scope, agreement_ids=[line.account.agreement_id for line in lines])
    return lines, Read(today, tuple(line.account for line in lines), terms)


def seal(read: Read) -> str:
    """The read as a signed text for a hidden field."""
    content = {
        "on": read.on.isoformat(),
        "terms": [asdict(row) for row in read.terms.rows],
        "accounts": [asdict(account) for account in read.accounts],
    }
    return signing.dumps(_plain(content), salt=SALT, compress=True)


def unseal(text: str) -> Read:
    """Raises ReadTooOld."""
    try:
        content = signing.loads(text, salt=SALT, max_age=A_SHIFT)
    except signing.BadSignature as error:
        raise ReadTooOld from error
    return Read(
        dt.date.fromisoformat(content["on"]),
        tuple(_account(account) for account in content["accounts"]),
        TermsBook(tuple(_agreed(row) for row in content["terms"])),
    )


def _account(content: dict[str, Any]) -> Account:
    dues = tuple(_due(due) for due in content["dues"])
    credits = tuple(Credit(**credit) for credit in content["credits"])
    return Account(content["agreement_id"], content["balance_fen"], dues, credits)


def _due(content: dict[str, Any]) -> Due:
    days = {name: _day(content[name]) for name in ("due_on", "late_until")}
    frozen = tuple((dt.date.fromisoformat(first), dt.date.fromisoformat(last)) for first, last in content["frozen"])
    return Due(**{**content, **days, "frozen": frozen})


def _agreed(content: dict[str, Any]) -> AgreedTerms:
    terms = content["terms"]
    steps = tuple((first, rate) for first, rate in terms["steps"])
    days = {name: _day(content[name]) for name in ("from_on", "to_on")}
    return AgreedTerms(**{**content, **days, "terms": LateFeeTerms(**{**terms, "steps": steps})})


def _day(text: str | None) -> dt.date | None:
    return dt.date.fromisoformat(text) if text else None


def _plain(value: Any) -> Any:
    """Dates as text, all the way down."""
    if isinstance(value, dt.date):
        return value.isoformat()
    if isinstance(value, dict):
        return {name: _plain(inner) for name, inner in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(inner) for inner in value]
    return value
