"""RCV-1 and RCV-2, asked of the database."""

from gasworks.foundation.invariants import Invariant, register

_ITEM = """
INSERT INTO receivables_openitem (id, company_id, agreement_id, fee_type_id, source_id, month, due_on, net_fen, tax_fen,
                                  gross_fen, open_fen, invoiced_fen, state)
VALUES (1, 1, 1, 1, 1, 202601, '2026-01-01', 100, 0, 100, {open}, 0, 1);
INSERT INTO receivables_agreementbalance (agreement_id, company_id, balance_fen) VALUES (1, 1, {balance});
"""

register(
    Invariant(
        code="RCV-1",
        title="The stored balance of an agreement is the sum of its open items.",
        violations="""
SELECT COALESCE(b.agreement_id, i.agreement_id) AS agreement, b.balance_fen AS stored, i.open_fen AS items
  FROM receivables_agreementbalance b
  FULL JOIN (SELECT agreement_id, sum(open_fen)::bigint AS open_fen FROM receivables_openitem
              WHERE open_fen <> 0 GROUP BY agreement_id) i ON i.agreement_id = b.agreement_id
 WHERE COALESCE(b.balance_fen, 0) <> COALESCE(i.open_fen, 0)
""",
        plant=_ITEM.format(open=100, balance=99),
    )
)
register(
    Invariant(
        code="RCV-2",
        title="No item is paid above its amount: what is open is gross less allocated, never past nought.",
        violations="""
SELECT i.id, i.gross_fen, i.open_fen, COALESCE(a.fen, 0) AS allocated
  FROM receivables_openitem i
  LEFT JOIN (SELECT item_id, sum(amount_fen) AS fen FROM receivables_allocation GROUP BY item_id) a ON a.item_id = i.id
 WHERE i.open_fen <> i.gross_fen - COALESCE(a.fen, 0)
    OR sign(i.open_fen) NOT IN (0, sign(i.gross_fen)) OR abs(i.open_fen) > abs(i.gross_fen)
""",
        plant=_ITEM.format(open=60, balance=60),
    )
)
