-- :accounts is a number, :roles an array; see pages.py.
-- People, addresses and search keys as a city has them, and a year of payments, on top of the payment bench's world.
-- Surnames and communities follow a steep curve, as they do: the first are many, the last are rare.
CREATE FUNCTION pg_temp.pick(words text[], seed bigint, steep float8) RETURNS text LANGUAGE sql IMMUTABLE AS $$
    SELECT words[1 + floor(cardinality(words) * power((hashint8extended(seed, 7) & 1048575) / 1048576.0, steep))::int]
$$;
CREATE TEMP TABLE word (surnames text[], given text[], places text[], ends text[]);
INSERT INTO word SELECT
    regexp_split_to_array('王李张刘陈杨黄赵吴周徐孙马朱胡郭何高林罗郑梁谢宋唐许韩冯邓曹彭曾萧田董潘袁蔡蒋余于杜叶程魏苏吕丁任卢姚沈钟姜崔谭陆范汪廖石金韦贾夏付方白邹孟熊秦邱江尹薛闫段雷侯龙史陶黎贺顾毛郝龚邵万钱严覃武戴莫孔向汤', ''),
    regexp_split_to_array('伟芳娜敏静丽强磊军洋勇艳杰娟涛明超秀霞平刚桂英华玉兰红玲建国文辉力永健世广志义兴良海山仁波宁贵福生龙元全胜学祥才发武新利清飞彬富顺信子昌成康星光天达安岩中茂进林有坚和彪博诚先敬震振壮会思群豪心邦承乐绍功松善厚庆民友裕河哲江浩亮政谦亨奇固之轮翰朗伯宏言若鸣朋斌梁栋维启克伦翔旭鹏泽晨辰士以', ''),
    regexp_split_to_array('锦绣江南和平幸福阳光金色滨河翠湖东方世纪新华紫荆碧桂万科恒大保利绿地中海龙湖融创华润招商金地远洋首创北辰城建天鸿住总正荣旭辉蓝光', ''),
    ARRAY['花园', '家园', '小区', '新村', '公寓', '雅苑', '名邸', '华庭'];
UPDATE customers_customer c SET
    name = pg_temp.pick(w.surnames, c.id, 2) || pg_temp.pick(w.given, c.id + 11, 1.5)
           || CASE WHEN c.id % 3 > 0 THEN pg_temp.pick(w.given, c.id + 13, 1.5) ELSE '' END,
    phone = '1' || (ARRAY['3', '5', '7', '8', '9'])[1 + c.id % 5] || lpad(((c.id * 7919) % 1000000000)::text, 9, '0')
  FROM word w;
UPDATE customers_supplypoint SET number = '30' || lpad(((id * 104729) % 100000000)::text, 8, '0');
UPDATE metering_meter SET serial = 'M' || lpad(((id * 15485863) % 10000000000)::text, 10, '0');
UPDATE customers_premises p SET address =
       pg_temp.pick(w.places, p.id / 300, 1.5) || pg_temp.pick(w.places, p.id / 300 + 5, 1) || pg_temp.pick(w.ends, p.id / 300 + 9, 1.5)
       || (1 + p.id / 60 % 30) || '栋' || (1 + p.id / 15 % 4) || '单元' || (1 + p.id % 15) || lpad((1 + p.id / 7 % 4)::text, 2, '0') || '室'
  FROM word w;
INSERT INTO customers_searchkey (company_id, kind, key, supply_point_id)
SELECT 2, k.kind, k.key, p.id
  FROM customers_supplypoint p
  JOIN metering_meter m ON m.id = p.id
  JOIN customers_customer c ON c.id = p.id
 CROSS JOIN LATERAL (VALUES (1, p.number), (2, m.serial), (3, c.name), (4, c.phone), (5, right(c.phone, 4)),
                            (6, CASE WHEN p.id % 5 = 0 THEN '88' || lpad(((p.id * 32452843) % 10000000000)::text, 10, '0') END),
                            (7, CASE WHEN p.id % 3 = 0 THEN 'A' || lpad(((p.id * 611953) % 100000000)::text, 8, '0') END)) AS k(kind, key)
 WHERE k.key IS NOT NULL ORDER BY k.kind, k.key;
