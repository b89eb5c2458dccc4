"""PAY-1 and PAY-2, asked of the database."""

from gasworks.foundation.invariants import Invariant, register

_PAYMENT = """
INSERT INTO payments_channel (id, company_id, code, name, name_en, is_counter, active)
VALUES (1, 1, 'api', 'a', 'a', false, true);
INSERT INTO ledger_entry (id, company_id, outlet_id, posting_day, kind, source, legs, actor_id, at)
VALUES (1, 1, 1, '2026-01-01', 3, 1, 1, NULL, now());
INSERT INTO ledger_posting (entry_id, seq, company_id, debit_gl_id, credit_gl_id, amount_fen) VALUES (1, 1, 1, 1, 2, {posted});
INSERT INTO payments_payment (id, company_id, agreement_id, entry_id, outlet_id, channel_id, means, posting_day, amount_fen,
                              tendered_fen, advance_fen, key, state, at)
VALUES (1, 1, 1, 1, 1, 1, 'online', '2026-01-01', 100, 100, 0, '00000000-0000-0000-0000-000000000001', 1, now());
"""

register(
    Invariant(
        code="PAY-1",
        title="An acknowledged payment exists exactly once: its answer, its rows and its entry say the same.",
        violations="""
SELECT p.id, 'entry' AS what
  FROM payments_payment p
  LEFT JOIN ledger_entry e ON e.id = p.entry_id AND e.kind IN (3, 4, 15) AND e.source = p.id AND e.company_id = p.company_id
       AND e.posting_day = p.posting_day
  LEFT JOIN (SELECT entry_id, sum(amount_fen) AS fen FROM ledger_posting GROUP BY entry_id) s ON s.entry_id = e.id
 WHERE e.id IS NULL OR s.fen IS DISTINCT FROM abs(p.amount_fen)
 UNION ALL
SELECT e.id, 'payment' FROM ledger_entry e LEFT JOIN payments_payment p ON p.entry_id = e.id
 WHERE e.kind IN (3, 4, 15) AND p.id IS NULL
 UNION ALL
SELECT k.id, 'answer'
  FROM foundation_requestkey k
 CROSS JOIN LATERAL jsonb_array_elements_text(k.answer -> 'payments') AS a(payment)
  LEFT JOIN payments_payment p ON p.id = a.payment::bigint AND p.key = k.key AND p.company_id = k.company_id
 WHERE k.answer ? 'payments' AND p.id IS NULL
 UNION ALL
SELECT p.id, 'reversal' FROM payments_payment p LEFT JOIN payments_payment r ON r.id = p.reversed_by_id
 WHERE p.state = 2 AND (r.reverses_id IS DISTINCT FROM p.id OR r.amount_fen <> -p.amount_fen)
""",
        plant=_PAYMENT.format(posted=99),
    )
)
register(
    Invariant(
        code="PAY-2",
        title="One key, one effect: each payment has its request key, and the payments of a key are its answer's.",
        violations="""
SELECT p.id, p.key
  FROM payments_payment p
  JOIN payments_channel c ON c.id = p.channel_id
  LEFT JOIN foundation_requestkey k ON k.company_id = p.company_id AND k.channel = c.code AND k.key = p.key
 WHERE p.state IN (1, 2)
   AND (k.id IS NULL OR NOT COALESCE(k.answer -> 'payments', '[]') @> to_jsonb(p.id))
""",
        plant=_PAYMENT.format(posted=100),
    )
)
