-- What bin/pi demo sites runs: the shop of sql/sites/schema.sql in two sites, a sync each way.
-- The demo fills in the ${…}. Each sync runs beside its source, and reaches the other site by a line that the demo cuts.

CREATE CATALOG site_bj WITH (
  'type' = 'pi-mysql', 'hostname' = '127.0.0.1', 'port' = '${PI_DEMO_BJ_PORT}',
  'username' = 'root', 'password' = '${PI_DEMO_PASSWORD}');

CREATE CATALOG site_sh WITH (
  'type' = 'pi-mysql', 'hostname' = '127.0.0.1', 'port' = '${PI_DEMO_SH_PORT}',
  'username' = 'root', 'password' = '${PI_DEMO_PASSWORD}');

CREATE CATALOG line_to_bj WITH (
  'type' = 'pi-mysql', 'hostname' = '127.0.0.1', 'port' = '${PI_DEMO_LINE_TO_BJ_PORT}',
  'username' = 'root', 'password' = '${PI_DEMO_PASSWORD}');

CREATE CATALOG line_to_sh WITH (
  'type' = 'pi-mysql', 'hostname' = '127.0.0.1', 'port' = '${PI_DEMO_LINE_TO_SH_PORT}',
  'username' = 'root', 'password' = '${PI_DEMO_PASSWORD}');

SYNC DATABASE site_bj.shop TO line_to_sh.shop WITH (
  'name' = 'bj_to_sh', 'parallelism' = '1', 'checkpoint.interval' = '1 s', 'target.not-empty' = 'upsert',
  'loop.prevention' = 'version', 'metadata.file' = '${PI_DEMO_SITES}', 'zone.source' = 'bj', 'zone.target' = 'sh');

SYNC DATABASE site_sh.shop TO line_to_bj.shop WITH (
  'name' = 'sh_to_bj', 'parallelism' = '1', 'checkpoint.interval' = '1 s', 'target.not-empty' = 'upsert',
  'loop.prevention' = 'version', 'metadata.file' = '${PI_DEMO_SITES}', 'zone.source' = 'sh', 'zone.target' = 'bj');
