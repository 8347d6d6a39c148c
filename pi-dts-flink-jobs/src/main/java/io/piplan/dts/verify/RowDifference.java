package io.piplan.dts.verify;

import java.io.Serializable;
import java.util.List;
import java.util.Map;

/**
 * One row that is not the same on both sides.
 *
 * @param key key column to value
 * @param columns what differs, for rows that both sides have
 */
public record RowDifference(Kind kind, Map<String, String> key, List<ColumnDifference> columns)
    implements Serializable {
  /** In which way. */
  public enum Kind {
    ONLY_IN_A,
    ONLY_IN_B,
    DIFFERENT
  }

  /** Two values of a column, shortened; raw bytes as hex, null is SQL NULL. */
  public record ColumnDifference(String column, String a, String b) implements Serializable {}

  public RowDifference {
    columns = List.copyOf(columns);
  }

  @Override
  public String toString() {
    StringBuilder text = new StringBuilder();
    text.append(
        switch (kind) {
          case ONLY_IN_A -> "only in A ";
          case ONLY_IN_B -> "only in B ";
          case DIFFERENT -> "different ";
        });
    text.append(key);
    for (ColumnDifference column : columns) {
      text.append(' ').append(column.column()).append(": ");
      text.append(quoted(column.a())).append(" <> ").append(quoted(column.b()));
    }
    return text.toString();
  }

  private static String quoted(String value) {
    return value == null ? "NULL" : "'" + value + "'";
  }
}
