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

  /**
   * A table expression with a column {@code seq} from 1 to {@code last}, which every MariaDB from
   * 10.6 and every MySQL from 8.0 knows.
   */
  static String numbers(int last) {
    return "JSON_TABLE(CONCAT('[1', REPEAT(',1', %d), ']'), '$[*]' COLUMNS (seq FOR ORDINALITY)) AS numbers"
        .formatted(last - 1);
  }
}
