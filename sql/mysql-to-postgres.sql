-- A whole database to PostgreSQL. What becomes of each type: docs/types.md.
--   export PI_A_HOST=db-a PI_A_PORT=3306 PI_A_USER=pi_source PI_A_PASSWORD=…
--   export PI_PG_HOST=db-pg PI_PG_PORT=5432 PI_PG_USER=pi_target PI_PG_PASSWORD=…
--   pi sync start sql/mysql-to-postgres.sql

CREATE CATALOG mysql_a WITH (
  'type' = 'pi-mysql', 'hostname' = '${PI_A_HOST}', 'port' = '${PI_A_PORT}',
  'username' = '${PI_A_USER}', 'password' = '${PI_A_PASSWORD}');

-- default-database is the database; what the SYNC names after the dot is a schema in it.
CREATE CATALOG pg_b WITH (
  'type' = 'pi-postgres', 'hostname' = '${PI_PG_HOST}', 'port' = '${PI_PG_PORT}',
  'username' = '${PI_PG_USER}', 'password' = '${PI_PG_PASSWORD}', 'default-database' = 'shop');

SYNC DATABASE mysql_a.shop TO pg_b.public
  WITH ('name' = 'shop_to_pg', 'parallelism' = '2');
