package io.piplan.dal.session;

import io.piplan.dal.Column;
import io.piplan.dal.ColumnType;
import io.piplan.dal.Result;
import io.piplan.dal.Row;
import io.piplan.dal.RowStream;
import io.piplan.dal.Value;
import io.piplan.dal.node.NodeConnection;
import io.piplan.dal.node.NodeConnections;
import io.piplan.dal.rules.ActualTable;
import io.piplan.dal.rules.DalRules;
import io.piplan.dal.rules.LogicalTable;
import io.piplan.dal.sql.Block;
import io.piplan.dal.sql.Edit;
import io.piplan.dal.sql.Statement;
import io.piplan.dal.sql.TableUse;
import io.piplan.meta.RowVersion;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Collectors;

/**
 * The tables of information_schema as apps should see them: with logical tables only, each with the
 * columns and indexes of its first actual table. The rows of the nodes are read, renamed, and
 * written into the query in the place of the table; a node does all else with them.
 */
final class InformationSchema {
  private static final String NAME = "information_schema";

  /** The tables that tell of tables, and their columns that name schemas and tables. */
  private static final Map<String, Names> TELLING =
      Map.of(
          "TABLES", Names.of("TABLE_NAME", "TABLE_SCHEMA"),
          "COLUMNS", Names.of("TABLE_NAME", "TABLE_SCHEMA"),
          "STATISTICS", Names.of("TABLE_NAME", "TABLE_SCHEMA", "INDEX_SCHEMA"),
          "PARTITIONS", Names.of("TABLE_NAME", "TABLE_SCHEMA"),
          "KEY_COLUMN_USAGE",
              new Names(
                  "TABLE_SCHEMA",
                  List.of("TABLE_SCHEMA", "CONSTRAINT_SCHEMA", "REFERENCED_TABLE_SCHEMA"),
                  List.of("TABLE_NAME", "REFERENCED_TABLE_NAME")),
          "TABLE_CONSTRAINTS", Names.of("TABLE_NAME", "TABLE_SCHEMA", "CONSTRAINT_SCHEMA"),
          "REFERENTIAL_CONSTRAINTS",
              new Names(
                  "CONSTRAINT_SCHEMA",
                  List.of("CONSTRAINT_SCHEMA", "UNIQUE_CONSTRAINT_SCHEMA"),
                  List.of("TABLE_NAME", "REFERENCED_TABLE_NAME")),
          "VIEWS", Names.of("TABLE_NAME", "TABLE_SCHEMA"));

  /** Of a sharded table those of all its shards together. */
  private static final Set<String> SUMMED =
      Set.of("TABLE_ROWS", "DATA_LENGTH", "INDEX_LENGTH", "DATA_FREE");

  private static final String SCHEMATA = "SCHEMATA";

  private final DalRules rules;
  private final LogicalNames names;
  private final NodeConnections nodes;

  InformationSchema(RulesVersion version, NodeConnections nodes) {
    this.rules = version.rules();
    this.names = version.names();
    this.nodes = nodes;
  }

  /**
   * @param filter the column by which rows of the node's own schema are found
   * @param tables the first is the table's own name
   */
  private record Names(String filter, List<String> schemas, List<String> tables) {
    static Names of(String table, String... schemas) {
      return new Names(schemas[0], List.of(schemas), List.of(table));
    }
  }

  /**
   * Whether a query asks it for tables.
   *
   * @param schema the session's; null for none
   */
  static boolean isAsked(Statement statement, String schema) {
    return statement instanceof Statement.Query query
        && query.blocks().stream()
            .flatMap(block -> block.tables().stream())
            .anyMatch(table -> tells(table, schema));
  }

  private static boolean tells(TableUse table, String schema) {
    String named = table.schema() == null ? schema : table.schema();
    String name = table.name().toUpperCase(Locale.ROOT);
    return NAME.equalsIgnoreCase(named) && (TELLING.containsKey(name) || name.equals(SCHEMATA));
  }

