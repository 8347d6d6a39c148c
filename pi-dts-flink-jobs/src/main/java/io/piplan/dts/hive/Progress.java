package io.piplan.dts.hive;

import io.piplan.dts.Lanes;
import io.piplan.dts.Lsn;
import java.util.List;

/**
 * How far a writer is, as the last of its transactions says.
 *
 * @param appliedMillis when that was in its tables
 * @param tables the changes of each table, in all
 */
record Progress(
    int writers,
    int writer,
    String file,
    long position,
    long event,
    long row,
    long changes,
    long refused,
    long freshMillis,
    long heartbeatMillis,
    long appliedMillis,
    List<TableCount> tables) {
  Progress {
    // That of earlier releases doesn't say.
    tables = tables == null ? List.of() : List.copyOf(tables);
  }

  static Progress of(Manifest manifest, long now) {
    return new Progress(
        manifest.writers(),
        manifest.writer(),
        manifest.file(),
        manifest.position(),
        manifest.event(),
        manifest.row(),
        manifest.changes(),
        manifest.refused(),
        manifest.freshMillis(),
        manifest.heartbeatMillis(),
        now,
        manifest.tables());
  }

  Lsn lsn() {
    return new Lsn(file, position, event, row);
  }

  int firstLane() {
    return Lanes.first(writer, writers);
  }

  int endLane() {
    return Lanes.end(writer, writers);
  }

  boolean isOf(int otherWriters, int otherWriter) {
    return writers == otherWriters && writer == otherWriter;
  }
}
