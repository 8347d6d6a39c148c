package io.piplan.dts.schema;

import io.piplan.dts.Column;
import io.piplan.dts.DtsError;
import io.piplan.dts.DtsException;
import io.piplan.dts.ForeignKey;
import io.piplan.dts.TableId;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.Predicate;

/**
 * Reads tables out of information_schema of MySQL 8 and 9 and MariaDB 10.11 and 11. Views,
 * sequences and temporary tables are not tables here. Used by one thread; does not own the
 * connection.
 */
public final class MySqlSchemaReader {
  private static final int MOST_READS = 50;
  private static final long PAUSE_MILLIS = 100;

  private final Connection connection;
  private final boolean mariaDb;
  private final boolean foldsCase;

  public MySqlSchemaReader(Connection connection) {
    this.connection = connection;
    try (Statement statement = connection.createStatement()) {
      ResultSet row = statement.executeQuery("SELECT VERSION(), @@lower_case_table_names");
      row.next();
      this.mariaDb = row.getString(1).contains("MariaDB");
      this.foldsCase = row.getInt(2) != 0;
      if (!mariaDb && hasGeneratedInvisibleKeys(row.getString(1))) {
        statement.execute("SET SESSION show_gipk_in_create_table_and_information_schema = ON");
      }
      if (!mariaDb) {
        statement.execute("SET SESSION information_schema_stats_expiry = 0");
      }
    } catch (SQLException e) {
      throw failed("the server's version", e);
    }
  }

  private static boolean hasGeneratedInvisibleKeys(String version) {
    String[] parts = version.split("[^0-9]+", 4);
    int major = Integer.parseInt(parts[0]);
    return major > 8
        || (major == 8 && (Integer.parseInt(parts[1]) > 0 || Integer.parseInt(parts[2]) >= 30));
  }

  public boolean isMariaDb() {
    return mariaDb;
  }

  /** The databases that are not the server's own. */
  public List<String> databases() {
    List<String> names = new ArrayList<>();
    query(
        "SELECT SCHEMA_NAME FROM information_schema.SCHEMATA WHERE SCHEMA_NAME NOT IN"
            + " ('information_schema','mysql','performance_schema','sys') ORDER BY 1",
        row -> names.add(row.getString(1)));
    return names;
  }

  /** The base tables of a database by name; empty if there is no such database. */
  public List<TableId> tables(String database) {
    List<TableId> tables = new ArrayList<>();
    query(
        "SELECT TABLE_SCHEMA, TABLE_NAME FROM information_schema.TABLES WHERE TABLE_SCHEMA = ?"
            + " AND TABLE_TYPE IN ('BASE TABLE', 'SYSTEM VERSIONED') ORDER BY TABLE_NAME",
        row -> {
          if (same(row.getString(1), database)) {
            tables.add(new TableId(row.getString(1), row.getString(2)));
          }
        },
        database);
    return tables;
  }

  /**
   * All base tables of a database that are wanted, with a few queries, by name.
   *
   * @throws DtsException {@code SOURCE_TYPE_UNSUPPORTED} if a wanted one has a type not known
   */
  public List<TableDefinition> readAll(String database, Predicate<TableId> wanted) {
    return read(database, null, wanted);
  }

  /**
   * The wanted tables at either end of a foreign key that changes or deletes child rows, by name.
   */
  public Set<TableId> tied(String database, Predicate<TableId> wanted) {
    Set<TableId> tied = new TreeSet<>();
    for (TableDefinition table : readAll(database, wanted)) {
      for (ForeignKey key : table.schema().foreignKeys()) {
        if (key.cascades() && wanted.test(key.parent())) {
          tied.add(table.schema().id());
          tied.add(key.parent());
        }
      }
    }
    return tied;
  }

  public Optional<TableDefinition> find(TableId table) {
    return read(table.database(), table.table(), id -> true).stream().findFirst();
  }

