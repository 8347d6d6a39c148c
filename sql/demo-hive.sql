-- What bin/pi demo hive runs: the sample shop at site A, followed by a Hive.
-- The demo fills in the ${…}; with bin/pi sync they are environment variables.

CREATE CATALOG site_a WITH (
  'type' = 'pi-mysql', 'hostname' = '127.0.0.1', 'port' = '${PI_DEMO_A_PORT}',
  'username' = 'root', 'password' = '${PI_DEMO_PASSWORD}');

-- Properties of Hadoop are given with conf. before them. This one is for the disk of this machine alone.
CREATE CATALOG hive_c WITH (
  'type' = 'pi-hive', 'metastore-uri' = '${PI_DEMO_METASTORE}',
  'hiveserver2-url' = '${PI_DEMO_HIVE}', 'username' = 'pi',
  'conf.fs.file.impl' = 'io.piplan.embedded.NioLocalFileSystem');

-- Orders by month; the running sync rewrites the current state every now and then.
SYNC DATABASE site_a.shop TO hive_c.ods
  WITH ('name' = 'shop_to_hive', 'parallelism' = '2', 'checkpoint.interval' = '3 s',
        'hive.partition' = 'orders: month(placed_at)', 'hive.compact.interval' = '20 s');
