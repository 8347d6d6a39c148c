package io.piplan.dts.job;

import io.piplan.dts.DtsError;
import io.piplan.dts.DtsException;
import io.piplan.dts.Lsn;
import io.piplan.dts.StartPosition;
import io.piplan.dts.TableSchema;
import io.piplan.dts.binlog.LateKeys;
import io.piplan.dts.ddl.TrackedTables;
import io.piplan.dts.flink.BinlogScan;
import io.piplan.dts.hive.HiveTextTarget;
import io.piplan.dts.jdbc.HiveServer;
import io.piplan.dts.schema.TableDefinition;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * The foreign keys of tables in Hive, where a sync does not follow how they come about: its start
 * lets them know those that the source has now.
 */
final class HiveForeignKeys {
  private final SyncPlan plan;

  HiveForeignKeys(SyncPlan plan) {
    this.plan = plan;
  }

  /** Each statement does it at its own place if changes are followed. */
  private boolean isUp() {
    return plan.target() instanceof HiveServer
        && plan.options().hive().followsCascades()
        && (plan.options().ddl().isEmpty()
            || new TrackedTables(texts(), plan.name(), plan.names()).newest().isEmpty());
  }

  private HiveTextTarget texts() {
    return SyncGraph.texts(plan, (HiveServer) plan.target());
  }

  /** By what they are called in Hive. */
  private Map<String, TableSchema> sources() {
    Map<String, TableSchema> sources = new LinkedHashMap<>();
    for (TableDefinition table : plan.tables()) {
      TableSchema schema = table.schema();
      sources.put(plan.names().target(schema.id()).table(), schema);
    }
    return sources;
  }

  /**
   * Refuses to go on where rows are still to come from before a change of keys, and it is not so
   * that it makes no difference by which keys they are taken. It is looked for in the binlog, and
   * only if tables have other keys than Hive knows.
   *
   * @throws DtsException {@code SOURCE_SCHEMA_CHANGED}
   */
  void requireNoneLate() {
    Lsn from = isUp() ? applied() : Lsn.START;
    if (from.equals(Lsn.START)) {
      return;
    }
    LateKeys keys = new LateKeys(texts().otherParents(sources()), from);
    if (keys.isEmpty()) {
      return;
    }
    BinlogScan scan = new BinlogScan(SourceHistory.binlog(plan), keys);
    scan.read(
        scan.since(new StartPosition.FileAndPosition(from.fileName(), from.position(), "")),
        (change, gtid, ofSync) -> keys.take(change),
        bytes -> {});
    keys.late()
        .ifPresent(
            late -> {
              throw refusal(late, from);
            });
  }

  private Lsn applied() {
    return TargetState.of(plan.target(), plan.targetSchema())
        .applied(plan.name())
        .map(TargetState.Applied::position)
        .orElse(Lsn.START);
  }

  private DtsException refusal(LateKeys.Late late, Lsn from) {
    return new DtsException(
        DtsError.SOURCE_SCHEMA_CHANGED,
        "foreign keys of "
            + late.child()
            + " that act were changed at "
            + late.statement()
            + " ("
            + late.sql()
            + "), while sync "
            + plan.name()
            + " had come to "
            + from
            + " and rows of "
            + late.parent()
            + " were deleted or changed in between, the first at "
            + late.row()
            + ": the keys of now do not say what became of the rows of "
            + late.child()
            + " then",
        "start it with 'hive.cascades' = 'ignore', if rows that such keys deleted or emptied may"
            + " stay as they are in Hive, until it is past the statement; or anew with --fresh."
            + " With 'ddl' = 'evolve' from its first start on a sync follows such changes");
  }

  void relate() {
    if (!isUp()) {
      return;
    }
    try {
      texts().relate(sources());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new DtsException(DtsError.INTERNAL, "interrupted", "start the sync again", e);
    }
  }
}
