-- The guards of BIL-1 and USE-1: what no writer gets past, clerk or billing run, one row or fifty thousand.
-- Each is one statement trigger over the whole batch. It joins by key only and tests the rest in WHERE. Where a plan is
-- kept, the function's settings leave the planner no other than a key look-up for each row; what needs another plan for
-- a batch runs by EXECUTE.

CREATE OR REPLACE FUNCTION usage_refuse() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION '% of % is refused: rows that others point to, and booked facts, stay', TG_OP, TG_TABLE_NAME
        USING ERRCODE = '23000', CONSTRAINT = 'append_only', TABLE = TG_TABLE_NAME;
END $$;

ALTER TABLE usage_hand SET (fillfactor = 50);
ALTER TABLE usage_ladder SET (fillfactor = 50);

CREATE OR REPLACE FUNCTION usage_group_added() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, public AS $$
BEGIN
    INSERT INTO usage_hand (group_id, company_id, xact) SELECT id, company_id, 0 FROM added;
    RETURN NULL;
END $$;
CREATE OR REPLACE TRIGGER guard_group_added AFTER INSERT ON usage_laddergroup
    REFERENCING NEW TABLE AS added FOR EACH STATEMENT EXECUTE FUNCTION usage_group_added();
ALTER TABLE usage_laddergroup ENABLE ALWAYS TRIGGER guard_group_added;

CREATE OR REPLACE FUNCTION usage_ladder_added() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE bad bigint;
BEGIN
    EXECUTE 'SELECT id FROM added WHERE litres <> 0 LIMIT 1' INTO bad;
    IF bad IS NOT NULL THEN
        RAISE EXCEPTION 'USE-1: ladder % must begin at zero', bad
            USING ERRCODE = '23000', CONSTRAINT = 'ladder_begins_at_zero', TABLE = TG_TABLE_NAME;
    END IF;
    RETURN NULL;
END $$;
CREATE OR REPLACE TRIGGER guard_ladder_added AFTER INSERT ON usage_ladder
    REFERENCING NEW TABLE AS added FOR EACH STATEMENT EXECUTE FUNCTION usage_ladder_added();
ALTER TABLE usage_ladder ENABLE ALWAYS TRIGGER guard_ladder_added;

-- Is every id of a range there, and of this company? Then nothing that points into the range needs a look of its own.
-- One short range scan; rows that others point to are never deleted, so a range that was whole stays whole.
CREATE OR REPLACE FUNCTION usage_range_is_whole(parent regclass, low bigint, high bigint, company bigint, at_most bigint)
RETURNS boolean LANGUAGE plpgsql SET search_path = pg_catalog, public AS $$
DECLARE there bigint;
BEGIN
    IF high - low >= at_most THEN
        RETURN false;
    END IF;
    EXECUTE format('SELECT count(*) FROM %s WHERE id BETWEEN $1 AND $2 AND company_id = $3', parent)
        INTO there USING low, high, company;
    RETURN there = high - low + 1;
END $$;

-- The same of ladders and of the hands of their groups: all are there, and all are in this transaction's hand.
CREATE OR REPLACE FUNCTION usage_hands_are_whole(low bigint, high bigint, company bigint, at_most bigint)
RETURNS boolean LANGUAGE plpgsql SET search_path = pg_catalog, public AS $$
DECLARE
    span record;
    held bigint;
BEGIN
    IF NOT usage_range_is_whole('usage_ladder', low, high, company, at_most) THEN
        RETURN false;
    END IF;
    SELECT min(group_id) AS low, max(group_id) AS high INTO span FROM usage_ladder WHERE id BETWEEN low AND high;
    IF span.high - span.low >= at_most THEN
        RETURN false;
    END IF;
    SELECT count(*) INTO held FROM usage_hand
    WHERE group_id BETWEEN span.low AND span.high AND company_id = company AND xact = pg_current_xact_id()::text::bigint;
    RETURN held = span.high - span.low + 1;
END $$;

CREATE OR REPLACE FUNCTION usage_movement_added() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, public
SET enable_nestloop = on SET enable_hashjoin = off SET enable_mergejoin = off SET enable_seqscan = off
SET enable_bitmapscan = off AS $$
DECLARE
    bad record;
    span record;
    most bigint;
    whole boolean;
