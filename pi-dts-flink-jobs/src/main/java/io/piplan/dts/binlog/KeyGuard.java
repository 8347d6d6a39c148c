package io.piplan.dts.binlog;

import io.piplan.dts.DtsError;
import io.piplan.dts.DtsException;
import io.piplan.dts.GuardedKeys;
import io.piplan.dts.SchemaProvider;
import io.piplan.dts.TableId;
import io.piplan.dts.TableKeys;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * Finds statements that change keys by which a sync goes: foreign keys that act, whose actions it
 * repeats on the target since no binlog has them, and unique indexes that name rows. A sync that
 * does not follow changes knows its tables as they were when it was planned, rows before and behind
 * such a statement alike.
 */
final class KeyGuard {
  private static final String PRIMARY = "primary";

  private static final String MAY_NAME =
      "it has no primary key, and the unique key that is added may name its rows";

  private final Map<TableId, TableKeys> planned;
  private final boolean actions;
  private final SchemaProvider schemas;

  /** Constraints that were seen to be added since, and do not act. */
  private final Map<TableId, Set<String>> added = new HashMap<>();

  /**
   * @param guarded the keys of the tables that the sync knew when it was planned
   */
  KeyGuard(GuardedKeys guarded, SchemaProvider schemas) {
    this.planned = guarded.tables();
    this.actions = guarded.actions();
    this.schemas = schemas;
  }

  /**
   * What is wrong with a statement about a table of the sync.
   *
   * @param rowsRead whether rows of the sync's tables were read before it; if not, a plan that was
   *     made behind it is right for all
   */
  Optional<String> objection(KeyChanges statement, boolean rowsRead) {
    for (KeyChanges.Change change : statement.changes()) {
      Optional<String> objection = objection(statement.table(), change, rowsRead);
      if (objection.isPresent()) {
        return objection;
      }
    }
    return Optional.empty();
  }

  private Optional<String> objection(TableId table, KeyChanges.Change change, boolean rowsRead) {
    String name = TableKeys.lower(change.name());
    TableKeys keys = planned.get(table);
    return switch (change.kind()) {
      case ADD_CONSTRAINT -> {
        added.computeIfAbsent(table, t -> new HashSet<>()).add(name);
        yield Optional.empty();
      }
      case ADD_ACTING_FOREIGN_KEY -> {
        boolean known = keys != null && keys.acting().contains(name);
        yield !actions || (known && !rowsRead)
            ? Optional.empty()
            : Optional.of("it gets a foreign key that acts ON DELETE or ON UPDATE");
      }
      case ADD_UNIQUE -> addUnique(table, keys, name, rowsRead);
      case DROP_FOREIGN_KEY -> dropForeignKey(table, keys, name, rowsRead);
      case DROP_INDEX -> dropIndex(table, keys, name, rowsRead);
      case DROP_CONSTRAINT -> {
        boolean index = keys != null && keys.indexes().contains(name);
        yield index || name.equals(PRIMARY)
            ? dropIndex(table, keys, name, rowsRead)
            : dropForeignKey(table, keys, name, rowsRead);
      }
    };
  }

  /**
   * Of several the first by name, all of whose columns are NOT NULL, names the rows. A further one
   * of a table with a primary key changes nothing: the table's lanes stay.
   */
  private Optional<String> addUnique(TableId table, TableKeys keys, String name, boolean rowsRead) {
    boolean primary = keys == null ? hasPrimaryNow(table) : keys.primary();
    if (primary || !rowsRead) {
      return Optional.empty();
    }
    boolean planned = keys != null && !name.isEmpty() && keys.indexes().contains(name);
    boolean first =
        keys == null
            || name.isEmpty()
            || keys.naming().isEmpty()
            || name.compareTo(keys.naming()) < 0;
    return planned ? naming(keys, name) : first ? Optional.of(MAY_NAME) : Optional.empty();
  }

  private static Optional<String> naming(TableKeys keys, String name) {
    return keys.naming().equals(name) ? Optional.of(MAY_NAME) : Optional.empty();
  }

  private Optional<String> dropForeignKey(
      TableId table, TableKeys keys, String name, boolean rowsRead) {
    if (!actions) {
      return Optional.empty();
    }
    if (keys != null && keys.acting().contains(name)) {
      return Optional.of("its foreign key " + name + " acts ON DELETE or ON UPDATE");
    }
    boolean knownToRest =
        added.getOrDefault(table, Set.of()).contains(name)
            || (keys != null && keys.foreignKeys().contains(name));
    return knownToRest || !rowsRead
        ? Optional.empty()
        : Optional.of(
            "its constraint " + name + " may have been a foreign key that acts ON DELETE");
  }

  private Optional<String> dropIndex(TableId table, TableKeys keys, String name, boolean rowsRead) {
    if (name.equals(PRIMARY)) {
      return Optional.of("it loses its primary key");
    }
    if (keys == null) {
      return hasPrimaryNow(table)
          ? Optional.empty()
          : Optional.of("it has no primary key, and index " + name + " may have named its rows");
    }
    if (keys.naming().equals(name)) {
      return Optional.of("index " + name + " names its rows, as it has no primary key");
    }
    boolean unknown = !keys.primary() && !keys.indexes().contains(name);
    return unknown && rowsRead
        ? Optional.of("it has no primary key, and index " + name + " may have named its rows")
        : Optional.empty();
  }

  /** One that is gone had no rows behind, or their reading fails. */
  private boolean hasPrimaryNow(TableId table) {
    try {
      return schemas.schema(table).uniqueKeys().stream()
          .anyMatch(key -> TableKeys.lower(key.name()).equals(PRIMARY));
    } catch (DtsException e) {
      if (e.error() != DtsError.SOURCE_MISSING_TABLE) {
        throw e;
      }
      return true;
    }
  }
}
