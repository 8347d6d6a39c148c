package io.piplan.dts.job;

import io.piplan.dts.hive.HiveSyncState;
import io.piplan.dts.jdbc.HiveServer;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** {@link TargetState} where the target is Hive, which has files and no tables for it. */
final class HiveTargetState {
  private final HiveSyncState state;

  HiveTargetState(HiveServer server, String database) {
    this.state = new HiveSyncState(server, database);
  }

  Optional<TargetState.Applied> applied(String sync) {
    return WriterRow.together(
        state.writers(sync).stream()
            .map(
                writer ->
                    new WriterRow(
                        writer.writers(),
                        writer.position(),
                        writer.changes(),
                        writer.appliedMillis(),
                        writer.freshMillis(),
                        writer.heartbeatMillis(),
                        writer.heartbeatMillis() == 0
                            ? 0
                            : Math.max(0, writer.appliedMillis() - writer.heartbeatMillis())))
            .toList());
  }

  List<TableProgress> tables(String sync) {
    return state.tables(sync).stream()
        .map(
            copy ->
                new TableProgress(
                    copy.table().toString(),
                    copy.estimatedRows(),
                    copy.copiedRows(),
                    copy.chunks(),
                    copy.chunksDone(),
                    copy.done(),
                    copy.rowsPerSecond(),
                    0,
                    0,
                    0))
        .toList();
  }

  long deadLetters(String sync) {
    return state.writers(sync).stream().mapToLong(HiveSyncState.Writer::refused).sum();
  }

  Map<String, String> controls(String sync) {
    return state.controls(sync);
  }

  void setControl(String sync, String name, String value) {
    state.setControl(sync, name, value);
  }

  void forget(String sync) {
    state.forget(sync);
  }
}