BEGIN
    SELECT count(*) AS n, min(installation_id) AS i0, max(installation_id) AS i1, min(register_id) AS r0,
           max(register_id) AS r1, min(price_item_id) AS p0, max(price_item_id) AS p1, min(ladder_id) AS l0,
           max(ladder_id) AS l1, min(company_id) AS c0, max(company_id) AS c1, bool_and(live) AS live
      INTO span FROM added;
    most := 4 * span.n;
    whole := span.n >= 500 AND span.c0 = span.c1 AND span.live
        AND usage_range_is_whole('metering_installation', span.i0, span.i1, span.c0, most)
        AND usage_range_is_whole('metering_register', span.r0, span.r1, span.c0, most)
        AND usage_range_is_whole('usage_priceitem', span.p0, span.p1, span.c0, most)
        AND usage_hands_are_whole(span.l0, span.l1, span.c0, most);
    IF NOT whole THEN
        SELECT a.source, i.company_id IS DISTINCT FROM a.company_id OR r.company_id IS DISTINCT FROM a.company_id
                OR p.company_id IS DISTINCT FROM a.company_id OR l.company_id IS DISTINCT FROM a.company_id AS foreign_row
          INTO bad
            FROM added a
            LEFT JOIN metering_installation i ON i.id = a.installation_id
            LEFT JOIN metering_register r ON r.id = a.register_id
            LEFT JOIN usage_priceitem p ON p.id = a.price_item_id
            LEFT JOIN usage_ladder l ON l.id = a.ladder_id
            LEFT JOIN usage_hand h ON h.group_id = l.group_id
            WHERE i.company_id IS DISTINCT FROM a.company_id OR r.company_id IS DISTINCT FROM a.company_id
               OR p.company_id IS DISTINCT FROM a.company_id OR l.company_id IS DISTINCT FROM a.company_id
               OR h.xact IS DISTINCT FROM pg_current_xact_id()::text::bigint OR NOT a.live
            LIMIT 1;
        IF bad.foreign_row THEN
            RAISE EXCEPTION 'ORG-1: movement of source % points to nothing, or to another company', bad.source
                USING ERRCODE = '23503', CONSTRAINT = 'movement_references', TABLE = TG_TABLE_NAME;
        ELSIF bad.source IS NOT NULL THEN
            RAISE EXCEPTION 'USE-1: source % books gas without the hand of its ladder group', bad.source
                USING ERRCODE = '23000', CONSTRAINT = 'movement_hand', TABLE = TG_TABLE_NAME;
        END IF;
    END IF;
    SELECT a.source, a.from_on INTO bad FROM added a
        CROSS JOIN LATERAL (
            SELECT m.to_on FROM usage_movement m
            WHERE m.installation_id = a.installation_id AND m.register_id = a.register_id
              AND m.price_item_id = a.price_item_id AND m.live AND NOT m.counts_only AND m.from_on < a.to_on
              AND (m.source, m.source_kind, m.seq) <> (a.source, a.source_kind, a.seq)
            ORDER BY m.from_on DESC LIMIT 1) before
        WHERE before.to_on > a.from_on AND NOT a.counts_only
        LIMIT 1;
    IF bad.source IS NOT NULL THEN
        RAISE EXCEPTION 'BIL-1: source % books days from % that are already booked', bad.source, bad.from_on
            USING ERRCODE = '23P01', CONSTRAINT = 'movement_no_overlap', TABLE = TG_TABLE_NAME;
    END IF;
    IF whole THEN
        PERFORM set_config('enable_hashjoin', 'on', true), set_config('enable_nestloop', 'off', true);
        EXECUTE $q$
            UPDATE usage_ladder l SET litres = l.litres + d.litres
            FROM (SELECT ladder_id, sum(litres)::bigint AS litres FROM added GROUP BY ladder_id) d
            WHERE l.id = d.ladder_id AND d.litres <> 0 AND l.id BETWEEN $1 AND $2 $q$ USING span.l0, span.l1;
    ELSE
        UPDATE usage_ladder l SET litres = l.litres + d.litres
        FROM (SELECT ladder_id, sum(litres)::bigint AS litres FROM added GROUP BY ladder_id) d
        WHERE l.id = d.ladder_id AND d.litres <> 0;
    END IF;
    RETURN NULL;
END $$;
CREATE OR REPLACE TRIGGER guard_movement_added AFTER INSERT ON usage_movement
    REFERENCING NEW TABLE AS added FOR EACH STATEMENT EXECUTE FUNCTION usage_movement_added();
ALTER TABLE usage_movement ENABLE ALWAYS TRIGGER guard_movement_added;

