package io.piplan.dts.copy;

import io.piplan.dts.Column;
import io.piplan.dts.TableSchema;
import io.piplan.dts.UniqueKey;
import io.piplan.dts.schema.MySqlNames;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;

/**
 * The leading columns of a table's key by which it is split, and the SQL about them. Columns whose
 * order in the index is not that of their comparison (ENUM, SET, BIT) end the list.
 */
public final class ChunkColumns {
  private final List<Column> columns;
  private final String index;

  private ChunkColumns(List<Column> columns, String index) {
    this.columns = columns;
    this.index = index;
  }

  /** Empty if the table can only be read as a whole. */
  public static Optional<ChunkColumns> of(TableSchema schema) {
    List<Column> columns = new ArrayList<>();
    for (String name : schema.key()) {
      Column column = schema.column(name).orElseThrow();
      if (!isComparable(column)) {
        break;
      }
      columns.add(column);
    }
    // Without an index on the key every step would read the whole table.
    Optional<UniqueKey> index =
        schema.uniqueKeys().stream()
            .filter(unique -> unique.columns().equals(schema.key()))
            .findFirst();
    return columns.isEmpty() || index.isEmpty()
        ? Optional.empty()
        : Optional.of(
            new ChunkColumns(
                List.copyOf(columns), "INDEX (" + MySqlNames.quote(index.get().name()) + ")"));
  }

  /** The columns in words, such that they differ where bounds mean something else. */
  static String signature(TableSchema schema) {
    return of(schema)
        .map(
            columns ->
                columns.columns.stream()
                    .map(
                        column ->
                            column.name() + " " + column.columnType() + " " + column.collation())
                    .collect(Collectors.joining(", ")))
        .orElse("whole");
  }

  private static boolean isComparable(Column column) {
    return switch (column.type()) {
      case ENUM, SET, BIT, JSON, GEOMETRY, FLOAT, DOUBLE, TEXT, BLOB -> false;
      default -> true;
    };
  }

  /** The column, if there is just one and it holds integers. */
  Optional<Column> singleInteger() {
    return columns.size() == 1 && columns.get(0).type().isInteger()
        ? Optional.of(columns.get(0))
        : Optional.empty();
  }

  boolean isText(int column) {
    return columns.get(column).type().isCollated();
  }

  int size() {
    return columns.size();
  }

  public String indexHint() {
    return " FORCE " + index;
  }

  /** Leaves the optimizer the choice not to use it. */
  String indexUse() {
    return " USE " + index;
  }

  String names() {
    return columns.stream()
        .map(column -> MySqlNames.quote(column.name()))
        .collect(Collectors.joining(", "));
  }

  /** The columns as their canonical values are read. */
  String expressions() {
    return columns.stream().map(SelectList::expression).collect(Collectors.joining(", "));
  }

  /** A condition for the rows of a range. */
  public String inRange(Optional<KeyBound> after, Optional<KeyBound> upTo) {
    List<String> conditions = new ArrayList<>();
    after.ifPresent(bound -> conditions.add(compare(bound, 0, ">", ">")));
    upTo.ifPresent(bound -> conditions.add(compare(bound, 0, "<", "<=")));
    return conditions.isEmpty() ? "TRUE" : String.join(" AND ", conditions);
  }

  /**
   * Spelt out, since servers do not use an index for {@code (a, b) > (x, y)}: {@code (a > x OR (a =
   * x AND b > y))} they turn into index ranges.
   */
  private String compare(KeyBound bound, int from, String operator, String lastOperator) {
    Column column = columns.get(from);
    String name = MySqlNames.quote(column.name());
    String value = KeyLiteral.of(column, bound.values().get(from));
    if (from == columns.size() - 1) {
      return name + " " + lastOperator + " " + value;
    }
    return "("
        + name
        + " "
        + operator
        + " "
        + value
        + " OR ("
        + name
        + " = "
        + value
        + " AND "
        + compare(bound, from + 1, operator, lastOperator)
        + "))";
  }
}
