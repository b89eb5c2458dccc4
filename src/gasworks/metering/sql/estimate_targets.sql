-- Registers of a month's rounds without any live reading in the month, in the order of the walks, with the day to estimate for.
SELECT o.book_id, s.sequence, p.id, p.number, m.address, t.serial, n.id, g.id, least(o.read_on, %(today)s::date)
FROM metering_bookround o
JOIN metering_bookseat s ON s.book_id = o.book_id AND s.company_id = o.company_id
JOIN customers_supplypoint p ON p.id = s.supply_point_id AND p.status = 'active'
JOIN customers_premises m ON m.id = p.premises_id
JOIN metering_installation n ON n.supply_point_id = p.id AND n.company_id = o.company_id AND n.to_on IS NULL
JOIN metering_meter t ON t.id = n.meter_id
JOIN metering_register g ON g.meter_id = t.id AND g.company_id = o.company_id AND g.settles
WHERE o.company_id = %(company)s AND o.month = %(month)s
  AND (%(book)s = 0 OR o.book_id = %(book)s)
  AND (%(branches)s::bigint[] IS NULL OR p.branch_id = ANY(%(branches)s::bigint[]))
  AND NOT EXISTS (
    SELECT FROM metering_reading r
    WHERE r.company_id = n.company_id AND r.installation_id = n.id AND r.register_id = g.id AND r.month = o.month
      AND r.state IN (1, 2, 3) AND r.source NOT IN (9, 10))
  AND (o.book_id, s.sequence, g.id) > (%(after_book)s, %(after_seat)s, %(after_register)s)
ORDER BY o.book_id, s.sequence, g.id LIMIT %(size)s
