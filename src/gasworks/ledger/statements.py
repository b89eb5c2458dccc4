"""SQL of the ledger's services and selectors."""

TAKE_ENTRY_IDS = "SELECT nextval('ledger_entry_id_seq') FROM generate_series(1, %s)"

INSERT_ENTRIES = """
INSERT INTO ledger_entry (id, company_id, outlet_id, posting_day, kind, source, legs, actor_id, at)
SELECT d.id, %(company)s, d.outlet, d.day, d.kind, d.source, d.legs, %(actor)s, %(at)s
  FROM unnest(%(ids)s::bigint[], %(outlets)s::bigint[], %(days)s::date[], %(kinds)s::smallint[],
              %(sources)s::bigint[], %(legs)s::smallint[]) AS d(id, outlet, day, kind, source, legs)
"""

INSERT_POSTINGS = """
INSERT INTO ledger_posting (entry_id, seq, company_id, debit_gl_id, debit_party, credit_gl_id, credit_party, amount_fen)
SELECT l.entry, l.seq, %(company)s, l.debit, l.debit_party, l.credit, l.credit_party, l.amount
  FROM unnest(%(entries)s::bigint[], %(seqs)s::smallint[], %(debits)s::bigint[], %(debit_parties)s::bigint[],
              %(credits)s::bigint[], %(credit_parties)s::bigint[], %(amounts)s::bigint[])
       AS l(entry, seq, debit, debit_party, credit, credit_party, amount)
"""

MIRROR_POSTINGS = """
INSERT INTO ledger_posting (entry_id, seq, company_id, debit_gl_id, debit_party, credit_gl_id, credit_party, amount_fen)
SELECT %(mirror)s, seq, company_id, credit_gl_id, credit_party, debit_gl_id, debit_party, amount_fen
  FROM ledger_posting WHERE entry_id = %(original)s
"""

INSERT_MIRRORS = """
INSERT INTO ledger_entry (id, company_id, outlet_id, posting_day, kind, source, legs, reverses_id, actor_id, at)
SELECT m.id, %(company)s, %(outlet)s, %(day)s, %(kind)s, m.source, o.legs, o.id, %(actor)s, %(at)s
  FROM unnest(%(ids)s::bigint[], %(sources)s::bigint[], %(originals)s::bigint[]) AS m(id, source, original)
  JOIN ledger_entry o ON o.id = m.original AND o.company_id = %(company)s
"""

INSERT_MIRRORED = """
INSERT INTO ledger_posting (entry_id, seq, company_id, debit_gl_id, debit_party, credit_gl_id, credit_party, amount_fen)
SELECT m.id, p.seq, p.company_id, p.credit_gl_id, p.credit_party, p.debit_gl_id, p.debit_party, p.amount_fen
  FROM unnest(%(ids)s::bigint[], %(originals)s::bigint[]) AS m(id, original)
  JOIN ledger_posting p ON p.entry_id = m.original
"""

HEAD_OFFICE = "SELECT id FROM foundation_orgunit WHERE company_id = %s AND is_head_office"

OPEN_DAY = "SELECT ledger_open_day(%(company)s, %(outlet)s, %(today)s)"

HOLD_DAY = "SELECT ledger_hold_day(%(company)s, %(outlet)s, %(today)s)"

TAKE_DAY_ALONE = "SELECT pg_advisory_xact_lock(ledger_day_key(%(company)s, %(outlet)s, %(day)s))"

LEGS = """
SELECT e.outlet_id, e.posting_day, e.id AS entry_id, p.seq, s.gl, s.party, s.debit_fen, s.credit_fen
  FROM ledger_entry e
  JOIN ledger_posting p ON p.entry_id = e.id
 CROSS JOIN LATERAL (VALUES
       (p.debit_gl_id, p.debit_party, CASE WHEN e.reverses_id IS NULL THEN p.amount_fen ELSE 0 END,
        CASE WHEN e.reverses_id IS NULL THEN 0 ELSE -p.amount_fen END),
       (p.credit_gl_id, p.credit_party, CASE WHEN e.reverses_id IS NULL THEN 0 ELSE -p.amount_fen END,
        CASE WHEN e.reverses_id IS NULL THEN p.amount_fen ELSE 0 END)
      ) AS s(gl, party, debit_fen, credit_fen)
"""
"""Both sides of each posting; a reversal counts negative on the side of its original."""

