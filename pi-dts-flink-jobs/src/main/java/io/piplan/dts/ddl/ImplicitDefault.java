package io.piplan.dts.ddl;

import io.piplan.dts.Column;
import io.piplan.dts.schema.PostgresNames;
import java.util.Optional;

/**
 * What MySQL and MariaDB put into a column that is NOT NULL and has no default, as PostgreSQL
 * writes it.
 */
final class ImplicitDefault {
  private ImplicitDefault() {}

  /** Empty if PostgreSQL has no such value (a zero date), or it is not the same everywhere. */
  static Optional<String> of(Column column) {
    return switch (column.type()) {
      case TINYINT, SMALLINT, MEDIUMINT, INT, BIGINT, YEAR, DECIMAL, FLOAT, DOUBLE ->
          Optional.of("0");
      case CHAR, VARCHAR, TEXT, SET -> Optional.of("''");
      case ENUM -> column.labels().stream().findFirst().map(PostgresNames::literal);
      case BIT -> Optional.of("B'" + "0".repeat((int) Math.max(1, column.length())) + "'");
      case TIME -> Optional.of("'00:00:00'");
      case VARBINARY, BLOB -> Optional.of("'\\x'");
      case BINARY -> Optional.of("'\\x" + "00".repeat((int) column.length()) + "'");
      case UUID -> Optional.of("'00000000-0000-0000-0000-000000000000'");
      case DATE, DATETIME, TIMESTAMP, JSON, INET, GEOMETRY -> Optional.empty();
    };
  }
}
