-- One line per round of a month: seats that should be read, what was read, what waits, what is accepted.
SELECT o.id, b.id, b.code, b.name, b.branch_id, coalesce(f.full_name, ''), o.read_on, o.state, o.version,
       coalesce(k.seats, 0), coalesce(k.read, 0), coalesce(k.waiting, 0), coalesce(k.approved, 0)
FROM metering_bookround o
JOIN metering_readingbook b ON b.id = o.book_id
LEFT JOIN foundation_staff f ON f.id = b.reader_id
LEFT JOIN LATERAL (
    SELECT count(*) AS seats, count(r.id) AS read, count(*) FILTER (WHERE r.state = 2) AS waiting,
           count(*) FILTER (WHERE r.state = 3) AS approved
    FROM metering_bookseat s
    JOIN customers_supplypoint p ON p.id = s.supply_point_id AND p.status = 'active'
    JOIN metering_installation n ON n.supply_point_id = s.supply_point_id AND n.company_id = s.company_id
         AND n.to_on IS NULL
    LEFT JOIN LATERAL (
        SELECT r.id, r.state FROM metering_reading r
        WHERE r.company_id = n.company_id AND r.installation_id = n.id AND r.month = o.month
          AND r.state IN (1, 2, 3) AND r.source NOT IN (9, 10)
        ORDER BY r.read_on DESC LIMIT 1) r ON true
    WHERE s.company_id = o.company_id AND s.book_id = o.book_id) k ON true
WHERE o.company_id = %(company)s AND o.month = %(month)s AND (%(state)s = '' OR o.state = %(state)s)
  AND (%(branch)s = 0 OR b.branch_id = %(branch)s) AND (%(reader)s = 0 OR b.reader_id = %(reader)s)
  AND b.code > %(after)s
ORDER BY b.code LIMIT %(size)s
