-- The guards of bills and their lines (BIL-2, ORG-1, LED-2). Statement triggers that join by key only and test the rest
-- in WHERE. Few bills are looked up key by key, the only plan that the functions' settings leave; for many the ranges that
-- they point into are read as a whole (ledger_close_together). All runs by EXECUTE, so that each gets a plan of its own.

CREATE OR REPLACE FUNCTION billing_refuse() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'LED-2: % of % is refused: what was billed stays', TG_OP, TG_TABLE_NAME
        USING ERRCODE = '23000', CONSTRAINT = 'append_only', TABLE = TG_TABLE_NAME;
END $$;

-- Every reference of a bill exists and is of its company.
CREATE OR REPLACE FUNCTION billing_bill_added() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, public
SET enable_hashjoin = off SET enable_mergejoin = off SET enable_seqscan = off SET enable_bitmapscan = off
SET enable_nestloop = on AS $$
DECLARE
    bad bigint;
    span record;
BEGIN
    SELECT a.id INTO bad FROM (SELECT DISTINCT company_id, run_id FROM added WHERE run_id IS NOT NULL) f
        LEFT JOIN billing_run r ON r.id = f.run_id
        JOIN added a ON a.run_id = f.run_id
        WHERE r.company_id IS DISTINCT FROM f.company_id LIMIT 1;
    IF bad IS NULL THEN
        SELECT count(*) AS n, min(agreement_id) AS a0, max(agreement_id) AS a1, min(entry_id) AS e0, max(entry_id) AS e1
          INTO span FROM added;
        PERFORM ledger_close_together(span.n, 0, greatest(span.a1 - span.a0, span.e1 - span.e0));
        EXECUTE $q$
            SELECT a.id FROM added a
            LEFT JOIN (SELECT * FROM customers_agreement WHERE id BETWEEN $1 AND $2) g ON g.id = a.agreement_id
            LEFT JOIN (SELECT * FROM ledger_entry WHERE id BETWEEN $3 AND $4) e ON e.id = a.entry_id
            WHERE g.company_id IS DISTINCT FROM a.company_id OR g.supply_point_id IS DISTINCT FROM a.supply_point_id
               OR (a.entry_id IS NOT NULL AND (e.company_id IS DISTINCT FROM a.company_id
                                               OR e.source IS DISTINCT FROM a.id OR e.kind <> 1))
            LIMIT 1 $q$ INTO bad USING span.a0, span.a1, span.e0, span.e1;
        PERFORM ledger_key_by_key();
    END IF;
    IF bad IS NOT NULL THEN
        RAISE EXCEPTION 'ORG-1: bill % points to nothing, to another company, or to another supply point', bad
            USING ERRCODE = '23503', CONSTRAINT = 'bill_references', TABLE = TG_TABLE_NAME;
    END IF;
    SELECT id INTO bad FROM added
        WHERE state NOT IN (1, 2) OR cancel_entry_id IS NOT NULL
           OR (state = 2 AND (entry_id IS NULL) <> (amount_fen = 0)) LIMIT 1;
    IF bad IS NOT NULL THEN
        RAISE EXCEPTION 'BIL-2: bill % must begin held, or issued with its entry', bad
            USING ERRCODE = '23000', CONSTRAINT = 'bill_begins', TABLE = TG_TABLE_NAME;
    END IF;
    RETURN NULL;
END $$;
CREATE OR REPLACE TRIGGER guard_bill_added AFTER INSERT ON billing_bill
    REFERENCING NEW TABLE AS added FOR EACH STATEMENT EXECUTE FUNCTION billing_bill_added();

-- BIL-2. The lines of a bill come in one statement, and they are the bill, to the litre and the fen.
CREATE OR REPLACE FUNCTION billing_line_added() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, public
SET enable_hashjoin = off SET enable_mergejoin = off SET enable_seqscan = off SET enable_bitmapscan = off
SET enable_nestloop = on AS $$
DECLARE
    bad bigint;
    span record;
