-- The ledger's guards. Once a statement, by transition table, for clerk and billing run alike.
-- plpgsql keeps one plan for a statement of 1 and of 50,000 rows, so there must be only one good plan: a walk over the
-- transition table with a key look-up for each row. The SET clauses leave the planner no other; a join names keys only
-- and everything else is tested in WHERE.
-- What many rows point to, close together, is read as one range and hashed, in a plan of its own (EXECUTE): half the price.

CREATE OR REPLACE FUNCTION ledger_refuse_write() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION '%: % of % is refused', TG_ARGV[0], TG_OP, TG_TABLE_NAME
        USING ERRCODE = 'restrict_violation', CONSTRAINT = TG_ARGV[0], TABLE = TG_TABLE_NAME;
END $$;

-- Refuse a statement by the name of the rule it breaks.
CREATE OR REPLACE FUNCTION ledger_refuse(rule text, sentence text) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION '%: %', rule, sentence USING ERRCODE = 'check_violation', CONSTRAINT = rule;
END $$;

-- LED-7. An entry needs the open day of its outlet. Writers share the day's lock until they commit; the close takes it
-- alone, so the check after the lock sees either an open day that stays open, or a closed one.
CREATE OR REPLACE FUNCTION ledger_day_key(company bigint, outlet bigint, day date) RETURNS bigint
LANGUAGE sql IMMUTABLE AS $$
    SELECT hashint8extended(outlet, hashint8extended(company, COALESCE(day - DATE '2000-01-01', -1)))
$$;

CREATE OR REPLACE FUNCTION ledger_take_day(company bigint, outlet bigint, day date) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    PERFORM pg_advisory_xact_lock_shared(ledger_day_key(company, outlet, day));
    PERFORM 1 FROM ledger_outletday o
      WHERE o.company_id = company AND o.outlet_id = outlet AND o.day = ledger_take_day.day AND o.closed_at IS NULL;
    IF NOT FOUND THEN
        PERFORM ledger_refuse('LED-7', format('day %s of outlet %s is not open', day, outlet));
    END IF;
END $$;

-- The open posting day of an outlet; where none is open it begins the day after the last closed one, or today. What a
-- digest covers is over for every outlet of the company (AUD-2).
CREATE OR REPLACE FUNCTION ledger_open_day(p_company bigint, p_outlet bigint, p_today date) RETURNS date
LANGUAGE plpgsql AS $$
DECLARE
    found_day date;
BEGIN
    SELECT day INTO found_day FROM ledger_outletday
     WHERE company_id = p_company AND outlet_id = p_outlet AND closed_at IS NULL;
    IF found_day IS NULL THEN
        INSERT INTO ledger_outletday (company_id, outlet_id, day)
        SELECT p_company, p_outlet,
               GREATEST(p_today, (SELECT max(day) + 1 FROM ledger_outletday
                                   WHERE company_id = p_company AND outlet_id = p_outlet),
                        (SELECT max(day) + 1 FROM foundation_daydigest WHERE company_id = p_company))
            ON CONFLICT DO NOTHING;
        SELECT day INTO found_day FROM ledger_outletday
         WHERE company_id = p_company AND outlet_id = p_outlet AND closed_at IS NULL;
    END IF;
    RETURN found_day;
END $$;

-- The open day, held open until the transaction ends: a close under way is waited for, and then the next day is taken.
CREATE OR REPLACE FUNCTION ledger_hold_day(p_company bigint, p_outlet bigint, p_today date) RETURNS date
LANGUAGE plpgsql AS $$
DECLARE
    held date;
BEGIN
    LOOP
        held := ledger_open_day(p_company, p_outlet, p_today);
        PERFORM pg_advisory_xact_lock_shared(ledger_day_key(p_company, p_outlet, held));
        IF held = ledger_open_day(p_company, p_outlet, p_today) THEN
            RETURN held;
        END IF;
    END LOOP;
END $$;

-- Do n rows point into so short a range that it is read as a whole? Then what is planned next joins by hash, until
-- ledger_key_by_key. The guard that asks names both settings itself, so that they end with it whatever happens.
CREATE OR REPLACE FUNCTION ledger_close_together(n bigint, low bigint, high bigint) RETURNS boolean LANGUAGE plpgsql AS $$
BEGIN
    IF n < 500 OR high - low >= 4 * n THEN
        RETURN false;
    END IF;
    PERFORM set_config('enable_hashjoin', 'on', true), set_config('enable_nestloop', 'off', true);
    RETURN true;
