package io.piplan.dts.schema;

import io.piplan.dts.Column;
import io.piplan.dts.ColumnType;
import io.piplan.dts.DtsError;
import io.piplan.dts.DtsException;
import io.piplan.dts.TableId;
import io.piplan.dts.TableSchema;
import io.piplan.dts.apply.TableMapping;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;

/**
 * Finds or creates the tables of a target, and checks that they can take what the source has. Used
 * by one thread; does not own the connection, which must be in auto-commit mode.
 */
public final class TargetTables {
  private final Connection target;
  private final boolean postgres;
  private final TypeMapping types;
  private final TargetDdl ddl;

  private TargetTables(Connection target, boolean postgres, TypeMapping types, TargetDdl ddl) {
    this.target = target;
    this.postgres = postgres;
    this.types = types;
    this.ddl = ddl;
  }

  /** Of whatever kind of server the connection leads to. */
  public static TargetTables on(Connection target) {
    try {
      if (target.getMetaData().getDatabaseProductName().equals("PostgreSQL")) {
        return new TargetTables(target, true, TypeMapping.postgres(), new PostgresTargetDdl());
      }
      boolean mariaDb = new MySqlSchemaReader(target).isMariaDb();
      return new TargetTables(
          target,
          false,
          TypeMapping.mySql(mariaDb),
          new MySqlTargetDdl(mariaDb, collations(target, mariaDb)));
    } catch (SQLException e) {
      throw unreachable("the target's version", e);
    }
  }

  private static Set<String> collations(Connection target, boolean mariaDb) throws SQLException {
    Set<String> names = new HashSet<>();
    String column = mariaDb ? "FULL_COLLATION_NAME" : "COLLATION_NAME";
    try (Statement statement = target.createStatement();
        ResultSet rows =
            statement.executeQuery(
                "SELECT "
                    + column
                    + " FROM information_schema.COLLATION_CHARACTER_SET_APPLICABILITY")) {
      while (rows.next()) {
        names.add(rows.getString(1).toLowerCase(Locale.ROOT));
      }
    }
    return names;
  }

  public TypeMapping types() {
    return types;
  }

  public TargetDdl ddl() {
    return ddl;
  }

  public boolean exists(TableId table) {
    return find(table).isPresent();
  }

  /**
   * The mapping of a source table, which is created on the target if it is missing.
   *
   * @throws DtsException {@code TARGET_MISMATCH} if an existing table cannot take every row
   */
  public TableMapping ensure(TableDefinition source, TableId id) {
    return ensure(source, id, Divergence.NONE);
  }

  /**
   * The same for a table of the target that differs on purpose.
   *
   * @throws DtsException {@code TARGET_MISMATCH} if it cannot take every row in spite of that
   */
  public TableMapping ensure(TableDefinition source, TableId id, Divergence divergence) {
    Optional<TargetTable> found = find(id);
    if (found.isEmpty()) {
      run(ddl.create(source, id).statements(), id);
      found = find(id);
    }
    return map(source.schema(), id, found, divergence);
  }

  /**
   * The statements that make a table, none if it is there; for who runs them within a transaction
   * of his own.
   */
  public List<String> creating(TableDefinition source, TableId id) {
    if (find(id).isPresent()) {
      return List.of();
    }
    try {
      List<String> statements = new ArrayList<>();
      for (String sql : ddl.create(source, id).statements()) {
        if (!isSchema(sql) || !hasSchema(id.database())) {
          statements.add(sql);
        }
      }
      return statements;
    } catch (SQLException e) {
      throw unreachable("table " + id, e);
    }
  }

  private static boolean isSchema(String sql) {
    return sql.startsWith("CREATE DATABASE") || sql.startsWith("CREATE SCHEMA");
  }

  /** As {@link #ensure}, but a missing table is {@code TARGET_MISSING_TABLE}. */
  public TableMapping map(TableSchema source, TableId id) {
    return map(source, id, Divergence.NONE);
  }

  /** The same for a table of the target that differs on purpose. */
  public TableMapping map(TableSchema source, TableId id, Divergence divergence) {
    return map(source, id, find(id), divergence);
  }

