-- A whole database to another MySQL or MariaDB. Copies what is there and follows what changes, at the same time.
--   export PI_A_HOST=db-a PI_A_PORT=3306 PI_A_USER=pi_source PI_A_PASSWORD=…   and the same with PI_B_
--   pi sync start sql/mysql-to-mysql.sql
-- The accounts and what they may do: sql/least-privilege-grants.sql.

CREATE CATALOG mysql_a WITH (
  'type' = 'pi-mysql', 'hostname' = '${PI_A_HOST}', 'port' = '${PI_A_PORT}',
  'username' = '${PI_A_USER}', 'password' = '${PI_A_PASSWORD}');

CREATE CATALOG mysql_b WITH (
  'type' = 'pi-mysql', 'hostname' = '${PI_B_HOST}', 'port' = '${PI_B_PORT}',
  'username' = '${PI_B_USER}', 'password' = '${PI_B_PASSWORD}');

-- The database shop has to exist at B; its tables are made. What else can stand here: docs/definitions.md.
SYNC DATABASE mysql_a.shop TO mysql_b.shop
  EXCLUDING TABLES ('%_tmp')
  WITH ('name' = 'shop_to_b', 'parallelism' = '2');
