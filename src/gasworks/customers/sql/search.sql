-- Supply points whose address has all these bigrams, in no order. Two words that many addresses have may stand together
-- in none, and the planner, who expects plenty, would then read every address in search of twenty: a second and more for
-- a million. So a glance at the first addresses finds what is common, and the index alone is asked for the rest.
CREATE OR REPLACE FUNCTION customers_address_glance(p_company bigint, p_grams varchar[], p_limit integer)
RETURNS SETOF bigint LANGUAGE plpgsql STABLE
SET enable_seqscan = off SET enable_bitmapscan = off SET enable_sort = off SET plan_cache_mode = force_generic_plan AS $$
BEGIN
    RETURN QUERY
    SELECT f.supply_point_id
      FROM (SELECT g.supply_point_id, g.grams FROM customers_addressgrams g
             WHERE g.company_id = p_company ORDER BY g.supply_point_id LIMIT 2000) f
     WHERE f.grams @> p_grams LIMIT p_limit;
END $$;

CREATE OR REPLACE FUNCTION customers_address_index(p_company bigint, p_grams varchar[], p_limit integer)
RETURNS SETOF bigint LANGUAGE plpgsql STABLE
SET enable_seqscan = off SET enable_indexscan = off SET plan_cache_mode = force_generic_plan AS $$
BEGIN
    RETURN QUERY
    SELECT g.supply_point_id FROM customers_addressgrams g
     WHERE g.grams @> p_grams AND g.company_id = p_company LIMIT p_limit;
END $$;

CREATE OR REPLACE FUNCTION customers_by_address(p_company bigint, p_grams varchar[], p_limit integer)
RETURNS SETOF bigint LANGUAGE plpgsql STABLE AS $$
DECLARE
    found bigint[] := ARRAY(SELECT customers_address_glance(p_company, p_grams, p_limit));
BEGIN
    IF cardinality(found) < p_limit THEN
        found := ARRAY(SELECT customers_address_index(p_company, p_grams, p_limit));
    END IF;
    RETURN QUERY SELECT unnest(found);
END $$;
