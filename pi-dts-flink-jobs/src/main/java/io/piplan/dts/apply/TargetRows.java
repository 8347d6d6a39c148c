package io.piplan.dts.apply;

import io.piplan.dts.Row;
import java.nio.charset.StandardCharsets;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;

/**
 * Reads rows of a target table by their keys, in the source's form, and locks them until the
 * transaction ends, unless they are only looked at.
 */
final class TargetRows {
  private static final int ROWS_A_STATEMENT = 1_000;
  private static final long BYTES_A_STATEMENT = 4L << 20;

  /**
   * A row that is looked for.
   *
   * @param key a row of the source that has the key
   * @param before what the row should be, null if it should not be there or nothing is compared
   * @param after what it should become, null if it should go or nothing is compared
   * @param again whether more changes to it follow: they are compared too if this one is dropped
   */
  record Wanted(Row key, Row before, Row after, boolean again) {
    Wanted(Row key, Row before, Row after) {
      this(key, before, after, false);
    }

    Wanted followed() {
      return new Wanted(key, before, after, true);
    }

    long bytes() {
      return (before == null ? 0 : before.bytes()) + (after == null ? 0 : after.bytes());
    }
  }

  private final Dialect dialect;
  private final GuardedTable table;
  private final boolean whole;
  private final MappedColumn[] columns;
  private final byte[] select;
  private final boolean locks;

  /**
   * @param whole whether to read whole rows, else the key and the version alone
   */
  TargetRows(Dialect dialect, GuardedTable table, boolean whole) {
    this(dialect, table, whole, true);
  }

  private TargetRows(Dialect dialect, GuardedTable table, boolean whole, boolean locks) {
    this.locks = locks;
    this.dialect = dialect;
    this.table = table;
    this.whole = whole;
    this.columns =
        table.mapping().columns().stream()
            .filter(column -> whole || isNeeded(column))
            .toArray(MappedColumn[]::new);
    String index = table.table().keyIndex();
    this.select =
        TableSql.utf8(
            Arrays.stream(columns)
                .map(dialect::reading)
                .collect(
                    Collectors.joining(
                        ",",
                        "SELECT ",
                        " FROM "
                            + table.table().sql().name()
                            + (index.isEmpty() ? "" : dialect.byIndex(index))
                            + " WHERE ")));
  }

  private boolean isNeeded(MappedColumn column) {
    return table.mapping().key().contains(column)
        || (table.hasVersion() && table.version().column().equals(column));
  }

  /** A key as it is spelt. */
  static RowKey exact(TableMapping mapping, Row row) {
    if (mapping.key().size() == 1) {
      return new RowKey(exact(mapping.key().get(0), row));
    }
    StringBuilder parts = new StringBuilder();
    for (MappedColumn column : mapping.key()) {
      String part = exact(column, row);
      parts.append(part.length()).append(':').append(part);
    }
    return new RowKey(parts.toString());
  }

  private static String exact(MappedColumn column, Row row) {
    byte[] value = row.value(column.sourceIndex());
    return value == null ? "" : new String(value, StandardCharsets.ISO_8859_1);
  }

  /** The row that has the key of {@code key}, or null. Columns that are not read are NULL. */
  Row lock(Connection connection, Row key) throws SQLException {
    List<Row> rows = select(connection, List.of(key));
    return rows.isEmpty() ? null : rows.get(0);
  }

  /**
   * What the target has for each key, by {@link #exact} key. Spellings that the target holds equal
   * share a row.
   */
  Map<RowKey, FoundRow> lock(Connection connection, Map<RowKey, Wanted> wanted)
      throws SQLException {
    Map<RowKey, List<Map.Entry<RowKey, Wanted>>> alike = new LinkedHashMap<>();
    for (Map.Entry<RowKey, Wanted> one : wanted.entrySet()) {
      alike
          .computeIfAbsent(
              table.match().keyOfSource(one.getValue().key()), key -> new ArrayList<>(1))
          .add(one);
    }
    Map<RowKey, FoundRow> found = new HashMap<>();
    Map<RowKey, Map.Entry<RowKey, Wanted>> part = new LinkedHashMap<>();
    long bytes = 0;
    for (Map.Entry<RowKey, List<Map.Entry<RowKey, Wanted>>> group : alike.entrySet()) {
      if (group.getValue().size() > 1) {
        oneByOne(connection, group.getValue(), found);
        continue;
      }
      Map.Entry<RowKey, Wanted> one = group.getValue().get(0);
      part.put(group.getKey(), one);
      bytes += one.getValue().bytes();
      if (part.size() == ROWS_A_STATEMENT || (whole && bytes > BYTES_A_STATEMENT)) {
        together(connection, part, found);
        part.clear();
        bytes = 0;
      }
    }
    together(connection, part, found);
    return found;
  }

