package io.piplan.dal.session;

import io.piplan.dal.Column;
import io.piplan.dal.ListStream;
import io.piplan.dal.Result;
import io.piplan.dal.Row;
import io.piplan.dal.RowStream;
import io.piplan.meta.RowVersion;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;

/** DESCRIBE and SHOW without the column of row versions, which servers show though invisible. */
final class HiddenVersions {
  private static final Set<String> NAMES = Set.of("Field", "Column_name");
  private static final String LINE = "(?m)^  `" + RowVersion.COLUMN + "` .*\\R";

  private HiddenVersions() {}

  static Result hidden(Result result) {
    if (!(result instanceof Result.Rows given)) {
      return result;
    }
    List<Row> rows = new ArrayList<>();
    try (RowStream stream = given.stream()) {
      for (Row row = stream.next(); row != null; row = stream.next()) {
        if (!isAboutIt(row, stream.columns())) {
          rows.add(withoutLine(row));
        }
      }
      return new Result.Rows(new ListStream(stream.columns(), rows));
    }
  }

  private static boolean isAboutIt(Row row, List<Column> columns) {
    for (int i = 0; i < columns.size(); i++) {
      byte[] value = row.textValues().get(i);
      if (value != null
          && NAMES.contains(columns.get(i).name())
          && text(value).equalsIgnoreCase(RowVersion.COLUMN)) {
        return true;
      }
    }
    return false;
  }

  /** SHOW CREATE TABLE has a line for each column. */
  private static Row withoutLine(Row row) {
    List<byte[]> values = new ArrayList<>(row.textValues());
    for (int i = 0; i < values.size(); i++) {
      String value = values.get(i) == null ? "" : text(values.get(i));
      if (value.startsWith("CREATE TABLE")) {
        String shorter = value.replaceFirst(LINE, "").replaceFirst(",\\R\\)", "\n)");
        values.set(i, shorter.getBytes(StandardCharsets.UTF_8));
      }
    }
    return Row.ofText(values);
  }

  private static String text(byte[] value) {
    return new String(value, StandardCharsets.UTF_8);
  }
}