  /**
   * @throws DtsException {@code SOURCE_MISSING_TABLE}
   */
  public TableDefinition read(TableId table) {
    return find(table)
        .orElseThrow(
            () ->
                new DtsException(
                    DtsError.SOURCE_MISSING_TABLE,
                    "there is no table " + table + ", or the user may not see it",
                    "check the name, and GRANT SELECT ON "
                        + MySqlNames.quote(table)
                        + " to the user of the sync"));
  }

  /** What one table's definition is collected in. */
  private static final class Parts {
    private final String comment;
    private final String collation;
    private final long rows;
    private final long bytesPerRow;
    private final List<Column> columns = new ArrayList<>();
    private final Map<String, String> generated = new HashMap<>();
    private final Map<String, String> onUpdate = new HashMap<>();
    private final Map<String, List<TableIndex.Part>> indexParts = new LinkedHashMap<>();
    private final Map<String, TableIndex> indexes = new LinkedHashMap<>();
    private final Map<String, ForeignKey> foreignKeys = new LinkedHashMap<>();

    Parts(String comment, String collation, long rows, long bytesPerRow) {
      this.comment = comment;
      this.collation = collation;
      this.rows = rows;
      this.bytesPerRow = bytesPerRow;
    }
  }

  /**
   * A server leaves out the columns of a table that another statement is changing, or whose
   * triggers it makes, if it would have to wait for that within a transaction: read again then.
   * Each table has columns.
   */
  private List<TableDefinition> read(String database, String table, Predicate<TableId> wanted) {
    for (int times = 1; ; times++) {
      List<TableDefinition> all = readOnce(database, table, wanted);
      if (times == MOST_READS || all.stream().noneMatch(t -> t.schema().columns().isEmpty())) {
        return all;
      }
      try {
        Thread.sleep(PAUSE_MILLIS);
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        return all;
      }
    }
  }

  private List<TableDefinition> readOnce(String database, String table, Predicate<TableId> wanted) {
    Map<TableId, Parts> found = new TreeMap<>();
    String[] names = table == null ? new String[] {database} : new String[] {database, table};
    String where =
        table == null
            ? " WHERE %1$s.TABLE_SCHEMA = ?"
            : " WHERE %1$s.TABLE_SCHEMA = ? AND %1$s.TABLE_NAME = ?";
    query(
        "SELECT t.* FROM information_schema.TABLES t"
            + where.formatted("t")
            + " AND t.TABLE_TYPE IN ('BASE TABLE', 'SYSTEM VERSIONED')",
        row -> {
          TableId id = new TableId(row.getString("TABLE_SCHEMA"), row.getString("TABLE_NAME"));
          if (same(id.database(), database)
              && (table == null || same(id.table(), table))
              && wanted.test(id)) {
            found.put(
                id,
                new Parts(
                    row.getString("TABLE_COMMENT"),
                    row.getString("TABLE_COLLATION"),
                    row.getLong("TABLE_ROWS"),
                    row.getLong("AVG_ROW_LENGTH")));
          }
        },
        names);
    if (!found.isEmpty()) {
      Map<TableId, ShownTable> shown =
          shown(mariaDb ? found.keySet() : withMoments(found.keySet(), where, names));
      readColumns(found, shown, where, names);
      readIndexes(found, where, names);
      if (mariaDb) {
        shown.forEach(
            (id, created) ->
                created
                    .foreignKeys()
                    .forEach(key -> found.get(id).foreignKeys.put(key.name(), key)));
      } else {
        readForeignKeys(found, where, names);
      }
    }
    List<TableDefinition> definitions = new ArrayList<>();
    found.forEach((id, parts) -> definitions.add(definition(id, parts)));
    return definitions;
  }

