package io.piplan.dts.job;

import io.piplan.dts.DtsError;
import io.piplan.dts.DtsException;
import io.piplan.dts.TableId;
import io.piplan.dts.flink.BinlogOptions;
import io.piplan.dts.flink.BinlogStarts;
import io.piplan.dts.jdbc.Side;
import io.piplan.dts.schema.LiveSchemaProvider;
import io.piplan.dts.schema.TableDefinition;
import io.piplan.dts.sql.SyncOptions;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;

/** What must hold before a sync may begin. Changes nothing. */
final class Preflight {
  private final SyncPlan plan;
  private final TargetState target;

  Preflight(SyncPlan plan) {
    this.plan = plan;
    this.target = new TargetState(plan.target(), plan.targetSchema());
  }

  /** Throws what stands against reading the source's binlog from the plan's start. */
  void source() {
    try (Connection connection = plan.source().connect(Side.SOURCE);
        Statement statement = connection.createStatement();
        ResultSet row =
            statement.executeQuery("SELECT @@binlog_format, @@global.binlog_row_image")) {
      row.next();
      require("binlog_format", "ROW", row.getString(1));
      require("binlog_row_image", "FULL", row.getString(2));
    } catch (SQLException e) {
      throw new DtsException(
          DtsError.SOURCE_UNREACHABLE,
          "reading the settings of source "
              + plan.source().address()
              + " failed: "
              + e.getMessage(),
          "check that the server is up and try again",
          e);
    }
    new BinlogStarts(
            new BinlogOptions(
                plan.source(),
                plan.serverId(),
                plan.start(),
                plan.names(),
                new LiveSchemaProvider(plan.source(), plan.names().declaredKeys())))
        .requireAvailable(plan.start());
  }

  private void require(String variable, String expected, String found) {
    if (!expected.equalsIgnoreCase(found)) {
      throw new DtsException(
          DtsError.SOURCE_BINLOG_FORMAT,
          "source "
              + plan.source().address()
              + " has "
              + variable
              + " = "
              + found
              + ", expected "
              + expected,
          "SET GLOBAL "
              + variable
              + " = '"
              + expected
              + "', also in its configuration file, and reconnect the applications that write");
    }
  }

  /**
   * Throws what stands against writing to the target.
   *
   * @param begins whether the sync has never written there
   */
  void target(boolean begins) {
    if (!target.schemaExists()) {
      throw new DtsException(
          DtsError.TARGET_MISSING_TABLE,
          "target " + plan.target().address() + " has no " + plan.targetSchema(),
          "create the database (MySQL) or schema (PostgreSQL), or correct its name after TO");
    }
    List<String> missing = new ArrayList<>();
    List<String> filled = new ArrayList<>();
    for (TableDefinition table : plan.tables()) {
      TableId id = plan.names().target(table.schema().id());
      if (!target.hasTable(id.table())) {
        missing.add(id.table());
      } else if (begins && target.holdsRows(id.table())) {
        filled.add(id.table());
      }
    }
    boolean existing = plan.options().targetTables() == SyncOptions.TargetTables.EXISTING;
    if (existing && !missing.isEmpty()) {
      throw new DtsException(
          DtsError.TARGET_MISSING_TABLE,
          plan.targetSchema() + " of " + plan.target().address() + " lacks " + missing,
          "create them, or let the sync do so: 'target.tables' = 'create'");
    }
    if (refuses(filled)) {
      throw new DtsException(
          DtsError.TARGET_NOT_EMPTY,
          "there are rows already in "
              + filled
              + " in "
              + plan.targetSchema()
              + " of "
              + plan.target().address(),
          "empty them, or write over them with 'target.not-empty' = 'upsert' (rows that the source"
              + " does not have stay)");
    }
  }

  private boolean refuses(List<String> filled) {
    return plan.copy()
        && !filled.isEmpty()
        && plan.options().targetNotEmpty() == SyncOptions.TargetNotEmpty.REFUSE;
  }
}
