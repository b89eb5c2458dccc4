"""SQL of the reports. All of it reads one company, and none of it locks."""

TAKINGS = """
SELECT c.name, c.name_en, count(*), sum(p.amount_fen)::bigint
  FROM payments_payment p JOIN payments_channel c ON c.id = p.channel_id
 WHERE p.company_id = %(company)s AND p.posting_day >= %(first)s AND p.posting_day < %(end)s
 GROUP BY c.id, c.name, c.name_en ORDER BY 4 DESC
"""

TAKINGS_BY_DAY = """
SELECT d.day::date, coalesce(sum(p.amount_fen), 0)::bigint
  FROM generate_series(%(first)s::date, %(end)s::date - 1, interval '1 day') AS d(day)
  LEFT JOIN payments_payment p ON p.company_id = %(company)s AND p.posting_day = d.day::date
 GROUP BY 1 ORDER BY 1
"""

RECEIVABLE_MONTHS = """
WITH accounts AS (
  SELECT id FROM ledger_glaccount
   WHERE company_id = %(company)s AND nature = 'asset' AND party_kind = 'agreement'
), moved AS (
  SELECT t.day, t.debit_fen, t.credit_fen FROM ledger_daytotal t
   WHERE t.company_id = %(company)s AND t.gl_id IN (SELECT id FROM accounts)
  UNION ALL
  SELECT e.posting_day, side.debit, side.credit
    FROM ledger_outletday o
    JOIN ledger_entry e ON e.company_id = o.company_id AND e.outlet_id = o.outlet_id AND e.posting_day = o.day
    JOIN ledger_posting p ON p.entry_id = e.id
   CROSS JOIN LATERAL (VALUES
         (p.debit_gl_id, CASE WHEN e.reverses_id IS NULL THEN p.amount_fen ELSE 0 END,
          CASE WHEN e.reverses_id IS NULL THEN 0 ELSE -p.amount_fen END),
         (p.credit_gl_id, CASE WHEN e.reverses_id IS NULL THEN 0 ELSE -p.amount_fen END,
          CASE WHEN e.reverses_id IS NULL THEN p.amount_fen ELSE 0 END)) AS side(gl, debit, credit)
   WHERE o.company_id = %(company)s AND o.closed_at IS NULL AND side.gl IN (SELECT id FROM accounts)
)
SELECT (extract(year FROM day) * 100 + extract(month FROM day))::int AS month,
       sum(debit_fen)::bigint, sum(credit_fen)::bigint
  FROM moved GROUP BY 1 ORDER BY 1
"""
"""Charged and settled by month of the posting day: closed days by their totals, open days by their postings."""

READING_PROGRESS = """
SELECT r.state, count(DISTINCT r.id), count(s.id)
  FROM metering_bookround r LEFT JOIN metering_bookseat s ON s.book_id = r.book_id
 WHERE r.company_id = %(company)s AND r.month = %(month)s
 GROUP BY r.state
"""

GAS_BY_TYPE = """
SELECT b.month, sp.customer_type, sum(b.litres)::bigint, sum(b.amount_fen)::bigint
  FROM billing_bill b JOIN customers_supplypoint sp ON sp.id = b.supply_point_id
 WHERE b.company_id = %(company)s AND b.state = %(issued)s AND b.month >= %(first)s
 GROUP BY 1, 2 ORDER BY 1, 2
"""

OPEN_DEBT = """
SELECT i.agreement_id, i.open_fen, i.due_on, sp.customer_type, sp.id AS supply_point_id, sp.number, a.customer_id,
       sp.premises_id
  FROM receivables_openitem i
  JOIN customers_agreement a ON a.id = i.agreement_id
  JOIN customers_supplypoint sp ON sp.id = a.supply_point_id
 WHERE i.company_id = %(company)s AND i.open_fen > 0
   AND (%(branch)s::bigint IS NULL OR sp.branch_id = %(branch)s)
   AND (%(type)s::text IS NULL OR sp.customer_type = %(type)s)
"""

AGEING = f"""
SELECT customer_type, count(DISTINCT agreement_id),
       coalesce(sum(open_fen) FILTER (WHERE late <= 0), 0)::bigint,
       coalesce(sum(open_fen) FILTER (WHERE late BETWEEN 1 AND 30), 0)::bigint,
       coalesce(sum(open_fen) FILTER (WHERE late BETWEEN 31 AND 90), 0)::bigint,
       coalesce(sum(open_fen) FILTER (WHERE late BETWEEN 91 AND 180), 0)::bigint,
       coalesce(sum(open_fen) FILTER (WHERE late BETWEEN 181 AND 365), 0)::bigint,
       coalesce(sum(open_fen) FILTER (WHERE late > 365), 0)::bigint
  FROM (SELECT d.*, %(on)s::date - d.due_on AS late FROM ({OPEN_DEBT}) d) aged
 GROUP BY customer_type ORDER BY customer_type
"""