  private TableMapping map(
      TableSchema source, TableId id, Optional<TargetTable> found, Divergence divergence) {
    TargetTable table =
        found.orElseThrow(
            () ->
                new DtsException(
                    DtsError.TARGET_MISSING_TABLE,
                    "there is no table " + id + " on the target",
                    "create it, or let the sync create it"));
    TargetFit fit = new TargetFit(types, postgres, source, table, divergence);
    if (!fit.mismatches().isEmpty()) {
      TargetReview.Mismatch first = fit.mismatches().get(0);
      throw new DtsException(DtsError.TARGET_MISMATCH, first.message(), first.remedy());
    }
    return fit.mapping();
  }

  /**
   * What {@link #ensure} would find, all of it; changes nothing.
   *
   * @throws DtsException {@code TARGET_MISMATCH} if the target cannot have a table of that name
   */
  public TargetReview review(TableDefinition source, TableId id) {
    return review(source, id, Divergence.NONE);
  }

  /** The same for a table of the target that differs on purpose. */
  public TargetReview review(TableDefinition source, TableId id, Divergence divergence) {
    Optional<TargetTable> found = find(id);
    List<TargetReview.Loss> losses = new ArrayList<>();
    for (Column column : source.schema().columns()) {
      TargetType type = types.map(column);
      TargetColumn to = found.map(table -> table.column(column.name())).orElse(null);
      // Of a column of another type it is not known what is lost; at most what a created one loses.
      boolean asMapped = to == null ? found.isEmpty() : to.type().equals(type.name());
      if (asMapped && (!type.loss().isEmpty() || isOfAnotherKind(column))) {
        losses.add(new TargetReview.Loss(column, type.ddl(), type.loss()));
      }
    }
    return found.isPresent()
        ? new TargetReview(
            true,
            new TargetFit(types, postgres, source.schema(), found.get(), divergence).mismatches(),
            losses,
            List.of())
        : new TargetReview(false, List.of(), losses, ddl.create(source, id).notes());
  }

  private boolean isOfAnotherKind(Column column) {
    return postgres
        && (column.type() == ColumnType.TIME
            || (column.type() == ColumnType.BIGINT && column.unsigned()));
  }

  private Optional<TargetTable> find(TableId id) {
    if (!postgres) {
      return new MySqlSchemaReader(target).find(id).map(TargetTables::ofMySql);
    }
    try {
      return new PostgresTableReader(target).find(id);
    } catch (SQLException e) {
      throw unreachable("table " + id, e);
    }
  }

  private static TargetTable ofMySql(TableDefinition definition) {
    List<List<String>> whole = new ArrayList<>();
    int others = 0;
    for (TableIndex index : definition.indexes()) {
      if (index.unique() && index.isOnWholeColumns()) {
        whole.add(index.columns());
      } else if (index.unique()) {
        others++;
      }
    }
    return new TargetTable(
        definition.schema().id(),
        definition.schema().columns().stream().map(MySqlTypeMapping::targetColumn).toList(),
        whole,
        others);
  }

  private void run(List<String> statements, TableId id) {
    try (Statement statement = target.createStatement()) {
      // PostgreSQL does all of it or nothing; on MySQL the one CREATE TABLE does it all.
      target.setAutoCommit(!postgres);
      for (String sql : statements) {
        // Needs a right that a writer need not have; pointless where the schema exists.
        if (!isSchema(sql) || !hasSchema(id.database())) {
          statement.execute(sql);
        }
      }
      if (postgres) {
        target.commit();
        target.setAutoCommit(true);
      }
    } catch (SQLException e) {
      undo();
      if (find(id).isPresent()) {
        // Another writer made it at the same time.
        return;
      }
      throw new DtsException(
          DtsError.TARGET_ACCESS_DENIED,
          "creating table " + id + " on the target failed: " + e.getMessage(),
          "grant CREATE on "
              + id.database()
              + " to the user of the sync, or create the table by hand",
          e);
    }
  }

  private void undo() {
    try {
      if (!target.getAutoCommit()) {
        target.rollback();
        target.setAutoCommit(true);
      }
    } catch (SQLException e) {
      // The connection is gone, and with it the transaction: nothing is left to undo.
      return;
    }
  }

  private boolean hasSchema(String name) throws SQLException {
    try (var statement =
        target.prepareStatement(
            "SELECT 1 FROM information_schema.schemata WHERE schema_name = ?")) {
      statement.setString(1, name);
      try (ResultSet rows = statement.executeQuery()) {
        return rows.next();
      }
    }
  }

  private static DtsException unreachable(String what, SQLException e) {
    return new DtsException(
        DtsError.TARGET_UNREACHABLE,
        "reading " + what + " failed: " + e.getMessage(),
        "check the target's log and the connection to it",
        e);
  }
}
