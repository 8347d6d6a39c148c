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
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;

/**
 * One table, whatever it was called, for whoever looks back at what a binlog says of it: its
 * changes are told and stop nothing, and rows that no known form of it fits are left out, and told
 * too.
 */
public final class LoggedTable implements StreamTables {
  /** Hears of the table itself. */
  public interface Listener {
    /** It was made, changed, emptied or dropped. */
    void statement(LoggedStatement statement, Lsn at);

    /** Rows of it can't be read, from here to its next change. */
    void unreadable(DtsException reason);
  }

  private final Set<TableId> names;
  private final Function<Lsn, TableId> name;
  private final SchemaProvider schemas;
  private final Listener listener;
  private final Map<TableId, TableSchema> latest = new HashMap<>();

  /**
   * @param names all that it was ever called
   * @param name what it was called at a place
   */
  public LoggedTable(
      Set<TableId> names, Function<Lsn, TableId> name, SchemaProvider schemas, Listener listener) {
    this.names = Set.copyOf(names);
    this.name = name;
    this.schemas = schemas;
    this.listener = listener;
  }

  /** What the rows that come now under a name are read by. */
  public TableSchema latest(TableId id) {
    return latest.get(id);
  }

  @Override
  public boolean includes(TableId other) {
    return names.contains(other);
  }

  /** Whether what has that name at a place is the table. */
  public boolean isIt(TableId other, Lsn at) {
    return other.equals(name.apply(at));
  }

  @Override
  public boolean includesDatabase(String database) {
    return names.stream().anyMatch(each -> each.database().equals(database));
  }

  @Override
  public TableSchema schema(TableId id, Lsn at) {
    TableSchema schema = schemas.schema(id, at);
    latest.put(id, schema);
    return schema;
  }

  @Override
  public Optional<SchemaChange> statement(LoggedStatement logged, Lsn at) {
    Statement statement = Statement.of(logged.database(), logged.sql());
    TableId table = name.apply(at);
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
