-- AUD-2. What a company's day was: its audit acts and its postings, each row hashed, the hashes in order hashed again.
-- The text of a row depends on no setting of the session: moments are seconds, days are numbers.
CREATE OR REPLACE FUNCTION ledger_day_digest(p_company bigint, p_day date, OUT acts bigint, OUT postings bigint, OUT digest bytea)
LANGUAGE sql STABLE AS $$
    WITH bounds AS (
        SELECT (p_day::timestamp AT TIME ZONE u.time_zone) AS begins, ((p_day + 1)::timestamp AT TIME ZONE u.time_zone) AS ends
          FROM foundation_orgunit u WHERE u.id = p_company
    ), acted AS (
        SELECT count(*) AS n, string_agg(sha256(convert_to(
                   (a.id, a.actor_id, a.act, a.subject_kind, a.subject_id, a.amount_fen, a.detail, a.reason, a.ip,
                    a.request_id, extract(epoch FROM a.at))::text, 'UTF8')), ''::bytea ORDER BY a.id) AS hashes
          FROM bounds b JOIN foundation_auditact a ON a.company_id = p_company AND a.at >= b.begins AND a.at < b.ends
    ), posted AS (
        SELECT count(*) AS n, string_agg(sha256(convert_to(
                   (e.id, e.kind, e.source, e.outlet_id, e.posting_day - DATE '2000-01-01', e.legs, e.reverses_id, e.actor_id,
                    extract(epoch FROM e.at), p.seq, p.debit_gl_id, p.debit_party, p.credit_gl_id, p.credit_party,
                    p.amount_fen)::text, 'UTF8')), ''::bytea ORDER BY e.id, p.seq) AS hashes
          FROM ledger_outletday o
          JOIN ledger_entry e ON e.company_id = o.company_id AND e.outlet_id = o.outlet_id AND e.posting_day = o.day
          JOIN ledger_posting p ON p.entry_id = e.id
         WHERE o.company_id = p_company AND o.day = p_day
    )
    SELECT acted.n, posted.n, sha256(sha256(COALESCE(acted.hashes, '')) || sha256(COALESCE(posted.hashes, '')))
      FROM acted, posted
$$;

-- Moments of acts rise with their places in the table: a few bytes a megabyte find a day.
CREATE INDEX IF NOT EXISTS audit_moment ON foundation_auditact USING brin (at) WITH (pages_per_range = 16);