  /** The tables of MySQL with a TIMESTAMP column whose default is a moment that somebody wrote. */
  private Set<TableId> withMoments(Set<TableId> tables, String where, String... names) {
    Set<TableId> with = new TreeSet<>();
    query(
        "SELECT DISTINCT c.TABLE_SCHEMA, c.TABLE_NAME FROM information_schema.COLUMNS c"
            + where.formatted("c")
            + " AND c.DATA_TYPE = 'timestamp' AND c.COLUMN_DEFAULT IS NOT NULL"
            + " AND c.EXTRA NOT LIKE '%DEFAULT_GENERATED%'",
        row -> with.add(new TableId(row.getString(1), row.getString(2))),
        names);
    with.retainAll(tables);
    return with;
  }

  private Map<TableId, ShownTable> shown(Set<TableId> tables) {
    try {
      return ShownTable.read(connection, tables);
    } catch (SQLException e) {
      throw failed("how tables were created", e);
    }
  }

  private void readColumns(
      Map<TableId, Parts> found, Map<TableId, ShownTable> shown, String where, String... names) {
    ColumnParser parser = new ColumnParser(mariaDb);
    query(
        "SELECT c.* FROM information_schema.COLUMNS c"
            + where.formatted("c")
            + " ORDER BY c.TABLE_NAME, c.ORDINAL_POSITION",
        row -> {
          TableId id = new TableId(row.getString("TABLE_SCHEMA"), row.getString("TABLE_NAME"));
          Parts parts = found.get(id);
          if (parts != null) {
            String name = row.getString("COLUMN_NAME");
            ShownTable created = shown.getOrDefault(id, ShownTable.NOTHING);
            boolean isJson =
                row.getString("DATA_TYPE").equalsIgnoreCase("longtext")
                    && created.jsonColumns().contains(name);
            Column column = parser.parse(id, row, isJson, created.moments().get(name));
            parts.columns.add(column);
            addExpressions(parts, column, row);
          }
        },
        names);
  }

  private void addExpressions(Parts parts, Column column, ResultSet row) throws SQLException {
    String extra = row.getString("EXTRA").toLowerCase(Locale.ROOT);
    if (column.generated()) {
      String expression = row.getString("GENERATION_EXPRESSION");
      parts.generated.put(
          column.name(),
          "("
              + (mariaDb ? expression : ColumnParser.unescapeExpression(expression))
              + ") "
              + (extra.contains("virtual") ? "VIRTUAL" : "STORED"));
    }
    int onUpdate = extra.indexOf("on update ");
    if (onUpdate >= 0) {
      parts.onUpdate.put(
          column.name(), extra.substring(onUpdate + "on update ".length()).split("[ ,]", 2)[0]);
    }
  }

  private void readIndexes(Map<TableId, Parts> found, String where, String... names) {
    query(
        "SELECT s.* FROM information_schema.STATISTICS s"
            + where.formatted("s")
            + " ORDER BY s.TABLE_NAME, s.INDEX_NAME <> 'PRIMARY', s.NON_UNIQUE, s.INDEX_NAME,"
            + " s.SEQ_IN_INDEX",
        row -> {
          Parts parts =
              found.get(new TableId(row.getString("TABLE_SCHEMA"), row.getString("TABLE_NAME")));
          if (parts != null) {
            String name = row.getString("INDEX_NAME");
            List<TableIndex.Part> columns =
                parts.indexParts.computeIfAbsent(name, k -> new ArrayList<>());
            String expression = mariaDb ? null : row.getString("EXPRESSION");
            columns.add(
                new TableIndex.Part(
                    row.getString("COLUMN_NAME"),
                    expression == null ? null : ColumnParser.unescapeExpression(expression),
                    row.getInt("SUB_PART"),
                    "D".equals(row.getString("COLLATION"))));
            parts.indexes.put(
                name,
                new TableIndex(
                    name, row.getInt("NON_UNIQUE") == 0, row.getString("INDEX_TYPE"), columns));
          }
        },
        names);
  }

