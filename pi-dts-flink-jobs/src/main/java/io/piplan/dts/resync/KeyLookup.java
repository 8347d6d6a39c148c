package io.piplan.dts.resync;

import io.piplan.dts.Column;
import io.piplan.dts.Lanes;
import io.piplan.dts.Row;
import io.piplan.dts.TableSchema;
import io.piplan.dts.copy.CopiedTable;
import io.piplan.dts.copy.KeyLiteral;
import io.piplan.dts.copy.RowTest;
import io.piplan.dts.copy.SelectList;
import io.piplan.dts.schema.MySqlNames;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.StringJoiner;

/** The rows of the source that have some keys, as far as they are meant for the target. */
public final class KeyLookup {
  private final TableSchema schema;
  private final int[] key;
  private final Map<Row, Row> found;

  private KeyLookup(TableSchema schema, Map<Row, Row> found) {
    this.schema = schema;
    this.key = schema.keyIndexes();
    this.found = found;
  }

  /**
   * @param whole whether whole rows are wanted, not just their keys
   */
  public static KeyLookup of(Connection source, CopiedTable table, List<Row> keys, boolean whole)
      throws SQLException {
    boolean all = whole || table.rows() != RowTest.ALL;
    TableSchema schema = table.schema();
    SelectList select = new SelectList(all ? schema : keysOf(schema));
    String sql =
        "SELECT "
            + select.sql()
            + " FROM "
            + MySqlNames.quote(schema.id())
            + " WHERE "
            + withKeys(schema, keys);
    Map<Row, Row> found = new HashMap<>();
    try (Statement statement = source.createStatement();
        ResultSet rows = statement.executeQuery(sql)) {
      while (rows.next()) {
        byte[][] values = select.read(rows);
        Row row = all ? new Row(values) : spread(schema, values);
        if (table.rows().test(row)) {
          found.put(keyOf(schema.keyIndexes(), row), row);
        }
      }
    }
    return new KeyLookup(schema, found);
  }

  /** The table without all that is not its key. */
  private static TableSchema keysOf(TableSchema schema) {
    List<Column> columns = schema.key().stream().map(k -> schema.column(k).orElseThrow()).toList();
    return new TableSchema(schema.id(), columns, schema.key(), List.of(), List.of(), "");
  }

  private static Row spread(TableSchema schema, byte[][] key) {
    byte[][] values = new byte[schema.columns().size()][];
    int[] places = schema.keyIndexes();
    for (int k = 0; k < places.length; k++) {
      values[places[k]] = key[k];
    }
    return new Row(values);
  }

  private static String withKeys(TableSchema schema, List<Row> keys) {
    int[] key = schema.keyIndexes();
    StringJoiner tests = new StringJoiner(key.length == 1 ? ", " : " OR ");
    for (Row row : keys) {
      StringJoiner test = new StringJoiner(" AND ");
      for (int index : key) {
        String literal = KeyLiteral.of(schema.columns().get(index), row.value(index));
        test.add(
            key.length == 1
                ? literal
                : MySqlNames.quote(schema.columns().get(index).name()) + " = " + literal);
      }
      tests.add(key.length == 1 ? test.toString() : "(" + test + ")");
    }
    return key.length == 1
        ? MySqlNames.quote(schema.columns().get(key[0]).name()) + " IN (" + tests + ")"
        : tests.toString();
  }

  private static Row keyOf(int[] key, Row row) {
    byte[][] values = new byte[key.length][];
    for (int k = 0; k < key.length; k++) {
      values[k] = row.value(key[k]);
    }
    return new Row(values);
  }

  /** The row whose key is spelt the same. */
  public Optional<Row> exactly(Row wanted) {
    return Optional.ofNullable(found.get(keyOf(key, wanted)));
  }

  /** A row whose key a collation may hold equal. */
  public Optional<Row> alike(Row wanted) {
    List<Row> alike = new ArrayList<>();
    for (Row row : found.values()) {
      if (Lanes.sameKey(schema, key, row, wanted)) {
        alike.add(row);
      }
    }
    return alike.stream().findFirst();
  }
}
