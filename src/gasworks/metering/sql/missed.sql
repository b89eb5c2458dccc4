-- Seats of a month's rounds that have a meter and no reading in the month.
SELECT p.id, p.number, m.address, t.serial, s.book_id, s.sequence, last.read_on, last.index_litres
FROM metering_bookround o
JOIN metering_bookseat s ON s.book_id = o.book_id AND s.company_id = o.company_id
JOIN customers_supplypoint p ON p.id = s.supply_point_id AND p.status = 'active'
JOIN customers_premises m ON m.id = p.premises_id
JOIN metering_installation n ON n.supply_point_id = p.id AND n.company_id = o.company_id AND n.to_on IS NULL
JOIN metering_meter t ON t.id = n.meter_id
LEFT JOIN LATERAL (
    SELECT r.read_on, r.index_litres FROM metering_reading r
    WHERE r.company_id = n.company_id AND r.installation_id = n.id AND r.state IN (1, 2, 3)
    ORDER BY r.read_on DESC LIMIT 1) last ON true
WHERE o.company_id = %(company)s AND o.month = %(month)s
  AND (%(book)s = 0 OR o.book_id = %(book)s) AND (%(branch)s = 0 OR p.branch_id = %(branch)s)
  AND NOT EXISTS (
    SELECT FROM metering_reading r
    WHERE r.company_id = n.company_id AND r.installation_id = n.id AND r.month = o.month
      AND r.state IN (1, 2, 3) AND r.source NOT IN (9, 10))
  AND (o.book_id, s.sequence) > (%(after_book)s, %(after_seat)s)
ORDER BY o.book_id, s.sequence, p.id LIMIT %(size)s
