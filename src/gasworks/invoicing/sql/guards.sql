-- INV-1: what an item says is invoiced is what its valid sheets say. Mark the item first, then write the sheet's parts.

CREATE OR REPLACE FUNCTION invoicing_sheet_item_guard() RETURNS trigger LANGUAGE plpgsql
SET enable_seqscan = off SET enable_hashjoin = off SET enable_mergejoin = off AS $$
DECLARE
    wrong bigint;
BEGIN
    SELECT f.item_id INTO wrong
      FROM (SELECT DISTINCT item_id FROM fresh) f
      JOIN receivables_openitem i ON i.id = f.item_id
     WHERE i.invoiced_fen <> COALESCE(
               (SELECT sum(p.amount_fen) FROM invoicing_sheetitem p JOIN invoicing_sheet s ON s.id = p.sheet_id
                 WHERE p.item_id = f.item_id AND s.state = 'printed'), 0)
     LIMIT 1;
    IF wrong IS NOT NULL THEN
        PERFORM ledger_refuse('INV-1', format('item %s: invoiced is not what its sheets say', wrong));
    END IF;
    SELECT f.item_id INTO wrong
      FROM (SELECT DISTINCT item_id FROM fresh) f
      JOIN receivables_openitem i ON i.id = f.item_id
     WHERE i.gross_fen > 0 AND i.invoiced_fen + receivables_waived(f.item_id) > i.gross_fen
     LIMIT 1;
    IF wrong IS NOT NULL THEN
        PERFORM ledger_refuse('INV-1', format('item %s: what is waived is not invoiced', wrong));
    END IF;
    RETURN NULL;
END $$;

DROP TRIGGER IF EXISTS sheet_item_guard ON invoicing_sheetitem;
CREATE TRIGGER sheet_item_guard AFTER INSERT ON invoicing_sheetitem
    REFERENCING NEW TABLE AS fresh FOR EACH STATEMENT EXECUTE FUNCTION invoicing_sheet_item_guard();
DROP TRIGGER IF EXISTS sheet_item_sealed ON invoicing_sheetitem;
CREATE TRIGGER sheet_item_sealed BEFORE UPDATE OR DELETE OR TRUNCATE ON invoicing_sheetitem
    FOR EACH STATEMENT EXECUTE FUNCTION ledger_refuse_write('INV-1');
DROP TRIGGER IF EXISTS sheet_sealed ON invoicing_sheet;
CREATE TRIGGER sheet_sealed BEFORE DELETE OR TRUNCATE
    OR UPDATE OF id, company_id, book_id, number, amount_fen, reprint_of_id, printed_by_id, printed_at
    ON invoicing_sheet FOR EACH STATEMENT EXECUTE FUNCTION ledger_refuse_write('INV-1');

ALTER TABLE invoicing_sheetitem ENABLE ALWAYS TRIGGER sheet_item_guard;
ALTER TABLE invoicing_sheetitem ENABLE ALWAYS TRIGGER sheet_item_sealed;
ALTER TABLE invoicing_sheet ENABLE ALWAYS TRIGGER sheet_sealed;
