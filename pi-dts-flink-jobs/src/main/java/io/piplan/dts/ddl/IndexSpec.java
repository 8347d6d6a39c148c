package io.piplan.dts.ddl;

import io.piplan.dts.schema.TableIndex;
import java.util.List;

/**
 * An index as a statement defines it.
 *
 * @param name null where the server gives it one
 */
record IndexSpec(String name, Kind kind, List<TableIndex.Part> parts) {
  enum Kind {
    PRIMARY,
    UNIQUE,
    PLAIN,
    FULLTEXT,
    SPATIAL
  }

  IndexSpec {
    parts = List.copyOf(parts);
  }

  /** As information_schema calls it. */
  String type() {
    return switch (kind) {
      case FULLTEXT -> "FULLTEXT";
      case SPATIAL -> "SPATIAL";
      default -> "BTREE";
    };
  }

  boolean unique() {
    return kind == Kind.PRIMARY || kind == Kind.UNIQUE;
  }

  TableIndex named(String given) {
    return new TableIndex(given, unique(), type(), parts);
  }
}