BEGIN
    SELECT count(*) AS n, min(bill_id) AS low, max(bill_id) AS high INTO span FROM added;
    PERFORM ledger_close_together(span.n, span.low, span.high);
    EXECUTE $q$
        SELECT l.bill_id FROM (
            SELECT bill_id, min(company_id) AS low, max(company_id) AS high, sum(litres) AS litres,
                   sum(amount_fen) AS amount_fen, min(seq) AS first, max(seq) AS last, count(*) AS lines
            FROM added GROUP BY bill_id) l
        LEFT JOIN (SELECT * FROM billing_bill WHERE id BETWEEN $1 AND $2) b ON b.id = l.bill_id
        WHERE b.company_id IS DISTINCT FROM l.low OR l.low <> l.high OR b.litres IS DISTINCT FROM l.litres
           OR b.amount_fen IS DISTINCT FROM l.amount_fen OR l.first <> 1 OR l.last <> l.lines
        LIMIT 1 $q$ INTO bad USING span.low, span.high;
    PERFORM ledger_key_by_key();
    IF bad IS NOT NULL THEN
        RAISE EXCEPTION 'BIL-2: the lines of bill % are not the bill', bad
            USING ERRCODE = '23000', CONSTRAINT = 'lines_are_the_bill', TABLE = TG_TABLE_NAME;
    END IF;
    SELECT f.version_id INTO bad FROM (SELECT DISTINCT company_id, version_id FROM added) f
        LEFT JOIN tariffs_planversion v ON v.id = f.version_id
        WHERE v.company_id IS DISTINCT FROM f.company_id LIMIT 1;
    IF bad IS NOT NULL THEN
        RAISE EXCEPTION 'ORG-1: price version % is of no company, or of another', bad
            USING ERRCODE = '23503', CONSTRAINT = 'line_references', TABLE = TG_TABLE_NAME;
    END IF;
    RETURN NULL;
END $$;
CREATE OR REPLACE TRIGGER guard_line_added AFTER INSERT ON billing_billline
    REFERENCING NEW TABLE AS added FOR EACH STATEMENT EXECUTE FUNCTION billing_line_added();

-- Held → issued or discarded, issued → cancelled; nothing else of a bill ever changes. Without LIMIT: for the first row
-- of many the planner would compare each row before with each row after, and there is none to be found.
CREATE OR REPLACE FUNCTION billing_bill_changed() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, public AS $$
DECLARE bad record;
BEGIN
    EXECUTE $q$
        SELECT COALESCE(min(id) FILTER (WHERE edited), min(id)) AS id, bool_or(edited) AS edited FROM (
        SELECT o.id, n.id IS NULL OR
               (n.company_id, n.agreement_id, n.supply_point_id, n.run_id, n.kind, n.month, n.from_on, n.to_on,
                n.litres, n.amount_fen, n.left_litres) IS DISTINCT FROM
               (o.company_id, o.agreement_id, o.supply_point_id, o.run_id, o.kind, o.month, o.from_on, o.to_on,
                o.litres, o.amount_fen, o.left_litres) AS edited
        FROM before_rows o
        LEFT JOIN after_rows n ON n.id = o.id
        LEFT JOIN ledger_entry e ON e.id = n.entry_id
        LEFT JOIN ledger_entry c ON c.id = n.cancel_entry_id
        WHERE n.id IS NULL
           OR (n.company_id, n.agreement_id, n.supply_point_id, n.run_id, n.kind, n.month, n.from_on, n.to_on,
               n.litres, n.amount_fen, n.left_litres) IS DISTINCT FROM
              (o.company_id, o.agreement_id, o.supply_point_id, o.run_id, o.kind, o.month, o.from_on, o.to_on,
               o.litres, o.amount_fen, o.left_litres)
           OR NOT CASE o.state
                WHEN 1 THEN
                    (n.state = 2 AND n.cancel_entry_id IS NULL AND (n.entry_id IS NULL) = (n.amount_fen = 0)
                     AND (n.entry_id IS NULL OR (e.company_id = n.company_id AND e.kind = 1 AND e.source = n.id)) IS TRUE)
                    OR (n.state = 4 AND n.entry_id IS NULL AND n.cancel_entry_id IS NULL
                        AND n.posting_day = o.posting_day AND n.due_on = o.due_on)
                WHEN 2 THEN
                    n.state = 3 AND n.entry_id IS NOT DISTINCT FROM o.entry_id
                    AND n.posting_day = o.posting_day AND n.due_on = o.due_on
                    AND (n.cancel_entry_id IS NULL) = (n.entry_id IS NULL)
                    AND (n.cancel_entry_id IS NULL OR c.reverses_id = o.entry_id) IS TRUE
                ELSE false END
        ) wrong $q$ INTO bad;
    IF bad.edited THEN
        RAISE EXCEPTION 'LED-2: bill % is a fact; only its state changes', bad.id
            USING ERRCODE = '23000', CONSTRAINT = 'append_only', TABLE = TG_TABLE_NAME;
    ELSIF bad.id IS NOT NULL THEN
        RAISE EXCEPTION 'BIL-2: bill % cannot go this way', bad.id
            USING ERRCODE = '23000', CONSTRAINT = 'bill_way', TABLE = TG_TABLE_NAME;
    END IF;
    RETURN NULL;
