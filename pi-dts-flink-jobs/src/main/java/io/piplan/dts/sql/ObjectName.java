package io.piplan.dts.sql;

/** A database of a catalog. In a PostgreSQL catalog the databases are the schemas. */
public record ObjectName(String catalog, String database) {
  @Override
  public String toString() {
    return catalog + "." + database;
  }
}
