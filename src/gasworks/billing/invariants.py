"""BIL-2, SUB-1 and JOB-1, asked of the database."""

from gasworks.foundation.invariants import Invariant, register

_BILL = (
    "INSERT INTO billing_bill (id, company_id, agreement_id, supply_point_id, run_id, kind, state, month, from_on, to_on,"
    " posting_day, due_on, litres, amount_fen, left_litres, entry_id) VALUES "
)

register(
    Invariant(
        code="BIL-2",
        title="A bill is the sum of its lines, and of its open items when it is issued.",
        violations="""
            SELECT b.id, b.amount_fen, b.litres, coalesce(l.fen, 0) AS lines_fen, coalesce(l.litres, 0) AS lines_litres
            FROM billing_bill b
            LEFT JOIN (SELECT bill_id, sum(amount_fen) AS fen, sum(litres) AS litres FROM billing_billline GROUP BY 1) l
              ON l.bill_id = b.id
            WHERE b.amount_fen <> coalesce(l.fen, 0) OR b.litres <> coalesce(l.litres, 0)
            UNION ALL
            SELECT b.id, b.amount_fen, b.litres, coalesce(i.fen, 0), 0
            FROM billing_bill b
            LEFT JOIN (SELECT source_id, sum(gross_fen) AS fen FROM receivables_openitem GROUP BY 1) i
              ON i.source_id = b.entry_id
            WHERE b.state IN (2, 3) AND b.amount_fen <> coalesce(i.fen, 0)""",
        plant=_BILL
        + "(1, 1, 1, 1, NULL, 1, 1, 202601, '2026-01-01', '2026-02-01', '2026-02-01', '2026-03-01', 1, 500, -1, NULL)",
    )
)
register(
    Invariant(
        code="SUB-1",
        title="A claim of a subsidy is the sum of its lines and what its entry books; paid is the sum of its payments.",
        violations="""
            SELECT c.id, c.amount_fen, coalesce(l.fen, 0) AS lines_fen, coalesce(e.fen, 0) AS booked_fen,
                   c.paid_fen, coalesce(p.fen, 0) AS payments_fen
            FROM billing_claim c
            LEFT JOIN (SELECT claim_id, sum(amount_fen) AS fen FROM billing_claimline GROUP BY 1) l ON l.claim_id = c.id
            LEFT JOIN (SELECT claim_id, sum(amount_fen) AS fen FROM billing_claimpayment GROUP BY 1) p
              ON p.claim_id = c.id
            LEFT JOIN LATERAL (
                SELECT sum(CASE WHEN g.id = o.debit_gl_id THEN o.amount_fen ELSE -o.amount_fen END) AS fen
                FROM ledger_posting o
                JOIN ledger_glaccount g ON g.id IN (o.debit_gl_id, o.credit_gl_id) AND g.role = 'subsidy_receivable'
                WHERE o.entry_id = c.entry_id) e ON true
            WHERE c.amount_fen <> coalesce(l.fen, 0) OR c.amount_fen <> coalesce(e.fen, 0)
               OR c.paid_fen <> coalesce(p.fen, 0)""",
        plant=(
            "INSERT INTO billing_claim (id, company_id, payer_id, month, no, litres, amount_fen, tax_fen, paid_fen,"
            " entry_id, state, made_at, sent_no, version)"
            " VALUES (1, 1, 1, 202601, 1, 5000, 1470, 121, 0, 1, 'booked', now(), '', 1)"
        ),
    )
)
register(
    Invariant(
        code="JOB-1",
        title="A batch is whole or absent.",
        violations="""
            SELECT r.id, coalesce(c.bills, 0) AS told, coalesce(b.bills, 0) AS found FROM billing_run r
            LEFT JOIN (SELECT run_id, sum(bills) AS bills FROM billing_runchunk WHERE done_at IS NOT NULL GROUP BY 1) c
              ON c.run_id = r.id
            LEFT JOIN (SELECT run_id, count(*) AS bills FROM billing_bill GROUP BY 1) b ON b.run_id = r.id
            WHERE coalesce(c.bills, 0) <> coalesce(b.bills, 0)
            UNION ALL
            SELECT r.id, 0, count(*) FROM billing_run r JOIN billing_runchunk c ON c.run_id = r.id AND c.done_at IS NULL
            WHERE r.state = 'done' GROUP BY r.id""",
        plant=(
            "INSERT INTO billing_run (id, company_id, version, month, posting_day, due_on, selection, state, started_at)"
            " VALUES (1, 1, 1, 202601, '2026-02-01', '2026-03-01', '{}', 'running', now());"
            " INSERT INTO billing_runchunk (id, company_id, run_id, no, first_group, last_group, done_at, bills, held,"
            " amount_fen, litres, summary, problems) VALUES (1, 1, 1, 1, 1, 9, now(), 7, 0, 0, 0, '[]', '[]')"
        ),
    )
)
