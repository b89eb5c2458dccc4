"""LED-1 to LED-7 and AUD-2, asked of the database."""

from gasworks.foundation.invariants import Invariant, register

_ORG = """
INSERT INTO foundation_orgunit (id, kind, code, name, path, is_head_office, time_zone, active, version, parent_id, company_id)
VALUES (9, 'group', 'G', 'G', '/9/', false, 'Asia/Shanghai', true, 1, NULL, NULL),
       (1, 'company', 'C', 'C', '/9/1/', false, 'Asia/Shanghai', true, 1, 9, 1),
       (2, 'outlet', 'O', 'O', '/9/1/2/', true, 'Asia/Shanghai', true, 1, 1, 1),
       (3, 'company', 'D', 'D', '/9/3/', false, 'Asia/Shanghai', true, 1, 9, 3);
INSERT INTO ledger_glaccount (id, company_id, code, name, name_en, nature, party_kind, role, active)
VALUES (1, 1, '1', 'a', 'a', 'asset', 'none', '', true), (2, 1, '2', 'b', 'b', 'revenue', 'none', '', true),
       (3, 1, '3', 'c', 'c', 'clearing', 'none', '', true);
"""


def _entry(
    key: int, *, legs: int = 1, reverses: str = "NULL", day: str = "2026-01-01", source: int | None = None
) -> str:
    return f"""
INSERT INTO ledger_entry (id, company_id, outlet_id, posting_day, kind, source, legs, reverses_id, actor_id, at)
VALUES ({key}, 1, 2, '{day}', 12, {source or key}, {legs}, {reverses}, NULL, now());
"""


def _posting(entry: int, seq: int, debit: int, credit: int, fen: int, company: int = 1) -> str:
    return f"""
INSERT INTO ledger_posting (entry_id, seq, company_id, debit_gl_id, credit_gl_id, amount_fen)
VALUES ({entry}, {seq}, {company}, {debit}, {credit}, {fen});
"""


