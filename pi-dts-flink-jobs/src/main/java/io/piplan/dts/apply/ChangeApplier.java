package io.piplan.dts.apply;

import io.piplan.dts.ChangeEvent;
import io.piplan.dts.Op;
import io.piplan.dts.Row;
import io.piplan.dts.TableId;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Savepoint;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/**
 * Applies batches on one connection: all together first, and where the target refuses that, change
 * by change, so that either it works or the error names the row.
 */
final class ChangeApplier {
  private static final int ROWS_A_STATEMENT = 500;

  private final Connection connection;
  private final Dialect dialect;
  private final Map<TableId, AppliedTable> tables;
  private final CascadeStatements cascades;
  private final BatchPlanner planner;
  private final Script script;

  ChangeApplier(
      Connection connection,
      Dialect dialect,
      Map<TableId, AppliedTable> tables,
      CascadeStatements cascades)
      throws SQLException {
    this.connection = connection;
    this.dialect = dialect;
    this.tables = tables;
    this.cascades = cascades;
    this.planner = new BatchPlanner(tables, dialect.upsertsByKeyAlone(), cascades::concerns);
    this.script = new Script(connection);
  }

  /** Deletes rows by their keys, and nothing that refers to them. */
  void delete(AppliedTable table, List<Row> rows) throws SQLException {
    try {
      dialect.deleteMany(script, table.sql(), rows);
      script.flush();
    } catch (SQLException | BadValueException e) {
      script.clear();
      throw e;
    }
  }

  void apply(List<ChangeEvent> changes) throws SQLException {
    if (!applied(planner.plan(changes))) {
      for (ChangeEvent change : changes) {
        one(change);
      }
    }
  }

  /** Puts copied rows, given as updates; does nothing and returns false if one is refused. */
  boolean copied(AppliedTable table, List<ChangeEvent> rows) throws SQLException {
    return table.sql().upserts()
        ? applied(List.of(new Step(Step.Kind.COPY, table, rows)))
        : applied(planner.plan(rows));
  }

  /** Does all steps, or nothing and returns false if the target refuses one. */
  private boolean applied(List<Step> steps) throws SQLException {
    Savepoint before = connection.setSavepoint();
    boolean applied = together(steps);
    if (!applied) {
      connection.rollback(before);
    }
    connection.releaseSavepoint(before);
    return applied;
  }

  private boolean together(List<Step> steps) throws SQLException {
    try {
      for (Step step : steps) {
        run(step);
      }
      script.flush();
      return true;
    } catch (SQLException e) {
      script.clear();
      if (!SqlErrors.isRowFault(e)) {
        throw e;
      }
      return false;
    } catch (BadValueException e) {
      script.clear();
      return false;
    }
  }

  private void run(Step step) throws SQLException {
    TableSql sql = step.table().sql();
    switch (step.kind()) {
      case INSERT, UPSERT, COPY, DELETE -> several(step);
      case UPDATE -> {
        for (ChangeEvent change : step.changes()) {
          dialect.updateOrInsert(script, sql, change.before(), change.after());
        }
      }
      case CASCADE -> {
        for (ChangeEvent change : step.changes()) {
          script.flush();
          put(change);
          cascades.follow(script, change);
        }
      }
      default -> throw new IllegalStateException("step " + step.kind());
    }
  }

  private void several(Step step) throws SQLException {
    TableSql sql = step.table().sql();
    List<Row> rows = new ArrayList<>(ROWS_A_STATEMENT);
    long bytes = 0;
    for (ChangeEvent change : step.changes()) {
      Row row = row(step.table().mapping(), change);
      boolean full = rows.size() == ROWS_A_STATEMENT || bytes + row.bytes() > Script.PACKET / 2;
      if (full && !rows.isEmpty()) {
        statement(step.kind(), sql, rows);
        rows.clear();
        bytes = 0;
      }
      rows.add(row);
      bytes += row.bytes();
    }
    statement(step.kind(), sql, rows);
  }

  private static Row row(TableMapping mapping, ChangeEvent change) {
    if (mapping.appendOnly() && change.op() != Op.INSERT) {
      throw new BadValueException(
          null,
          "the table is append only, it has no key by which to find a row to "
              + (change.op() == Op.DELETE ? "delete" : "update"));
    }
    return change.after() == null ? change.before() : change.after();
  }

  private void statement(Step.Kind kind, TableSql sql, List<Row> rows) throws SQLException {
    switch (kind) {
      case INSERT -> {
        sql.insert(script.sql(), rows);
        script.end();
      }
      case UPSERT -> {
        sql.upsert(script.sql(), rows);
        script.end();
      }
      case COPY -> {
        sql.upsertCopied(script.sql(), rows);
        script.end();
      }
      default -> dialect.deleteMany(script, sql, rows);
    }
  }

  private void one(ChangeEvent change) throws SQLException {
    TableMapping mapping = tables.get(change.table()).mapping();
    try {
      put(change);
      if (cascades.concerns(change)) {
        cascades.follow(script, change);
      }
      script.flush();
    } catch (SQLException e) {
      script.clear();
      throw SqlErrors.translate(e, mapping, change);
    } catch (BadValueException e) {
      script.clear();
      throw SqlErrors.badValue(e, mapping, change);
    }
  }

  /** Brings one row to what it is after the change, whatever it is now. */
  private void put(ChangeEvent change) throws SQLException {
    TableSql sql = tables.get(change.table()).sql();
    if (sql.mapping().appendOnly()) {
      sql.insert(script.sql(), List.of(row(sql.mapping(), change)));
      script.end();
    } else if (change.op() == Op.DELETE) {
      sql.deleteOne(script.sql(), change.before());
      script.end();
    } else if (sql.sameKey(change.keyRow(), change.after())) {
      if (sql.upserts()) {
        sql.upsert(script.sql(), List.of(change.after()));
        script.end();
      } else {
        dialect.updateOrInsert(script, sql, change.after(), change.after());
      }
    } else {
      sql.update(script.sql(), change.before(), change.after());
      if (script.run() == 0) {
        dialect.updateOrInsert(script, sql, change.after(), change.after());
      }
    }
  }

  void close() throws SQLException {
    script.close();
  }
}
