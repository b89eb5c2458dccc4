-- What was printed stays as it was printed; only how it was delivered is written later, once.
DROP TRIGGER IF EXISTS reminder_sealed ON receivables_reminder;
CREATE TRIGGER reminder_sealed BEFORE DELETE OR TRUNCATE
    OR UPDATE OF id, company_id, agreement_id, kind, asked_on, open_fen, fee_fen, work_id, printed_by_id, printed_at
    ON receivables_reminder FOR EACH STATEMENT EXECUTE FUNCTION ledger_refuse_write('reminder_sealed');
ALTER TABLE receivables_reminder ENABLE ALWAYS TRIGGER reminder_sealed;
