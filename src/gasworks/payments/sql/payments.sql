-- Taking money: one call, one transaction, one round trip. Refusals are SQLSTATE GWPnn, see payments/refusals.py.

-- A shift's payments share this lock until they commit; its close takes it alone.
CREATE OR REPLACE FUNCTION payments_shift_key(p_shift bigint) RETURNS bigint LANGUAGE sql IMMUTABLE AS $$
    SELECT hashint8extended(p_shift, 7046029254386353131)
$$;

CREATE OR REPLACE FUNCTION payments_refuse(p_state text, p_sentence text) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION '%', p_sentence USING ERRCODE = p_state;
END $$;

-- One request of the counter or a channel for one or several agreements; or thousands of requests of a collection file
-- for one agreement each. All or nothing.
--   p_shift        the open shift of p_actor, or null for a channel, which posts at the head office
--   p_keys, p_hashes, p_channel_ons    one for all lines, or one for each line; p_channel_ons is the channel's own
--                                      business day, null at the counter
--   p_agreements, p_amounts            the lines: what each agreement pays, each agreement once
--   p_lines, p_seqs, p_items, p_seen, p_shares the plan: the line's place, the share's place in its line, item, what was open
--                                      when it was read, what it gets
-- Answers with the stored answer and whether it was there already; of several requests none may be known.
-- What belongs to a line is found by the line's place in an array and never joined, so 5,000 lines cost 5,000 times one.
CREATE OR REPLACE FUNCTION payments_pay(
    p_company bigint, p_channel text, p_keys uuid[], p_hashes bytea[], p_shift bigint, p_today date, p_channel_ons date[],
    p_means text, p_tendered bigint, p_agreements bigint[], p_amounts bigint[],
    p_lines integer[], p_seqs smallint[], p_items bigint[], p_seen bigint[], p_shares bigint[],
    p_actor bigint, p_now timestamptz, p_reason text, p_ip inet, p_request_id text
) RETURNS jsonb LANGUAGE plpgsql
SET enable_seqscan = off SET enable_hashjoin = off SET enable_mergejoin = off SET plan_cache_mode = force_generic_plan AS $$
DECLARE
    v_payments bigint[];
    v_entries bigint[];
    v_surpluses bigint[];
    v_item_accounts bigint[];
    v_leg_lines integer[];
    v_leg_seqs smallint[];
    v_leg_counts integer[];
    v_leg_accounts bigint[];
    v_leg_amounts bigint[];
    v_outlet bigint;
    v_day date;
    v_shift_state text;
    v_cashier bigint;
    v_channel bigint;
    v_channel_active boolean;
    v_known record;
    v_reserved boolean;
    v_stale boolean;
    v_answer jsonb;
    v_fen bigint;
    v_total bigint := 0;
    v_shared bigint := 0;
    v_money bigint;
    v_advance_account bigint;
    v_advance_fee bigint;
    v_count integer := cardinality(p_agreements);
    v_many boolean := cardinality(p_keys) > 1;
    v_found integer;