CREATE OR REPLACE FUNCTION usage_movement_changed() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, public AS $$
DECLARE bad record;
BEGIN
    -- Without LIMIT: for the first row of many the planner would compare each row before with each row after.
    EXECUTE $q$
        SELECT COALESCE(min(source) FILTER (WHERE edited), min(source)) AS source, bool_or(edited) AS edited FROM (
        SELECT o.source, n.source IS NULL OR n.live OR NOT o.live
               OR (n.counts_only, n.company_id, n.installation_id, n.register_id, n.price_item_id, n.from_on, n.to_on,
                   n.month, n.ladder_id, n.litres, n.from_index, n.to_index, n.reading_id) IS DISTINCT FROM
                  (o.counts_only, o.company_id, o.installation_id, o.register_id, o.price_item_id, o.from_on, o.to_on,
                   o.month, o.ladder_id, o.litres, o.from_index, o.to_index, o.reading_id) AS edited
        FROM before_rows o
        LEFT JOIN after_rows n ON n.source = o.source AND n.source_kind = o.source_kind AND n.seq = o.seq
        LEFT JOIN usage_ladder l ON l.id = o.ladder_id
        LEFT JOIN usage_hand h ON h.group_id = l.group_id
        WHERE n.source IS NULL OR n.live OR NOT o.live
           OR (n.counts_only, n.company_id, n.installation_id, n.register_id, n.price_item_id, n.from_on, n.to_on,
               n.month, n.ladder_id, n.litres, n.from_index, n.to_index, n.reading_id) IS DISTINCT FROM
              (o.counts_only, o.company_id, o.installation_id, o.register_id, o.price_item_id, o.from_on, o.to_on,
               o.month, o.ladder_id, o.litres, o.from_index, o.to_index, o.reading_id)
           OR h.xact IS DISTINCT FROM pg_current_xact_id()::text::bigint
        ) wrong $q$ INTO bad;
    IF bad.edited THEN
        RAISE EXCEPTION 'LED-2: a movement of source % is a fact; it can only be taken back, once', bad.source
            USING ERRCODE = '23000', CONSTRAINT = 'append_only', TABLE = TG_TABLE_NAME;
    ELSIF bad.source IS NOT NULL THEN
        RAISE EXCEPTION 'USE-1: source % takes gas back without the hand of its ladder group', bad.source
            USING ERRCODE = '23000', CONSTRAINT = 'movement_hand', TABLE = TG_TABLE_NAME;
    END IF;
    EXECUTE $q$
        UPDATE usage_ladder l SET litres = l.litres - d.litres
        FROM (SELECT ladder_id, sum(litres)::bigint AS litres FROM before_rows GROUP BY ladder_id) d
        WHERE l.id = d.ladder_id AND d.litres <> 0 $q$;
    RETURN NULL;
END $$;
CREATE OR REPLACE TRIGGER guard_movement_changed AFTER UPDATE ON usage_movement
    REFERENCING OLD TABLE AS before_rows NEW TABLE AS after_rows
    FOR EACH STATEMENT EXECUTE FUNCTION usage_movement_changed();
ALTER TABLE usage_movement ENABLE ALWAYS TRIGGER guard_movement_changed;

CREATE OR REPLACE TRIGGER guard_no_delete BEFORE DELETE ON usage_movement
    FOR EACH STATEMENT EXECUTE FUNCTION usage_refuse();
CREATE OR REPLACE TRIGGER guard_no_truncate BEFORE TRUNCATE ON usage_movement
    FOR EACH STATEMENT EXECUTE FUNCTION usage_refuse();
ALTER TABLE usage_movement ENABLE ALWAYS TRIGGER guard_no_delete;
ALTER TABLE usage_movement ENABLE ALWAYS TRIGGER guard_no_truncate;

CREATE OR REPLACE TRIGGER guard_no_delete BEFORE DELETE ON usage_ladder
    FOR EACH STATEMENT EXECUTE FUNCTION usage_refuse();
CREATE OR REPLACE TRIGGER guard_no_truncate BEFORE TRUNCATE ON usage_ladder
    FOR EACH STATEMENT EXECUTE FUNCTION usage_refuse();
ALTER TABLE usage_ladder ENABLE ALWAYS TRIGGER guard_no_delete;
ALTER TABLE usage_ladder ENABLE ALWAYS TRIGGER guard_no_truncate;

CREATE OR REPLACE TRIGGER guard_no_delete BEFORE DELETE ON usage_hand
    FOR EACH STATEMENT EXECUTE FUNCTION usage_refuse();
CREATE OR REPLACE TRIGGER guard_no_truncate BEFORE TRUNCATE ON usage_hand
    FOR EACH STATEMENT EXECUTE FUNCTION usage_refuse();
ALTER TABLE usage_hand ENABLE ALWAYS TRIGGER guard_no_delete;
ALTER TABLE usage_hand ENABLE ALWAYS TRIGGER guard_no_truncate;