DEBTORS = f"""
SELECT d.agreement_id, d.supply_point_id, d.number, c.name, p.address, d.customer_type, d.items, d.oldest, d.owed
  FROM (SELECT agreement_id, supply_point_id, number, customer_id, premises_id, customer_type, count(*) AS items,
               min(due_on) AS oldest, sum(open_fen)::bigint AS owed
          FROM ({OPEN_DEBT}) open GROUP BY 1, 2, 3, 4, 5, 6
        HAVING %(older_than)s::int IS NULL OR min(due_on) < %(on)s::date - %(older_than)s::int
         ORDER BY owed DESC, agreement_id LIMIT %(limit)s) d
  JOIN customers_customer c ON c.id = d.customer_id
  JOIN customers_premises p ON p.id = d.premises_id
 ORDER BY d.owed DESC, d.agreement_id
"""
"""Who owes most; only the shown ones are looked up by name. A limit of null gives all."""

ISSUE_BY_TIER = """
SELECT sp.customer_type, l.tier, count(DISTINCT b.supply_point_id), sum(l.litres)::bigint, sum(l.amount_fen)::bigint
  FROM billing_bill b
  JOIN billing_billline l ON l.bill_id = b.id
  JOIN customers_supplypoint sp ON sp.id = b.supply_point_id
 WHERE b.company_id = %(company)s AND b.month = %(month)s AND b.state = %(issued)s
   AND (%(branch)s::bigint IS NULL OR sp.branch_id = %(branch)s)
 GROUP BY 1, 2 ORDER BY 1, 2
"""

ISSUE_TOTALS = """
SELECT sp.customer_type, count(*), count(DISTINCT b.supply_point_id), sum(b.litres)::bigint, sum(b.amount_fen)::bigint
  FROM billing_bill b JOIN customers_supplypoint sp ON sp.id = b.supply_point_id
 WHERE b.company_id = %(company)s AND b.month = %(month)s AND b.state = %(issued)s
   AND (%(branch)s::bigint IS NULL OR sp.branch_id = %(branch)s)
 GROUP BY 1 ORDER BY 1
"""

BILLED_MONTHS = (
    "SELECT month FROM foundation_accountingmonth WHERE company_id = %(company)s ORDER BY month DESC LIMIT 36"
)

TODAY = """
SELECT (SELECT count(*) FROM customers_supplypoint WHERE company_id = %(company)s AND status <> 'closed'),
       (SELECT coalesce(sum(amount_fen), 0)::bigint FROM payments_payment
         WHERE company_id = %(company)s AND posting_day = %(on)s),
       (SELECT count(*) FROM payments_payment
         WHERE company_id = %(company)s AND posting_day = %(on)s AND state IN (1, 2)),
       (SELECT coalesce(sum(balance_fen), 0)::bigint FROM receivables_agreementbalance
         WHERE company_id = %(company)s AND balance_fen > 0),
       (SELECT count(*) FROM receivables_agreementbalance WHERE company_id = %(company)s AND balance_fen > 0),
       (SELECT count(DISTINCT bill_id) FROM billing_hold WHERE company_id = %(company)s AND settled_at IS NULL)
"""

ISSUE_BY_BOOK = """
WITH billed AS (
    SELECT s.book_id, count(*) FILTER (WHERE b.state = %(issued)s) AS bills, count(*) FILTER (WHERE b.state = 1) AS held,
           count(*) FILTER (WHERE b.state = %(issued)s AND r.started_at > o.issued_at) AS late,
           coalesce(sum(b.litres) FILTER (WHERE b.state = %(issued)s), 0)::bigint AS litres,
           coalesce(sum(b.amount_fen) FILTER (WHERE b.state = %(issued)s), 0)::bigint AS fen
      FROM billing_bill b
      JOIN metering_bookseat s ON s.company_id = b.company_id AND s.supply_point_id = b.supply_point_id
      LEFT JOIN metering_bookround o ON o.company_id = b.company_id AND o.book_id = s.book_id AND o.month = b.month
      LEFT JOIN billing_run r ON r.id = b.run_id
     WHERE b.company_id = %(company)s AND b.month = %(month)s AND b.kind = 1 AND b.state IN (1, 2) GROUP BY 1),
due AS (
    SELECT s.book_id, count(*) AS n FROM metering_bookround o
      JOIN metering_bookseat s ON s.company_id = o.company_id AND s.book_id = o.book_id
      JOIN customers_supplypoint p ON p.id = s.supply_point_id AND p.status = 'active'
     WHERE o.company_id = %(company)s AND o.month = %(month)s GROUP BY 1)
SELECT k.id, k.code, k.name, coalesce(o.state, ''), o.issued_at, coalesce(due.n, 0), coalesce(billed.bills, 0),
       coalesce(billed.held, 0), coalesce(billed.late, 0), coalesce(billed.litres, 0)::bigint,
       coalesce(billed.fen, 0)::bigint
  FROM metering_readingbook k
  LEFT JOIN metering_bookround o ON o.company_id = k.company_id AND o.book_id = k.id AND o.month = %(month)s
  LEFT JOIN billed ON billed.book_id = k.id
  LEFT JOIN due ON due.book_id = k.id
 WHERE k.company_id = %(company)s AND (o.id IS NOT NULL OR billed.book_id IS NOT NULL)
   AND (%(branch)s::bigint IS NULL OR k.branch_id = %(branch)s)
 ORDER BY k.code
"""