  /** The same without locking anything: as it was committed last. */
  Map<RowKey, FoundRow> look(Connection connection, Map<RowKey, Wanted> wanted)
      throws SQLException {
    return new TargetRows(dialect, table, whole, false).lock(connection, wanted);
  }

  private void together(
      Connection connection,
      Map<RowKey, Map.Entry<RowKey, Wanted>> part,
      Map<RowKey, FoundRow> found)
      throws SQLException {
    if (part.isEmpty()) {
      return;
    }
    List<Row> keys = new ArrayList<>(part.size());
    for (Map.Entry<RowKey, Wanted> one : part.values()) {
      keys.add(one.getValue().key());
      found.put(one.getKey(), FoundRow.missing());
    }
    for (Row row : select(connection, keys)) {
      Map.Entry<RowKey, Wanted> one = part.get(table.match().keyOfTarget(row));
      if (one == null) {
        // The target compares keys in a way that we don't know.
        oneByOne(connection, part.values(), found);
        return;
      }
      found.put(one.getKey(), row(row, one.getValue(), one.getValue().again()));
    }
  }

  private void oneByOne(
      Connection connection,
      Iterable<Map.Entry<RowKey, Wanted>> wanted,
      Map<RowKey, FoundRow> found)
      throws SQLException {
    Map<RowKey, FoundRow> shared = new HashMap<>();
    for (Map.Entry<RowKey, Wanted> one : wanted) {
      Row row = lock(connection, one.getValue().key());
      found.put(
          one.getKey(),
          row == null
              ? FoundRow.missing()
              : shared.computeIfAbsent(
                  exact(table.mapping(), row), key -> row(row, one.getValue(), true)));
    }
  }

  private FoundRow row(Row row, Wanted wanted, boolean keep) {
    FoundRow found = FoundRow.there(table.hasVersion() ? table.version().of(row) : null);
    if (whole) {
      boolean sameAsBefore = wanted.before() != null && table.match().same(wanted.before(), row);
      boolean sameAsAfter = wanted.after() != null && table.match().same(wanted.after(), row);
      // Rows that are as they should be are the many, and may be large.
      boolean spare = !keep && (sameAsBefore || sameAsAfter);
      found.compared(spare ? null : row, sameAsBefore, sameAsAfter);
    }
    return found;
  }

  private List<Row> select(Connection connection, List<Row> keys) throws SQLException {
    SqlBuffer sql = new SqlBuffer(select.length + 32 * keys.size() + 16).put(select);
    if (keys.size() == 1) {
      table.table().sql().byKey(sql, keys.get(0));
    } else {
      dialect.keysAmong(sql, table.table().sql(), keys);
    }
    if (locks) {
      sql.put(" FOR UPDATE");
    }
    List<Row> found = new ArrayList<>(keys.size());
    try (Statement statement = connection.createStatement()) {
      statement.setEscapeProcessing(false);
      try (ResultSet rows =
          statement.executeQuery(new String(sql.toBytes(), StandardCharsets.UTF_8))) {
        while (rows.next()) {
          found.add(read(rows));
        }
      }
    }
    return found;
  }

  private Row read(ResultSet rows) throws SQLException {
    byte[][] values = new byte[table.mapping().source().columns().size()][];
    for (int c = 0; c < columns.length; c++) {
      values[columns[c].sourceIndex()] = dialect.read(rows, c + 1, columns[c]);
    }
    return new Row(values);
  }
}