BEGIN
    IF p_shift IS NOT NULL THEN
        PERFORM pg_advisory_xact_lock_shared(payments_shift_key(p_shift));
    END IF;
    SELECT c.id, c.active, g.id, t.id, t.receivable_gl_id, COALESCE(s.outlet_id, u.id), s.posting_day, s.state, s.cashier_id
      INTO v_channel, v_channel_active, v_money, v_advance_fee, v_advance_account, v_outlet, v_day, v_shift_state, v_cashier
      FROM payments_channel c
      LEFT JOIN ledger_glaccount g ON g.company_id = c.company_id
            AND g.role = CASE WHEN p_means = 'cash' THEN 'cash' ELSE 'channel_transit' END AND g.role <> ''
      LEFT JOIN receivables_feetype t ON t.company_id = c.company_id AND t.code = 'advance'
      LEFT JOIN payments_shift s ON s.id = p_shift AND s.company_id = p_company
      LEFT JOIN foundation_orgunit u ON u.company_id = c.company_id AND u.is_head_office AND p_shift IS NULL
     WHERE c.company_id = p_company AND c.code = p_channel;
    IF NOT FOUND THEN
        PERFORM payments_refuse('GWP07', 'there is no such channel');
    END IF;
    IF p_shift IS NULL THEN
        v_day := ledger_hold_day(p_company, v_outlet, p_today);
    END IF;

    FOREACH v_fen IN ARRAY p_amounts LOOP
        v_total := v_total + v_fen;
    END LOOP;
    FOREACH v_fen IN ARRAY p_shares LOOP
        v_shared := v_shared + v_fen;
    END LOOP;
    IF v_count = 1 THEN
        v_payments := ARRAY[nextval('payments_payment_id_seq')];
        v_entries := ARRAY[nextval('ledger_entry_id_seq')];
        v_surpluses := ARRAY[v_total - v_shared];
    ELSE
        SELECT array_agg(nextval('payments_payment_id_seq')), array_agg(nextval('ledger_entry_id_seq'))
          INTO v_payments, v_entries FROM generate_series(1, v_count);
        SELECT array_agg(r.rest ORDER BY r.line) INTO v_surpluses
          FROM (SELECT q.line, sum(q.fen)::bigint AS rest
                  FROM (SELECT l.line, l.amount AS fen FROM unnest(p_amounts) WITH ORDINALITY AS l(amount, line)
                         UNION ALL
                        SELECT s.line, -s.share FROM unnest(p_lines, p_shares) AS s(line, share)) q
                 GROUP BY q.line) r;
    END IF;
    v_answer := jsonb_build_object(
        'payments', v_payments, 'entries', v_entries, 'amount_fen', v_total, 'tendered_fen', p_tendered,
        'surplus_fen', v_total - v_shared, 'posting_day', v_day);

    -- PAY-2: the key is decided before any business rule. A second caller waits here for the first one's commit.
    -- Thousands of keys are simply inserted: a known one breaks request_key_once, which undoes the statement. To look first
    -- would cost as much as all the keys.
    IF v_many THEN
        IF cardinality(p_keys) <> v_count OR cardinality(p_hashes) <> v_count OR cardinality(p_channel_ons) <> v_count THEN
            PERFORM payments_refuse('GWP05', 'keys are not one for each line');
        END IF;
        INSERT INTO foundation_requestkey (company_id, channel, key, body_hash, answer, at)
        SELECT p_company, p_channel, l.key, l.hash,
               jsonb_build_object('payments', ARRAY[l.payment], 'entries', ARRAY[l.entry], 'amount_fen', l.amount,
                                  'tendered_fen', l.amount, 'surplus_fen', l.surplus, 'posting_day', v_day), p_now
          FROM unnest(p_keys, p_hashes, v_payments, v_entries, p_amounts, v_surpluses)
               AS l(key, hash, payment, entry, amount, surplus);
    ELSE
        INSERT INTO foundation_requestkey (company_id, channel, key, body_hash, answer, at)
        VALUES (p_company, p_channel, p_keys[1], p_hashes[1], v_answer, p_now) ON CONFLICT DO NOTHING;
        IF NOT FOUND THEN
            SELECT k.body_hash, k.answer INTO v_known FROM foundation_requestkey k
             WHERE k.company_id = p_company AND k.channel = p_channel AND k.key = p_keys[1];
            IF v_known.body_hash <> p_hashes[1] THEN
                PERFORM payments_refuse('GWP02', 'the key was used for another body');
            END IF;
            RETURN v_known.answer || '{"replayed": true}';
        END IF;
    END IF;

    IF NOT v_channel_active THEN
        PERFORM payments_refuse('GWP07', 'the channel is not in use');
    END IF;
    IF p_shift IS NOT NULL AND (v_shift_state IS DISTINCT FROM 'open' OR v_cashier IS DISTINCT FROM p_actor) THEN
        PERFORM payments_refuse('GWP03', 'the shift is not open, or not the cashier''s own');
    END IF;
    IF v_count = 0 OR v_total IS NULL OR 0 >= ANY (p_amounts) OR p_tendered < v_total
       OR (p_means <> 'cash' AND p_tendered <> v_total) THEN
        PERFORM payments_refuse('GWP05', 'the amounts do not fit each other');
    END IF;
    PERFORM pg_advisory_xact_lock_shared(ledger_day_key(p_company, v_outlet, v_day));

    -- RCV-1: the balance rows are locked in agreement order, before anything is read that the plan depends on. A single one is
    -- moved at once, which locks it as well: a refusal below undoes it. A row that is missing is opened first.
    FOR v_turn IN 1..2 LOOP
        IF v_count = 1 THEN
            UPDATE receivables_agreementbalance b SET balance_fen = b.balance_fen - v_total
             WHERE b.agreement_id = p_agreements[1] AND b.company_id = p_company;
            GET DIAGNOSTICS v_found = ROW_COUNT;
        ELSE
            SELECT count(*) INTO v_found FROM (
                SELECT 1 FROM receivables_agreementbalance b
                 WHERE b.agreement_id = ANY (p_agreements) AND b.company_id = p_company
                 ORDER BY b.agreement_id FOR NO KEY UPDATE) held;
        END IF;
        EXIT WHEN v_found = v_count;
        IF v_turn = 2 THEN
            PERFORM payments_refuse('GWP06', 'an agreement is not there');
        END IF;
        INSERT INTO receivables_agreementbalance (agreement_id, company_id, balance_fen)
        SELECT a.id, a.company_id, 0 FROM customers_agreement a
         WHERE a.id = ANY (p_agreements) AND a.company_id = p_company ORDER BY a.id ON CONFLICT DO NOTHING;
    END LOOP;

    -- The plan against what is open now; and the receivable account of each share.
    SELECT COALESCE(bool_or(i.state = 2), false),
           COALESCE(bool_or(i.id IS NULL OR i.agreement_id IS DISTINCT FROM p_agreements[p.line] OR i.company_id <> p_company
                            OR i.state <> 1 OR i.open_fen <> p.seen OR p.share <= 0 OR p.share > i.open_fen), false),
           array_agg(t.receivable_gl_id ORDER BY p.place)
      INTO v_reserved, v_stale, v_item_accounts
      FROM unnest(p_lines, p_items, p_seen, p_shares) WITH ORDINALITY AS p(line, item, seen, share, place)
      LEFT JOIN receivables_openitem i ON i.id = p.item
      LEFT JOIN receivables_feetype t ON t.id = i.fee_type_id;
    IF v_reserved THEN
        PERFORM payments_refuse('GWP04', 'an item is with the bank');
    END IF;
    IF v_stale THEN
        PERFORM payments_refuse('GWP01', 'what is open has changed');
    END IF;
    IF 0 > ANY (v_surpluses) THEN
        PERFORM payments_refuse('GWP05', 'the amounts do not fit each other');
    END IF;

    IF v_count = 1 AND v_total = v_shared AND v_item_accounts[1] = ALL (v_item_accounts) THEN
        -- One agreement and one account: what a counter takes all day. The same as below, without grouping anything.
        v_leg_lines := ARRAY[1];
        v_leg_seqs := ARRAY[1];
        v_leg_counts := ARRAY[1];
        v_leg_accounts := ARRAY[v_item_accounts[1]];
        v_leg_amounts := ARRAY[v_total];
    ELSE
        SELECT array_agg(l.line), array_agg(l.seq), array_agg(l.legs), array_agg(l.account), array_agg(l.amount)
          INTO v_leg_lines, v_leg_seqs, v_leg_counts, v_leg_accounts, v_leg_amounts
          FROM (SELECT q.line, q.account, sum(q.fen)::bigint AS amount, count(*) OVER (PARTITION BY q.line) AS legs,
                       row_number() OVER (PARTITION BY q.line ORDER BY q.account) AS seq
                  FROM (SELECT p.line, p.account, p.share AS fen
                          FROM unnest(p_lines, v_item_accounts, p_shares) AS p(line, account, share)
                         UNION ALL
                        SELECT a.line, v_advance_account, a.surplus
                          FROM unnest(v_surpluses) WITH ORDINALITY AS a(surplus, line)
                         WHERE a.surplus > 0) q
                 GROUP BY q.line, q.account) l;
    END IF;

    INSERT INTO ledger_entry (id, company_id, outlet_id, posting_day, kind, source, legs, actor_id, at)
    SELECT v_entries[l.line], p_company, v_outlet, v_day, 3, v_payments[l.line], l.legs, p_actor, p_now
      FROM unnest(v_leg_lines, v_leg_seqs, v_leg_counts) AS l(line, seq, legs) WHERE l.seq = 1;
    INSERT INTO ledger_posting (entry_id, seq, company_id, debit_gl_id, debit_party, credit_gl_id, credit_party, amount_fen)
    SELECT v_entries[l.line], l.seq, p_company, v_money,
           CASE WHEN p_means = 'cash' THEN p_shift ELSE v_channel END, l.account, p_agreements[l.line], l.amount
      FROM unnest(v_leg_lines, v_leg_seqs, v_leg_accounts, v_leg_amounts) AS l(line, seq, account, amount);
    INSERT INTO payments_payment (id, company_id, agreement_id, entry_id, outlet_id, shift_id, channel_id, means,
                                  posting_day, amount_fen, tendered_fen, advance_fen, key, channel_on, state, taken_by_id, at)
    SELECT l.payment, p_company, l.agreement, l.entry, v_outlet, p_shift, v_channel, p_means, v_day, l.amount,
           l.amount + CASE WHEN l.line = v_count THEN p_tendered - v_total ELSE 0 END, l.surplus,
           p_keys[CASE WHEN v_many THEN l.line ELSE 1 END], p_channel_ons[CASE WHEN v_many THEN l.line ELSE 1 END], 1,
           p_actor, p_now
      FROM unnest(v_payments, v_entries, p_agreements, p_amounts, v_surpluses)
           WITH ORDINALITY AS l(payment, entry, agreement, amount, surplus, line);

    IF v_shared > 0 THEN
        INSERT INTO receivables_allocation (entry_id, seq, company_id, item_id, amount_fen)
        SELECT v_entries[p.line], p.seq, p_company, p.item, p.share
          FROM unnest(p_lines, p_seqs, p_items, p_shares) AS p(line, seq, item, share);
        UPDATE receivables_openitem i
           SET open_fen = i.open_fen - p.share, state = CASE WHEN i.open_fen = p.share THEN 4 ELSE i.state END
          FROM unnest(p_items, p_shares) AS p(item, share)
         WHERE i.id = p.item;
    END IF;
    IF v_total > v_shared THEN
        INSERT INTO receivables_openitem (company_id, agreement_id, fee_type_id, source_id, month, due_on, net_fen, tax_fen,
                                          gross_fen, open_fen, invoiced_fen, state)
        SELECT p_company, l.agreement, v_advance_fee, v_entries[l.line],
               extract(year FROM v_day)::int * 100 + extract(month FROM v_day)::int, v_day,
               -l.surplus, 0, -l.surplus, -l.surplus, 0, 1
          FROM unnest(p_agreements, v_surpluses) WITH ORDINALITY AS l(agreement, surplus, line)
         WHERE l.surplus > 0;
    END IF;
    IF v_count > 1 THEN
        UPDATE receivables_agreementbalance b
           SET balance_fen = b.balance_fen - l.amount
          FROM unnest(p_agreements, p_amounts) AS l(agreement, amount)
         WHERE b.agreement_id = l.agreement;
    END IF;

    IF v_many THEN
        INSERT INTO foundation_auditact (company_id, at, actor_id, act, subject_kind, subject_id, amount_fen, detail, reason,
                                         ip, request_id)
        VALUES (p_company, p_now, p_actor, 'payments.take_collection', 'payments.payment', v_payments[1], v_total,
                jsonb_build_object('payments', v_count, 'last', v_payments[v_count], 'means', p_means, 'channel', p_channel),
                p_reason, p_ip, p_request_id);
    ELSE
        INSERT INTO foundation_auditact (company_id, at, actor_id, act, subject_kind, subject_id, amount_fen, detail, reason,
                                         ip, request_id)
        SELECT p_company, p_now, p_actor, 'payments.take', 'payments.payment', l.payment, l.amount,
               jsonb_build_object('agreement', l.agreement, 'means', p_means, 'channel', p_channel, 'shift', p_shift),
               p_reason, p_ip, p_request_id
          FROM unnest(v_payments, p_agreements, p_amounts) AS l(payment, agreement, amount);
    END IF;
    INSERT INTO foundation_event (company_id, kind, schema, payload, at)
    VALUES (p_company, 'payments.payment_taken', 1,
            jsonb_build_object('payment_ids', v_payments, 'agreement_ids', p_agreements, 'amount_fen', v_total,
                               'channel', p_channel),
            p_now);
    RETURN v_answer || '{"replayed": false}';
