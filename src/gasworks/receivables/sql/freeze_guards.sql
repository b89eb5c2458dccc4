-- Days without late fee: of an item of the same company; only their end is written later. Older disputes get their rows.

DROP TRIGGER IF EXISTS freeze_guard ON receivables_freeze;
CREATE TRIGGER freeze_guard AFTER INSERT ON receivables_freeze
    REFERENCING NEW TABLE AS fresh FOR EACH STATEMENT EXECUTE FUNCTION receivables_item_is_ours('freeze_item');
DROP TRIGGER IF EXISTS freeze_sealed ON receivables_freeze;
CREATE TRIGGER freeze_sealed BEFORE DELETE OR TRUNCATE
    OR UPDATE OF id, company_id, item_id, kind, from_on, note, set_by_id, set_at ON receivables_freeze
    FOR EACH STATEMENT EXECUTE FUNCTION ledger_refuse_write('LED-2');
ALTER TABLE receivables_freeze ENABLE ALWAYS TRIGGER freeze_guard;
ALTER TABLE receivables_freeze ENABLE ALWAYS TRIGGER freeze_sealed;

INSERT INTO receivables_freeze (company_id, item_id, kind, from_on, to_on, note, set_at, ended_at)
SELECT i.company_id, i.id, 'dispute', i.frozen[n], i.frozen[n + 1], '', COALESCE(i.disputed_at, now()), now()
  FROM receivables_openitem i, generate_series(1, array_length(i.frozen, 1), 2) n WHERE i.frozen IS NOT NULL
 UNION ALL
SELECT i.company_id, i.id, 'dispute', (i.disputed_at AT TIME ZONE 'Asia/Shanghai')::date, NULL, '', i.disputed_at, NULL
  FROM receivables_openitem i WHERE i.state = 3 AND i.disputed_at IS NOT NULL;
