-- One row per known place of the batch: what the estimate engine wants to know. Days since 1970-01-01 and litres as arrays.
-- The last readings are live ones of any source; the past is accepted actual readings only, of this meter and of the one
-- that hung here before it (unless several meters hang side by side, whose histories must not be mixed).
SELECT i.place, g.capacity_litres, p.customer_type, s.book_id, m.community_id,
       CASE WHEN p.status = 'suspended' THEN 'suspended'
            WHEN EXISTS (SELECT FROM metering_valveclosure v
                         WHERE v.company_id = n.company_id AND v.supply_point_id = n.supply_point_id
                           AND v.from_on <= coalesce(seen.days[1], i.day) AND (v.to_on IS NULL OR v.to_on >= i.day))
            THEN 'valve' ELSE '' END,
       seen.days, seen.indexes, seen.estimated, past.hung, past.days, past.indexes, past.kinds, past.capacities
FROM unnest(%(place)s::int[], %(installation)s::bigint[], %(register)s::bigint[], %(day)s::date[])
     AS i (place, installation_id, register_id, day)
JOIN metering_installation n ON n.id = i.installation_id AND n.company_id = %(company)s
JOIN metering_register g ON g.id = i.register_id AND g.meter_id = n.meter_id AND g.company_id = n.company_id
JOIN customers_supplypoint p ON p.id = n.supply_point_id
JOIN customers_premises m ON m.id = p.premises_id
LEFT JOIN metering_bookseat s ON s.company_id = n.company_id AND s.supply_point_id = n.supply_point_id
LEFT JOIN LATERAL (
    SELECT array_agg(x.read_on ORDER BY x.read_on DESC) AS days,
           array_agg(x.index_litres ORDER BY x.read_on DESC) AS indexes,
           array_agg(x.source = 7 ORDER BY x.read_on DESC) AS estimated
    FROM (SELECT r.read_on, r.index_litres, r.source FROM metering_reading r
          WHERE r.company_id = n.company_id AND r.installation_id = n.id AND r.register_id = g.id
            AND r.read_on < i.day AND r.state IN (1, 2, 3)
          ORDER BY r.read_on DESC LIMIT 14) x) seen ON true
LEFT JOIN LATERAL (
    SELECT array_agg(r.installation_id ORDER BY r.read_on, r.installation_id) AS hung,
           array_agg(r.read_on ORDER BY r.read_on, r.installation_id) AS days,
           array_agg(r.index_litres ORDER BY r.read_on, r.installation_id) AS indexes,
           array_agg(r.kind ORDER BY r.read_on, r.installation_id) AS kinds,
           array_agg(b.capacity_litres ORDER BY r.read_on, r.installation_id) AS capacities
    FROM metering_installation h
    JOIN metering_register b ON b.company_id = h.company_id AND b.meter_id = h.meter_id AND b.no = g.no
    JOIN metering_reading r ON r.company_id = h.company_id AND r.installation_id = h.id AND r.register_id = b.id
     AND r.read_on BETWEEN i.day - 800 AND i.day - 1 AND r.state IN (1, 2, 3) AND r.state = 3 AND r.source <> 7
    WHERE h.company_id = n.company_id AND h.supply_point_id = n.supply_point_id
      AND (h.id = n.id OR h.to_on <= n.from_on AND NOT EXISTS (
          SELECT FROM metering_installation o
          WHERE o.company_id = h.company_id AND o.supply_point_id = h.supply_point_id AND o.id <> n.id
            AND o.to_on IS NULL))) past ON true
