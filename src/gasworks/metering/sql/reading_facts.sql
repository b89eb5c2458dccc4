-- One row per known place of the batch. What was estimated is no yardstick, and no neighbour of an actual index. Live readings are states 1, 2, 3; the partial unique index
-- reading_day_once (company, installation, register, day) answers every look at the past.
SELECT i.place, n.from_on, n.to_on, g.capacity_litres,
       last.read_on, last.index_litres, later.read_on, later.index_litres,
       EXISTS (SELECT FROM metering_reading r
               WHERE r.company_id = n.company_id AND r.installation_id = n.id AND r.register_id = g.id
                 AND r.read_on = i.day AND r.state IN (1, 2, 3)),
       coalesce(year_ago.per_day, average.per_day),
       p.branch_id, s.book_id
FROM unnest(%(place)s::int[], %(installation)s::bigint[], %(register)s::bigint[], %(day)s::date[])
     AS i (place, installation_id, register_id, day)
JOIN metering_installation n ON n.id = i.installation_id AND n.company_id = %(company)s
JOIN metering_register g ON g.id = i.register_id AND g.meter_id = n.meter_id AND g.company_id = n.company_id
JOIN customers_supplypoint p ON p.id = n.supply_point_id
LEFT JOIN metering_bookseat s ON s.company_id = n.company_id AND s.supply_point_id = n.supply_point_id
LEFT JOIN LATERAL (
    SELECT r.read_on, r.index_litres FROM metering_reading r
    WHERE r.company_id = n.company_id AND r.installation_id = n.id AND r.register_id = g.id
      AND r.read_on < i.day AND r.state IN (1, 2, 3) AND (%(estimates)s OR r.source <> 7)
    ORDER BY r.read_on DESC LIMIT 1) last ON true
LEFT JOIN LATERAL (
    SELECT r.read_on, r.index_litres FROM metering_reading r
    WHERE r.company_id = n.company_id AND r.installation_id = n.id AND r.register_id = g.id
      AND r.read_on > i.day AND r.state IN (1, 2, 3) AND (%(estimates)s OR r.source <> 7)
    ORDER BY r.read_on LIMIT 1) later ON true
LEFT JOIN LATERAL (
    SELECT (z.index_litres - a.index_litres) / (z.read_on - a.read_on) AS per_day
    FROM (SELECT r.read_on, r.index_litres FROM metering_reading r
          WHERE r.company_id = n.company_id AND r.installation_id = n.id AND r.register_id = g.id
            AND r.read_on BETWEEN i.day - 395 AND i.day - 335 AND r.state IN (1, 2, 3) AND r.source <> 7
          ORDER BY r.read_on DESC LIMIT 1) z
    JOIN LATERAL (
          SELECT r.read_on, r.index_litres FROM metering_reading r
          WHERE r.company_id = n.company_id AND r.installation_id = n.id AND r.register_id = g.id
            AND r.read_on < z.read_on AND r.state IN (1, 2, 3) AND r.source <> 7
          ORDER BY r.read_on DESC LIMIT 1) a ON a.index_litres <= z.index_litres) year_ago ON true
LEFT JOIN LATERAL (
    SELECT (last.index_litres - a.index_litres) / (last.read_on - a.read_on) AS per_day
    FROM metering_reading a
    WHERE a.company_id = n.company_id AND a.installation_id = n.id AND a.register_id = g.id
      AND a.read_on >= last.read_on - 400 AND a.read_on < last.read_on AND a.state IN (1, 2, 3)
      AND a.source <> 7 AND a.index_litres <= last.index_litres
    ORDER BY a.read_on LIMIT 1) average ON true
