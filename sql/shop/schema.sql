-- The sample shop: what a MySQL or MariaDB schema of a small business looks like.
-- It has what syncs stumble over: foreign keys (one of them cascading), keys of one and several columns,
-- of numbers and of text, unique keys, defaults, comments, generated columns, text in Chinese, and in
-- every_type one column of each type.
-- Run it in an empty database, e.g.  mysql shop < schema.sql

CREATE TABLE categories (
  id        INT UNSIGNED NOT NULL AUTO_INCREMENT,
  parent_id INT UNSIGNED NULL COMMENT '上级类目; NULL at the top',
  name      VARCHAR(60) NOT NULL COMMENT '名称',
  position  SMALLINT NOT NULL DEFAULT 0,
  PRIMARY KEY (id),
  KEY parent (parent_id),
  CONSTRAINT category_parent FOREIGN KEY (parent_id) REFERENCES categories (id)
) ENGINE = InnoDB DEFAULT CHARSET = utf8mb4 COLLATE = utf8mb4_unicode_ci COMMENT = '类目: what products are sorted into';

CREATE TABLE products (
  id          INT UNSIGNED NOT NULL AUTO_INCREMENT,
  category_id INT UNSIGNED NOT NULL,
  sku         CHAR(12) CHARACTER SET ascii COLLATE ascii_bin NOT NULL COMMENT 'stock keeping unit',
  name        VARCHAR(120) NOT NULL COMMENT '商品名称',
  price       DECIMAL(10, 2) NOT NULL,
  stock       INT NOT NULL DEFAULT 0,
  weight_kg   FLOAT NULL,
  flags       SET('new', 'fragile', 'frozen', '易碎') NOT NULL DEFAULT '',
  on_sale     BIT(1) NOT NULL DEFAULT b'1',
  attributes  JSON NULL COMMENT 'free form',
  thumbnail   BLOB NULL,
  launched    YEAR NULL,
  price_cents BIGINT AS (CAST(price * 100 AS SIGNED)) STORED,
  PRIMARY KEY (id),
  UNIQUE KEY sku (sku),
  KEY category (category_id, name),
  CONSTRAINT product_category FOREIGN KEY (category_id) REFERENCES categories (id)
) ENGINE = InnoDB DEFAULT CHARSET = utf8mb4 COLLATE = utf8mb4_unicode_ci COMMENT = '商品';

CREATE TABLE customers (
  id         BIGINT UNSIGNED NOT NULL AUTO_INCREMENT,
  name       VARCHAR(60) NOT NULL COMMENT '姓名',
  email      VARCHAR(120) NULL,
  level      ENUM('普通', '银卡', '金卡') NOT NULL DEFAULT '普通' COMMENT '会员等级',
  balance    DECIMAL(12, 2) NOT NULL DEFAULT 0.00,
  born       DATE NULL,
  created_at DATETIME(3) NOT NULL DEFAULT CURRENT_TIMESTAMP(3),
  updated_at TIMESTAMP(6) NOT NULL DEFAULT CURRENT_TIMESTAMP(6) ON UPDATE CURRENT_TIMESTAMP(6),
  PRIMARY KEY (id),
  UNIQUE KEY email (email)
) ENGINE = InnoDB DEFAULT CHARSET = utf8mb4 COLLATE = utf8mb4_unicode_ci COMMENT = '客户';

-- The one cascading key. The server does not write to its binlog what the cascade deletes here.
CREATE TABLE addresses (
  id          BIGINT UNSIGNED NOT NULL AUTO_INCREMENT,
  customer_id BIGINT UNSIGNED NOT NULL,
  label       VARCHAR(20) NOT NULL DEFAULT '家' COMMENT '家, 公司, …',
  city        VARCHAR(40) NOT NULL,
  street      VARCHAR(160) NOT NULL,
  zip         CHAR(6) NULL,
  is_default  TINYINT(1) NOT NULL DEFAULT 0,
  PRIMARY KEY (id),
  KEY customer (customer_id),
  CONSTRAINT address_customer FOREIGN KEY (customer_id) REFERENCES customers (id) ON DELETE CASCADE
) ENGINE = InnoDB DEFAULT CHARSET = utf8mb4 COLLATE = utf8mb4_unicode_ci COMMENT = '地址';

