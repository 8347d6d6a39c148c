package io.piplan.dts;

import java.io.Serializable;
import java.util.List;
import java.util.Objects;

/**
 * One column of a source table.
 *
 * @param columnType the full type as the server spells it, e.g. {@code int(10) unsigned}
 * @param length characters of text, bytes of binary, bits of BIT, precision of DECIMAL; 0 if none
 * @param scale digits after the point of DECIMAL; fractional digits of time types; else 0
 * @param charset character set of text, or null
 * @param collation collation of text, or null
 * @param defaultExpression default as SQL that both MySQL and MariaDB parse (quoted if it is a
 *     literal), or null for none
 * @param generated whether the value is computed by the server (virtual or stored)
 * @param labels labels of ENUM and SET in their order; empty otherwise
 */
public record Column(
    String name,
    ColumnType type,
    String columnType,
    boolean unsigned,
    long length,
    int scale,
    String charset,
    String collation,
    boolean nullable,
    String defaultExpression,
    boolean autoIncrement,
    boolean generated,
    boolean invisible,
    List<String> labels,
    String comment)
    implements Serializable {
  public Column {
    Objects.requireNonNull(name, "name");
    Objects.requireNonNull(type, "type");
    labels = List.copyOf(labels);
    comment = comment == null ? "" : comment;
  }

  /** A plain column, for tests and for tables that have no server behind them. */
  public static Column of(String name, ColumnType type, String columnType, boolean nullable) {
    return new Column(
        name,
        type,
        columnType,
        columnType.contains("unsigned"),
        0,
        0,
        null,
        null,
        nullable,
        null,
        false,
        false,
        false,
        List.of(),
        "");
  }
}