END $$;

CREATE OR REPLACE FUNCTION ledger_key_by_key() RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    PERFORM set_config('enable_hashjoin', 'off', true), set_config('enable_nestloop', 'on', true);
END $$;

CREATE OR REPLACE FUNCTION ledger_entry_guard() RETURNS trigger LANGUAGE plpgsql
SET enable_seqscan = off SET enable_hashjoin = off SET enable_mergejoin = off AS $$
DECLARE
    fault record;
    wrong bigint;
BEGIN
    -- The lock first, in a statement of its own: the check after it sees what a close has committed meanwhile.
    PERFORM pg_advisory_xact_lock_shared(ledger_day_key(d.company_id, d.outlet_id, d.posting_day))
       FROM (SELECT company_id, outlet_id, posting_day FROM fresh GROUP BY 1, 2, 3 ORDER BY 1, 2, 3) d;

    SELECT min(CASE WHEN u.company_id IS DISTINCT FROM p.company_id OR u.kind <> 'outlet' THEN 'LED-6'
                    WHEN o.id IS NULL OR o.closed_at IS NOT NULL THEN 'LED-7'
                    WHEN p.actor_id IS NOT NULL AND s.id IS NULL THEN 'entry_actor'
                    WHEN NOT p.own THEN 'LED-5' END) AS rule,
           bool_or(p.reversal) AS reversal, min(p.outlet_id) AS outlet, min(p.posting_day) AS day
      INTO fault
      FROM (SELECT company_id, outlet_id, posting_day, actor_id, bool_or(reverses_id IS NOT NULL) AS reversal,
                   bool_and(xact = pg_current_xact_id()::text::bigint) AS own
              FROM fresh GROUP BY 1, 2, 3, 4) p
      LEFT JOIN foundation_orgunit u ON u.id = p.outlet_id
      LEFT JOIN ledger_outletday o ON o.company_id = p.company_id AND o.outlet_id = p.outlet_id AND o.day = p.posting_day
      LEFT JOIN foundation_staff s ON s.id = p.actor_id;
    IF fault.rule IS NOT NULL THEN
        PERFORM ledger_refuse(fault.rule, format('company, actor or xact is wrong, or the day %s of outlet %s is not open',
                                                 fault.day, fault.outlet));
    END IF;

    IF fault.reversal THEN
        SELECT f.id INTO wrong
          FROM fresh f LEFT JOIN ledger_entry o ON o.id = f.reverses_id
         WHERE f.reverses_id IS NOT NULL
           AND (o.id IS NULL OR o.company_id <> f.company_id OR o.legs <> f.legs OR o.reverses_id IS NOT NULL)
         LIMIT 1;
        IF wrong IS NOT NULL THEN
            PERFORM ledger_refuse('LED-4', format('entry %s reverses what it cannot', wrong));
        END IF;
    END IF;
    RETURN NULL;
END $$;

CREATE OR REPLACE FUNCTION ledger_posting_guard() RETURNS trigger LANGUAGE plpgsql
SET enable_seqscan = off SET enable_hashjoin = off SET enable_mergejoin = off SET enable_nestloop = on AS $$
DECLARE
    fault record;
    wrong bigint;
    cleared boolean;
    mine bigint := pg_current_xact_id()::text::bigint;
