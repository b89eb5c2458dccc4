-- N homes with meters, prices, households and two months of readings; see world.py.
INSERT INTO foundation_orgunit (id, version, kind, parent_id, company_id, code, name, path, is_head_office, time_zone, active) VALUES
 (1, 1, 'group', NULL, NULL, 'G', 'Group', '/1/', false, 'Asia/Shanghai', true),
 (2, 1, 'company', 1, 2, 'C', 'Company', '/1/2/', false, 'Asia/Shanghai', true),
 (3, 1, 'branch', 2, 2, 'B', 'Branch', '/1/2/3/', false, 'Asia/Shanghai', true),
 (4, 1, 'outlet', 2, 2, 'H', 'Head office', '/1/2/4/', true, 'Asia/Shanghai', true);
INSERT INTO foundation_accountingmonth (company_id, version, month, from_on, to_on, state) VALUES
 (2, 1, 202603, '2026-03-01', '2026-04-01', 'open'), (2, 1, 202604, '2026-04-01', '2026-05-01', 'open');
INSERT INTO foundation_staff (id, version, password, username, full_name, email, phone, home_id, is_active, must_change_password, language, date_joined)
 VALUES (1, 1, '!', 'bench', 'Bench', '', '', 4, true, false, 'en', now());
INSERT INTO ledger_glaccount (id, company_id, code, name, name_en, nature, party_kind, role, active) VALUES
 (1, 2, '112201', 'r', 'r', 'asset', 'agreement', 'gas_receivable', true),
 (2, 2, '600101', 'i', 'i', 'revenue', 'none', 'gas_revenue', true),
 (3, 2, '222101', 't', 't', 'liability', 'none', 'vat_output', true);
INSERT INTO receivables_feetype (id, company_id, version, code, name, name_en, kind, legal_basis, customer_types, receivable_gl_id, income_gl_id, tax_gl_id, stops_supply, "order", active, purpose, homes_basis, recurring, on_bill, needs_consent)
 VALUES (1, 2, 1, 'gas', 'gas', 'gas', 'own', 'x', '{residential}', 1, 2, 3, true, 1, true, 'other', '', false, true, false);
INSERT INTO receivables_feetax (company_id, fee_type_id, from_on, rate_e4, tax_code) VALUES (2, 1, '2020-01-01', 900, '');
INSERT INTO tariffs_plan (id, company_id, version, code, name, customer_type, city, active)
 SELECT id, 2, 1, code, code, 'residential', '', true FROM jsonb_to_recordset(%(plans)s::jsonb) AS p(id bigint, code text);
INSERT INTO tariffs_planversion (id, company_id, version, plan_id, from_on, to_on, document_no, source, content, state)
 SELECT id, 2, 1, plan_id, from_on, to_on, 'd' || id, '', content, 'approved'
 FROM jsonb_to_recordset(%(versions)s::jsonb) AS v(id bigint, plan_id bigint, from_on date, to_on date, content jsonb);
