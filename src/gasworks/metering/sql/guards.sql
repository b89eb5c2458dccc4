-- The guards of readings: once a statement, by transition table, for one keyed row and for a file of 50,000 alike.
-- plpgsql keeps one plan for both, so the SET clauses leave the planner a single one: a walk over the transition table
-- with a look at the neighbours of each row through reading_day_once.

CREATE OR REPLACE FUNCTION metering_refuse_write() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION '%: % of % is refused', TG_ARGV[0], TG_OP, TG_TABLE_NAME
        USING ERRCODE = 'restrict_violation', CONSTRAINT = TG_ARGV[0], TABLE = TG_TABLE_NAME;
END $$;

-- MTR-1. Consecutive accepted actual indexes rise unless a rollover (2) or a correction (3) says so. Services hold the
-- installation's row while they write, so two writers of one register see each other here.
CREATE OR REPLACE FUNCTION metering_reading_guard() RETURNS trigger LANGUAGE plpgsql
SET enable_seqscan = off SET enable_hashjoin = off SET enable_mergejoin = off AS $$
DECLARE
    bad record;
BEGIN
    SELECT r.id, r.installation_id, r.read_on INTO bad
      FROM fresh r
      LEFT JOIN LATERAL (
          SELECT b.index_litres FROM metering_reading b
           WHERE b.company_id = r.company_id AND b.installation_id = r.installation_id
             AND b.register_id = r.register_id AND b.read_on < r.read_on
             AND b.state IN (1, 2, 3) AND b.state = 3 AND b.source <> 7
           ORDER BY b.read_on DESC LIMIT 1) before ON true
      LEFT JOIN LATERAL (
          SELECT a.index_litres, a.kind FROM metering_reading a
           WHERE a.company_id = r.company_id AND a.installation_id = r.installation_id
             AND a.register_id = r.register_id AND a.read_on > r.read_on
             AND a.state IN (1, 2, 3) AND a.state = 3 AND a.source <> 7
           ORDER BY a.read_on LIMIT 1) after ON true
     WHERE r.state = 3 AND r.source <> 7
       AND (r.kind = 1 AND before.index_litres > r.index_litres
            OR after.kind = 1 AND after.index_litres < r.index_litres)
     LIMIT 1;
    IF FOUND THEN
        RAISE EXCEPTION 'MTR-1: reading % of installation % on % falls', bad.id, bad.installation_id, bad.read_on
            USING ERRCODE = 'check_violation', CONSTRAINT = 'MTR-1', TABLE = 'metering_reading';
    END IF;
    RETURN NULL;
END $$;

CREATE OR REPLACE TRIGGER reading_rises_insert AFTER INSERT ON metering_reading
    REFERENCING NEW TABLE AS fresh FOR EACH STATEMENT EXECUTE FUNCTION metering_reading_guard();
CREATE OR REPLACE TRIGGER reading_rises_update AFTER UPDATE ON metering_reading
    REFERENCING NEW TABLE AS fresh FOR EACH STATEMENT EXECUTE FUNCTION metering_reading_guard();
CREATE OR REPLACE TRIGGER reading_stays AFTER DELETE ON metering_reading
    FOR EACH STATEMENT EXECUTE FUNCTION metering_refuse_write('reading_stays');
CREATE OR REPLACE TRIGGER reading_stays_whole AFTER TRUNCATE ON metering_reading
    FOR EACH STATEMENT EXECUTE FUNCTION metering_refuse_write('reading_stays');
CREATE OR REPLACE TRIGGER reading_value_stays BEFORE UPDATE ON metering_reading FOR EACH ROW
    WHEN ((OLD.id, OLD.company_id, OLD.installation_id, OLD.register_id, OLD.read_on, OLD.index_litres, OLD.source,
           OLD.kind, OLD.estimate_method, OLD.month)
          IS DISTINCT FROM
          (NEW.id, NEW.company_id, NEW.installation_id, NEW.register_id, NEW.read_on, NEW.index_litres, NEW.source,
           NEW.kind, NEW.estimate_method, NEW.month))
    EXECUTE FUNCTION metering_refuse_write('reading_value_stays');

ALTER TABLE metering_reading ENABLE ALWAYS TRIGGER reading_rises_insert;
ALTER TABLE metering_reading ENABLE ALWAYS TRIGGER reading_rises_update;
ALTER TABLE metering_reading ENABLE ALWAYS TRIGGER reading_stays;
ALTER TABLE metering_reading ENABLE ALWAYS TRIGGER reading_stays_whole;
ALTER TABLE metering_reading ENABLE ALWAYS TRIGGER reading_value_stays;
