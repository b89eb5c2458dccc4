-- What agreements owe and hold, in the order in which it is paid. A function, so that the plan is made once a session.
DROP FUNCTION IF EXISTS receivables_read(bigint, bigint[]);
CREATE FUNCTION receivables_read(p_company bigint, p_agreements bigint[])
RETURNS TABLE (agreement bigint, balance bigint, item bigint, fee_type bigint, fee_name varchar, fee_name_en varchar,
               fee_kind varchar, fee_order smallint, month integer, due_on date, gross bigint, open bigint, invoiced bigint,
               item_state smallint, stops_supply boolean, receivable_gl bigint, source_kind smallint, source bigint,
               frozen date[], late_until date)
LANGUAGE plpgsql STABLE
SET enable_seqscan = off SET enable_hashjoin = off SET enable_mergejoin = off SET plan_cache_mode = force_generic_plan AS $$
BEGIN
    RETURN QUERY
    SELECT a.id, COALESCE(b.balance_fen, 0), i.id, i.fee_type_id, t.name, t.name_en, t.kind, t."order", i.month, i.due_on,
           i.gross_fen, i.open_fen, i.invoiced_fen, i.state, t.stops_supply, t.receivable_gl_id, e.kind, e.source,
           i.frozen, i.late_until
      FROM customers_agreement a
      LEFT JOIN receivables_agreementbalance b ON b.agreement_id = a.id
      LEFT JOIN receivables_openitem i ON i.agreement_id = a.id AND i.open_fen <> 0
      LEFT JOIN receivables_feetype t ON t.id = i.fee_type_id
      LEFT JOIN ledger_entry e ON e.id = i.source_id
     WHERE a.company_id = p_company AND a.id = ANY (p_agreements)
     ORDER BY a.id, i.due_on, t."order", i.id;
END $$;
