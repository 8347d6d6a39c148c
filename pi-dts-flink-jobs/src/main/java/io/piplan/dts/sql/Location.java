package io.piplan.dts.sql;

/** A place in a definition, both counted from 1; columns count characters as editors do. */
public record Location(int line, int column) {
  @Override
  public String toString() {
    return line + ":" + column;
  }
}