  private void readForeignKeys(Map<TableId, Parts> found, String where, String... names) {
    query(
        "SELECT k.TABLE_SCHEMA, k.TABLE_NAME, k.CONSTRAINT_NAME, k.COLUMN_NAME,"
            + " k.REFERENCED_TABLE_SCHEMA, k.REFERENCED_TABLE_NAME, k.REFERENCED_COLUMN_NAME,"
            + " r.DELETE_RULE, r.UPDATE_RULE FROM information_schema.KEY_COLUMN_USAGE k"
            + " JOIN information_schema.REFERENTIAL_CONSTRAINTS r"
            + " ON r.CONSTRAINT_SCHEMA = k.CONSTRAINT_SCHEMA"
            + " AND r.CONSTRAINT_NAME = k.CONSTRAINT_NAME AND r.TABLE_NAME = k.TABLE_NAME"
            + where.formatted("k")
            + " AND k.REFERENCED_TABLE_NAME IS NOT NULL"
            + " ORDER BY k.TABLE_NAME, k.CONSTRAINT_NAME, k.ORDINAL_POSITION",
        row -> {
          Parts parts = found.get(new TableId(row.getString(1), row.getString(2)));
          if (parts != null) {
            parts.foreignKeys.merge(row.getString(3), foreignKey(row), MySqlSchemaReader::join);
          }
        },
        names);
  }

  private static ForeignKey foreignKey(ResultSet row) throws SQLException {
    return new ForeignKey(
        row.getString(3),
        List.of(row.getString(4)),
        new TableId(row.getString(5), row.getString(6)),
        List.of(row.getString(7)),
        action(row.getString(8)),
        action(row.getString(9)));
  }

  private static ForeignKey join(ForeignKey a, ForeignKey b) {
    List<String> columns = new ArrayList<>(a.columns());
    columns.addAll(b.columns());
    List<String> parentColumns = new ArrayList<>(a.parentColumns());
    parentColumns.addAll(b.parentColumns());
    return new ForeignKey(a.name(), columns, a.parent(), parentColumns, a.onDelete(), a.onUpdate());
  }

  /**
   * @param rule as SQL has it; null for none
   */
  static ForeignKey.Action action(String rule) {
    return switch (rule == null ? "" : rule) {
      case "CASCADE" -> ForeignKey.Action.CASCADE;
      case "SET NULL" -> ForeignKey.Action.SET_NULL;
      default -> ForeignKey.Action.RESTRICT;
    };
  }

  private static TableDefinition definition(TableId id, Parts parts) {
    List<TableIndex> indexes = new ArrayList<>();
    for (TableIndex index : parts.indexes.values()) {
      indexes.add(
          new TableIndex(
              index.name(), index.unique(), index.kind(), parts.indexParts.get(index.name())));
    }
    return TableDefinition.of(
            id,
            parts.columns,
            indexes,
            List.copyOf(parts.foreignKeys.values()),
            parts.comment,
            parts.generated,
            parts.onUpdate,
            parts.collation)
        .sized(parts.rows, parts.bytesPerRow);
  }

  private boolean same(String a, String b) {
    return foldsCase ? a.equalsIgnoreCase(b) : a.equals(b);
  }

  /** What is done with each row of an answer. */
  private interface RowUse {
    void accept(ResultSet row) throws SQLException;
  }

  private void query(String sql, RowUse use, String... parameters) {
    try (PreparedStatement statement = connection.prepareStatement(sql)) {
      for (int i = 0; i < parameters.length; i++) {
        statement.setString(i + 1, parameters[i]);
      }
      try (ResultSet rows = statement.executeQuery()) {
        while (rows.next()) {
          use.accept(rows);
        }
      }
    } catch (SQLException e) {
      throw failed(
          parameters.length == 0 ? "the databases" : "tables of " + String.join(".", parameters),
          e);
    }
  }

  private static DtsException failed(String what, SQLException e) {
    return new DtsException(
        DtsError.SOURCE_UNREACHABLE,
        "reading " + what + " failed: " + e.getMessage(),
        "check the server's log and the connection to it",
        e);
  }
}