  /** The query with logical rows in the place of these tables. */
  String writtenInto(Statement.Query query, String schema) {
    List<Edit> edits = new ArrayList<>();
    Map<String, String> known = new HashMap<>();
    for (Block block : query.blocks()) {
      for (TableUse table : block.tables()) {
        if (tells(table, schema)) {
          String name = table.name().toUpperCase(Locale.ROOT);
          String rows = known.computeIfAbsent(name, this::derived);
          String alias = table.alias() == null ? " AS `" + table.name() + "`" : "";
          edits.add(new Edit(table.span(), rows + alias));
        }
      }
    }
    return Edit.apply(query.text(), edits);
  }

  private String derived(String table) {
    List<Map<String, String>> rows = new ArrayList<>();
    List<Column> columns = table.equals(SCHEMATA) ? schemata(rows) : tables(table, rows);
    StringBuilder sql = new StringBuilder("(");
    for (int i = 0; i < Math.max(1, rows.size()); i++) {
      sql.append(i == 0 ? "SELECT " : " UNION ALL SELECT ");
      Map<String, String> row = rows.isEmpty() ? Map.of() : rows.get(i);
      sql.append(
          columns.stream()
              .map(column -> literal(row.get(column.name()), column) + named(column))
              .collect(Collectors.joining(", ")));
    }
    return sql.append(rows.isEmpty() ? " FROM DUAL WHERE 1 = 0)" : ")").toString();
  }

  private static String named(Column column) {
    return " AS `" + column.name() + "`";
  }

  private static String literal(String value, Column column) {
    if (value == null) {
      return "NULL";
    }
    return isNumber(column) ? value : Value.text(value).literal();
  }

  private static boolean isNumber(Column column) {
    return Set.of(
            ColumnType.TINY,
            ColumnType.SHORT,
            ColumnType.LONG,
            ColumnType.LONGLONG,
            ColumnType.INT24)
        .contains(column.type());
  }

  private List<Column> schemata(List<Map<String, String>> rows) {
    String sql =
        "SELECT * FROM information_schema.SCHEMATA WHERE SCHEMA_NAME IN (DATABASE(),"
            + " 'information_schema')";
    return read(
        rules.anyNode(),
        sql,
        row -> {
          if (!NAME.equalsIgnoreCase(row.get("SCHEMA_NAME"))) {
            row.put("SCHEMA_NAME", rules.schema());
          }
          rows.add(row);
        });
  }

  private List<Column> tables(String table, List<Map<String, String>> rows) {
    Map<String, Map<String, String>> first = new HashMap<>();
    List<Column> columns = List.of();
    for (Map.Entry<String, String> node : conditions(table).entrySet()) {
      Names named = TELLING.get(table);
      String sql =
          "SELECT * FROM information_schema."
              + table
              + " WHERE "
              + named.filter()
              + " = DATABASE() AND "
              + node.getValue();
      columns =
          read(
              node.getKey(),
              sql,
              row -> {
                Map<String, String> logical = renamed(row, named);
                if (isHidden(logical.get("COLUMN_NAME"))) {
                  return;
                }
                if (table.equals("TABLES")) {
                  Map<String, String> before =
                      first.putIfAbsent(logical.get("TABLE_NAME"), logical);
                  if (before != null) {
                    add(before, logical);
                    return;
                  }
                }
                rows.add(logical);
              });
    }
    return columns;
  }

  private boolean isHidden(String column) {
    return rules.zones() != null && RowVersion.COLUMN.equalsIgnoreCase(column);
  }

  private static void add(Map<String, String> sum, Map<String, String> more) {
    for (String column : SUMMED) {
      String one = sum.get(column);
      String other = more.get(column);
      if (one != null && other != null) {
        sum.put(column, Long.toString(Long.parseLong(one) + Long.parseLong(other)));
      }
    }
  }

