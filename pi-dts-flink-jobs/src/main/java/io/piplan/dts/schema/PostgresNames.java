package io.piplan.dts.schema;

import io.piplan.dts.DtsError;
import io.piplan.dts.DtsException;
import io.piplan.dts.TableId;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.stream.Collectors;

/** Names and text as PostgreSQL writes them in SQL. */
public final class PostgresNames {
  /** PostgreSQL cuts longer names without an error. */
  private static final int MAX_BYTES = 63;

  private PostgresNames() {}

  /**
   * @throws DtsException {@code TARGET_MISMATCH} if PostgreSQL would cut the name
   */
  public static String quote(String name) {
    if (name.getBytes(StandardCharsets.UTF_8).length > MAX_BYTES) {
      throw new DtsException(
          DtsError.TARGET_MISMATCH,
          "the name '" + name + "' is longer than the 63 bytes that PostgreSQL allows",
          "rename the table with RENAME, or the column at the source");
    }
    return "\"" + name.replace("\"", "\"\"") + "\"";
  }

  public static String quote(TableId table) {
    return quote(table.database()) + "." + quote(table.table());
  }

  public static String quoteAll(List<String> names) {
    return names.stream().map(PostgresNames::quote).collect(Collectors.joining(", "));
  }

  /** A text literal; right with standard_conforming_strings on or off. */
  public static String literal(String text) {
    String quoted = "'" + text.replace("'", "''") + "'";
    return text.indexOf('\\') < 0 ? quoted : "E" + quoted.replace("\\", "\\\\");
  }

  /** A name for an index, alike at each call; unlike MySQL's they are unique in the schema. */
  static String indexName(String table, String index) {
    String name = table + "_" + index;
    if (name.getBytes(StandardCharsets.UTF_8).length <= MAX_BYTES) {
      return name;
    }
    String hash = "_" + Integer.toHexString(name.hashCode());
    int end = name.length();
    while (name.substring(0, end).getBytes(StandardCharsets.UTF_8).length
        > MAX_BYTES - hash.length()) {
      end = name.offsetByCodePoints(end, -1);
    }
    return name.substring(0, end) + hash;
  }
}
