-- Guards of the tables that point at items and entries: whoever they name is of their own company, and facts stay.

CREATE OR REPLACE FUNCTION receivables_item_is_ours() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (SELECT 1 FROM fresh f LEFT JOIN receivables_openitem i ON i.id = f.item_id
                WHERE i.id IS NULL OR i.company_id <> f.company_id) THEN
        PERFORM ledger_refuse(TG_ARGV[0], 'the item is not of the company');
    END IF;
    RETURN NULL;
END $$;

CREATE OR REPLACE FUNCTION receivables_late_fee_guard() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (SELECT 1 FROM fresh f
                 LEFT JOIN receivables_openitem i ON i.id = f.item_id
                 LEFT JOIN receivables_openitem p ON p.id = f.principal_id
                WHERE i.id IS NULL OR p.id IS NULL OR i.company_id <> f.company_id OR p.company_id <> f.company_id
                   OR i.agreement_id <> p.agreement_id OR f.part_fen <= 0 OR f.part_fen > p.gross_fen) THEN
        PERFORM ledger_refuse('late_fee_reference', 'a late fee and its principal are of one agreement');
    END IF;
    RETURN NULL;
END $$;

-- A waiver lies on its item in full under its own entry (RCV-2 holds the item's rest), and not on what is invoiced (INV-1).
CREATE OR REPLACE FUNCTION receivables_waived(p_item bigint) RETURNS bigint LANGUAGE sql STABLE AS $$
    SELECT COALESCE(sum(amount_fen), 0)::bigint FROM receivables_waiver WHERE item_id = p_item AND state = 1
$$;

CREATE OR REPLACE FUNCTION receivables_waiver_guard() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (SELECT 1 FROM fresh f
                 LEFT JOIN receivables_openitem i ON i.id = f.item_id
                 LEFT JOIN ledger_entry e ON e.id = f.entry_id
                 LEFT JOIN receivables_allocation a ON a.entry_id = f.entry_id AND a.item_id = f.item_id
                WHERE i.id IS NULL OR e.id IS NULL OR a.item_id IS NULL OR i.company_id <> f.company_id
                   OR e.company_id <> f.company_id OR i.agreement_id <> f.agreement_id OR a.amount_fen <> f.amount_fen
                   OR e.source <> f.id) THEN
        PERFORM ledger_refuse('waiver_reference', 'a waiver lies on an item of its agreement under its own entry');
    END IF;
    IF EXISTS (SELECT 1 FROM (SELECT DISTINCT item_id FROM fresh) f JOIN receivables_openitem i ON i.id = f.item_id
                WHERE i.invoiced_fen + receivables_waived(f.item_id) > i.gross_fen) THEN
        PERFORM ledger_refuse('INV-1', 'what is invoiced is not waived');
    END IF;
    RETURN NULL;
END $$;

CREATE OR REPLACE FUNCTION receivables_entry_is_ours() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (SELECT 1 FROM fresh f LEFT JOIN ledger_entry e ON e.id = f.entry_id
                WHERE f.entry_id IS NOT NULL AND (e.id IS NULL OR e.company_id <> f.company_id)) THEN
        PERFORM ledger_refuse(TG_ARGV[0], 'the entry is not of the company');
    END IF;
    RETURN NULL;
END $$;

DROP TRIGGER IF EXISTS late_fee_guard ON receivables_latefeelink;
CREATE TRIGGER late_fee_guard AFTER INSERT ON receivables_latefeelink
    REFERENCING NEW TABLE AS fresh FOR EACH STATEMENT EXECUTE FUNCTION receivables_late_fee_guard();
DROP TRIGGER IF EXISTS late_fee_sealed ON receivables_latefeelink;
CREATE TRIGGER late_fee_sealed BEFORE UPDATE OR DELETE OR TRUNCATE ON receivables_latefeelink
    FOR EACH STATEMENT EXECUTE FUNCTION ledger_refuse_write('LED-2');
DROP TRIGGER IF EXISTS waiver_guard ON receivables_waiver;
CREATE TRIGGER waiver_guard AFTER INSERT ON receivables_waiver
    REFERENCING NEW TABLE AS fresh FOR EACH STATEMENT EXECUTE FUNCTION receivables_waiver_guard();
DROP TRIGGER IF EXISTS waiver_sealed ON receivables_waiver;
CREATE TRIGGER waiver_sealed BEFORE DELETE OR TRUNCATE
    OR UPDATE OF id, company_id, item_id, agreement_id, kind, amount_fen, tax_fen, reason, entry_id, posting_day
    ON receivables_waiver FOR EACH STATEMENT EXECUTE FUNCTION ledger_refuse_write('LED-2');
DROP TRIGGER IF EXISTS subscription_charge_guard ON receivables_subscriptioncharge;
CREATE TRIGGER subscription_charge_guard AFTER INSERT ON receivables_subscriptioncharge
    REFERENCING NEW TABLE AS fresh FOR EACH STATEMENT EXECUTE FUNCTION receivables_item_is_ours('subscription_item');
DROP TRIGGER IF EXISTS subscription_charge_sealed ON receivables_subscriptioncharge;
CREATE TRIGGER subscription_charge_sealed BEFORE UPDATE OR DELETE OR TRUNCATE ON receivables_subscriptioncharge
    FOR EACH STATEMENT EXECUTE FUNCTION ledger_refuse_write('LED-2');
DROP TRIGGER IF EXISTS deposit_slip_guard ON receivables_depositslip;
CREATE TRIGGER deposit_slip_guard AFTER INSERT ON receivables_depositslip
    REFERENCING NEW TABLE AS fresh FOR EACH STATEMENT EXECUTE FUNCTION receivables_item_is_ours('deposit_slip_item');
DROP TRIGGER IF EXISTS settlement_guard ON receivables_settlement;
CREATE TRIGGER settlement_guard AFTER UPDATE ON receivables_settlement
    REFERENCING NEW TABLE AS fresh FOR EACH STATEMENT EXECUTE FUNCTION receivables_entry_is_ours('settlement_entry');

ALTER TABLE receivables_latefeelink ENABLE ALWAYS TRIGGER late_fee_guard;
ALTER TABLE receivables_latefeelink ENABLE ALWAYS TRIGGER late_fee_sealed;
ALTER TABLE receivables_waiver ENABLE ALWAYS TRIGGER waiver_guard;
ALTER TABLE receivables_waiver ENABLE ALWAYS TRIGGER waiver_sealed;
ALTER TABLE receivables_subscriptioncharge ENABLE ALWAYS TRIGGER subscription_charge_guard;
ALTER TABLE receivables_subscriptioncharge ENABLE ALWAYS TRIGGER subscription_charge_sealed;
ALTER TABLE receivables_depositslip ENABLE ALWAYS TRIGGER deposit_slip_guard;
ALTER TABLE receivables_settlement ENABLE ALWAYS TRIGGER settlement_guard;