CREATE TABLE orders (
  id          BIGINT UNSIGNED NOT NULL,
  customer_id BIGINT UNSIGNED NOT NULL,
  state       ENUM('placed', 'paid', 'shipped', 'done', 'cancelled') NOT NULL DEFAULT 'placed',
  total       DECIMAL(12, 2) NOT NULL DEFAULT 0.00,
  note        VARCHAR(200) NULL COMMENT '备注',
  placed_at   DATETIME(3) NOT NULL,
  updated_at  TIMESTAMP(3) NOT NULL DEFAULT CURRENT_TIMESTAMP(3) ON UPDATE CURRENT_TIMESTAMP(3),
  PRIMARY KEY (id),
  KEY customer (customer_id, placed_at),
  CONSTRAINT order_customer FOREIGN KEY (customer_id) REFERENCES customers (id)
) ENGINE = InnoDB DEFAULT CHARSET = utf8mb4 COLLATE = utf8mb4_unicode_ci COMMENT = '订单: the big one';

CREATE TABLE order_items (
  order_id   BIGINT UNSIGNED NOT NULL,
  line_no    SMALLINT UNSIGNED NOT NULL,
  product_id INT UNSIGNED NOT NULL,
  quantity   INT NOT NULL DEFAULT 1,
  price      DECIMAL(10, 2) NOT NULL,
  PRIMARY KEY (order_id, line_no),
  KEY product (product_id),
  CONSTRAINT item_order FOREIGN KEY (order_id) REFERENCES orders (id),
  CONSTRAINT item_product FOREIGN KEY (product_id) REFERENCES products (id)
) ENGINE = InnoDB DEFAULT CHARSET = utf8mb4 COLLATE = utf8mb4_unicode_ci COMMENT = '订单明细';

-- A key of text, and of a collation that does not tell letter case apart.
CREATE TABLE payments (
  reference VARCHAR(40) NOT NULL COMMENT '流水号',
  order_id  BIGINT UNSIGNED NOT NULL,
  method    VARCHAR(20) NOT NULL COMMENT '微信, 支付宝, card, …',
  amount    DECIMAL(12, 2) NOT NULL,
  paid_at   DATETIME(6) NULL,
  PRIMARY KEY (reference),
  KEY payment_order (order_id),
  CONSTRAINT payment_order FOREIGN KEY (order_id) REFERENCES orders (id)
) ENGINE = InnoDB DEFAULT CHARSET = utf8mb4 COLLATE = utf8mb4_general_ci COMMENT = '支付';

CREATE TABLE every_type (
  id           INT NOT NULL,
  a_tinyint    TINYINT NULL,
  a_tinyint_u  TINYINT UNSIGNED NULL,
  a_smallint   SMALLINT NULL,
  a_mediumint  MEDIUMINT NULL,
  an_int_u     INT UNSIGNED NULL,
  a_bigint     BIGINT NULL,
  a_bigint_u   BIGINT UNSIGNED NULL,
  a_decimal    DECIMAL(65, 30) NULL,
  a_float      FLOAT NULL,
  a_double     DOUBLE NULL,
  a_bit        BIT(20) NULL,
  a_bool       BOOLEAN NULL,
  a_date       DATE NULL,
  a_time       TIME(3) NULL,
  a_datetime   DATETIME(6) NULL,
  a_timestamp  TIMESTAMP(6) NULL,
  a_year       YEAR NULL,
  a_char       CHAR(10) NULL,
  a_varchar    VARCHAR(100) NULL,
  a_latin      VARCHAR(100) CHARACTER SET latin1 NULL,
  a_text       MEDIUMTEXT NULL,
  a_binary     BINARY(4) NULL,
  a_varbinary  VARBINARY(20) NULL,
  a_blob       LONGBLOB NULL,
  an_enum      ENUM('小', '中', '大') NULL,
  a_set        SET('a', 'b', 'c') NULL,
  a_json       JSON NULL,
  a_point      POINT NULL,
  PRIMARY KEY (id)
) ENGINE = InnoDB DEFAULT CHARSET = utf8mb4 COLLATE = utf8mb4_bin COMMENT = '各种类型: one column of each type';

-- A row every few milliseconds tells how far behind a target is.
CREATE TABLE pi_probe (
  id      BIGINT NOT NULL,
  sent_at DATETIME(6) NOT NULL,
  PRIMARY KEY (id)
) ENGINE = InnoDB DEFAULT CHARSET = utf8mb4;
