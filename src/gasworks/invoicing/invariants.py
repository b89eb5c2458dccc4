"""INV-1, asked of the database."""

from gasworks.foundation.invariants import Invariant, register

register(
    Invariant(
        code="INV-1",
        title="No fen is invoiced twice: an item's invoiced part is the sum of its valid sheets, and never above its amount.",
        violations="""
SELECT i.id, i.gross_fen, i.invoiced_fen, COALESCE(s.fen, 0) AS on_sheets
  FROM receivables_openitem i
  LEFT JOIN (SELECT p.item_id, sum(p.amount_fen) AS fen
               FROM invoicing_sheetitem p JOIN invoicing_sheet s ON s.id = p.sheet_id
              WHERE s.state = 'printed' GROUP BY p.item_id) s ON s.item_id = i.id
 WHERE i.invoiced_fen <> COALESCE(s.fen, 0) OR abs(i.invoiced_fen) > abs(i.gross_fen)
""",
        plant="""
INSERT INTO receivables_openitem (id, company_id, agreement_id, fee_type_id, source_id, month, due_on, net_fen, tax_fen,
                                  gross_fen, open_fen, invoiced_fen, state)
VALUES (1, 1, 1, 1, 1, 202601, '2026-01-01', 100, 0, 100, 100, 60, 1);
INSERT INTO invoicing_sheet (id, company_id, book_id, number, state, amount_fen, printed_by_id, printed_at, void_reason)
VALUES (1, 1, 1, 1, 'printed', 60, 1, now(), ''), (2, 1, 1, 2, 'printed', 60, 1, now(), '');
INSERT INTO invoicing_sheetitem (company_id, sheet_id, item_id, amount_fen) VALUES (1, 1, 1, 60), (1, 2, 1, 60);
""",
    )
)