  /** Which tables of each node are shown: of a logical one the first, of TABLES all its shards. */
  private Map<String, String> conditions(String table) {
    Map<String, List<String>> shown = new LinkedHashMap<>();
    List<String> hidden = new ArrayList<>();
    for (LogicalTable logical : rules.tables()) {
      List<ActualTable> shards = logical.strategies().get(0).shards();
      boolean sums = table.equals("TABLES") && logical.isSharded();
      for (ActualTable actual : sums ? shards : shards.subList(0, 1)) {
        shown
            .computeIfAbsent(actual.node(), unused -> new ArrayList<>())
            .add(Value.text(actual.table()).literal());
      }
      logical
          .actualTables()
          .filter(actual -> actual.node().equals(rules.defaultNode()))
          .forEach(actual -> hidden.add(Value.text(actual.table()).literal()));
    }
    Map<String, String> conditions = new TreeMap<>();
    shown.forEach(
        (node, tables) ->
            conditions.put(node, "TABLE_NAME IN (" + String.join(", ", tables) + ")"));
    if (rules.defaultNode() != null) {
      String others =
          hidden.isEmpty() ? "1 = 1" : "TABLE_NAME NOT IN (" + String.join(", ", hidden) + ")";
      conditions.merge(
          rules.defaultNode(), others, (one, other) -> "(" + one + " OR " + other + ")");
    }
    if (conditions.isEmpty()) {
      conditions.put(rules.anyNode(), "1 = 0");
    }
    return conditions;
  }

  private Map<String, String> renamed(Map<String, String> row, Names named) {
    named.schemas().stream()
        .filter(column -> row.get(column) != null)
        .forEach(column -> row.put(column, rules.schema()));
    named.tables().stream()
        .filter(column -> row.get(column) != null)
        .forEach(column -> row.put(column, names.logical(row.get(column))));
    return row;
  }

  private List<Column> read(
      String node, String sql, java.util.function.Consumer<Map<String, String>> taker) {
    try (NodeConnection connection = nodes.acquire(node);
        RowStream stream = ((Result.Rows) connection.run(sql)).stream()) {
      for (Row row = stream.next(); row != null; row = stream.next()) {
        Map<String, String> values = new HashMap<>();
        for (int i = 0; i < stream.columns().size(); i++) {
          byte[] value = row.textValues().get(i);
          values.put(
              stream.columns().get(i).name(),
              value == null ? null : new String(value, StandardCharsets.UTF_8));
        }
        taker.accept(values);
      }
      return stream.columns();
    }
  }

  /**
   * SHOW TABLE STATUS as a query.
   *
   * @param like the pattern, as a literal; null for none
   */
  String tableStatus(String like) {
    return "SELECT TABLE_NAME AS `Name`, ENGINE AS `Engine`, VERSION AS `Version`, ROW_FORMAT AS"
        + " `Row_format`, TABLE_ROWS AS `Rows`, AVG_ROW_LENGTH AS `Avg_row_length`, DATA_LENGTH AS"
        + " `Data_length`, MAX_DATA_LENGTH AS `Max_data_length`, INDEX_LENGTH AS `Index_length`,"
        + " DATA_FREE AS `Data_free`, AUTO_INCREMENT AS `Auto_increment`, CREATE_TIME AS"
        + " `Create_time`, UPDATE_TIME AS `Update_time`, CHECK_TIME AS `Check_time`,"
        + " TABLE_COLLATION AS `Collation`, CHECKSUM AS `Checksum`, CREATE_OPTIONS AS"
        + " `Create_options`, TABLE_COMMENT AS `Comment` FROM information_schema.TABLES WHERE"
        + " TABLE_SCHEMA = "
        + Value.text(rules.schema()).literal()
        + Optional.ofNullable(like).map(pattern -> " AND TABLE_NAME LIKE " + pattern).orElse("")
        + " ORDER BY TABLE_NAME";
  }
}
