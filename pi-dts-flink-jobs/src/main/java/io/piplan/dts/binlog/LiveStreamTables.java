package io.piplan.dts.binlog;

import io.piplan.dts.DtsException;
import io.piplan.dts.GuardedKeys;
import io.piplan.dts.LoggedStatement;
import io.piplan.dts.Lsn;
import io.piplan.dts.SchemaChange;
import io.piplan.dts.SchemaProvider;
import io.piplan.dts.StreamTables;
import io.piplan.dts.TableFilter;
import io.piplan.dts.TableId;
import io.piplan.dts.TableSchema;
import java.util.Optional;

/**
 * Tables as the source has them now, which are not followed: whatever changes one of them stops the
 * stream.
 */
public final class LiveStreamTables implements StreamTables {
  private final TableFilter filter;
  private final SchemaProvider schemas;

  /** Null where nobody goes by keys. */
  private final KeyGuard keys;

  private boolean rowsRead;

  /**
   * @param keys the tables' keys by which whoever reads goes; null if by none
   */
  public LiveStreamTables(TableFilter filter, SchemaProvider schemas, GuardedKeys keys) {
    this.filter = filter;
    this.schemas = schemas;
    this.keys = keys == null ? null : new KeyGuard(keys, schemas);
  }

  @Override
  public boolean includes(TableId table) {
    return filter.includes(table);
  }

  @Override
  public boolean includesDatabase(String database) {
    return filter.includesDatabase(database);
  }

  @Override
  public TableSchema schema(TableId table, Lsn at) {
    rowsRead = true;
    return schemas.schema(table);
  }

  /**
   * @throws DtsException {@code SOURCE_SCHEMA_CHANGED} if it changes a table, or keys that count,
   *     or drops a database
   */
  @Override
  public Optional<SchemaChange> statement(LoggedStatement logged, Lsn at) {
    Statement statement = Statement.of(logged.database(), logged.sql());
    boolean changes =
        statement.kind() == Statement.Kind.TABLE_CHANGE
            && statement.tables().stream().anyMatch(filter::includes);
    boolean drops =
        statement.kind() == Statement.Kind.DATABASE_DROP
            && filter.includesDatabase(statement.tables().get(0).database());
    if (changes || drops) {
      throw Refusals.schemaChange(logged.sql(), at);
    }
    if (keys != null) {
      KeyChanges.of(logged.database(), logged.sql())
          .filter(change -> filter.includes(change.table()))
          .flatMap(change -> keys.objection(change, rowsRead))
          .ifPresent(
              objection -> {
                throw Refusals.keyChange(logged.sql(), at, objection);
              });
    }
    return Optional.empty();
  }
}
