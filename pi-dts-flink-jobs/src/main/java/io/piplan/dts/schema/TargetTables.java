package io.piplan.dts.schema;

import io.piplan.dts.Column;
import io.piplan.dts.DtsError;
import io.piplan.dts.DtsException;
import io.piplan.dts.TableId;
import io.piplan.dts.TableSchema;
import io.piplan.dts.apply.MappedColumn;
import io.piplan.dts.apply.TableMapping;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashSet;
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
    Optional<TargetTable> found = find(id);
    if (found.isEmpty()) {
      run(ddl.create(source, id).statements(), id);
      found = find(id);
    }
    return map(source.schema(), id, found);
  }

  /** As {@link #ensure}, but a missing table is {@code TARGET_MISSING_TABLE}. */
  public TableMapping map(TableSchema source, TableId id) {
    return map(source, id, find(id));
  }

  private TableMapping map(TableSchema source, TableId id, Optional<TargetTable> found) {
    TargetTable table =
        found.orElseThrow(
            () ->
                new DtsException(
                    DtsError.TARGET_MISSING_TABLE,
                    "there is no table " + id + " on the target",
                    "create it, or let the sync create it"));
    Set<TargetColumn> written = new LinkedHashSet<>();
    List<MappedColumn> columns = new ArrayList<>();
    for (Column column : source.columns()) {
      TargetColumn to = table.column(column.name());
      if (to == null && !column.generated()) {
        throw mismatch(
            id,
            "has no column '" + column.name() + "', which " + source.id() + " has",
            "add it as "
                + types.map(column).ddl()
                + ", or drop the target's table to have it made");
      }
      if (to != null && !to.computed()) {
        check(source, column, id, to);
        written.add(to);
        columns.add(new MappedColumn(source.indexOf(column.name()), column, to.name(), to.type()));
      }
    }
    checkOthers(table, written);
    List<MappedColumn> ordered = inTargetOrder(table, columns);
    List<MappedColumn> key = key(source, table, ordered);
    boolean otherUnique =
        table.otherUniqueIndexes() > 0
            || table.uniqueIndexes().stream().anyMatch(unique -> !isKey(unique, key));
    return new TableMapping(source, id.database(), id.table(), ordered, key, otherUnique);
  }

  private void check(TableSchema source, Column column, TableId id, TargetColumn to) {
    String place = "column '" + to.name() + "' " + to.type();
    types
        .refusal(column, to)
        .ifPresent(
            reason -> {
              throw mismatch(
                  id,
                  place
                      + (to.length() > 0 ? "(" + to.length() + ")" : "")
                      + " cannot take every value of "
                      + source.id()
                      + "."
                      + column.name()
                      + " "
                      + column.columnType()
                      + (column.charset() == null ? "" : " " + column.charset())
                      + ": "
                      + reason,
                  "change the target's column to " + types.map(column).ddl());
            });
    if (column.nullable() && !to.nullable()) {
      throw mismatch(
          id,
          place + " is NOT NULL, but " + source.id() + "." + column.name() + " may be NULL",
          "drop NOT NULL from the target's column");
    }
  }

  private static void checkOthers(TargetTable table, Set<TargetColumn> written) {
    for (TargetColumn column : table.columns()) {
      if (!written.contains(column)
          && !column.nullable()
          && !column.hasDefault()
          && !column.computed()) {
        throw mismatch(
            table.id(),
            "has column '"
                + column.name()
                + "' which is NOT NULL without a default, and the source has no values for it",
            "give it a default, or allow NULL");
      }
    }
  }

  private static List<MappedColumn> inTargetOrder(TargetTable table, List<MappedColumn> columns) {
    List<MappedColumn> ordered = new ArrayList<>();
    for (TargetColumn column : table.columns()) {
      columns.stream()
          .filter(mapped -> mapped.targetName().equals(column.name()))
          .forEach(ordered::add);
    }
    return ordered;
  }

  private List<MappedColumn> key(
      TableSchema source, TargetTable table, List<MappedColumn> columns) {
    List<MappedColumn> key = new ArrayList<>();
    for (String name : source.key()) {
      columns.stream()
          .filter(mapped -> mapped.source().name().equalsIgnoreCase(name))
          .forEach(key::add);
    }
    boolean indexed = table.uniqueIndexes().stream().anyMatch(unique -> isKey(unique, key));
    if (!key.isEmpty() && !indexed) {
      List<String> names = key.stream().map(MappedColumn::targetName).toList();
      throw mismatch(
          table.id(),
          "has no primary key or unique index on "
              + names
              + ", the key of "
              + source.id()
              + "; its unique indexes are on "
              + table.uniqueIndexes(),
          "ALTER TABLE "
              + (postgres ? PostgresNames.quote(table.id()) : MySqlNames.quote(table.id()))
              + " ADD PRIMARY KEY ("
              + (postgres ? PostgresNames.quoteAll(names) : MySqlNames.quoteAll(names))
              + ")");
    }
    return key;
  }

  private static boolean isKey(List<String> unique, List<MappedColumn> key) {
    return new HashSet<>(unique)
        .equals(new HashSet<>(key.stream().map(MappedColumn::targetName).toList()));
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
        boolean isSchema = sql.startsWith("CREATE DATABASE") || sql.startsWith("CREATE SCHEMA");
        if (!isSchema || !hasSchema(id.database())) {
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

  private static DtsException mismatch(TableId id, String what, String remedy) {
    return new DtsException(DtsError.TARGET_MISMATCH, "target table " + id + " " + what, remedy);
  }

  private static DtsException unreachable(String what, SQLException e) {
    return new DtsException(
        DtsError.TARGET_UNREACHABLE,
        "reading " + what + " failed: " + e.getMessage(),
        "check the target's log and the connection to it",
        e);
  }
}
