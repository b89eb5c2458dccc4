-- Guards of what is owed. One plan for 1 and for 50,000 rows: see the ledger's guards.

CREATE OR REPLACE FUNCTION receivables_item_guard() RETURNS trigger LANGUAGE plpgsql
SET enable_seqscan = off SET enable_hashjoin = off SET enable_mergejoin = off SET enable_nestloop = on AS $$
DECLARE
    part record;
    items bigint := 0;
    span record;
    wrong bigint;
BEGIN
    FOR part IN
        SELECT company_id, fee_type_id, count(*) AS n,
               bool_and(open_fen = gross_fen AND invoiced_fen = 0 AND state = 1 AND reserved_by IS NULL) AS untouched
          FROM fresh GROUP BY 1, 2
    LOOP
        items := items + part.n;
        PERFORM 1 FROM receivables_feetype t WHERE t.id = part.fee_type_id AND t.company_id = part.company_id;
        IF NOT FOUND THEN
            PERFORM ledger_refuse('item_fee_type', format('fee type %s is not of company %s',
                                                          part.fee_type_id, part.company_id));
        END IF;
        IF NOT part.untouched THEN
            PERFORM ledger_refuse('RCV-2', 'a new item is open in full');
        END IF;
    END LOOP;
    IF items > 1 THEN
        SELECT min(agreement_id) AS a0, max(agreement_id) AS a1, min(source_id) AS e0, max(source_id) AS e1
          INTO span FROM fresh;
        PERFORM ledger_close_together(items, 0, greatest(span.a1 - span.a0, span.e1 - span.e0));
        EXECUTE $q$
            SELECT f.id
              FROM fresh f
              LEFT JOIN (SELECT * FROM customers_agreement WHERE id BETWEEN $1 AND $2) a ON a.id = f.agreement_id
              LEFT JOIN (SELECT * FROM ledger_entry WHERE id BETWEEN $3 AND $4) e ON e.id = f.source_id
             WHERE a.id IS NULL OR e.id IS NULL OR a.company_id <> f.company_id OR e.company_id <> f.company_id
             LIMIT 1 $q$ INTO wrong USING span.a0, span.a1, span.e0, span.e1;
        PERFORM ledger_key_by_key();
    ELSE
        SELECT f.id INTO wrong
          FROM fresh f
          LEFT JOIN customers_agreement a ON a.id = f.agreement_id
          LEFT JOIN ledger_entry e ON e.id = f.source_id
         WHERE a.id IS NULL OR e.id IS NULL OR a.company_id <> f.company_id OR e.company_id <> f.company_id
         LIMIT 1;
    END IF;
    IF wrong IS NOT NULL THEN
        PERFORM ledger_refuse('item_reference', format('item %s: agreement or entry is not of its company', wrong));
    END IF;
    RETURN NULL;
END $$;

CREATE OR REPLACE FUNCTION receivables_allocation_guard() RETURNS trigger LANGUAGE plpgsql
SET enable_seqscan = off SET enable_hashjoin = off SET enable_mergejoin = off AS $$
DECLARE
    wrong bigint;
BEGIN
    SELECT f.item_id INTO wrong
      FROM fresh f
      LEFT JOIN receivables_openitem i ON i.id = f.item_id
      LEFT JOIN ledger_entry e ON e.id = f.entry_id
     WHERE i.id IS NULL OR e.id IS NULL OR i.company_id <> f.company_id OR e.company_id <> f.company_id
     LIMIT 1;
    IF wrong IS NOT NULL THEN
        PERFORM ledger_refuse('allocation_reference', format('item %s or its entry is not of the company', wrong));
    END IF;
    RETURN NULL;
END $$;

-- RCV-2: what is open is what is not allocated. Write the allocations first, or in the same statement. And what CHECK
-- constraints would say of a row that changes: a guard keeps its plan, while they are read anew for each statement, which
-- was a twentieth of a payment.
CREATE OR REPLACE FUNCTION receivables_open_guard() RETURNS trigger LANGUAGE plpgsql
SET enable_seqscan = off SET enable_hashjoin = off SET enable_mergejoin = off AS $$
DECLARE
    wrong record;
