package io.piplan.dts.apply;

import io.piplan.dts.DtsError;
import io.piplan.dts.DtsException;
import io.piplan.dts.Row;
import java.nio.charset.StandardCharsets;
import java.util.List;

/** What becomes of {@code 0000-00-00} and of dates with a zero month or day. */
public enum ZeroDates {
  /** Written as they are; only MySQL and MariaDB can hold them. */
  KEEP,
  /** Written as NULL. */
  NULL,
  /** The row is refused. */
  ERROR;

  /**
   * The row as it is to be written; the same object if it has no zero date.
   *
   * @throws DtsException {@code TARGET_BAD_ROW} under {@link #ERROR}
   */
  public Row apply(TableMapping mapping, Row row) {
    if (this == KEEP || row == null) {
      return row;
    }
    byte[][] changed = null;
    List<MappedColumn> columns = mapping.columns();
    for (int i = 0; i < columns.size(); i++) {
      MappedColumn column = columns.get(i);
      if (!column.source().type().isDate() || !isZero(row.value(column.sourceIndex()))) {
        continue;
      }
      if (this == ERROR) {
        throw refused(mapping, column, row);
      }
      if (changed == null) {
        changed = row.values().clone();
      }
      changed[column.sourceIndex()] = null;
    }
    return changed == null ? row : new Row(changed);
  }

  /** Which values of a row of the table to look at. */
  int[] columns(TableMapping mapping) {
    return this == KEEP
        ? new int[0]
        : mapping.columns().stream()
            .filter(column -> column.source().type().isDate())
            .mapToInt(MappedColumn::sourceIndex)
            .toArray();
  }

  private static DtsException refused(TableMapping mapping, MappedColumn column, Row row) {
    return new DtsException(
        DtsError.TARGET_BAD_ROW,
        "table "
            + mapping.source().id()
            + ", key "
            + SqlErrors.key(mapping, row)
            + ", column "
            + column.source().name()
            + " holds the zero date '"
            + new String(row.value(column.sourceIndex()), StandardCharsets.US_ASCII)
            + "', which 'zero-dates'='error' refuses",
        "set 'zero-dates' to 'null', or to 'keep' for a MySQL target");
  }

  /** {@code YYYY-MM-DD…} with year 0000, month 00 or day 00. */
  static boolean isZero(byte[] value) {
    return value != null && isZero(value, 0, value.length);
  }

  static boolean isZero(byte[] from, int at, int length) {
    return length >= 10
        && ((from[at + 5] == '0' && from[at + 6] == '0')
            || (from[at + 8] == '0' && from[at + 9] == '0'));
  }
}