register(
    Invariant(
        code="LED-1",
        title="Day totals and the postings of open days are all postings.",
        violations="""
WITH legs AS (
    SELECT e.company_id, e.outlet_id, e.posting_day AS day, s.gl,
           CASE WHEN g.party_kind IN ('shift', 'channel', 'principal') THEN s.party END AS party,
           sum(s.debit_fen) AS debit_fen, sum(s.credit_fen) AS credit_fen
      FROM ledger_entry e
      JOIN ledger_posting p ON p.entry_id = e.id
     CROSS JOIN LATERAL (VALUES
           (p.debit_gl_id, p.debit_party, CASE WHEN e.reverses_id IS NULL THEN p.amount_fen ELSE 0 END,
            CASE WHEN e.reverses_id IS NULL THEN 0 ELSE -p.amount_fen END),
           (p.credit_gl_id, p.credit_party, CASE WHEN e.reverses_id IS NULL THEN 0 ELSE -p.amount_fen END,
            CASE WHEN e.reverses_id IS NULL THEN p.amount_fen ELSE 0 END)
          ) AS s(gl, party, debit_fen, credit_fen)
      JOIN ledger_glaccount g ON g.id = s.gl
     WHERE NOT EXISTS (SELECT FROM ledger_outletday o
                        WHERE o.company_id = e.company_id AND o.outlet_id = e.outlet_id AND o.day = e.posting_day
                          AND o.closed_at IS NULL)
     GROUP BY 1, 2, 3, 4, 5)
SELECT COALESCE(l.company_id, d.company_id) AS company, COALESCE(l.outlet_id, d.outlet_id) AS outlet,
       COALESCE(l.day, d.day) AS day, COALESCE(l.gl, d.gl_id) AS gl, l.debit_fen, d.debit_fen, l.credit_fen, d.credit_fen
  FROM legs l
  FULL JOIN ledger_daytotal d ON d.company_id = l.company_id AND d.outlet_id = l.outlet_id AND d.day = l.day
        AND d.gl_id = l.gl AND COALESCE(d.party, 0) = COALESCE(l.party, 0)
 WHERE l.debit_fen IS DISTINCT FROM d.debit_fen OR l.credit_fen IS DISTINCT FROM d.credit_fen
""",
        plant=_ORG
        + _entry(1)
        + _posting(1, 1, 1, 2, 100)
        + """
INSERT INTO ledger_outletday (company_id, outlet_id, day, closed_at) VALUES (1, 2, '2026-01-01', now());
INSERT INTO ledger_daytotal (company_id, outlet_id, day, gl_id, debit_fen, credit_fen)
VALUES (1, 2, '2026-01-01', 1, 100, 0), (1, 2, '2026-01-01', 2, 0, 99);
""",
    )
)
register(
    Invariant(
        code="LED-2",
        title="Nothing posted is changed: the product's roles may only add.",
        violations="""
SELECT t.name AS thing, r.name AS role, v.verb
  FROM (VALUES ('ledger_entry'), ('ledger_posting'), ('ledger_daytotal'), ('receivables_allocation')) AS t(name)
 CROSS JOIN (VALUES ('gasworks_web'), ('gasworks_worker')) AS r(name)
 CROSS JOIN (VALUES ('UPDATE'), ('DELETE'), ('TRUNCATE')) AS v(verb)
 WHERE has_table_privilege(r.name, t.name, v.verb)
""",
        plant="GRANT UPDATE ON ledger_posting TO gasworks_worker",
    )
)
register(
    Invariant(
        code="LED-3",
        title="A clearing account nets to zero inside each entry.",
        violations="""
SELECT m.entry_id, m.gl, sum(m.amount_fen) AS left_fen
  FROM (SELECT entry_id, debit_gl_id AS gl, amount_fen FROM ledger_posting
         UNION ALL SELECT entry_id, credit_gl_id, -amount_fen FROM ledger_posting) m
  JOIN ledger_glaccount g ON g.id = m.gl
 WHERE g.nature = 'clearing'
 GROUP BY m.entry_id, m.gl HAVING sum(m.amount_fen) <> 0
""",
        plant=_ORG + _entry(1) + _posting(1, 1, 1, 3, 100),
    )
)
register(
    Invariant(
        code="LED-4",
        title="A reversal mirrors its original, posting by posting.",
        violations="""
SELECT r.id, o.id AS original
  FROM ledger_entry r
  JOIN ledger_entry o ON o.id = r.reverses_id
 WHERE r.legs <> o.legs OR o.reverses_id IS NOT NULL OR r.company_id <> o.company_id
    OR EXISTS (SELECT FROM ledger_posting p
                 LEFT JOIN ledger_posting q ON q.entry_id = o.id AND q.seq = p.seq
                WHERE p.entry_id = r.id
                  AND (q.seq IS NULL OR p.amount_fen <> q.amount_fen OR p.debit_gl_id <> q.credit_gl_id
                       OR p.credit_gl_id <> q.debit_gl_id OR p.debit_party IS DISTINCT FROM q.credit_party
                       OR p.credit_party IS DISTINCT FROM q.debit_party))
""",
        plant=_ORG + _entry(1) + _posting(1, 1, 1, 2, 100) + _entry(2, reverses="1") + _posting(2, 1, 2, 1, 99),
    )
)
register(
    Invariant(
        code="LED-5",
        title="An entry is whole: its postings are numbered 1 to legs.",
        violations="""
SELECT e.id, e.legs, count(p.seq) AS postings
  FROM ledger_entry e LEFT JOIN ledger_posting p ON p.entry_id = e.id
 GROUP BY e.id HAVING count(p.seq) <> e.legs OR min(p.seq) <> 1 OR max(p.seq) <> e.legs
 UNION ALL
SELECT p.entry_id, NULL, p.seq FROM ledger_posting p LEFT JOIN ledger_entry e ON e.id = p.entry_id WHERE e.id IS NULL
""",
        plant=_ORG + _entry(1, legs=2) + _posting(1, 1, 1, 2, 100),
    )
)
register(
    Invariant(
        code="LED-6",
        title="One company per entry: its outlet, postings and accounts are of the same company.",
        violations="""
SELECT e.id, e.company_id FROM ledger_entry e JOIN foundation_orgunit u ON u.id = e.outlet_id
 WHERE u.company_id IS DISTINCT FROM e.company_id
 UNION ALL
SELECT p.entry_id, p.company_id
  FROM ledger_posting p
  JOIN ledger_entry e ON e.id = p.entry_id
  LEFT JOIN ledger_glaccount d ON d.id = p.debit_gl_id
  LEFT JOIN ledger_glaccount c ON c.id = p.credit_gl_id
 WHERE p.company_id <> e.company_id OR d.company_id IS DISTINCT FROM p.company_id
    OR c.company_id IS DISTINCT FROM p.company_id
""",
        plant=_ORG + _entry(1) + _posting(1, 1, 1, 2, 100, company=3),
    )
)
register(
    Invariant(
        code="LED-7",
        title="A closed day stays closed: each entry's day was opened, and nothing came after its close.",
        violations="""
SELECT e.id, e.outlet_id, e.posting_day
  FROM ledger_entry e
  LEFT JOIN ledger_outletday o ON o.company_id = e.company_id AND o.outlet_id = e.outlet_id AND o.day = e.posting_day
 WHERE o.id IS NULL
 UNION ALL
SELECT late.id, late.outlet_id, late.day
  FROM ledger_outletday late
  JOIN ledger_outletday o ON o.company_id = late.company_id AND o.outlet_id = late.outlet_id AND o.day > late.day
   AND o.closed_at IS NOT NULL
 WHERE late.closed_at IS NULL
 UNION ALL
SELECT e.id, e.outlet_id, e.posting_day
  FROM ledger_outletday o
  JOIN ledger_entry e ON e.company_id = o.company_id AND e.outlet_id = o.outlet_id AND e.posting_day = o.day
 WHERE o.closed_at IS NOT NULL
   AND NOT EXISTS (SELECT FROM ledger_daytotal d
                    WHERE d.company_id = o.company_id AND d.outlet_id = o.outlet_id AND d.day = o.day)
""",
        plant=_ORG
        + _entry(1)
        + _posting(1, 1, 1, 2, 100)
        + """
INSERT INTO ledger_outletday (company_id, outlet_id, day, closed_at) VALUES (1, 2, '2026-01-02', now());
""",
    )
)
register(
    Invariant(
        code="AUD-2",
        title="What was acted and posted on a digested day is what its digest was written over.",
        violations="""
SELECT d.company_id, d.day, CASE WHEN n.acts < d.acts THEN 'act removed' WHEN n.acts > d.acts THEN 'act inserted'
                                 WHEN n.postings < d.postings THEN 'posting removed'
                                 WHEN n.postings > d.postings THEN 'posting inserted' ELSE 'changed' END AS what
  FROM foundation_daydigest d
 CROSS JOIN LATERAL ledger_day_digest(d.company_id, d.day) n
 WHERE (n.acts, n.postings, n.digest) IS DISTINCT FROM (d.acts, d.postings, d.digest)
""",
        plant=_ORG
        + _entry(1)
        + _posting(1, 1, 1, 2, 100)
        + """
INSERT INTO ledger_outletday (company_id, outlet_id, day, closed_at) VALUES (1, 2, '2026-01-01', now());
INSERT INTO foundation_daydigest (company_id, day, acts, postings, digest, written_at)
SELECT 1, '2026-01-01', acts, postings, digest, now() FROM ledger_day_digest(1, '2026-01-01');
UPDATE ledger_posting SET amount_fen = amount_fen + 1;
""",
    )
)
