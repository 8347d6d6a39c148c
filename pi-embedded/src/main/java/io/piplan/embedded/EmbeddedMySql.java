package io.piplan.embedded;

/**
 * A server which speaks the MySQL protocol, writes a row binlog with full images, and whose
 * sessions are utf8mb4 and UTC unless they ask for something else.
 */
public interface EmbeddedMySql extends EmbeddedDatabase {

  /** The replication id; unique among the servers which one {@link Servers} hands out. */
  int serverId();

  /** MariaDB and MySQL differ in binlog events, status statements and SQL details. */
  boolean isMariaDb();
}
