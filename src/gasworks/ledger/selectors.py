"""Reads of the ledger: accounts, balances, turnover, trial balance, cash journal."""

import datetime as dt
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import replace
from typing import Any, Final

from django.db import connection, transaction

from gasworks.foundation.scope import Scope
from gasworks.kernel.errors import NotThere
from gasworks.ledger import statements as sql
from gasworks.ledger.models import Entry, GlAccount, OutletDay, Posting
from gasworks.ledger.types import AccountLine, JournalLine

VIEW: Final = "ledger.view"
FIRST_DAY: Final = dt.date(1, 1, 1)
ROWS_AT_A_TIME: Final = 2_000


def accounts_by_role(*, scope: Scope) -> dict[str, int]:
    """Role → id of the company's accounts that code looks for (``chart.py``)."""
    found = GlAccount.objects.filter(company_id=scope.company_id).exclude(role="")
    return dict(found.values_list("role", "id"))


def account_by_role(*, scope: Scope, role: str) -> int:
    account = GlAccount.objects.filter(company_id=scope.company_id, role=role).values_list("id", flat=True).first()
    if account is None:
        raise NotThere(key=role)
    return account


def open_days(*, scope: Scope) -> list[OutletDay]:
    """The open posting day of each outlet, by outlet path."""
    days = OutletDay.objects.filter(company_id=scope.company_id, closed_at__isnull=True)
    return list(days.select_related("outlet").order_by("outlet__path"))


def balance(*, scope: Scope, gl_id: int, on: dt.date, party: int | None = None, outlet_id: int | None = None) -> int:
    """Debit − credit of an account at the end of ``on``; of one party for shifts, channels and principals.

    What one agreement owes stands in receivables: closed days keep no total for each agreement.
    """
    rows = _turnover(scope, FIRST_DAY, on, gl_id=gl_id, party=party, outlet_id=outlet_id)
    return sum(debit - credit for _, _, _, debit, credit in rows)


def turnover(*, scope: Scope, from_on: dt.date, to_on: dt.date, outlet_id: int | None = None) -> list[AccountLine]:
    """Each account's turnover on the posting days ``from_on`` (in) to ``to_on`` (out), red letters negative."""
    scope.require(VIEW)
    return _account_lines(scope, _turnover(scope, from_on, to_on - dt.timedelta(days=1), outlet_id=outlet_id))


def trial_balance(*, scope: Scope, on: dt.date, outlet_id: int | None = None) -> list[AccountLine]:
    """Every account with all its turnover up to the end of ``on``; the two columns add up to the same sum."""
    scope.require(VIEW)
    return _account_lines(scope, _turnover(scope, FIRST_DAY, on, outlet_id=outlet_id))


def cash_journal(
    *,
    scope: Scope,
    from_on: dt.date,
    to_on: dt.date,
    role: str = "cash",
    outlet_id: int | None = None,
    party: int | None = None,
) -> Iterator[JournalLine]:
    """The movements of one money account in posting order, each with the balance after it. ``to_on`` is out."""
    scope.require(VIEW)
    gl = account_by_role(scope=scope, role=role)
    before = from_on - dt.timedelta(days=1)
    running = balance(scope=scope, gl_id=gl, on=before, outlet_id=outlet_id, party=party)
    places = {
        "company": scope.company_id,
        "gl": gl,
        "outlet": outlet_id,
        "party": party,
        "first": from_on,
        "last": to_on - dt.timedelta(days=1),
    }
    for row in stream(sql.JOURNAL, places):
        running += row[9] - row[10]
        yield JournalLine(*row, balance_fen=running)


def entry(*, scope: Scope, entry_id: int) -> Entry:
    scope.require(VIEW)
    found = Entry.objects.filter(pk=entry_id, company_id=scope.company_id).select_related("outlet", "actor").first()
    if found is None:
        raise NotThere(key=entry_id)
    return found


def postings_of(*, scope: Scope, entry_id: int) -> list[Posting]:
    """The postings of one entry in order, with their accounts."""
    found = Posting.objects.filter(entry_id=entry_id, company_id=scope.company_id)
    return list(found.select_related("debit_gl", "credit_gl").order_by("seq"))


def reversal_of(*, scope: Scope, entry_id: int) -> int | None:
    """The entry that took this one back."""
    found = Entry.objects.filter(company_id=scope.company_id, reverses_id=entry_id)
    return found.values_list("id", flat=True).first()


def stream(statement: str, places: dict[str, Any]) -> Iterator[tuple[Any, ...]]:
    """Rows of a long result, a few thousand at a time, by a cursor of the server."""
    cursor: Any
    with transaction.atomic(), connection.chunked_cursor() as cursor:
        cursor.itersize = ROWS_AT_A_TIME
        cursor.execute(statement, places)
        yield from cursor


def _turnover(
    scope: Scope,
    first: dt.date,
    last: dt.date,
    *,
    gl_id: int | None = None,
    party: int | None = None,
    outlet_id: int | None = None,
) -> list[tuple[int, int, int | None, int, int]]:
    places: dict[str, Any] = {
        "company": scope.company_id,
        "first": first,
        "last": last,
        "gl": gl_id,
        "party": party,
        "outlet": outlet_id,
    }
    with connection.cursor() as cursor:
        cursor.execute(sql.TURNOVER, places)
        rows: list[tuple[int, int, int | None, int, int]] = cursor.fetchall()
    return rows


def _account_lines(scope: Scope, rows: list[tuple[int, int, int | None, int, int]]) -> list[AccountLine]:
    moved: dict[int, list[int]] = defaultdict(lambda: [0, 0])
    for gl, _, _, debit, credit in rows:
        moved[gl][0] += debit
        moved[gl][1] += credit
    accounts = GlAccount.objects.filter(company_id=scope.company_id).order_by("code")
    empty = [AccountLine(a.id, a.code, a.name, a.name_en, a.nature, 0, 0) for a in accounts]
    return [replace(line, debit_fen=moved[line.gl_id][0], credit_fen=moved[line.gl_id][1]) for line in empty]