CREATE OR REPLACE TRIGGER guard_no_delete BEFORE DELETE ON usage_laddergroup
    FOR EACH STATEMENT EXECUTE FUNCTION usage_refuse();
CREATE OR REPLACE TRIGGER guard_no_truncate BEFORE TRUNCATE ON usage_laddergroup
    FOR EACH STATEMENT EXECUTE FUNCTION usage_refuse();
ALTER TABLE usage_laddergroup ENABLE ALWAYS TRIGGER guard_no_delete;
ALTER TABLE usage_laddergroup ENABLE ALWAYS TRIGGER guard_no_truncate;

CREATE OR REPLACE TRIGGER guard_no_delete BEFORE DELETE ON usage_priceitem
    FOR EACH STATEMENT EXECUTE FUNCTION usage_refuse();
CREATE OR REPLACE TRIGGER guard_no_truncate BEFORE TRUNCATE ON usage_priceitem
    FOR EACH STATEMENT EXECUTE FUNCTION usage_refuse();
ALTER TABLE usage_priceitem ENABLE ALWAYS TRIGGER guard_no_delete;
ALTER TABLE usage_priceitem ENABLE ALWAYS TRIGGER guard_no_truncate;

CREATE OR REPLACE TRIGGER guard_no_delete BEFORE DELETE ON metering_installation
    FOR EACH STATEMENT EXECUTE FUNCTION usage_refuse();
CREATE OR REPLACE TRIGGER guard_no_truncate BEFORE TRUNCATE ON metering_installation
    FOR EACH STATEMENT EXECUTE FUNCTION usage_refuse();
ALTER TABLE metering_installation ENABLE ALWAYS TRIGGER guard_no_delete;
ALTER TABLE metering_installation ENABLE ALWAYS TRIGGER guard_no_truncate;

CREATE OR REPLACE TRIGGER guard_no_delete BEFORE DELETE ON metering_register
    FOR EACH STATEMENT EXECUTE FUNCTION usage_refuse();
CREATE OR REPLACE TRIGGER guard_no_truncate BEFORE TRUNCATE ON metering_register
    FOR EACH STATEMENT EXECUTE FUNCTION usage_refuse();
ALTER TABLE metering_register ENABLE ALWAYS TRIGGER guard_no_delete;
ALTER TABLE metering_register ENABLE ALWAYS TRIGGER guard_no_truncate;

CREATE OR REPLACE TRIGGER guard_key_stays BEFORE UPDATE ON metering_installation FOR EACH ROW
    WHEN (OLD.id IS DISTINCT FROM NEW.id OR OLD.company_id IS DISTINCT FROM NEW.company_id)
    EXECUTE FUNCTION usage_refuse();
ALTER TABLE metering_installation ENABLE ALWAYS TRIGGER guard_key_stays;

CREATE OR REPLACE TRIGGER guard_key_stays BEFORE UPDATE ON metering_register FOR EACH ROW
    WHEN (OLD.id IS DISTINCT FROM NEW.id OR OLD.company_id IS DISTINCT FROM NEW.company_id)
    EXECUTE FUNCTION usage_refuse();
ALTER TABLE metering_register ENABLE ALWAYS TRIGGER guard_key_stays;

CREATE OR REPLACE TRIGGER guard_key_stays BEFORE UPDATE ON usage_ladder FOR EACH ROW
    WHEN (OLD.id IS DISTINCT FROM NEW.id OR OLD.company_id IS DISTINCT FROM NEW.company_id)
    EXECUTE FUNCTION usage_refuse();
ALTER TABLE usage_ladder ENABLE ALWAYS TRIGGER guard_key_stays;

CREATE OR REPLACE TRIGGER guard_key_stays BEFORE UPDATE ON usage_laddergroup FOR EACH ROW
    WHEN (OLD.id IS DISTINCT FROM NEW.id OR OLD.company_id IS DISTINCT FROM NEW.company_id)
    EXECUTE FUNCTION usage_refuse();
ALTER TABLE usage_laddergroup ENABLE ALWAYS TRIGGER guard_key_stays;

CREATE OR REPLACE TRIGGER guard_key_stays BEFORE UPDATE ON usage_priceitem FOR EACH ROW
    WHEN (OLD.id IS DISTINCT FROM NEW.id OR OLD.company_id IS DISTINCT FROM NEW.company_id)
    EXECUTE FUNCTION usage_refuse();
ALTER TABLE usage_priceitem ENABLE ALWAYS TRIGGER guard_key_stays;
