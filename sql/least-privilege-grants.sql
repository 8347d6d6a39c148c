-- What the accounts of a sync need, and no more. Put in your own passwords, hosts and database names.
-- bin/pi check says which of these are missing, with the GRANT for each. For syncs between sites: sites/grants.sql.

-- On the source (MySQL, MariaDB): read the tables, and read the binlog as a replica does.
CREATE USER 'pi_source'@'%' IDENTIFIED BY 'change me';
GRANT SELECT ON shop.* TO 'pi_source'@'%';
GRANT REPLICATION SLAVE, REPLICATION CLIENT ON *.* TO 'pi_source'@'%';
-- MariaDB names the second one differently since 10.5:  GRANT REPLICATION SLAVE, BINLOG MONITOR ON *.* TO 'pi_source'@'%';
-- MySQL, and MariaDB for tables without transactions (MyISAM, Aria): each chunk of the copy locks its table for a moment.
GRANT LOCK TABLES ON shop.* TO 'pi_source'@'%';
-- Only with 'heartbeat.interval': the row that is written to measure the lag. CREATE is not needed where the table is there.
-- GRANT CREATE, INSERT, UPDATE ON shop.pi_dts_heartbeat TO 'pi_source'@'%';

-- On a target that is MySQL or MariaDB: write the tables, make missing ones, and the pi_dts_ tables that hold progress.
-- CREATE is not needed where all of them are there already, and ALTER only once, where an earlier release made the pi_dts_ tables.
CREATE USER 'pi_target'@'%' IDENTIFIED BY 'change me';
GRANT SELECT, INSERT, UPDATE, DELETE, CREATE ON shop.* TO 'pi_target'@'%';
-- Only with a 'ddl' option:           GRANT ALTER, DROP, INDEX ON shop.* TO 'pi_target'@'%';
-- Only with 'delivery' = 'exactly-once-xa', on MySQL:   GRANT XA_RECOVER_ADMIN ON *.* TO 'pi_target'@'%';
-- bin/pi diff, repair, why and sync resync need no more than these two accounts.

-- On a target that is PostgreSQL, connected to the database:
--   CREATE ROLE pi_target LOGIN PASSWORD 'change me';
--   GRANT CONNECT ON DATABASE shop TO pi_target;
--   GRANT USAGE, CREATE ON SCHEMA public TO pi_target;
-- and for tables which are there already and belong to somebody else:
--   GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO pi_target;
-- and if those have foreign keys, so that these and triggers do not act while the sync writes (PostgreSQL 15 and later):
--   GRANT SET ON PARAMETER session_replication_role TO pi_target;
-- and with a 'ddl' option the tables must belong to pi_target, as those do that the sync makes.
-- and with 'copy.target-threads', so that it sees the sessions of others:
--   GRANT pg_read_all_stats TO pi_target;
-- With 'copy.replica-lag' the account needs SELECT on pi_dts_progress, which replicas have with the rest.