INSERT INTO customers_area (id, company_id, code, name) VALUES (1, 2, 'A', 'A');
INSERT INTO customers_community (id, company_id, area_id, code, name) VALUES (1, 2, 1, 'C', 'C');
INSERT INTO metering_maker (id, company_id, code, name) VALUES (1, 2, 'M', 'M');
INSERT INTO metering_metermodel (id, company_id, maker_id, code, kind, size, digits, decimals, life_years) VALUES (1, 2, 1, 'M', 'mechanical', 'G1.6', 5, 0, 10);
INSERT INTO metering_readingbook (id, company_id, version, branch_id, code, name, parity, read_day) SELECT b, 2, 1, 3, b, b, 'monthly', 14 FROM generate_series(1, %(n)s / 300 + 1) b;
INSERT INTO customers_premises (id, company_id, version, community_id, building, unit, room, address) SELECT k, 2, 1, 1, '', '', '', k FROM generate_series(1, %(n)s) k;
INSERT INTO customers_customer (id, company_id, version, kind, name, phone, note) SELECT k, 2, 1, 'person', k, '', '' FROM generate_series(1, %(n)s) k;
INSERT INTO customers_supplypoint (id, company_id, version, number, branch_id, premises_id, customer_type, status) SELECT k, 2, 1, k, 3, k, 'residential', 'active' FROM generate_series(1, %(n)s) k;
INSERT INTO customers_agreement (id, company_id, version, supply_point_id, customer_id, number, from_on) SELECT k, 2, 1, k, k, k, '2020-01-01' FROM generate_series(1, %(n)s) k;
INSERT INTO metering_meter (id, company_id, version, model_id, serial, state) SELECT k, 2, 1, 1, k, 'installed' FROM generate_series(1, %(n)s) k;
INSERT INTO metering_register (id, company_id, meter_id, no, name, capacity_litres, settles) SELECT k, 2, k, 1, '', 100000000, true FROM generate_series(1, %(n)s) k;
INSERT INTO metering_installation (id, company_id, version, meter_id, supply_point_id, from_on, end_reason) SELECT k, 2, 1, k, k, '2026-01-15', '' FROM generate_series(1, %(n)s) k;
INSERT INTO metering_installationindex (company_id, installation_id, register_id, start_litres) SELECT 2, k, k, 0 FROM generate_series(1, %(n)s) k;
INSERT INTO metering_bookseat (company_id, book_id, supply_point_id, sequence) SELECT 2, k / 300 + 1, k, k FROM generate_series(1, %(n)s) k;
INSERT INTO usage_laddergroup (id, company_id, version, name) SELECT k, 2, 1, '' FROM generate_series(1, %(n)s) k;
INSERT INTO usage_groupmember (company_id, group_id, supply_point_id, from_on) SELECT 2, k, k, '2020-01-01' FROM generate_series(1, %(n)s) k;
INSERT INTO usage_priceitem (id, company_id, version, supply_point_id, plan_id, "order", share, from_on) SELECT k, 2, 1, k, CASE WHEN k %% 2 = 1 THEN 0 ELSE 2 + 2 * (k / 10 %% %(cities)s) END + CASE WHEN k %% 10 < 3 THEN 2 ELSE 1 END, 1, 'rest', '2020-01-01' FROM generate_series(1, %(n)s) k;
INSERT INTO usage_household (company_id, version, group_id, persons, from_on) SELECT 2, 1, k, 5, '2025-01-01' FROM generate_series(1, %(n)s, 2) k;
INSERT INTO billing_holdrule (company_id, version, code, active, limits) SELECT 2, 1, c, true, '{}' FROM unnest(ARRAY['zero','jump','exchange','top_tier','cycle','amount','zero_estimate']) c;
INSERT INTO receivables_agreementbalance (agreement_id, company_id, balance_fen) SELECT k, 2, 0 FROM generate_series(1, %(n)s) k;
INSERT INTO metering_reading (company_id, installation_id, register_id, read_on, index_litres, source, kind, state, flags, estimate_method, month, note, keyed_at)
 SELECT 2, k, k, '2026-03-15', first, 3, 1, 3, 0, '', 202603, '', now() FROM (SELECT k, (k * 37 %% 290) * 1000 AS first FROM generate_series(1, %(n)s) k) x;
INSERT INTO metering_reading (company_id, installation_id, register_id, read_on, index_litres, source, kind, state, flags, estimate_method, month, note, keyed_at)
 SELECT 2, k, k, '2026-04-14', first + CASE WHEN k %% 100 < 3 THEN 0 ELSE 5 + k * 13 %% 56 END * 1000, 3, 1, 3, 0, '', 202604, '', now() FROM (SELECT k, (k * 37 %% 290) * 1000 AS first FROM generate_series(1, %(n)s) k) x;
