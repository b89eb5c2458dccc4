"""MTR-1 and MTR-2, asked of the whole table."""

from gasworks.foundation.invariants import Invariant, register

register(
    Invariant(
        code="MTR-1",
        title="Consecutive accepted actual reads rise unless exchange, rollover or a recorded correction says so.",
        violations="""
            SELECT id FROM (
                SELECT id, kind, index_litres,
                       lag(index_litres) OVER (PARTITION BY installation_id, register_id ORDER BY read_on) AS last
                  FROM metering_reading WHERE state = 3 AND source <> 7) r
             WHERE kind = 1 AND index_litres < last""",
        plant="""
            INSERT INTO metering_reading (id, company_id, installation_id, register_id, read_on, index_litres, source,
                kind, state, flags, estimate_method, month, note, keyed_at)
            VALUES (1, 1, 1, 1, '2026-01-01', 5000, 1, 1, 3, 0, '', 202601, '', now()),
                   (2, 1, 1, 1, '2026-02-01', 4000, 1, 1, 3, 0, '', 202602, '', now())""",
    )
)
register(
    Invariant(
        code="MTR-2",
        title="Every reading says where it came from, an estimate says how.",
        violations="""
            SELECT id FROM metering_reading
             WHERE source NOT BETWEEN 1 AND 10
                OR source = 7 AND estimate_method = ''
                OR source <> 7 AND estimate_method <> ''""",
        plant="""
            ALTER TABLE metering_reading DROP CONSTRAINT estimate_says_how;
            INSERT INTO metering_reading (id, company_id, installation_id, register_id, read_on, index_litres, source,
                kind, state, flags, estimate_method, month, note, keyed_at)
            VALUES (1, 1, 1, 1, '2026-01-01', 5000, 7, 1, 3, 0, '', 202601, '', now())""",
    )
)