INSERT INTO customers_addressgrams (company_id, supply_point_id, grams)
SELECT 2, p.id, ARRAY(SELECT DISTINCT substr(p.address, i, 2) COLLATE "C" FROM generate_series(1, length(p.address) - 1) i ORDER BY 1)
  FROM customers_premises p;
-- A closed past is written with the guards off; this is a scratch database and we are its superuser.
ALTER TABLE ledger_entry DISABLE TRIGGER USER;
ALTER TABLE ledger_posting DISABLE TRIGGER USER;
ALTER TABLE ledger_outletday DISABLE TRIGGER USER;
ALTER TABLE payments_payment DISABLE TRIGGER USER;
INSERT INTO ledger_outletday (company_id, outlet_id, day, closed_at) SELECT 2, 5, '2025-04-01'::date + d, now() FROM generate_series(0, 364) d;
CREATE TEMP TABLE past AS SELECT k, nextval('ledger_entry_id_seq') AS entry, nextval('payments_payment_id_seq') AS payment,
       '2025-04-01'::date + (k * 365 / :accounts)::int AS day, 2000 + k * 37 % 9000 AS fen FROM generate_series(0, :accounts - 1) k ORDER BY k;
INSERT INTO ledger_entry (id, company_id, outlet_id, posting_day, kind, source, legs, actor_id, at, xact)
SELECT entry, 2, 5, day, 3, payment, 1, 101 + k % 16, day + time '10:00', 1 FROM past;
INSERT INTO ledger_posting (entry_id, seq, company_id, debit_gl_id, debit_party, credit_gl_id, credit_party, amount_fen)
SELECT entry, 1, 2, 11, 101 + k % 16, 1, 1 + k, fen FROM past;
INSERT INTO payments_payment (id, company_id, agreement_id, entry_id, outlet_id, shift_id, channel_id, means, posting_day,
                              amount_fen, tendered_fen, advance_fen, key, state, taken_by_id, at)
SELECT payment, 2, 1 + k, entry, 5, 101 + k % 16, (SELECT id FROM payments_channel WHERE code = 'counter'), 'cash', day, fen, fen, 0,
       gen_random_uuid(), 1, 101 + k % 16, day + time '10:00' FROM past;
DO $$ DECLARE t record; BEGIN
    FOR t IN SELECT tgrelid::regclass AS place, tgname FROM pg_trigger WHERE NOT tgisinternal AND tgenabled = 'D' LOOP
        EXECUTE format('ALTER TABLE %s ENABLE ALWAYS TRIGGER %I', t.place, t.tgname); END LOOP; END $$;
INSERT INTO foundation_auditact (company_id, at, actor_id, act, subject_kind, subject_id, amount_fen, detail, reason, request_id)
SELECT 2, day + time '10:00', 101 + k % 16, 'payments.take', 'payments.payment', payment, fen,
       jsonb_build_object('agreement', 1 + k, 'means', 'cash'), '', '' FROM past;
INSERT INTO metering_reading (company_id, installation_id, register_id, read_on, index_litres, source, kind, state, flags, estimate_method, month, note, keyed_at)
SELECT 2, k, k, '2026-05-14', 900000, 3, 1, 2, 1, '', 202605, '', now() FROM generate_series(1, :accounts) k;
INSERT INTO foundation_staff (id, version, password, username, full_name, email, phone, home_id, is_active, must_change_password, language, date_joined)
SELECT 200 + place, 1, '!', role, role, '', '', 5, true, false, 'zh-hans', now() FROM unnest(:roles) WITH ORDINALITY AS r(role, place);
INSERT INTO foundation_rolegrant (staff_id, role, unit_id, granted_at) SELECT id, username, 2, now() FROM foundation_staff WHERE id > 200;
