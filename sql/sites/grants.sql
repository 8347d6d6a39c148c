-- What the account of a site needs for syncs between sites, and no more. Run it at each site as an administrator, with your own
-- password, hosts and database names. bin/pi check says which of these are missing, with the GRANT for each.
CREATE USER 'pi'@'%' IDENTIFIED BY 'change me';

-- Read the tables and the binlog, write what comes from other sites, and make the pi_dts_ tables.
GRANT SELECT, INSERT, UPDATE, DELETE, CREATE ON shop.* TO 'pi'@'%';
GRANT REPLICATION SLAVE, REPLICATION CLIENT ON *.* TO 'pi'@'%';
-- Each chunk of the copy locks its table for a moment: MySQL, and MariaDB for tables without transactions (MyISAM, Aria). And
-- bin/pi sites triggers locks a table while it changes it.
GRANT LOCK TABLES ON shop.* TO 'pi'@'%';

-- Only with 'loop.prevention' = 'version', for bin/pi sites triggers. The triggers run with the rights of the account that made them, so
-- TRIGGER must stay. ALTER adds the column pidal_c, and may go afterwards: REVOKE ALTER ON shop.* FROM 'pi'@'%';
GRANT ALTER, TRIGGER ON shop.* TO 'pi'@'%';
-- While the binlog is on, a server takes triggers only from an account with SUPER, or with this: until it starts again. Triggers that
-- are there stay. To keep it, put log_bin_trust_function_creators = 1 below [mysqld] in the server's configuration.
SET GLOBAL log_bin_trust_function_creators = 1;

-- Only with a 'ddl' option:           GRANT ALTER, DROP, INDEX ON shop.* TO 'pi'@'%';
-- Only with 'delivery' = 'exactly-once-xa', on MySQL:   GRANT XA_RECOVER_ADMIN ON *.* TO 'pi'@'%';
