package io.piplan.dts.schema;

import io.piplan.dts.Column;
import io.piplan.dts.TableId;
import io.piplan.dts.jdbc.ControlTables;
import io.piplan.meta.RowVersion;
import java.util.List;
import java.util.stream.Collectors;

/**
 * The SQL by which triggers remember what apps delete, in the table in which syncs remember what
 * they delete: {@code pi_dts_tombstone}. An older change of another zone that comes later then does
 * not bring the row back. A key is named as {@code RowIdentity.exact} of {@code apply} does it.
 */
record MySqlGraves(TableId table, List<Column> key) {
  private static final int HASH_DIGITS = 32;

  static ControlTables tables(String schema) {
    return new ControlTables(false, schema, MySqlNames::quote);
  }

  /** Whether all of the key has a form in SQL that is the one of the binlog. */
  boolean possible() {
    return !key.isEmpty() && key.stream().allMatch(MySqlGraves::isPlain);
  }

  private static boolean isPlain(Column column) {
    return switch (column.type()) {
        // Printed otherwise by a session's time zone, or than rows have them.
      case TIMESTAMP, FLOAT, DOUBLE, BIT, JSON, INET, GEOMETRY -> false;
      default -> true;
    };
  }

  private String name() {
    return tables(table.database()).name(ControlTables.TOMBSTONE);
  }

  /** Buries the row {@code OLD}. */
  String bury(String nowMicros) {
    return "INSERT INTO "
        + name()
        + " (tab, key_hash, version, deleted_ms) VALUES ("
        + MySqlNames.literal(table.table())
        + ", "
        + hash("OLD")
        + ", OLD."
        + MySqlNames.quote(RowVersion.COLUMN)
        + ", "
        + nowMicros
        + " DIV 1000)\n  ON DUPLICATE KEY UPDATE version = VALUES(version), deleted_ms ="
        + " VALUES(deleted_ms)";
  }

  /** Whether {@code OLD} and {@code NEW} have the same key. */
  String same() {
    return key.stream()
        .map(column -> MySqlNames.quote(column.name()))
        .map(name -> "OLD." + name + " <=> NEW." + name)
        .collect(Collectors.joining(" AND "));
  }

  /** The clock of the last row that was buried under the key of {@code NEW}; NULL if none was. */
  String clock() {
    return "(SELECT (CAST(version AS UNSIGNED) >> "
        + RowVersion.CLOCK_SHIFT
        + ") & "
        + RowVersion.MAX_CLOCK
        + " FROM "
        + name()
        + " WHERE tab = "
        + MySqlNames.literal(table.table())
        + " AND key_hash = "
        + hash("NEW")
        + ")";
  }

  private String hash(String row) {
    return "LEFT(SHA2(CONCAT("
        + key.stream().map(column -> part(row, column)).collect(Collectors.joining(", "))
        + "), 256), "
        + HASH_DIGITS
        + ")";
  }

  /** A value's length in four bytes, and its bytes. */
  private static String part(String row, Column column) {
    String value = value(row + "." + MySqlNames.quote(column.name()), column);
    return "UNHEX(LPAD(HEX(LENGTH(" + value + ")), 8, '0')), " + value;
  }

  private static String value(String name, Column column) {
    if (column.type().isRaw()) {
      return name;
    }
    // A number that is shown with zeros before it has none in rows; a year has.
    boolean number = column.type().isInteger() && column.columnType().contains("zerofill");
    String padded = number && !column.columnType().startsWith("year") ? name + " + 0" : name;
    return "CONVERT(" + padded + " USING utf8mb4)";
  }
}
