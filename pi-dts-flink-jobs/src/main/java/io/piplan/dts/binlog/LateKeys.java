package io.piplan.dts.binlog;

import io.piplan.dts.ChangeEvent;
import io.piplan.dts.ChangedParents;
import io.piplan.dts.LoggedStatement;
import io.piplan.dts.Lsn;
import io.piplan.dts.Op;
import io.piplan.dts.SchemaChange;
import io.piplan.dts.StreamTables;
import io.piplan.dts.TableId;
import io.piplan.dts.TableSchema;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * Looks in a part of a binlog for foreign keys that changed behind rows to which they make a
 * difference: rows of parents that went, or were changed, while another key was in force than is
 * now. Rows are not decoded. Used by one thread.
 */
public final class LateKeys implements StreamTables {
  private final Map<TableId, ChangedParents> children;
  private final Lsn from;
  private final Map<TableId, Lsn> deleted = new HashMap<>();
  private final Map<TableId, Lsn> updated = new HashMap<>();
  private Optional<Late> late = Optional.empty();

  /** A statement that changed keys of a child, and the first row of a parent before it. */
  public record Late(TableId child, Lsn statement, String sql, TableId parent, Lsn row) {}

  /**
   * @param children the tables that have other keys now than was known of them
   * @param from what was applied up to here does not come again
   */
  public LateKeys(Map<TableId, ChangedParents> children, Lsn from) {
    this.children = Map.copyOf(children);
    this.from = from;
  }

  /** Whether there is nothing to look for. */
  public boolean isEmpty() {
    return children.values().stream().allMatch(ChangedParents::isEmpty);
  }

  /** The first of them. */
  public Optional<Late> late() {
    return late;
  }

  public void take(ChangeEvent change) {
    if (change.lsn().isAtOrBefore(from)) {
      return;
    }
    if (change.op() == Op.DELETE) {
      deleted.putIfAbsent(change.table(), change.lsn());
    } else if (change.op() == Op.UPDATE) {
      updated.putIfAbsent(change.table(), change.lsn());
    }
  }

  @Override
  public boolean includes(TableId table) {
    return children.values().stream().anyMatch(parents -> parents.has(table));
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
  public Optional<SchemaChange> statement(LoggedStatement logged, Lsn at) {
    if (late.isEmpty() && at.isAfter(from)) {
      late =
          KeyChanges.of(logged.database(), logged.sql())
              .filter(changes -> changes.changes().stream().anyMatch(LateKeys::mayBeForeign))
              .map(KeyChanges::table)
              .filter(children::containsKey)
              .flatMap(child -> late(child, logged, at));
    }
    return Optional.empty();
  }

  private static boolean mayBeForeign(KeyChanges.Change change) {
    return switch (change.kind()) {
      case ADD_ACTING_FOREIGN_KEY, DROP_FOREIGN_KEY, DROP_CONSTRAINT -> true;
      case ADD_CONSTRAINT, ADD_UNIQUE, DROP_INDEX -> false;
    };
  }

  private Optional<Late> late(TableId child, LoggedStatement logged, Lsn at) {
    ChangedParents parents = children.get(child);
    return first(parents.came(), deleted)
        .or(() -> first(parents.went(), deleted))
        .or(() -> first(parents.went(), updated))
        .map(row -> new Late(child, at, logged.shortened(), row.getKey(), row.getValue()));
  }

  private static Optional<Map.Entry<TableId, Lsn>> first(
      Set<TableId> tables, Map<TableId, Lsn> in) {
    return in.entrySet().stream()
        .filter(entry -> tables.contains(entry.getKey()))
        .min(Map.Entry.comparingByValue());
  }
}
