package io.piplan.dts.job;

import io.piplan.dts.GuardedKeys;
import io.piplan.dts.Heartbeat;
import io.piplan.dts.LaneAssigner;
import io.piplan.dts.ReaderName;
import io.piplan.dts.StartPosition;
import io.piplan.dts.TableId;
import io.piplan.dts.TableKeys;
import io.piplan.dts.Timeline;
import io.piplan.dts.apply.VersionChoice;
import io.piplan.dts.jdbc.DatabaseServer;
import io.piplan.dts.jdbc.HiveServer;
import io.piplan.dts.jdbc.MySqlServer;
import io.piplan.dts.schema.TableDefinition;
import io.piplan.dts.sql.RowCondition;
import io.piplan.dts.sql.SyncOptions;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;

/**
 * One sync with everything resolved that needs the databases: what the job graph is made from.
 *
 * @param targetSchema MySQL database or PostgreSQL schema written to, which also holds progress
 * @param tables the source tables at planning time; later ones are found while it runs
 * @param conditions which rows to take, by source table
 * @param versions the row versions
 * @param start where the binlog begins if there is no checkpoint
 * @param floating whether that may as well be a bit later, where the tables are first read
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
    VersionChoice versions,
    LaneAssigner lanes,
    StartPosition start,
    boolean floating,
    boolean copy,
    long serverId,
    SitePlan sites,
    SyncOptions options) {
  SyncPlan {
    tables = List.copyOf(tables);
    conditions = Map.copyOf(conditions);
  }

  /** What is written at the source to measure the lag, if anything is. */
  Optional<Heartbeat> heartbeat() {
    return heartbeat(names.sourceDatabase(), options);
  }

  /** The same for a sync that is not planned yet. */
  static Optional<Heartbeat> heartbeat(String sourceDatabase, SyncOptions options) {
    if (options.heartbeatInterval().isZero()) {
      return Optional.empty();
    }
    String written = options.heartbeatTable().orElse(Heartbeat.TABLE);
    int dot = written.indexOf('.');
    TableId table =
        dot < 0
            ? new TableId(sourceDatabase, written)
            : new TableId(written.substring(0, dot), written.substring(dot + 1));
    return Optional.of(new Heartbeat(table, options.name(), options.heartbeatInterval()));
  }

  /** What its binlog reader calls itself at the source. */
  static ReaderName reader(String name, DatabaseServer target, String targetSchema) {
    return ReaderName.of(name, target.address() + "/" + targetSchema);
  }

  ReaderName reader() {
    return reader(name, target, targetSchema);
  }

  /** The keys of its tables. */
  GuardedKeys keys() {
    Map<TableId, TableKeys> keys =
        tables.stream()
            .collect(Collectors.toMap(table -> table.schema().id(), TableDefinition::keys));
    return new GuardedKeys(
        keys, !(target instanceof HiveServer) || options.hive().followsCascades());
  }

  /** With its source on a timeline. */
  SyncPlan on(Timeline timeline) {
    return new SyncPlan(
        name,
        source.on(timeline),
        target,
        targetSchema,
        names,
        tables,
        conditions,
        versions,
        lanes,
        start,
        floating,
        copy,
        serverId,
        sites,
        options);
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
        versions,
        lanes,
        newStart,
        false,
        newCopy,
        serverId,
        sites,
        options);
  }
}
