-- A whole database to Hive: a log of every change, and a view of the current state. What that costs: docs/hive.md.
--   export PI_A_HOST=db-a PI_A_PORT=3306 PI_A_USER=pi_source PI_A_PASSWORD=…
--   export PI_HIVE_METASTORE=thrift://hive:9083 PI_HIVE_URL=jdbc:hive2://hive:10000/ PI_HIVE_USER=pi
--   pi sync start sql/mysql-to-hive.sql
--   pi hive compact sql/mysql-to-hive.sql

CREATE CATALOG mysql_a WITH (
  'type' = 'pi-mysql', 'hostname' = '${PI_A_HOST}', 'port' = '${PI_A_PORT}',
  'username' = '${PI_A_USER}', 'password' = '${PI_A_PASSWORD}');

CREATE CATALOG hive_c WITH (
  'type' = 'pi-hive', 'metastore-uri' = '${PI_HIVE_METASTORE}',
  'hiveserver2-url' = '${PI_HIVE_URL}', 'username' = '${PI_HIVE_USER}');

-- The database must be there. Changes are visible after each checkpoint.
SYNC DATABASE mysql_a.shop TO hive_c.ods
  WITH ('name' = 'shop_to_hive', 'parallelism' = '2', 'checkpoint.interval' = '1 min',
        'hive.partition' = 'orders: placed_at', 'hive.compact.interval' = '1 h');
