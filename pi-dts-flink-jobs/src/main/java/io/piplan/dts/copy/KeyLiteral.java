package io.piplan.dts.copy;

import io.piplan.dts.Column;
import java.nio.charset.StandardCharsets;
import java.util.HexFormat;

/** Canonical values of key columns as literals that MySQL and MariaDB compare by the index. */
public final class KeyLiteral {
  private KeyLiteral() {}

  public static String of(Column column, byte[] value) {
    String hex = "X'" + HexFormat.of().formatHex(value) + "'";
    return switch (column.type()) {
      case TINYINT, SMALLINT, MEDIUMINT, INT, BIGINT, DECIMAL, YEAR ->
          new String(value, StandardCharsets.US_ASCII);
      case BINARY, VARBINARY, BIT -> hex;
      default -> value.length == 0 ? "''" : "_utf8mb4 " + hex;
    };
  }
}
