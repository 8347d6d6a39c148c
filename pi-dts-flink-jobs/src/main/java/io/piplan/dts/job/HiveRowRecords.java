package io.piplan.dts.job;

import io.piplan.dts.Row;
import io.piplan.dts.TableSchema;
import io.piplan.dts.apply.RowIdentity;
import io.piplan.dts.apply.RowJson;
import io.piplan.dts.hive.HiveSyncState;
import io.piplan.dts.jdbc.HiveServer;
import java.util.List;

/** {@link RowRecords} in the folder of a database of Hive, where no row is ever locked. */
final class HiveRowRecords implements RowRecords {
  private final SyncPlan plan;
  private final HiveServer server;
  private final TableSchema schema;
  private final Row key;

  /**
   * @param key a row that needs to have its key only
   */
  HiveRowRecords(SyncPlan plan, HiveServer server, TableSchema schema, Row key) {
    this.plan = plan;
    this.server = server;
    this.schema = schema;
    this.key = key;
  }

  @Override
  public RowHistory.Writer writer() {
    return new HiveTargetState(server, plan.targetSchema())
        .applied(plan.name())
        .map(
            applied ->
                new RowHistory.Writer(
                    plan.lanes().lane(schema, key),
                    -1,
                    applied.position().toString(),
                    null,
                    RowHistory.time(
                        applied.writers().stream()
                            .mapToLong(WriterRow::appliedMillis)
                            .max()
                            .orElse(0))))
        .orElse(null);
  }

  @Override
  public List<RowHistory.DeadLetter> deadLetters() {
    String identity = RowIdentity.lock(schema, key);
    return new HiveSyncState(server, plan.targetSchema())
        .refused(plan.name(), schema.id()).stream()
            .filter(
                change ->
                    RowIdentity.lock(schema, RowJson.read(schema, change.image())).equals(identity))
            .map(
                change ->
                    new RowHistory.DeadLetter(
                        change.op().name(),
                        change.reason(),
                        change.lsn().toString(),
                        RowHistory.time(change.refusedMillis()),
                        change.settled() ? "settled since" : null))
            .toList();
  }
}
