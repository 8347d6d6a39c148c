-- What bin/pi demo runs: the sample shop at site A, kept in step at site B and in a PostgreSQL.
-- The demo fills in the ${…}; with bin/pi sync they are environment variables.

CREATE CATALOG site_a WITH (
  'type' = 'pi-mysql', 'hostname' = '127.0.0.1', 'port' = '${PI_DEMO_A_PORT}',
  'username' = 'root', 'password' = '${PI_DEMO_PASSWORD}');

CREATE CATALOG site_b WITH (
  'type' = 'pi-mysql', 'hostname' = '127.0.0.1', 'port' = '${PI_DEMO_B_PORT}',
  'username' = 'root', 'password' = '${PI_DEMO_PASSWORD}');

CREATE CATALOG warehouse WITH (
  'type' = 'pi-postgres', 'hostname' = '127.0.0.1', 'port' = '${PI_DEMO_PG_PORT}',
  'username' = 'postgres', 'password' = '${PI_DEMO_PASSWORD}', 'default-database' = 'shop');

-- Every table of the shop, to a database of the same kind …
SYNC DATABASE site_a.shop TO site_b.shop
  WITH ('name' = 'shop_to_b', 'parallelism' = '2', 'checkpoint.interval' = '3 s');

-- … and to another kind: tables are made with PostgreSQL's types.
SYNC DATABASE site_a.shop TO warehouse.public
  WITH ('name' = 'shop_to_pg', 'parallelism' = '2', 'checkpoint.interval' = '3 s');
