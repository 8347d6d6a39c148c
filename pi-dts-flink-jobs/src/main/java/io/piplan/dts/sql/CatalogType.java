package io.piplan.dts.sql;

import java.util.Optional;

/** The kinds of servers that our catalogs connect to. */
public enum CatalogType {
  MYSQL("pi-mysql", 3306),
  POSTGRES("pi-postgres", 5432),
  HIVE("pi-hive", 9083);

  private final String identifier;
  private final int defaultPort;

  CatalogType(String identifier, int defaultPort) {
    this.identifier = identifier;
    this.defaultPort = defaultPort;
  }

  /** The value of {@code 'type'}, and of {@code 'connector'} for a single table. */
  public String identifier() {
    return identifier;
  }

  public int defaultPort() {
    return defaultPort;
  }

  static Optional<CatalogType> of(String identifier) {
    for (CatalogType type : values()) {
      if (type.identifier.equals(identifier)) {
        return Optional.of(type);
      }
    }
    return Optional.empty();
  }
}
