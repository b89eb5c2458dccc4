"""USE-1 and BIL-1, asked of the database."""

from gasworks.foundation.invariants import Invariant, register

_MOVEMENT = (
    "INSERT INTO usage_movement (source, source_kind, seq, live, counts_only, company_id, installation_id, register_id,"
    " price_item_id, from_on, to_on, month, ladder_id, litres, from_index, to_index) VALUES "
)

register(
    Invariant(
        code="USE-1",
        title="Tier-to-date is the sum of the live movements of its ladder.",
        violations="""
            SELECT l.id, l.litres, coalesce(m.litres, 0) AS moved FROM usage_ladder l
            LEFT JOIN (SELECT ladder_id, sum(litres) AS litres FROM usage_movement WHERE live GROUP BY ladder_id) m
              ON m.ladder_id = l.id
            WHERE l.litres <> coalesce(m.litres, 0)""",
        plant=(
            "INSERT INTO usage_ladder (id, company_id, group_id, code, period_from, litres)"
            " VALUES (1, 1, 1, 0, '2026-01-01', 5000)"
        ),
    )
)
register(
    Invariant(
        code="BIL-1",
        title="Billed use intervals of one register and price item never overlap; one regular bill per agreement and month.",
        violations="""
            SELECT installation_id, register_id, price_item_id, from_on FROM (
                SELECT *, lead(from_on) OVER (PARTITION BY installation_id, register_id, price_item_id ORDER BY from_on)
                    AS next_on FROM usage_movement WHERE live AND NOT counts_only) m
            WHERE next_on < to_on
            UNION ALL
            SELECT agreement_id, month, count(*), NULL FROM billing_bill
            WHERE kind = 1 AND state IN (1, 2) GROUP BY agreement_id, month HAVING count(*) > 1""",
        plant=(
            _MOVEMENT + "(1, 1, 1, true, false, 1, 1, 1, 1, '2026-01-01', '2026-02-01', 202601, 1, 1, 0, 1),"
            " (2, 1, 1, true, false, 1, 1, 1, 1, '2026-01-20', '2026-03-01', 202602, 1, 1, 1, 2)"
        ),
    )
)