END $$;
CREATE OR REPLACE TRIGGER guard_bill_changed AFTER UPDATE ON billing_bill
    REFERENCING OLD TABLE AS before_rows NEW TABLE AS after_rows
    FOR EACH STATEMENT EXECUTE FUNCTION billing_bill_changed();

CREATE OR REPLACE FUNCTION billing_hold_added() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, public AS $$
DECLARE bad bigint;
BEGIN
    EXECUTE $q$
        SELECT a.bill_id FROM added a LEFT JOIN billing_bill b ON b.id = a.bill_id
        WHERE b.company_id IS DISTINCT FROM a.company_id OR b.state NOT IN (1, 2) LIMIT 1 $q$ INTO bad;
    IF bad IS NOT NULL THEN
        RAISE EXCEPTION 'BIL-2: bill % cannot be held', bad
            USING ERRCODE = '23503', CONSTRAINT = 'hold_of_a_held_bill', TABLE = TG_TABLE_NAME;
    END IF;
    RETURN NULL;
END $$;
CREATE OR REPLACE TRIGGER guard_hold_added AFTER INSERT ON billing_hold
    REFERENCING NEW TABLE AS added FOR EACH STATEMENT EXECUTE FUNCTION billing_hold_added();

ALTER TABLE billing_bill ENABLE ALWAYS TRIGGER guard_bill_added;
ALTER TABLE billing_bill ENABLE ALWAYS TRIGGER guard_bill_changed;
ALTER TABLE billing_billline ENABLE ALWAYS TRIGGER guard_line_added;
ALTER TABLE billing_hold ENABLE ALWAYS TRIGGER guard_hold_added;

-- Facts and what facts point to stay.
CREATE OR REPLACE TRIGGER guard_no_update BEFORE UPDATE ON billing_billline
    FOR EACH STATEMENT EXECUTE FUNCTION billing_refuse();
ALTER TABLE billing_billline ENABLE ALWAYS TRIGGER guard_no_update;
DO $$
DECLARE name text;
BEGIN
    FOREACH name IN ARRAY ARRAY['billing_bill', 'billing_billline', 'billing_hold', 'billing_run',
                                'customers_agreement', 'tariffs_planversion'] LOOP
        EXECUTE format('CREATE OR REPLACE TRIGGER guard_no_delete BEFORE DELETE ON %I
                        FOR EACH STATEMENT EXECUTE FUNCTION billing_refuse()', name);
        EXECUTE format('CREATE OR REPLACE TRIGGER guard_no_truncate BEFORE TRUNCATE ON %I
                        FOR EACH STATEMENT EXECUTE FUNCTION billing_refuse()', name);
        EXECUTE format('ALTER TABLE %I ENABLE ALWAYS TRIGGER guard_no_delete', name);
        EXECUTE format('ALTER TABLE %I ENABLE ALWAYS TRIGGER guard_no_truncate', name);
    END LOOP;
    FOREACH name IN ARRAY ARRAY['billing_run', 'customers_agreement', 'tariffs_planversion'] LOOP
        EXECUTE format('CREATE OR REPLACE TRIGGER guard_key_stays BEFORE UPDATE ON %I FOR EACH ROW
                        WHEN (OLD.id IS DISTINCT FROM NEW.id OR OLD.company_id IS DISTINCT FROM NEW.company_id)
                        EXECUTE FUNCTION billing_refuse()', name);
        EXECUTE format('ALTER TABLE %I ENABLE ALWAYS TRIGGER guard_key_stays', name);
    END LOOP;
END $$;
