package io.piplan.dts.job;

import io.piplan.dts.DtsError;
import io.piplan.dts.DtsException;
import io.piplan.dts.TableSchema;
import io.piplan.dts.ddl.TrackedTables;
import io.piplan.dts.hive.HiveTextTarget;
import io.piplan.dts.jdbc.HiveServer;
import io.piplan.dts.schema.TableDefinition;

/**
 * Lets tables in Hive know the foreign keys that a sync finds at its start, where it has not
 * followed how they came about.
 */
final class HiveForeignKeys {
  private final SyncPlan plan;

  HiveForeignKeys(SyncPlan plan) {
    this.plan = plan;
  }

  void relate() {
    if (!(plan.target() instanceof HiveServer hive)) {
      return;
    }
    HiveTextTarget target = SyncGraph.texts(plan, hive);
    boolean follows =
        plan.options().ddl().isPresent()
            && new TrackedTables(target, plan.name(), plan.names()).newest().isPresent();
    if (follows) {
      // Each statement does that at its own place.
      return;
    }
    try {
      for (TableDefinition table : plan.tables()) {
        TableSchema schema = table.schema();
        target.relate(plan.names().target(schema.id()).table(), schema);
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new DtsException(DtsError.INTERNAL, "interrupted", "start the sync again", e);
    }
  }
}
