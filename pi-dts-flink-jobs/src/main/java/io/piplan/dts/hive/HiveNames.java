package io.piplan.dts.hive;

import io.piplan.dts.TableId;
import java.util.Collection;
import java.util.Locale;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/** Names in Hive's SQL, and those that a sync makes of a table's own. */
final class HiveNames {
  private static final Pattern TABLE = Pattern.compile("[A-Za-z0-9_]+");
  private static final Pattern NOT_IN_A_COLUMN = Pattern.compile("[.:`,\\x00-\\x1f]");

  private HiveNames() {}

  static String quote(String name) {
    return "`" + name.replace("`", "``") + "`";
  }

  static String quote(TableId id) {
    return quote(id.database()) + "." + quote(id.table());
  }

  static String quoteAll(Collection<String> names) {
    return names.stream().map(HiveNames::quote).collect(Collectors.joining(", "));
  }

  static String literal(String text) {
    return "'" + text.replace("\\", "\\\\").replace("'", "\\'").replace(";", "\\u003B") + "'";
  }

  /** Hive has all names in lower case. */
  static String lower(String name) {
    return name.toLowerCase(Locale.ROOT);
  }

  static TableId lower(TableId table) {
    return new TableId(lower(table.database()), lower(table.table()));
  }

  /** The table that holds every change. */
  static TableId log(TableId id) {
    return new TableId(id.database(), id.table() + "__log");
  }

  /** The table that the view of the current state reads. */
  static TableId state(TableId id) {
    return new TableId(id.database(), id.table() + "__state");
  }

  /** Whether a table may have that name. */
  static boolean isTable(String name) {
    return TABLE.matcher(name).matches();
  }

  /** Whether a column may have that name. */
  static boolean isColumn(String name) {
    return !name.isBlank() && !NOT_IN_A_COLUMN.matcher(name).find();
  }
}