BEGIN
    SELECT min(CASE WHEN d.company_id IS DISTINCT FROM p.company_id OR c.company_id IS DISTINCT FROM p.company_id THEN 'LED-6'
                    WHEN p.debit_party <> (d.party_kind <> 'none') OR p.credit_party <> (c.party_kind <> 'none')
                    THEN 'posting_party' END) AS rule,
           bool_or(d.nature = 'clearing' OR c.nature = 'clearing') AS cleared,
           sum(p.n)::bigint AS n, min(p.low) AS low, max(p.high) AS high
      INTO fault
      FROM (SELECT company_id, debit_gl_id, credit_gl_id, debit_party IS NOT NULL AS debit_party,
                   credit_party IS NOT NULL AS credit_party, count(*) AS n, min(entry_id) AS low, max(entry_id) AS high
              FROM fresh GROUP BY 1, 2, 3, 4, 5) p
      LEFT JOIN ledger_glaccount d ON d.id = p.debit_gl_id
      LEFT JOIN ledger_glaccount c ON c.id = p.credit_gl_id;
    IF fault.rule IS NOT NULL THEN
        PERFORM ledger_refuse(fault.rule, 'an account is not of the company, or a party stands where the chart wants none');
    END IF;
    cleared := fault.cleared;

    IF ledger_close_together(fault.n, fault.low, fault.high) THEN
        EXECUTE $q$
            SELECT min(CASE WHEN e.id IS NULL THEN 'posting_entry'
                            WHEN e.company_id <> f.low OR f.low <> f.high THEN 'LED-6'
                            WHEN e.legs <> f.legs OR f.first <> 1 OR f.last <> e.legs OR e.xact <> $3 THEN 'LED-5'
                       END) AS rule,
                   bool_or(e.reverses_id IS NOT NULL) AS reversal
              FROM (SELECT entry_id, min(company_id) AS low, max(company_id) AS high, count(*) AS legs,
                           min(seq) AS first, max(seq) AS last
                      FROM fresh GROUP BY entry_id) f
              LEFT JOIN (SELECT * FROM ledger_entry WHERE id BETWEEN $1 AND $2) e ON e.id = f.entry_id $q$
           INTO fault USING fault.low, fault.high, mine;
        PERFORM ledger_key_by_key();
    ELSE
        SELECT min(CASE WHEN e.id IS NULL THEN 'posting_entry'
                        WHEN e.company_id <> f.low OR f.low <> f.high THEN 'LED-6'
                        WHEN e.legs <> f.legs OR f.first <> 1 OR f.last <> e.legs OR e.xact <> mine THEN 'LED-5'
                   END) AS rule,
               bool_or(e.reverses_id IS NOT NULL) AS reversal
          INTO fault
          FROM (SELECT entry_id, min(company_id) AS low, max(company_id) AS high, count(*) AS legs,
                       min(seq) AS first, max(seq) AS last
                  FROM fresh GROUP BY entry_id) f
          LEFT JOIN ledger_entry e ON e.id = f.entry_id;
    END IF;
    IF fault.rule IS NOT NULL THEN
        PERFORM ledger_refuse(fault.rule, 'the postings of an entry are not whole, or not of its company');
    END IF;

    IF fault.reversal THEN
        -- Outer joins without a condition behind them: only so must the plan walk the new rows and look each key up.
        SELECT min(f.entry_id) FILTER (
                   WHERE e.reverses_id IS NOT NULL
                     AND (o.seq IS NULL OR f.amount_fen <> o.amount_fen
                          OR f.debit_gl_id <> o.credit_gl_id OR f.credit_gl_id <> o.debit_gl_id
                          OR f.debit_party IS DISTINCT FROM o.credit_party
                          OR f.credit_party IS DISTINCT FROM o.debit_party)) INTO wrong
          FROM fresh f
          LEFT JOIN ledger_entry e ON e.id = f.entry_id
          LEFT JOIN ledger_posting o ON o.entry_id = e.reverses_id AND o.seq = f.seq;
        IF wrong IS NOT NULL THEN
            PERFORM ledger_refuse('LED-4', format('entry %s does not mirror its original', wrong));
        END IF;
    END IF;

    IF cleared THEN
        SELECT m.entry_id INTO wrong
          FROM (SELECT entry_id, debit_gl_id AS gl, amount_fen FROM fresh
                UNION ALL SELECT entry_id, credit_gl_id, -amount_fen FROM fresh) m
          JOIN ledger_glaccount g ON g.id = m.gl
         WHERE g.nature = 'clearing'
         GROUP BY m.entry_id, m.gl HAVING sum(m.amount_fen) <> 0 LIMIT 1;
        IF wrong IS NOT NULL THEN
            PERFORM ledger_refuse('LED-3', format('clearing does not net to zero in entry %s', wrong));
        END IF;
    END IF;
    RETURN NULL;
END $$;

DROP TRIGGER IF EXISTS entry_guard ON ledger_entry;
CREATE TRIGGER entry_guard AFTER INSERT ON ledger_entry
    REFERENCING NEW TABLE AS fresh FOR EACH STATEMENT EXECUTE FUNCTION ledger_entry_guard();
DROP TRIGGER IF EXISTS posting_guard ON ledger_posting;
CREATE TRIGGER posting_guard AFTER INSERT ON ledger_posting
    REFERENCING NEW TABLE AS fresh FOR EACH STATEMENT EXECUTE FUNCTION ledger_posting_guard();

