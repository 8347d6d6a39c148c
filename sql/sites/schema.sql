-- A shop in two sites: each site's apps write the customers that its zone owns, and their orders (sql/sites/sites.json).
-- Keys are made by the apps: AUTO_INCREMENT of two sites would give out the same numbers.

CREATE TABLE customers (
  id      BIGINT NOT NULL,
  name    VARCHAR(60) NOT NULL COMMENT '姓名',
  balance DECIMAL(12, 2) NOT NULL DEFAULT 0.00,
  PRIMARY KEY (id)
) ENGINE = InnoDB DEFAULT CHARSET = utf8mb4;

CREATE TABLE orders (
  customer_id BIGINT NOT NULL,
  number      INT NOT NULL,
  state       ENUM('placed', 'paid', 'shipped', 'done') NOT NULL DEFAULT 'placed',
  total       DECIMAL(12, 2) NOT NULL,
  PRIMARY KEY (customer_id, number)
) ENGINE = InnoDB DEFAULT CHARSET = utf8mb4;

-- No column decides the site of these: written in one zone, or in several but not the same row at the same time.
CREATE TABLE notices (
  id   BIGINT NOT NULL,
  text VARCHAR(200) NOT NULL,
  PRIMARY KEY (id)
) ENGINE = InnoDB DEFAULT CHARSET = utf8mb4;
