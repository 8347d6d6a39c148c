package io.piplan.dts.schema;

import io.piplan.dts.ForeignKey;
import io.piplan.dts.TableId;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * What only SHOW CREATE TABLE tells a user who may just SELECT. MariaDB's information_schema hides
 * constraints from such a user, and a foreign key that is not seen would mean that its cascades are
 * not repeated on the target. MySQL's shows the default of a TIMESTAMP as it was written, in the
 * time zone of whoever wrote it, which nobody knows later.
 *
 * @param jsonColumns the columns whose own check says that they hold JSON
 * @param moments the defaults of TIMESTAMP columns that are no expressions, as quoted text in the
 *     time zone of the connection, by column
 */
record ShownTable(
    List<ForeignKey> foreignKeys, Set<String> jsonColumns, Map<String, String> moments) {
  static final ShownTable NOTHING = new ShownTable(List.of(), Set.of(), Map.of());

  private static final int TABLE_DENIED = 1142;
  private static final int NO_SUCH_TABLE = 1146;

  private static final String NAME = "`(?:[^`]|``)+`";
  private static final String NAMES = NAME + "(?:, ?" + NAME + ")*";
  private static final String ACTION = "(CASCADE|SET NULL|SET DEFAULT|NO ACTION|RESTRICT)";
  private static final Pattern FOREIGN_KEY =
      Pattern.compile(
          "\\s*CONSTRAINT (%1$s) FOREIGN KEY \\((%2$s)\\) REFERENCES (?:(%1$s)\\.)?(%1$s) \\((%2$s)\\)(?: ON DELETE %3$s)?(?: ON UPDATE %3$s)?,?"
              .formatted(NAME, NAMES, ACTION));
  private static final Pattern JSON =
      Pattern.compile(
          "\\s*(" + NAME + ") longtext .*CHECK \\(json_valid\\(\\1\\)\\),?",
          Pattern.CASE_INSENSITIVE);
  private static final Pattern MOMENT =
      Pattern.compile(
          "\\s*(" + NAME + ") timestamp(?:\\(\\d\\))? [^']*DEFAULT ('[^']*').*",
          Pattern.CASE_INSENSITIVE);
  private static final Pattern ONE_NAME = Pattern.compile(NAME);

  ShownTable {
    foreignKeys = List.copyOf(foreignKeys);
    jsonColumns = Set.copyOf(jsonColumns);
    moments = Map.copyOf(moments);
  }

  /** Of each of the tables; one that may not be shown, or is gone, has nothing. */
  static Map<TableId, ShownTable> read(Connection connection, Set<TableId> tables)
      throws SQLException {
    Map<TableId, ShownTable> shown = new HashMap<>();
    try (Statement statement = connection.createStatement()) {
      String modes;
      try (ResultSet row = statement.executeQuery("SELECT @@SESSION.sql_mode")) {
        row.next();
        modes = row.getString(1);
      }
      // Whatever the server's mode, names come in backticks.
      statement.execute("SET SESSION sql_mode = '', sql_quote_show_create = 1");
      for (TableId table : tables) {
        shown.put(table, read(statement, table));
      }
      statement.execute("SET SESSION sql_mode = " + MySqlNames.literal(modes));
    }
    return shown;
  }

  private static ShownTable read(Statement statement, TableId table) throws SQLException {
    try (ResultSet row = statement.executeQuery("SHOW CREATE TABLE " + MySqlNames.quote(table))) {
      row.next();
      return parse(table, row.getString(2));
    } catch (SQLException e) {
      if (e.getErrorCode() != TABLE_DENIED && e.getErrorCode() != NO_SUCH_TABLE) {
        throw e;
      }
      return NOTHING;
    }
  }

  /**
   * @param sql the statement, names in backticks; line breaks in it are the server's own
   */
  static ShownTable parse(TableId table, String sql) {
    List<ForeignKey> foreignKeys = new ArrayList<>();
    Set<String> json = new HashSet<>();
    Map<String, String> moments = new HashMap<>();
    sql.lines()
        .forEach(
            line -> {
              Matcher key = FOREIGN_KEY.matcher(line);
              Matcher column = JSON.matcher(line);
              Matcher moment = MOMENT.matcher(line);
              if (key.matches()) {
                foreignKeys.add(foreignKey(table, key));
              } else if (column.matches()) {
                json.add(names(column.group(1)).get(0));
              } else if (moment.matches()) {
                moments.put(names(moment.group(1)).get(0), moment.group(2));
              }
            });
    return new ShownTable(foreignKeys, json, moments);
  }

  private static ForeignKey foreignKey(TableId table, Matcher key) {
    String database = key.group(3) == null ? table.database() : names(key.group(3)).get(0);
    return new ForeignKey(
        names(key.group(1)).get(0),
        names(key.group(2)),
        new TableId(database, names(key.group(4)).get(0)),
        names(key.group(5)),
        MySqlSchemaReader.action(key.group(6)),
        MySqlSchemaReader.action(key.group(7)));
  }

  private static List<String> names(String list) {
    return ONE_NAME
        .matcher(list)
        .results()
        .map(name -> name.group().substring(1, name.group().length() - 1).replace("``", "`"))
        .toList();
  }
}
