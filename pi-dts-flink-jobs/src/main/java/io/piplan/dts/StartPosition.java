package io.piplan.dts;

import java.io.Serializable;
import java.util.Objects;

/** Where a stream of changes begins when it has no checkpoint to go on from. */
public sealed interface StartPosition extends Serializable {

  /** After the last change the server has when the stream starts. */
  record Latest() implements StartPosition {}

  /** At the first binlog file that the server still has. */
  record Earliest() implements StartPosition {}

  /**
   * At a place between two transactions.
   *
   * @param gtids the transactions before it, as in {@link Gtid}; empty if they are not known
   */
  record FileAndPosition(String file, long position, String gtids) implements StartPosition {
    public FileAndPosition {
      Objects.requireNonNull(file, "file");
      Objects.requireNonNull(gtids, "gtids");
    }

    /** With transactions before it that are not known. */
    public FileAndPosition(String file, long position) {
      this(file, position, "");
    }
  }

  /**
   * After the transactions of a GTID set, as the server spells it: {@code uuid:1-5,…} for MySQL,
   * {@code domain-server-sequence,…} for MariaDB.
   */
  record Gtid(String set) implements StartPosition {
    public Gtid {
      Objects.requireNonNull(set, "set");
    }
  }

  /** At the first transaction committed at or after this time (binlogs know whole seconds). */
  record Timestamp(long epochMillis) implements StartPosition {}
}
