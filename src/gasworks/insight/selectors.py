"""Reads over all domains for people who look at figures. Right and company come with the scope; nothing is written."""

import datetime as dt
from typing import Any, Final

from django.db import connection

from gasworks.foundation.scope import Scope
from gasworks.insight import statements as sql
from gasworks.insight.feed import feed_of as feed_of
from gasworks.insight.types import (
    Ageing,
    BookIssue,
    DayTakings,
    Debtor,
    IssueLine,
    IssueTotal,
    MonthMoney,
    ReadingProgress,
    Takings,
    Today,
    TypeGas,
)
from gasworks.kernel.periods import add_months, month_of

VIEW: Final = "insight.view"
ISSUED: Final = 2


def today_figures(*, scope: Scope, on: dt.date) -> Today:
    return Today(*_rows(scope, sql.TODAY, on=on)[0])


def takings_by_channel(*, scope: Scope, from_on: dt.date, to_on: dt.date) -> list[Takings]:
    """Money in by channel on the posting days ``from_on`` (in) to ``to_on`` (out), largest first."""
    return [Takings(*row) for row in _rows(scope, sql.TAKINGS, first=from_on, end=to_on)]


def takings_by_day(*, scope: Scope, from_on: dt.date, to_on: dt.date) -> list[DayTakings]:
    """One row a day, also for days without money."""
    return [DayTakings(*row) for row in _rows(scope, sql.TAKINGS_BY_DAY, first=from_on, end=to_on)]


def money_by_month(*, scope: Scope, on: dt.date, months: int = 13) -> list[MonthMoney]:
    """Charged, settled and open by month of the posting day, the month of ``on`` last.

    Read from the ledger's receivable accounts, so the last arrears are those of the trial balance.
    """
    moved = {month: (billed, settled) for month, billed, settled in _rows(scope, sql.RECEIVABLE_MONTHS)}
    first = add_months(month_of(on), 1 - months)
    arrears = sum(billed - settled for month, (billed, settled) in moved.items() if month < first)
    found = []
    for month in (add_months(first, step) for step in range(months)):
        billed, settled = moved.get(month, (0, 0))
        arrears += billed - settled
        found.append(MonthMoney(month, billed, settled, arrears))
    return found


def reading_progress(*, scope: Scope, month: int) -> list[ReadingProgress]:
    return [ReadingProgress(*row) for row in _rows(scope, sql.READING_PROGRESS, month=month)]


def gas_by_type(*, scope: Scope, month: int, months: int = 13) -> list[TypeGas]:
    """Billed gas of issued bills by accounting month and customer type, ``months`` months up to ``month``."""
    first = add_months(month, 1 - months)
    return [TypeGas(*row) for row in _rows(scope, sql.GAS_BY_TYPE, first=first, issued=ISSUED)]


def ageing(*, scope: Scope, on: dt.date, branch_id: int | None = None, customer_type: str = "") -> list[Ageing]:
    """Open debt by customer type and days past due (``types.AGE_LIMITS``)."""
    rows = _rows(scope, sql.AGEING, on=on, branch=branch_id, type=customer_type or None)
    return [Ageing(row[0], row[1], tuple(row[2:])) for row in rows]


def debtors(
    *,
    scope: Scope,
    on: dt.date,
    older_than: int | None = None,
    branch_id: int | None = None,
    customer_type: str = "",
    limit: int | None = 100,
) -> list[Debtor]:
    """Who owes most; ``older_than`` keeps those whose oldest item is past due by more than so many days."""
    rows = _rows(
        scope,
        sql.DEBTORS,
        on=on,
        older_than=older_than,
        branch=branch_id,
        type=customer_type or None,
        limit=limit,
    )
    return [Debtor(*row) for row in rows]


def issue_by_tier(*, scope: Scope, month: int, branch_id: int | None = None) -> list[IssueLine]:
    """Issued bills of one accounting month by customer type and tier; a home counts in each tier that it reached."""
    rows = _rows(scope, sql.ISSUE_BY_TIER, month=month, branch=branch_id, issued=ISSUED)
    return [IssueLine(*row) for row in rows]


def issue_totals(*, scope: Scope, month: int, branch_id: int | None = None) -> list[IssueTotal]:
    rows = _rows(scope, sql.ISSUE_TOTALS, month=month, branch=branch_id, issued=ISSUED)
    return [IssueTotal(*row) for row in rows]


def issue_by_book(*, scope: Scope, month: int, branch_id: int | None = None) -> list[BookIssue]:
    """What each book of the month has issued, holds back, added late, and has not billed."""
    rows = _rows(scope, sql.ISSUE_BY_BOOK, month=month, branch=branch_id, issued=ISSUED)
    return [BookIssue(*row) for row in rows]


def accounting_months(*, scope: Scope) -> list[int]:
    """The company's accounting months, newest first."""
    return [month for (month,) in _rows(scope, sql.BILLED_MONTHS)]


def _rows(scope: Scope, statement: str, **places: Any) -> list[tuple[Any, ...]]:
    scope.require(VIEW)
    with connection.cursor() as cursor:
        cursor.execute(statement, {"company": scope.company_id, **places})
        rows: list[tuple[Any, ...]] = cursor.fetchall()
    return rows
