-- Two sites, Beijing and Shanghai, that both write: a sync each way. docs/sites.md is the guide.
--   export PI_BJ_HOST=db-bj PI_BJ_PORT=3306 PI_BJ_USER=pi PI_BJ_PASSWORD=…   and the same with PI_SH_
--   pi sites triggers site_bj.shop -f sql/sites/two-sites.sql -m sql/sites/sites.json -z bj --install   and the same for sh
--   pi sync start sql/sites/two-sites.sql
-- The metadata's path is relative to where pi runs.

CREATE CATALOG site_bj WITH (
  'type' = 'pi-mysql', 'hostname' = '${PI_BJ_HOST}', 'port' = '${PI_BJ_PORT}',
  'username' = '${PI_BJ_USER}', 'password' = '${PI_BJ_PASSWORD}');

CREATE CATALOG site_sh WITH (
  'type' = 'pi-mysql', 'hostname' = '${PI_SH_HOST}', 'port' = '${PI_SH_PORT}',
  'username' = '${PI_SH_USER}', 'password' = '${PI_SH_PASSWORD}');

SYNC DATABASE site_bj.shop TO site_sh.shop WITH (
  'name' = 'bj_to_sh', 'parallelism' = '2', 'target.not-empty' = 'upsert',
  'loop.prevention' = 'version', 'metadata.file' = 'sql/sites/sites.json', 'zone.source' = 'bj', 'zone.target' = 'sh');

SYNC DATABASE site_sh.shop TO site_bj.shop WITH (
  'name' = 'sh_to_bj', 'parallelism' = '2', 'target.not-empty' = 'upsert',
  'loop.prevention' = 'version', 'metadata.file' = 'sql/sites/sites.json', 'zone.source' = 'sh', 'zone.target' = 'bj');
