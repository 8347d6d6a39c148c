package io.piplan.dal.plan;

import io.piplan.dal.sql.Statement;
import java.util.List;

/** An INSERT of values written anew, with other columns. */
final class InsertText {
  private InsertText() {}

  /**
   * The text.
   *
   * @param rows the texts of the values
   */
  static String with(Statement.Insert insert, List<String> columns, List<List<String>> rows) {
    String text = insert.text();
    return text.substring(0, insert.table().span().end())
        + " ("
        + String.join(", ", columns.stream().map(UsedTable::quoted).toList())
        + ") VALUES "
        + String.join(
            ", ", rows.stream().map(values -> "(" + String.join(", ", values) + ")").toList())
        + text.substring(insert.values().end());
  }
}
