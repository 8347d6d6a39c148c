package io.piplan.dts.job;

import io.piplan.dts.copy.CopyProgress;
import io.piplan.dts.ddl.FollowedStatement;
import io.piplan.dts.ddl.TextTarget;
import io.piplan.dts.hive.HiveSyncState;
import io.piplan.dts.jdbc.HiveServer;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/** {@link TargetState} where the target is Hive, which has files and no tables for it. */
final class HiveTargetState implements TargetState {
  private static final long RECENT_MILLIS = 5_000;

  private final HiveSyncState state;

  HiveTargetState(HiveServer server, String database) {
    this.state = new HiveSyncState(server, database);
  }

  @Override
  public Optional<Applied> applied(String sync) {
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

  @Override
  public List<TableProgress> tables(String sync, long nowMillis) {
    Map<String, TableProgress> tables = new TreeMap<>();
    for (CopyProgress copy : state.tables(sync)) {
      tables.put(
          copy.table().toString(),
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
              0));
    }
    for (HiveSyncState.Writer writer : state.writers(sync)) {
      for (HiveSyncState.Activity active : writer.tables()) {
        String name = active.table().toString();
        tables.merge(name, of(name, active, nowMillis), TableProgress::with);
      }
    }
    return List.copyOf(tables.values());
  }

  /** A rate is told until there should be a newer one, which comes with a checkpoint. */
  private static TableProgress of(String name, HiveSyncState.Activity active, long nowMillis) {
    boolean recent = nowMillis - active.countedMillis() < 2 * active.overMillis() + RECENT_MILLIS;
    return new TableProgress(
        name,
        0,
        0,
        0,
        0,
        true,
        0,
        active.changes(),
        recent ? active.perSecond() : 0,
        active.sourceMillis());
  }

  @Override
  public long deadLetters(String sync) {
    long refused = state.writers(sync).stream().mapToLong(HiveSyncState.Writer::refused).sum();
    return refused == 0 ? 0 : Math.max(0, refused - state.settled(sync));
  }

  @Override
  public Map<String, String> controls(String sync) {
    return state.controls(sync);
  }

  @Override
  public void setControl(String sync, String name, String value) {
    state.setControl(sync, name, value);
  }

  @Override
  public void forget(String sync) {
    state.forget(sync);
  }

  /** Rows of a log are neither compared nor locked. */
  @Override
  public HeldRows held(String sync) {
    return HeldRows.NONE;
  }

  @Override
  public List<FollowedStatement> schemaChanges(String sync) {
    return state
        .text(sync, TextTarget.STATEMENTS)
        .map(text -> FollowedStatement.of(text, LATEST))
        .orElse(List.of());
  }

  @Override
  public void forgetSchemas(String sync) {
    state.forgetSchemas(sync);
  }
}
