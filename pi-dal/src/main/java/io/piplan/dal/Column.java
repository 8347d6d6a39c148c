package io.piplan.dal;

import java.util.Objects;

/**
 * A column of a result, with the fields of MySQL's column definition packet.
 *
 * @param table its name or alias in the statement; empty if there is none
 * @param orgTable its real name, here always the logical one; empty if there is none
 * @param name the column's name or alias
 * @param orgName the column's real name; empty for an expression
 * @param collation the number of its collation; 63 is binary
 * @param length the greatest length in bytes
 * @param type one of {@link ColumnType}
 * @param flags of the protocol: 1 NOT NULL, 32 UNSIGNED, 128 BINARY, …
 */
public record Column(
    String schema,
    String table,
    String orgTable,
    String name,
    String orgName,
    int collation,
    long length,
    int type,
    int flags,
    int decimals) {
  private static final int UNSIGNED = 32;
  private static final int BINARY = 128;
  private static final int ENUM = 256;
  private static final int SET = 2048;

  /** The collation of bytes that are no text. */
  public static final int BINARY_COLLATION = 63;

  public Column {
    Objects.requireNonNull(schema, "schema");
    Objects.requireNonNull(table, "table");
    Objects.requireNonNull(orgTable, "orgTable");
    Objects.requireNonNull(name, "name");
    Objects.requireNonNull(orgName, "orgName");
  }

  /** A text column that no table has, of utf8mb4. */
  public static Column text(String name) {
    return new Column("", "", "", name, "", 45, 1024, ColumnType.VAR_STRING, 0, 0);
  }

  /** A BIGINT column that no table has. */
  public static Column whole(String name) {
    return new Column("", "", "", name, "", BINARY_COLLATION, 21, ColumnType.LONGLONG, 0, 0);
  }

  /** Whether it is an ENUM or SET, whose values are shown as texts. */
  public boolean isListed() {
    return type == ColumnType.ENUM || type == ColumnType.SET || (flags & (ENUM | SET)) != 0;
  }

  /**
   * Whether its bits are shown as a number in digits, not as bytes: MariaDB does that with a value
   * that it computes, unless it groups rows in a table of its own.
   */
  public boolean showsBitsAsNumber() {
    return type == ColumnType.BIT && orgName.isEmpty() && (flags & BINARY) != 0;
  }

  public boolean isUnsigned() {
    return (flags & UNSIGNED) != 0;
  }

  public Column withNames(String newTable, String newOrgTable, String newName) {
    return new Column(
        schema, newTable, newOrgTable, newName, orgName, collation, length, type, flags, decimals);
  }
}
