-- The stock source of Flink CDC, with our sink behind it: for those who have such definitions already.
-- PostgreSQL has to have  CREATE TABLE public.orders_copy (id bigint PRIMARY KEY, state text, total numeric(12,2));

CREATE TABLE orders (
  id    BIGINT,
  state STRING,
  total DECIMAL(12, 2),
  PRIMARY KEY (id) NOT ENFORCED
) WITH (
  'connector' = 'mysql-cdc', 'hostname' = '${PI_A_HOST}', 'port' = '${PI_A_PORT}',
  'username' = '${PI_A_USER}', 'password' = '${PI_A_PASSWORD}',
  'database-name' = 'shop', 'table-name' = 'orders', 'server-time-zone' = 'UTC');

CREATE TABLE orders_copy (
  id    BIGINT,
  state STRING,
  total DECIMAL(12, 2),
  PRIMARY KEY (id) NOT ENFORCED
) WITH (
  'connector' = 'pi-postgres', 'hostname' = '${PI_PG_HOST}', 'port' = '${PI_PG_PORT}',
  'username' = '${PI_PG_USER}', 'password' = '${PI_PG_PASSWORD}',
  'database-name' = 'shop', 'schema-name' = 'public', 'table-name' = 'orders_copy');

INSERT INTO orders_copy SELECT id, state, total FROM orders;
