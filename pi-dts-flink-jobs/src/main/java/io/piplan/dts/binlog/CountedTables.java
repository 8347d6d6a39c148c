package io.piplan.dts.binlog;

import io.piplan.dts.LoggedStatement;
import io.piplan.dts.Lsn;
import io.piplan.dts.SchemaChange;
import io.piplan.dts.StreamTables;
import io.piplan.dts.TableId;
import io.piplan.dts.TableSchema;
import java.util.List;
import java.util.Optional;
import java.util.function.Predicate;

/**
 * Tables of which only the places of rows matter, for whoever looks for a place: nobody asks what
 * they are like, and changes of them are told and stop nothing.
 */
public final class CountedTables implements StreamTables {
  private final Predicate<TableId> counted;

  /**
   * @param counted the tables whose rows have numbers
   */
  public CountedTables(Predicate<TableId> counted) {
    this.counted = counted;
  }

  @Override
  public boolean includes(TableId table) {
    return counted.test(table);
  }

  /** What could carry rows and can't be read is for those who read them. */
  @Override
  public boolean includesDatabase(String database) {
    return false;
  }

  @Override
  public TableSchema schema(TableId table, Lsn at) {
    throw new IllegalStateException("rows of " + table + " at " + at + " are not decoded");
  }

  @Override
  public boolean decodes() {
    return false;
  }

  @Override
  public Optional<SchemaChange> statement(LoggedStatement statement, Lsn at) {
    return Optional.of(
        new SchemaChange(
            0, List.of(), at, Lsn.START, statement.shortened(), statement.micros() / 1000));
  }
}
