"""The consolidated statement (合并对账单): one customer's supply points, bills and payments of some months together."""

import datetime as dt
from dataclasses import dataclass
from typing import Any, Final

from django.db import connection

from gasworks.foundation.printing.capitals import capital_yuan
from gasworks.foundation.scope import Scope
from gasworks.insight.selectors import VIEW
from gasworks.kernel.errors import NotThere
from gasworks.kernel.periods import add_months, month_start
from gasworks.ledger.labels import KINDS
from gasworks.ledger.types import EntryKind

_HEAD: Final = """
SELECT c.name, u.name FROM customers_customer c JOIN foundation_orgunit u ON u.id = c.company_id
 WHERE c.company_id = %(company)s AND c.id = %(customer)s
"""
_BILLS: Final = """
SELECT s.number, p.address, b.id, b.month, b.from_on, b.to_on, b.litres, b.amount_fen,
       coalesce((SELECT sum(i.open_fen) FROM receivables_openitem i WHERE i.source_id = b.entry_id), 0)::bigint
  FROM customers_agreement a
  JOIN billing_bill b ON b.agreement_id = a.id AND b.state = 2 AND b.month BETWEEN %(first)s AND %(last)s
  JOIN customers_supplypoint s ON s.id = a.supply_point_id
  JOIN customers_premises p ON p.id = s.premises_id
 WHERE a.company_id = %(company)s AND a.customer_id = %(customer)s ORDER BY s.number, b.month, b.id
"""
_PAYMENTS: Final = """
SELECT s.number, y.id, y.posting_day, y.amount_fen FROM customers_agreement a
  JOIN payments_payment y ON y.agreement_id = a.id AND y.posting_day >= %(from)s AND y.posting_day < %(to)s
  JOIN customers_supplypoint s ON s.id = a.supply_point_id
 WHERE a.company_id = %(company)s AND a.customer_id = %(customer)s ORDER BY y.posting_day, y.id
"""
_NOW: Final = """
SELECT coalesce(sum(i.open_fen) FILTER (WHERE i.open_fen > 0), 0)::bigint,
       coalesce(-sum(i.open_fen) FILTER (WHERE i.open_fen < 0), 0)::bigint
  FROM customers_agreement a JOIN receivables_openitem i ON i.agreement_id = a.id AND i.open_fen <> 0
 WHERE a.company_id = %(company)s AND a.customer_id = %(customer)s
"""


_MOVES: Final = """
WITH mine AS (SELECT id FROM customers_agreement WHERE company_id = %(company)s AND customer_id = %(customer)s),
beside AS (SELECT i.source_id, i.gross_fen FROM mine JOIN receivables_openitem i ON i.agreement_id = mine.id AND i.beside),
moves AS (
    SELECT b.entry_id AS entry, b.amount_fen AS fen FROM mine JOIN billing_bill b ON b.agreement_id = mine.id
     WHERE b.entry_id IS NOT NULL
     UNION ALL
    SELECT b.cancel_entry_id, -b.amount_fen FROM mine JOIN billing_bill b ON b.agreement_id = mine.id
     WHERE b.cancel_entry_id IS NOT NULL AND b.entry_id IS NOT NULL
     UNION ALL
    SELECT source_id, gross_fen FROM beside
     UNION ALL
    SELECT r.id, -s.gross_fen FROM beside s
      JOIN ledger_entry r ON r.company_id = %(company)s AND r.reverses_id = s.source_id
     UNION ALL
    SELECT w.entry_id, -w.amount_fen FROM mine JOIN receivables_waiver w ON w.agreement_id = mine.id
     UNION ALL
    SELECT w.undone_entry_id, w.amount_fen FROM mine JOIN receivables_waiver w ON w.agreement_id = mine.id
     WHERE w.undone_entry_id IS NOT NULL
     UNION ALL
    SELECT y.entry_id, -y.amount_fen FROM mine JOIN payments_payment y ON y.agreement_id = mine.id
)
SELECT e.posting_day >= %(to)s, e.kind, sum(m.fen)::bigint
  FROM moves m JOIN ledger_entry e ON e.id = m.entry WHERE e.posting_day >= %(from)s
 GROUP BY 1, 2 HAVING sum(m.fen) <> 0 ORDER BY 1, 2
"""


@dataclass(frozen=True, slots=True)
class MoveRow:
    """What one kind of act added to what the customer owes, or took from it, in the period."""

    kind: int
    fen: int

    @property
    def label(self) -> str:
        return str(KINDS[EntryKind(self.kind)])


@dataclass(frozen=True, slots=True)
class BillRow:
    """One issued bill; ``open_fen`` is still owed on it today."""

    number: str
    address: str
    bill_id: int
    month: int
    from_on: dt.date
    to_on: dt.date
    litres: int
    amount_fen: int
    open_fen: int


@dataclass(frozen=True, slots=True)
class PaidRow:
    number: str
    payment_id: int
    posting_day: dt.date
    amount_fen: int


@dataclass(frozen=True, slots=True)
class StatementPaper:
    """Bills of the accounting months ``first`` to ``last``, payments posted in them, and what is open on ``on``."""

    company: str
    holder: str
    first: int
    last: int
    on: dt.date
    bills: tuple[BillRow, ...]
    payments: tuple[PaidRow, ...]
    owed_fen: int
    advance_fen: int
    moves: tuple[MoveRow, ...]
    later_fen: int
    """What was added after the period, up to now."""

    @property
    def closing_fen(self) -> int:
        """Owed less held at the end of the period; with what came later it is the receivable of today (RCV-1)."""
        return self.owed_fen - self.advance_fen - self.later_fen

    @property
    def opening_fen(self) -> int:
        return self.closing_fen - sum(row.fen for row in self.moves)

    @property
    def points(self) -> int:
        return len({row.number for row in self.bills})

    @property
    def litres(self) -> int:
        return sum(row.litres for row in self.bills)

    @property
    def billed_fen(self) -> int:
        return sum(row.amount_fen for row in self.bills)

    @property
    def open_fen(self) -> int:
        return sum(row.open_fen for row in self.bills)

    @property
    def paid_fen(self) -> int:
        return sum(row.amount_fen for row in self.payments)

    @property
    def in_capitals(self) -> str:
        return capital_yuan(self.owed_fen)


def statement(*, scope: Scope, customer_id: int, first: int, last: int, on: dt.date) -> StatementPaper:
    """Raises NotThere. Earlier debts are in ``owed_fen``, whatever the months asked for."""
    scope.require(VIEW)
    asked: dict[str, Any] = {
        "company": scope.company_id,
        "customer": customer_id,
        "first": first,
        "last": last,
        "from": month_start(first),
        "to": month_start(add_months(last, 1)),
    }
    with connection.cursor() as cursor:

        def rows(sql: str) -> list[Any]:
            cursor.execute(sql, asked)
            return cursor.fetchall()

        head = rows(_HEAD)
        if not head:
            raise NotThere(key=customer_id)
        holder, company = head[0]
        owed, advance = rows(_NOW)[0]
        moved = rows(_MOVES)
        return StatementPaper(
            company=company,
            holder=holder,
            first=first,
            last=last,
            on=on,
            bills=tuple(BillRow(*row) for row in rows(_BILLS)),
            payments=tuple(PaidRow(*row) for row in rows(_PAYMENTS)),
            owed_fen=owed,
            advance_fen=advance,
            moves=tuple(MoveRow(kind, fen) for later, kind, fen in moved if not later),
            later_fen=sum(fen for later, _kind, fen in moved if later),
        )
