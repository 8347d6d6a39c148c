package io.piplan.dts;

import java.util.List;
import java.util.Objects;

/**
 * Says to one writer: from here on tables are other ones. All before it is to be committed; no row
 * behind it is sent before the target is ready for it.
 *
 * @param writer index of the writer it is addressed to
 * @param tables those that are not what they were: changed, made, renamed, emptied or gone
 * @param lsn its place, after every row before it; no boundary
 * @param previous as in {@link ChangeEvent}
 * @param statement what did it, shortened, for people
 * @param sourceMillis as in {@link ChangeEvent}
 * @param gtids the transactions before its own, as in {@link ChangeEvent}; null if not known
 */
public record SchemaChange(
    int writer,
    List<TableId> tables,
    Lsn lsn,
    Lsn previous,
    String statement,
    long sourceMillis,
    String gtids)
    implements StreamElement {
  public SchemaChange {
    tables = List.copyOf(tables);
    Objects.requireNonNull(lsn, "lsn");
    Objects.requireNonNull(previous, "previous");
    Objects.requireNonNull(statement, "statement");
  }

  /** One that says nothing of GTIDs. */
  public SchemaChange(
      int writer,
      List<TableId> tables,
      Lsn lsn,
      Lsn previous,
      String statement,
      long sourceMillis) {
    this(writer, tables, lsn, previous, statement, sourceMillis, null);
  }

  public SchemaChange withRoute(int newWriter, Lsn newPrevious) {
    return new SchemaChange(newWriter, tables, lsn, newPrevious, statement, sourceMillis, gtids);
  }

  public SchemaChange withGtids(String newGtids) {
    return new SchemaChange(writer, tables, lsn, previous, statement, sourceMillis, newGtids);
  }
}
