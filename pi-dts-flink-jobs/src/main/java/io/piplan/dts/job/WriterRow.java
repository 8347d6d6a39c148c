package io.piplan.dts.job;

import io.piplan.dts.Lsn;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/** One row of {@code pi_dts_progress}: how far one writer is. */
record WriterRow(
    int writers,
    Lsn position,
    long changes,
    long appliedMillis,
    long freshMillis,
    long heartbeatMillis,
    long heartbeatLag) {
  private static final long QUIET_MILLIS = 8_000;

  static WriterRow of(ResultSet row) throws SQLException {
    Set<String> columns = DatabaseTargetState.columns(row);
    long heartbeat = columns.contains("heartbeat_ms") ? row.getLong("heartbeat_ms") : 0;
    return new WriterRow(
        row.getInt("writers"),
        new Lsn(
            row.getString("file"), row.getLong("pos"), row.getLong("event"), row.getLong("row_no")),
        row.getLong("changes"),
        row.getLong("applied_ms"),
        columns.contains("fresh_ms") ? row.getLong("fresh_ms") : 0,
        heartbeat,
        heartbeat == 0 ? 0 : Math.max(0, row.getLong("heartbeat_applied_ms") - heartbeat));
  }

  /** What all writers have. Rows of an earlier number of writers stay where they were. */
  static Optional<TargetState.Applied> together(List<WriterRow> all) {
    int newest =
        all.stream()
            .max((a, b) -> Long.compare(a.appliedMillis, b.appliedMillis))
            .map(WriterRow::writers)
            .orElse(0);
    List<WriterRow> now = all.stream().filter(row -> row.writers == newest).toList();
    return now.stream()
        .map(WriterRow::position)
        .min(Lsn::compareTo)
        .map(
            lowest ->
                new TargetState.Applied(
                    lowest, all.stream().mapToLong(WriterRow::changes).sum(), now));
  }

  /**
   * How long ago the source was what this writer's part of the target is now; -1 if not known. A
   * writer that runs says every few seconds how far it is, if only that nothing is new.
   */
  long lagMillis(long now, boolean running) {
    if (freshMillis == 0) {
      return -1;
    }
    boolean upToDate = running && now - appliedMillis < QUIET_MILLIS;
    return Math.max(0, (upToDate ? appliedMillis : now) - freshMillis);
  }

  /** How long the last heartbeat took, or how long the next is overdue; -1 if there was none. */
  long heartbeatLagMillis(long now, Duration interval) {
    return heartbeatMillis == 0
        ? -1
        : Math.max(heartbeatLag, now - heartbeatMillis - interval.toMillis());
  }
}