BEGIN
    SELECT f.id, r.rule INTO wrong
      FROM fresh f
     CROSS JOIN LATERAL (
        SELECT CASE WHEN f.open_fen NOT BETWEEN LEAST(f.gross_fen, 0) AND GREATEST(f.gross_fen, 0)
                    THEN 'item_never_overpaid'
                    WHEN f.invoiced_fen NOT BETWEEN LEAST(f.gross_fen, 0) AND GREATEST(f.gross_fen, 0)
                    THEN 'item_invoiced_once'
                    WHEN f.state NOT BETWEEN 1 AND 5 OR (f.open_fen = 0) <> (f.state IN (4, 5)) THEN 'item_state_says_open'
                    WHEN (f.state = 2) <> (f.reserved_by IS NOT NULL) THEN 'item_reserved_by'
                    WHEN f.open_fen <> f.gross_fen - COALESCE(
                             (SELECT sum(a.amount_fen) FROM receivables_allocation a WHERE a.item_id = f.id), 0)
                    THEN 'RCV-2' END AS rule) r
     WHERE r.rule IS NOT NULL
     LIMIT 1;
    IF wrong.rule IS NOT NULL THEN
        PERFORM ledger_refuse(wrong.rule,
                              format('item %s: open, invoiced, state and allocations do not fit each other', wrong.id));
    END IF;
    RETURN NULL;
END $$;

DROP TRIGGER IF EXISTS item_guard ON receivables_openitem;
CREATE TRIGGER item_guard AFTER INSERT ON receivables_openitem
    REFERENCING NEW TABLE AS fresh FOR EACH STATEMENT EXECUTE FUNCTION receivables_item_guard();
DROP TRIGGER IF EXISTS item_open_guard ON receivables_openitem;
CREATE TRIGGER item_open_guard AFTER UPDATE ON receivables_openitem
    REFERENCING NEW TABLE AS fresh FOR EACH STATEMENT EXECUTE FUNCTION receivables_open_guard();
DROP TRIGGER IF EXISTS item_sealed ON receivables_openitem;
CREATE TRIGGER item_sealed BEFORE DELETE OR TRUNCATE
    OR UPDATE OF id, company_id, agreement_id, fee_type_id, source_id, month, due_on, net_fen, tax_fen, gross_fen
    ON receivables_openitem FOR EACH STATEMENT EXECUTE FUNCTION ledger_refuse_write('item_sealed');
DROP TRIGGER IF EXISTS allocation_guard ON receivables_allocation;
CREATE TRIGGER allocation_guard AFTER INSERT ON receivables_allocation
    REFERENCING NEW TABLE AS fresh FOR EACH STATEMENT EXECUTE FUNCTION receivables_allocation_guard();
DROP TRIGGER IF EXISTS allocation_sealed ON receivables_allocation;
CREATE TRIGGER allocation_sealed BEFORE UPDATE OR DELETE OR TRUNCATE ON receivables_allocation
    FOR EACH STATEMENT EXECUTE FUNCTION ledger_refuse_write('LED-2');
DROP TRIGGER IF EXISTS fee_type_kept ON receivables_feetype;
CREATE TRIGGER fee_type_kept BEFORE DELETE OR TRUNCATE OR UPDATE OF id, company_id, kind ON receivables_feetype
    FOR EACH STATEMENT EXECUTE FUNCTION ledger_refuse_write('fee_type_kept');
DROP TRIGGER IF EXISTS balance_kept ON receivables_agreementbalance;
CREATE TRIGGER balance_kept BEFORE DELETE OR TRUNCATE OR UPDATE OF agreement_id, company_id
    ON receivables_agreementbalance FOR EACH STATEMENT EXECUTE FUNCTION ledger_refuse_write('RCV-1');

ALTER TABLE receivables_openitem ENABLE ALWAYS TRIGGER item_guard;
ALTER TABLE receivables_openitem ENABLE ALWAYS TRIGGER item_open_guard;
ALTER TABLE receivables_openitem ENABLE ALWAYS TRIGGER item_sealed;
ALTER TABLE receivables_allocation ENABLE ALWAYS TRIGGER allocation_guard;
ALTER TABLE receivables_allocation ENABLE ALWAYS TRIGGER allocation_sealed;
ALTER TABLE receivables_feetype ENABLE ALWAYS TRIGGER fee_type_kept;
ALTER TABLE receivables_agreementbalance ENABLE ALWAYS TRIGGER balance_kept;
