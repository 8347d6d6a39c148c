package io.piplan.dal.node;

import io.piplan.dal.Result;
import io.piplan.dal.Row;
import io.piplan.dal.RowStream;
import io.piplan.dal.rules.ActualTable;
import io.piplan.dal.rules.ColumnShape;
import io.piplan.dal.rules.TableShape;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;

/** Reads the shapes of real tables out of the nodes' information_schema. */
public final class ShapeReader {
  private static final String COLUMNS =
      "SELECT TABLE_NAME, COLUMN_NAME, DATA_TYPE, COLUMN_TYPE, COLLATION_NAME, EXTRA,"
          + " GENERATION_EXPRESSION FROM information_schema.COLUMNS WHERE TABLE_SCHEMA = DATABASE()"
          + " ORDER BY TABLE_NAME, ORDINAL_POSITION";
  private static final String KEYS =
      "SELECT TABLE_NAME, INDEX_NAME, COLUMN_NAME, NULLABLE FROM information_schema.STATISTICS"
          + " WHERE TABLE_SCHEMA = DATABASE() AND NON_UNIQUE = 0";

  /** The tables that refer may be in other schemas. */
  private static final String CASCADES =
      "SELECT REFERENCED_TABLE_NAME, CONSTRAINT_SCHEMA, TABLE_NAME, CONSTRAINT_NAME, DELETE_RULE"
          + " FROM information_schema.REFERENTIAL_CONSTRAINTS WHERE UNIQUE_CONSTRAINT_SCHEMA ="
          + " DATABASE() AND DELETE_RULE NOT IN ('RESTRICT', 'NO ACTION')";

  private final NodeConnections nodes;

  public ShapeReader(NodeConnections nodes) {
    this.nodes = nodes;
  }

  /** The shapes of all tables of all nodes. */
  public Map<ActualTable, TableShape> read() {
    Map<ActualTable, TableShape> shapes = new HashMap<>();
    for (String node : nodes.nodes()) {
      try (NodeConnection connection = nodes.acquire(node)) {
        read(connection, shapes);
      }
    }
    return shapes;
  }

  private static void read(NodeConnection connection, Map<ActualTable, TableShape> shapes) {
    Map<String, List<ColumnShape>> columns = new HashMap<>();
    for (List<String> row : rows(connection, COLUMNS)) {
      String extra = row.get(5) == null ? "" : row.get(5).toLowerCase(Locale.ROOT);
      boolean generated = row.get(6) != null && !row.get(6).isEmpty();
      columns
          .computeIfAbsent(row.get(0), table -> new ArrayList<>())
          .add(
              new ColumnShape(
                  row.get(1),
                  row.get(2),
                  row.get(3),
                  row.get(4),
                  extra.contains("auto_increment"),
                  generated,
                  extra.contains("invisible")));
    }
    Map<String, Map<String, Set<String>>> keys = new HashMap<>();
    Map<String, Set<String>> nullable = new HashMap<>();
    for (List<String> row : rows(connection, KEYS)) {
      keys.computeIfAbsent(row.get(0), table -> new HashMap<>())
          .computeIfAbsent(row.get(1), index -> new HashSet<>())
          .add(row.get(2) == null ? "" : row.get(2).toLowerCase(Locale.ROOT));
      if ("YES".equals(row.get(3)) || row.get(2) == null) {
        nullable.computeIfAbsent(row.get(0), table -> new HashSet<>()).add(row.get(1));
      }
    }
    Map<String, List<String>> cascades = new HashMap<>();
    for (List<String> row : rows(connection, CASCADES)) {
      cascades
          .computeIfAbsent(row.get(0), table -> new ArrayList<>())
          .add(
              "%s of %s.%s on node %s (ON DELETE %s)"
                  .formatted(row.get(3), row.get(1), row.get(2), connection.node(), row.get(4)));
    }
    columns.forEach(
        (table, list) ->
            shapes.put(
                new ActualTable(connection.node(), table),
                new TableShape(
                    list,
                    List.copyOf(keys.getOrDefault(table, Map.of()).values()),
                    rowKeys(
                        keys.getOrDefault(table, Map.of()), nullable.getOrDefault(table, Set.of())),
                    cascades.getOrDefault(table, List.of()),
                    null)));
  }

  private static List<Set<String>> rowKeys(Map<String, Set<String>> keys, Set<String> nullable) {
    return keys.entrySet().stream()
        .filter(key -> !nullable.contains(key.getKey()))
        .map(Map.Entry::getValue)
        .toList();
  }

  private static List<List<String>> rows(NodeConnection connection, String sql) {
    List<List<String>> all = new ArrayList<>();
    try (RowStream stream = ((Result.Rows) connection.run(sql)).stream()) {
      for (Row row = stream.next(); row != null; row = stream.next()) {
        List<String> texts = new ArrayList<>();
        for (byte[] value : row.textValues()) {
          texts.add(value == null ? null : new String(value, StandardCharsets.UTF_8));
        }
        all.add(texts);
      }
    }
    return all;
  }
}
