-- Fills the sample shop with @orders orders and what belongs to them, always the same rows. MariaDB only (its seq_ tables).
-- e.g.  (echo "SET @orders = 1000000;"; cat data.sql) | mysql shop
-- Not written to the binlog: the copy finds these rows in the tables. Leave the first line out where a replica needs them.
SET SESSION sql_log_bin = 0;
SET SESSION foreign_key_checks = 0, unique_checks = 0;
SET time_zone = '+00:00';
SET @customers = GREATEST(20, @orders DIV 25), @products = LEAST(5000, GREATEST(50, @orders DIV 100));

INSERT INTO categories (id, parent_id, name, position)
SELECT seq, IF(seq <= 6, NULL, 1 + seq % 6), CONCAT(ELT(1 + seq % 6, '图书', '数码', '服饰', '食品', '家居', '运动'), ' ', seq), seq * 10
FROM seq_1_to_60;

INSERT INTO products (id, category_id, sku, name, price, stock, weight_kg, flags, on_sale, attributes, thumbnail, launched)
SELECT seq, 1 + seq * 7 % 60, CONCAT('SKU-', LPAD(seq, 8, '0')),
  CONCAT(ELT(1 + seq % 4, '茶杯', 'Lamp', '跑鞋', 'Książka'), ' №', seq),
  1 + seq * 7919 % 99900 / 100, 100000, IF(seq % 9 = 0, NULL, seq % 500 / 8), seq % 16, seq % 5 <> 0,
  JSON_OBJECT('colour', ELT(1 + seq % 3, '红', 'blue', '😀'), 'size', seq % 50),
  IF(seq % 4 = 0, NULL, UNHEX(MD5(seq))), 2000 + seq % 27
FROM seq_1_to_5000 WHERE seq <= @products;

INSERT INTO customers (id, name, email, level, balance, born, created_at, updated_at)
SELECT seq,
  CONCAT(ELT(1 + seq % 10, '王', '李', '张', '刘', '陈', '杨', '赵', '黄', '周', '吴'), ELT(1 + seq * 13 % 8, '伟', '芳', '娜', '敏', '静', '强', '磊', '洋'), seq),
  IF(seq % 50 = 0, NULL, CONCAT('customer', seq, '@example.com')),
  1 + seq % 3, seq * 31 % 100000 / 100, IF(seq % 7 = 0, NULL, '1950-01-01' + INTERVAL seq * 17 % 20000 DAY),
  '2024-01-01' + INTERVAL seq SECOND, '2024-06-01' + INTERVAL seq MICROSECOND
FROM seq_1_to_10000000 WHERE seq <= @customers;

INSERT INTO addresses (id, customer_id, label, city, street, zip, is_default)
SELECT seq, 1 + (seq - 1) % @customers, ELT(1 + seq % 3, '家', '公司', 'other'),
  ELT(1 + seq % 6, '北京', '上海', '广州', '深圳', 'Kraków', 'Zürich'), CONCAT('人民路 ', seq, ' 号'),
  IF(seq % 11 = 0, NULL, LPAD(seq % 1000000, 6, '0')), seq <= @customers
FROM seq_1_to_10000000 WHERE seq <= @customers + @customers DIV 4;

INSERT INTO orders (id, customer_id, state, total, note, placed_at, updated_at)
SELECT seq, 1 + seq * 7919 % @customers, 1 + seq * 5 % 5, 10 + seq * 104729 % 500000 / 100,
  IF(seq % 3 = 0, NULL, CONCAT('请在工作日送货, order ', seq, ' ', MD5(seq))),
  '2024-01-01' + INTERVAL seq * 20 SECOND, '2025-01-01' + INTERVAL seq SECOND
FROM seq_1_to_100000000 WHERE seq <= @orders;

INSERT INTO order_items (order_id, line_no, product_id, quantity, price)
SELECT 1 + (seq - 1) DIV 2, 1 + (seq - 1) % 2, 1 + seq * 31 % @products, 1 + seq % 4, 1 + seq * 7919 % 99900 / 100
FROM seq_1_to_100000000 WHERE seq <= @orders DIV 10;

INSERT INTO payments (reference, order_id, method, amount, paid_at)
SELECT CONCAT(ELT(1 + seq % 3, 'WX-', 'ali-', 'Card-'), UPPER(MD5(seq))), seq, ELT(1 + seq % 3, '微信', '支付宝', 'card'),
  10 + seq * 104729 % 500000 / 100, '2024-01-01 00:00:00.000001' + INTERVAL seq * 20 + 60 SECOND
FROM seq_1_to_100000000 WHERE seq <= @orders DIV 10;

INSERT INTO every_type VALUES
  (1, -128, 255, -32768, -8388608, 4294967295, -9223372036854775808, 18446744073709551615,
   99999999999999999999999999999999999.999999999999999999999999999999, 1.5e38, 1.7976931348623157e308, b'11111111111111111111', TRUE,
   '1000-01-01', '-838:59:59.000', '1000-01-01 00:00:00.000000', '1970-01-01 00:00:01.000001', 1901,
   '字', '各种字符 😀 ´ \\ '' "', 'café', REPEAT('长文本 ', 1000), 0x00FF0010, X'', UNHEX(REPEAT('00FF', 2000)), '小', '', '{}', ST_GeomFromText('POINT(121.47 31.23)')),
  (2, 127, 0, 32767, 8388607, 0, 9223372036854775807, 0,
   -0.000000000000000000000000000001, -0.1, 2.2250738585072014e-308, b'0', FALSE,
   '9999-12-31', '838:59:59.999', '9999-12-31 23:59:59.999999', '2038-01-19 03:14:07.999999', 2155,
   '', '', '', '', 0x00000000, 0x00, X'', '大', 'a,b,c', '[1, 2.5, "三", null, {"k": [true]}]', ST_GeomFromText('POINT(0 0)')),
  (3, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL);

INSERT INTO every_type
SELECT seq, seq % 128, seq % 256, seq, seq, seq * 7, -seq, seq, seq / 7, seq / 8, seq / 3, seq, seq % 2,
  '2000-01-01' + INTERVAL seq DAY, SEC_TO_TIME(seq * 61), '2000-01-01' + INTERVAL seq * 1000003 MICROSECOND, '2020-01-01' + INTERVAL seq HOUR, 1950 + seq % 100,
  CONCAT('c', seq), CONCAT('第 ', seq, ' 行'), CONCAT('é', seq), REPEAT(CONCAT('文', seq), 20), UNHEX(LPAD(HEX(seq), 8, '0')), UNHEX(MD5(seq)), REPEAT(UNHEX(MD5(seq)), 8),
  1 + seq % 3, seq % 8, JSON_OBJECT('n', seq, 't', '文'), ST_GeomFromText(CONCAT('POINT(', seq % 180, ' ', seq % 90, ')'))
FROM seq_4_to_500;

INSERT INTO pi_probe VALUES (0, UTC_TIMESTAMP(6));
SET SESSION foreign_key_checks = 1, unique_checks = 1;
