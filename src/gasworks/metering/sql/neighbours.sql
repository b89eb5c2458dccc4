-- Median of the litres a day that the homes of some books and communities used in a month, by customer type; actual
-- readings only, against the last accepted actual one.
WITH used AS (
    SELECT s.book_id, m.community_id, p.customer_type,
           (r.index_litres - before.index_litres) / (r.read_on - before.read_on) AS per_day
    FROM metering_bookseat s
    JOIN customers_supplypoint p ON p.id = s.supply_point_id
    JOIN customers_premises m ON m.id = p.premises_id
    JOIN metering_installation n ON n.company_id = s.company_id AND n.supply_point_id = p.id AND n.to_on IS NULL
    JOIN LATERAL (
        SELECT r.register_id, r.read_on, r.index_litres FROM metering_reading r
        WHERE r.company_id = n.company_id AND r.installation_id = n.id AND r.month = %(month)s
          AND r.state IN (1, 2, 3) AND r.state <> 2 AND r.source NOT IN (7, 9, 10)
        ORDER BY r.read_on DESC LIMIT 1) r ON true
    JOIN LATERAL (
        SELECT b.read_on, b.index_litres FROM metering_reading b
        WHERE b.company_id = n.company_id AND b.installation_id = n.id AND b.register_id = r.register_id
          AND b.read_on < r.read_on AND b.state IN (1, 2, 3) AND b.state = 3 AND b.source <> 7
        ORDER BY b.read_on DESC LIMIT 1) before ON before.index_litres <= r.index_litres
    WHERE s.company_id = %(company)s AND (s.book_id = ANY(%(books)s::bigint[]) OR m.community_id = ANY(%(communities)s::bigint[]))
)
SELECT 'book', book_id, customer_type, count(*), percentile_disc(0.5) WITHIN GROUP (ORDER BY per_day)
FROM used WHERE book_id = ANY(%(books)s::bigint[]) GROUP BY book_id, customer_type
UNION ALL
SELECT 'community', community_id, customer_type, count(*), percentile_disc(0.5) WITHIN GROUP (ORDER BY per_day)
FROM used WHERE community_id = ANY(%(communities)s::bigint[]) GROUP BY community_id, customer_type
