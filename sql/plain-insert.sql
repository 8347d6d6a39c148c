-- Plain Flink SQL through catalogs: the source's tables are read as a stream of changes, so that an INSERT goes on for ever.
-- Row by row SELECTs like these keep the order and the exactly-once writing of a SYNC. PostgreSQL has to have the target tables:
--   CREATE TABLE public.orders_slim (id numeric(20,0) PRIMARY KEY, customer_id numeric(20,0), cents bigint, state text);
--   CREATE TABLE public.customer_names (id numeric(20,0) PRIMARY KEY, name text);

CREATE CATALOG mysql_a WITH (
  'type' = 'pi-mysql', 'hostname' = '${PI_A_HOST}', 'port' = '${PI_A_PORT}',
  'username' = '${PI_A_USER}', 'password' = '${PI_A_PASSWORD}');

CREATE CATALOG pg_b WITH (
  'type' = 'pi-postgres', 'hostname' = '${PI_PG_HOST}', 'port' = '${PI_PG_PORT}',
  'username' = '${PI_PG_USER}', 'password' = '${PI_PG_PASSWORD}', 'default-database' = 'shop');

-- Both run in one job.
EXECUTE STATEMENT SET BEGIN
  INSERT INTO pg_b.`public`.orders_slim
    SELECT id, customer_id, CAST(total * 100 AS BIGINT), UPPER(state) FROM mysql_a.shop.orders;
  INSERT INTO pg_b.`public`.customer_names
    SELECT id, name FROM mysql_a.shop.customers;
END;