END $$;

-- References of a payment, once a statement.
CREATE OR REPLACE FUNCTION payments_payment_guard() RETURNS trigger LANGUAGE plpgsql
SET enable_seqscan = off SET enable_hashjoin = off SET enable_mergejoin = off SET plan_cache_mode = force_generic_plan AS $$
DECLARE
    wrong bigint;
    reversal boolean;
BEGIN
    -- What all rows share is looked up once, what each has of its own once a row.
    SELECT min(p.id) FILTER (WHERE c.id IS NULL OR c.company_id <> p.company_id
                                OR (p.shift_id IS NOT NULL AND (s.id IS NULL OR s.company_id <> p.company_id
                                    OR s.outlet_id <> p.outlet_id OR s.posting_day <> p.posting_day))),
           bool_or(p.reversal)
      INTO wrong, reversal
      FROM (SELECT company_id, channel_id, shift_id, outlet_id, posting_day, min(id) AS id,
                   bool_or(reverses_id IS NOT NULL) AS reversal
              FROM fresh GROUP BY 1, 2, 3, 4, 5) p
      LEFT JOIN payments_channel c ON c.id = p.channel_id
      LEFT JOIN payments_shift s ON s.id = p.shift_id;
    IF wrong IS NULL THEN
        SELECT f.id INTO wrong
          FROM fresh f
          LEFT JOIN ledger_entry e ON e.id = f.entry_id
          LEFT JOIN customers_agreement a ON a.id = f.agreement_id
         WHERE e.id IS NULL OR a.id IS NULL OR e.company_id <> f.company_id OR a.company_id <> f.company_id
            OR e.outlet_id <> f.outlet_id OR e.posting_day <> f.posting_day
            OR e.actor_id IS DISTINCT FROM f.taken_by_id OR e.source <> f.id
         LIMIT 1;
    END IF;
    IF wrong IS NULL AND reversal THEN
        SELECT f.id INTO wrong
          FROM fresh f
          LEFT JOIN payments_payment o ON o.id = f.reverses_id
         WHERE f.reverses_id IS NOT NULL
           AND (o.id IS NULL OR o.company_id <> f.company_id OR o.agreement_id <> f.agreement_id
                OR o.amount_fen <> -f.amount_fen OR o.means <> f.means OR o.channel_id <> f.channel_id)
         LIMIT 1;
    END IF;
    IF wrong IS NOT NULL THEN
        PERFORM ledger_refuse('PAY-1', format('payment %s: entry, agreement, channel, shift or original do not fit', wrong));
    END IF;
    RETURN NULL;
