package io.piplan.dts;

import java.io.Serializable;
import java.util.Objects;

/** Where a stream of changes begins when it has no checkpoint to go on from. */
public sealed interface StartPosition extends Serializable {

  /** After the last change the server has when the stream starts. */
  record Latest() implements StartPosition {}

  /** At the first binlog file that the server still has. */
  record Earliest() implements StartPosition {}

  /** At a place between two transactions. */
  record FileAndPosition(String file, long position) implements StartPosition {
    public FileAndPosition {
      Objects.requireNonNull(file, "file");
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