DROP TRIGGER IF EXISTS entry_sealed ON ledger_entry;
CREATE TRIGGER entry_sealed BEFORE UPDATE OR DELETE OR TRUNCATE ON ledger_entry
    FOR EACH STATEMENT EXECUTE FUNCTION ledger_refuse_write('LED-2');
DROP TRIGGER IF EXISTS posting_sealed ON ledger_posting;
CREATE TRIGGER posting_sealed BEFORE UPDATE OR DELETE OR TRUNCATE ON ledger_posting
    FOR EACH STATEMENT EXECUTE FUNCTION ledger_refuse_write('LED-2');
DROP TRIGGER IF EXISTS day_total_sealed ON ledger_daytotal;
CREATE TRIGGER day_total_sealed BEFORE UPDATE OR DELETE OR TRUNCATE ON ledger_daytotal
    FOR EACH STATEMENT EXECUTE FUNCTION ledger_refuse_write('LED-2');

-- Parents of undeclared references: never deleted, never re-keyed, never moved to another company or kind of party.
DROP TRIGGER IF EXISTS gl_kept ON ledger_glaccount;
CREATE TRIGGER gl_kept BEFORE DELETE OR TRUNCATE OR UPDATE OF id, company_id, nature, party_kind ON ledger_glaccount
    FOR EACH STATEMENT EXECUTE FUNCTION ledger_refuse_write('gl_kept');

-- A closed day is neither opened again nor moved, and no day is opened at or before a closed one.
CREATE OR REPLACE FUNCTION ledger_day_guard() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'UPDATE' AND (OLD.closed_at IS NOT NULL OR NEW.company_id <> OLD.company_id
                             OR NEW.outlet_id <> OLD.outlet_id OR NEW.day <> OLD.day) THEN
        PERFORM ledger_refuse('LED-7', format('day %s of outlet %s is closed for good', OLD.day, OLD.outlet_id));
    END IF;
    PERFORM pg_advisory_xact_lock(ledger_day_key(NEW.company_id, NEW.outlet_id, NULL));
    PERFORM 1 FROM ledger_outletday o WHERE TG_OP = 'INSERT' AND o.company_id = NEW.company_id
        AND o.outlet_id = NEW.outlet_id AND o.day >= NEW.day AND o.closed_at IS NOT NULL;
    IF FOUND THEN
        PERFORM ledger_refuse('LED-7', format('outlet %s closed day %s or a later one', NEW.outlet_id, NEW.day));
    END IF;
    -- Shared with other openings; a digest takes it alone (ledger.digest).
    PERFORM pg_advisory_xact_lock_shared(ledger_day_key(NEW.company_id, 0, NULL));
    PERFORM 1 FROM foundation_daydigest d
      WHERE TG_OP = 'INSERT' AND d.company_id = NEW.company_id AND d.day >= NEW.day;
    IF FOUND THEN
        PERFORM ledger_refuse('LED-7', format('day %s or a later one was digested', NEW.day));
    END IF;
    RETURN NEW;
END $$;
DROP TRIGGER IF EXISTS outlet_day_once_closed ON ledger_outletday;
CREATE TRIGGER outlet_day_once_closed BEFORE INSERT OR UPDATE ON ledger_outletday
    FOR EACH ROW EXECUTE FUNCTION ledger_day_guard();
DROP TRIGGER IF EXISTS outlet_day_kept ON ledger_outletday;
CREATE TRIGGER outlet_day_kept BEFORE DELETE OR TRUNCATE ON ledger_outletday
    FOR EACH STATEMENT EXECUTE FUNCTION ledger_refuse_write('LED-7');

ALTER TABLE ledger_entry ENABLE ALWAYS TRIGGER entry_guard;
ALTER TABLE ledger_posting ENABLE ALWAYS TRIGGER posting_guard;
ALTER TABLE ledger_entry ENABLE ALWAYS TRIGGER entry_sealed;
ALTER TABLE ledger_posting ENABLE ALWAYS TRIGGER posting_sealed;
ALTER TABLE ledger_daytotal ENABLE ALWAYS TRIGGER day_total_sealed;
ALTER TABLE ledger_glaccount ENABLE ALWAYS TRIGGER gl_kept;
ALTER TABLE ledger_outletday ENABLE ALWAYS TRIGGER outlet_day_once_closed;
ALTER TABLE ledger_outletday ENABLE ALWAYS TRIGGER outlet_day_kept;
