-- One line per register that hangs in the walk now: who, where, the last index, and the reading of the month.
SELECT s.id, s.sequence, p.id, p.number, coalesce(c.name, ''), m.address, t.serial, n.id, g.id,
       last.read_on, last.index_litres, coalesce(here.id, 0), here.read_on, here.index_litres,
       coalesce(here.state, 0), coalesce(here.flags, 0)
FROM metering_bookseat s
JOIN customers_supplypoint p ON p.id = s.supply_point_id
JOIN customers_premises m ON m.id = p.premises_id
LEFT JOIN customers_agreement a ON a.supply_point_id = p.id AND a.to_on IS NULL
LEFT JOIN customers_customer c ON c.id = a.customer_id
JOIN metering_installation n ON n.supply_point_id = p.id AND n.company_id = s.company_id AND n.to_on IS NULL
JOIN metering_meter t ON t.id = n.meter_id
JOIN metering_register g ON g.meter_id = t.id
LEFT JOIN LATERAL (
    SELECT r.id, r.read_on, r.index_litres, r.state, r.flags FROM metering_reading r
    WHERE r.company_id = s.company_id AND r.installation_id = n.id AND r.register_id = g.id
      AND r.month = %(month)s AND r.state IN (1, 2, 3) AND r.source NOT IN (9, 10)
    ORDER BY r.read_on DESC LIMIT 1) here ON true
LEFT JOIN LATERAL (
    SELECT r.read_on, r.index_litres FROM metering_reading r
    WHERE r.company_id = s.company_id AND r.installation_id = n.id AND r.register_id = g.id
      AND r.state IN (1, 2, 3) AND (here.read_on IS NULL OR r.read_on < here.read_on)
    ORDER BY r.read_on DESC LIMIT 1) last ON true
WHERE s.company_id = %(company)s AND s.book_id = %(book)s AND s.sequence > %(after)s
  AND p.status = 'active' AND (NOT %(missing)s OR here.id IS NULL)
ORDER BY s.sequence, s.id, g.no
LIMIT %(size)s
