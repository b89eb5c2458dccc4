"""The whole ledger as CSV and as beancount text, streamed. An independent tool must find it balanced."""

import csv
import datetime as dt
import io
from collections.abc import Iterable, Iterator
from typing import Any, Final

from gasworks.foundation.scope import Scope
from gasworks.kernel.money import format_scaled
from gasworks.ledger import statements as sql
from gasworks.ledger.models import GlAccount
from gasworks.ledger.selectors import stream
from gasworks.ledger.types import EntryKind

EXPORT: Final = "ledger.export"
CURRENCY: Final = "CNY"
CSV_HEAD: Final = (
    "posting_day",
    "entry",
    "seq",
    "kind",
    "source",
    "outlet",
    "debit_account",
    "debit_party",
    "credit_account",
    "credit_party",
    "amount_fen",
    "reverses",
    "at",
)
_ROOTS: Final = {
    "asset": "Assets",
    "liability": "Liabilities",
    "revenue": "Income",
    "expense": "Expenses",
    "clearing": "Equity",
}


def csv_text(*, scope: Scope, from_on: dt.date, to_on: dt.date) -> Iterator[str]:
    """One line a posting in posting order; amounts in fen. ``to_on`` is out."""
    scope.require(EXPORT)
    yield _csv_line(CSV_HEAD)
    for row in stream(sql.POSTINGS, _range(scope, from_on, to_on)):
        yield _csv_line(["" if value is None else value for value in row])


def beancount_text(*, scope: Scope, from_on: dt.date, to_on: dt.date) -> Iterator[str]:
    """Beancount 3 text: one transaction an entry, two legs a posting; parties stand in the metadata."""
    scope.require(EXPORT)
    accounts = {a.code: a for a in GlAccount.objects.filter(company_id=scope.company_id).order_by("code")}
    names = {code: account_name(a) for code, a in accounts.items()}
    yield f'option "operating_currency" "{CURRENCY}"\n'
    for code, account in accounts.items():
        yield f'1970-01-01 open {names[code]} {CURRENCY}\n  title: "{_quoted(account.name)}"\n'
    current = None
    for row in stream(sql.POSTINGS, _range(scope, from_on, to_on)):
        if row[1] != current:
            current = row[1]
            yield _header(row)
        yield _legs(row, names)


def account_name(account: GlAccount) -> str:
    """«Assets:GL-112201»: stable under renaming, and nothing in it that beancount refuses."""
    return f"{_ROOTS[account.nature]}:GL-{account.code}"


def amount(fen: int) -> str:
    return format_scaled(fen, 2, 2).replace(",", "")


def _header(row: tuple[Any, ...]) -> str:
    kind = EntryKind(row[3]).name
    reverses = f"  reverses: {row[11]}\n" if row[11] else ""
    return f'\n{row[0].isoformat()} * "{kind} {row[4]}"\n  entry: {row[1]}\n  outlet: {row[5]}\n{reverses}'


def _legs(row: tuple[Any, ...], names: dict[str, str]) -> str:
    debit, credit = _leg(names[row[6]], row[10], row[7]), _leg(names[row[8]], -row[10], row[9])
    return debit + credit


def _leg(name: str, fen: int, party: int | None) -> str:
    line = f"  {name}  {amount(fen)} {CURRENCY}\n"
    return line if party is None else f"{line}    party: {party}\n"


def _range(scope: Scope, from_on: dt.date, to_on: dt.date) -> dict[str, Any]:
    return {"company": scope.company_id, "first": from_on, "last": to_on - dt.timedelta(days=1)}


def _quoted(text: str) -> str:
    return text.replace("\\", "\\\\").replace('"', '\\"')


def _csv_line(cells: Iterable[Any]) -> str:
    buffer = io.StringIO()
    csv.writer(buffer).writerow(cells)
    return buffer.getvalue()
