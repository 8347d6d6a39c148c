package io.piplan.dts.job;

import io.piplan.dts.LaneAssigner;
import io.piplan.dts.StartPosition;
import io.piplan.dts.jdbc.DatabaseServer;
import io.piplan.dts.jdbc.MySqlServer;
import io.piplan.dts.schema.TableDefinition;
import io.piplan.dts.sql.RowCondition;
import io.piplan.dts.sql.SyncOptions;
import java.util.List;
import java.util.Map;

/**
 * One sync with everything resolved that needs the databases: what the job graph is made from.
 *
 * @param targetSchema MySQL database or PostgreSQL schema written to, which also holds progress
 * @param tables the source tables at planning time; later ones are found while it runs
 * @param conditions which rows to take, by source table
 * @param start where the binlog begins if there is no checkpoint
 * @param copy whether tables are copied
 */
record SyncPlan(
    String name,
    MySqlServer source,
    DatabaseServer target,
    String targetSchema,
    TableNames names,
    List<TableDefinition> tables,
    Map<String, RowCondition> conditions,
    LaneAssigner lanes,
    StartPosition start,
    boolean copy,
    long serverId,
    SyncOptions options) {
  SyncPlan {
    tables = List.copyOf(tables);
    conditions = Map.copyOf(conditions);
  }

  SyncPlan withStart(StartPosition newStart, boolean newCopy) {
    return new SyncPlan(
        name,
        source,
        target,
        targetSchema,
        names,
        tables,
        conditions,
        lanes,
        newStart,
        newCopy,
        serverId,
        options);
  }
}