KEPT_PARTIES = "('shift', 'channel', 'principal')"

WRITE_DAY_TOTALS = f"""
INSERT INTO ledger_daytotal (company_id, outlet_id, day, gl_id, party, debit_fen, credit_fen)
SELECT %(company)s, %(outlet)s, %(day)s, l.gl, CASE WHEN g.party_kind IN {KEPT_PARTIES} THEN l.party END,
       sum(l.debit_fen), sum(l.credit_fen)
  FROM ({LEGS} WHERE e.company_id = %(company)s AND e.outlet_id = %(outlet)s AND e.posting_day = %(day)s) l
  JOIN ledger_glaccount g ON g.id = l.gl
 GROUP BY l.gl, CASE WHEN g.party_kind IN {KEPT_PARTIES} THEN l.party END
"""

TURNOVER = f"""
SELECT t.gl, t.outlet_id, t.party, sum(t.debit_fen)::bigint, sum(t.credit_fen)::bigint
  FROM (SELECT d.gl_id AS gl, d.outlet_id, d.party, d.day, d.debit_fen, d.credit_fen
          FROM ledger_daytotal d WHERE d.company_id = %(company)s
         UNION ALL
        SELECT l.gl, l.outlet_id, l.party, l.posting_day, l.debit_fen, l.credit_fen
          FROM ({LEGS} JOIN ledger_outletday o ON o.company_id = e.company_id AND o.outlet_id = e.outlet_id
                        AND o.day = e.posting_day AND o.closed_at IS NULL
                 WHERE e.company_id = %(company)s) l) t
 WHERE t.day BETWEEN %(first)s AND %(last)s AND (%(gl)s::bigint IS NULL OR t.gl = %(gl)s)
   AND (%(party)s::bigint IS NULL OR t.party = %(party)s)
   AND (%(outlet)s::bigint IS NULL OR t.outlet_id = %(outlet)s)
 GROUP BY t.gl, t.outlet_id, t.party
"""
"""Closed days by their totals, open days by their postings. Nothing sums the whole table."""

POSTINGS = """
SELECT e.posting_day, e.id, p.seq, e.kind, e.source, e.outlet_id, d.code, p.debit_party, c.code, p.credit_party,
       p.amount_fen, e.reverses_id, e.at
  FROM ledger_entry e
  JOIN ledger_posting p ON p.entry_id = e.id
  JOIN ledger_glaccount d ON d.id = p.debit_gl_id
  JOIN ledger_glaccount c ON c.id = p.credit_gl_id
 WHERE e.company_id = %(company)s AND e.posting_day BETWEEN %(first)s AND %(last)s
 ORDER BY e.posting_day, e.id, p.seq
"""

JOURNAL = """
SELECT e.id, e.posting_day, e.at, e.kind, e.outlet_id, m.party, o.code, o.name, o.name_en, m.debit_fen, m.credit_fen
  FROM ledger_entry e
  JOIN ledger_posting p ON p.entry_id = e.id
 CROSS JOIN LATERAL (VALUES
       (p.debit_gl_id, p.debit_party, p.credit_gl_id, CASE WHEN e.reverses_id IS NULL THEN p.amount_fen ELSE 0 END,
        CASE WHEN e.reverses_id IS NULL THEN 0 ELSE -p.amount_fen END),
       (p.credit_gl_id, p.credit_party, p.debit_gl_id, CASE WHEN e.reverses_id IS NULL THEN 0 ELSE -p.amount_fen END,
        CASE WHEN e.reverses_id IS NULL THEN p.amount_fen ELSE 0 END)
      ) AS m(gl, party, other_gl, debit_fen, credit_fen)
  JOIN ledger_glaccount o ON o.id = m.other_gl
 WHERE e.company_id = %(company)s AND e.posting_day BETWEEN %(first)s AND %(last)s AND m.gl = %(gl)s
   AND (%(outlet)s::bigint IS NULL OR e.outlet_id = %(outlet)s)
   AND (%(party)s::bigint IS NULL OR m.party = %(party)s)
 ORDER BY e.posting_day, e.id, p.seq
"""
