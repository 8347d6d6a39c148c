package io.piplan.dal.session;

import io.piplan.dal.NodeSql;
import io.piplan.dal.plan.RowLiterals;
import io.piplan.dal.rules.ActualTable;
import io.piplan.dal.rules.ColumnShape;
import java.math.BigDecimal;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;

/**
 * The SQL that reads and writes whole rows by a unique key.
 *
 * @param columns those that are stored
 * @param key the numbers of the key's columns
 */
record CopySql(List<ColumnShape> columns, List<Integer> key) {
  /** The rows after a key, in its order; from the first on if it is null. */
  String after(ActualTable table, List<byte[]> last, int most) {
    return select(table)
        + (last == null ? "" : " WHERE (" + names() + ") > (" + values(last) + ")")
        + " ORDER BY "
        + names()
        + " LIMIT "
        + most;
  }

  String locked(ActualTable table, List<byte[]> row) {
    return select(table) + where(row) + " FOR UPDATE";
  }

  String delete(ActualTable table, List<byte[]> row) {
    return "DELETE FROM " + NodeSql.quoted(table.table()) + where(row);
  }

  String insert(ActualTable table, List<byte[]> row) {
    List<String> literals = new ArrayList<>();
    for (int i = 0; i < columns.size(); i++) {
      literals.add(RowLiterals.of(columns.get(i), row.get(i)));
    }
    return "INSERT INTO "
        + NodeSql.quoted(table.table())
        + " ("
        + String.join(", ", columns.stream().map(column -> NodeSql.quoted(column.name())).toList())
        + ") VALUES ("
        + String.join(", ", literals)
        + ")";
  }

  private String select(ActualTable table) {
    return "SELECT "
        + String.join(", ", columns.stream().map(RowLiterals::selected).toList())
        + " FROM "
        + NodeSql.quoted(table.table());
  }

  private String where(List<byte[]> row) {
    return " WHERE (" + names() + ") = (" + values(row) + ")";
  }

  private String names() {
    return String.join(", ", key.stream().map(i -> NodeSql.quoted(columns.get(i).name())).toList());
  }

  /** The key of a row, readable. */
  String values(List<byte[]> row) {
    return String.join(
        ", ", key.stream().map(i -> RowLiterals.of(columns.get(i), row.get(i))).toList());
  }

  /** As the servers order by the key. */
  Comparator<List<byte[]>> order() {
    return (a, b) -> {
      for (int i : key) {
        int compared =
            columns.get(i).isWholeNumber()
                ? number(a.get(i)).compareTo(number(b.get(i)))
                : Arrays.compareUnsigned(a.get(i), b.get(i));
        if (compared != 0) {
          return compared;
        }
      }
      return 0;
    };
  }

  private static BigDecimal number(byte[] text) {
    return new BigDecimal(new String(text, StandardCharsets.US_ASCII));
  }

  static boolean same(List<byte[]> a, List<byte[]> b) {
    for (int i = 0; i < a.size(); i++) {
      if (!Arrays.equals(a.get(i), b.get(i))) {
        return false;
      }
    }
    return true;
  }
}