END $$;

DROP TRIGGER IF EXISTS payment_guard ON payments_payment;
CREATE TRIGGER payment_guard AFTER INSERT ON payments_payment
    REFERENCING NEW TABLE AS fresh FOR EACH STATEMENT EXECUTE FUNCTION payments_payment_guard();
DROP TRIGGER IF EXISTS payment_sealed ON payments_payment;
CREATE TRIGGER payment_sealed BEFORE DELETE OR TRUNCATE
    OR UPDATE OF id, company_id, agreement_id, entry_id, outlet_id, shift_id, channel_id, means, posting_day, amount_fen,
                 tendered_fen, advance_fen, key, channel_on, reverses_id, taken_by_id, at
    ON payments_payment FOR EACH STATEMENT EXECUTE FUNCTION ledger_refuse_write('PAY-1');
DROP TRIGGER IF EXISTS channel_kept ON payments_channel;
CREATE TRIGGER channel_kept BEFORE DELETE OR TRUNCATE OR UPDATE OF id, company_id, code
    ON payments_channel FOR EACH STATEMENT EXECUTE FUNCTION ledger_refuse_write('channel_kept');

-- A shift's outlet, cashier, posting day and opening float are fixed at opening, and a closed shift stays closed.
CREATE OR REPLACE FUNCTION payments_shift_guard() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF OLD.state = 'closed' OR NEW.company_id <> OLD.company_id OR NEW.outlet_id <> OLD.outlet_id
       OR NEW.cashier_id <> OLD.cashier_id OR NEW.posting_day <> OLD.posting_day OR NEW.float_fen <> OLD.float_fen THEN
        PERFORM ledger_refuse('shift_fixed', format('shift %s is closed, or its terms are fixed', OLD.id));
    END IF;
    RETURN NEW;
END $$;
DROP TRIGGER IF EXISTS shift_fixed ON payments_shift;
CREATE TRIGGER shift_fixed BEFORE UPDATE ON payments_shift FOR EACH ROW EXECUTE FUNCTION payments_shift_guard();
DROP TRIGGER IF EXISTS shift_kept ON payments_shift;
CREATE TRIGGER shift_kept BEFORE DELETE OR TRUNCATE ON payments_shift
    FOR EACH STATEMENT EXECUTE FUNCTION ledger_refuse_write('shift_fixed');

ALTER TABLE payments_payment ENABLE ALWAYS TRIGGER payment_guard;
ALTER TABLE payments_payment ENABLE ALWAYS TRIGGER payment_sealed;
ALTER TABLE payments_channel ENABLE ALWAYS TRIGGER channel_kept;
ALTER TABLE payments_shift ENABLE ALWAYS TRIGGER shift_fixed;
ALTER TABLE payments_shift ENABLE ALWAYS TRIGGER shift_kept;
