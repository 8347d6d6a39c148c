package io.piplan.dts.binlog;

import io.piplan.dts.DtsError;
import io.piplan.dts.DtsException;
import io.piplan.dts.LoggedStatement;
import io.piplan.dts.Lsn;
import io.piplan.dts.SchemaChange;
import io.piplan.dts.SchemaProvider;
import io.piplan.dts.StreamTables;
import io.piplan.dts.TableId;
import io.piplan.dts.TableSchema;
import java.util.Optional;

/**
 * One table, for whoever looks back at what a binlog says of it: its changes are told and stop
 * nothing, and rows that no known form of it fits are left out, and told too.
 */
public final class LoggedTable implements StreamTables {
  /** Hears of the table itself. */
  public interface Listener {
    /** It was made, changed, emptied or dropped. */
    void statement(LoggedStatement statement, Lsn at);

    /** Rows of it can't be read, from here to its next change. */
    void unreadable(DtsException reason);
  }

  private final TableId table;
  private final SchemaProvider schemas;
  private final Listener listener;
  private TableSchema latest;

  public LoggedTable(TableId table, SchemaProvider schemas, Listener listener) {
    this.table = table;
    this.schemas = schemas;
    this.listener = listener;
  }

  /** What the rows that come now are read by. */
  public TableSchema latest() {
    return latest;
  }

  @Override
  public boolean includes(TableId other) {
    return table.equals(other);
  }

  @Override
  public boolean includesDatabase(String database) {
    return table.database().equals(database);
  }

  @Override
  public TableSchema schema(TableId id, Lsn at) {
    latest = schemas.schema(id, at);
    return latest;
  }

  @Override
  public Optional<SchemaChange> statement(LoggedStatement logged, Lsn at) {
    Statement statement = Statement.of(logged.database(), logged.sql());
    boolean dropped =
        statement.kind() == Statement.Kind.DATABASE_DROP
            && statement.tables().get(0).database().equals(table.database());
    if (dropped || statement.tables().contains(table)) {
      listener.statement(logged, at);
    }
    return Optional.empty();
  }

  @Override
  public boolean leavesOut(TableId id, DtsException misfit) {
    boolean changed =
        misfit.error() == DtsError.SOURCE_SCHEMA_CHANGED
            || misfit.error() == DtsError.SOURCE_MISSING_TABLE;
    if (changed) {
      listener.unreadable(misfit);
    }
    return changed;
  }
}
