package io.piplan.dts.ddl;

import io.piplan.dts.Column;
import java.util.Optional;
import java.util.regex.Pattern;

/** Values that rows get by a change of their table and that differ from server to server. */
final class NotRepeatable {
  private static final Pattern FUNCTIONS =
      Pattern.compile(
          "\\b(uuid|uuid_short|rand|random_bytes|sysdate|connection_id|user|current_user"
              + "|session_user|system_user|database|schema|last_insert_id|version|nextval|lastval"
              + "|next\\s+value|sys_guid)\\b",
          Pattern.CASE_INSENSITIVE);

  private NotRepeatable() {}

  /** Why existing rows' values of a new column can't be told, if so. */
  static Optional<String> added(Column column) {
    if (column.autoIncrement()) {
      return Optional.of(
          "existing rows are numbered by column " + column.name() + " in an order of their own");
    }
    String value = column.defaultExpression();
    if (value != null && value.startsWith("(") && FUNCTIONS.matcher(value).find()) {
      return Optional.of("existing rows get values of " + value + " in column " + column.name());
    }
    return Optional.empty();
  }
}
