package io.piplan.dts.binlog;

import java.util.Optional;

/** A set of transactions that grows. Not thread-safe. */
public interface GtidSet {
  /**
   * Reads a set as a server spells it, in whatever order; empty if it has parts that are not
   * followed.
   */
  static Optional<? extends GtidSet> parse(String text, boolean mariaDb) {
    return mariaDb ? MariaDbGtids.parse(text) : MySqlGtids.parse(text);
  }

  /** As the server spells it, in one order only: equal sets have equal texts. */
  String text();
}
