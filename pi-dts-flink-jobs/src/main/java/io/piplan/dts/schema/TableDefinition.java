package io.piplan.dts.schema;

import io.piplan.dts.Column;
import io.piplan.dts.ForeignKey;
import io.piplan.dts.TableId;
import io.piplan.dts.TableKeys;
import io.piplan.dts.TableSchema;
import io.piplan.dts.UniqueKey;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.Function;
import java.util.function.UnaryOperator;
import java.util.stream.Collectors;

/**
 * A source table with what only DDL needs, beside its schema.
 *
 * @param generated per generated column its expression and whether it is stored, as SQL: {@code (a
 *     + 1) STORED}
 * @param onUpdate per column with an ON UPDATE clause its expression
 * @param collation the table's default collation
 * @param estimatedRows what the server's statistics say; may be far off
 * @param bytesPerRow likewise; 0 if not known
 */
public record TableDefinition(
    TableSchema schema,
    Map<String, String> generated,
    Map<String, String> onUpdate,
    List<TableIndex> indexes,
    String collation,
    long estimatedRows,
    long bytesPerRow) {
  public TableDefinition {
    generated = Map.copyOf(generated);
    onUpdate = Map.copyOf(onUpdate);
    indexes = List.copyOf(indexes);
  }

  /**
   * A table of its parts; how its rows are told apart follows from its indexes.
   *
   * @param indexes in any order
   */
  public static TableDefinition of(
      TableId id,
      List<Column> columns,
      List<TableIndex> indexes,
      List<ForeignKey> foreignKeys,
      String comment,
      Map<String, String> generated,
      Map<String, String> onUpdate,
      String collation) {
    List<TableIndex> ordered = new ArrayList<>(indexes);
    // As information_schema has them: what names rows must not depend on who read the table.
    ordered.sort(
        Comparator.comparing((TableIndex index) -> !index.isPrimary())
            .thenComparing(index -> !index.unique())
            .thenComparing(index -> index.name().toLowerCase(Locale.ROOT)));
    List<UniqueKey> unique = new ArrayList<>();
    List<String> key = List.of();
    for (TableIndex index : ordered) {
      if (index.unique()) {
        // One on prefixes or expressions cannot name rows, but it ties rows together all the same.
        unique.add(new UniqueKey(index.name(), index.columns()));
      }
      if (key.isEmpty() && canBeKey(index, columns)) {
        key = index.columns();
      }
    }
    TableSchema schema = new TableSchema(id, columns, key, unique, foreignKeys, comment);
    return new TableDefinition(schema, generated, onUpdate, ordered, collation, 0, 0);
  }

  private static boolean canBeKey(TableIndex index, List<Column> columns) {
    return index.unique()
        && index.isOnWholeColumns()
        && columns.stream()
            .filter(column -> index.columns().contains(column.name()))
            .noneMatch(Column::nullable);
  }

  /** What of it a sync goes by. */
  public TableKeys keys() {
    boolean primary = indexes.stream().anyMatch(TableIndex::isPrimary);
    String naming =
        indexes.stream()
            .filter(index -> !primary && canBeKey(index, schema.columns()))
            .map(TableIndex::name)
            .findFirst()
            .orElse("");
    return new TableKeys(
        primary,
        naming,
        indexes.stream().map(TableIndex::name).collect(Collectors.toSet()),
        schema.foreignKeys().stream().map(ForeignKey::name).collect(Collectors.toSet()),
        schema.foreignKeys().stream()
            .filter(ForeignKey::cascades)
            .map(ForeignKey::name)
            .collect(Collectors.toSet()));
  }

  /** The same table with what the server's statistics say. */
  TableDefinition sized(long rows, long bytes) {
    return new TableDefinition(schema, generated, onUpdate, indexes, collation, rows, bytes);
  }

  /** What CREATE TABLE … LIKE makes of it. */
  public TableDefinition withoutForeignKeys() {
    return withForeignKeys(List.of());
  }

  /** The same table where others have new names that its foreign keys may refer to. */
  public TableDefinition withParents(Map<TableId, TableId> renamed) {
    return withForeignKeys(
        schema.foreignKeys().stream()
            .map(
                key ->
                    new ForeignKey(
                        key.name(),
                        key.columns(),
                        renamed.getOrDefault(key.parent(), key.parent()),
                        key.parentColumns(),
                        key.onDelete(),
                        key.onUpdate()))
            .toList());
  }

  /** The same table where columns of another have new names that its foreign keys may refer to. */
  public TableDefinition withParentColumns(TableId parent, UnaryOperator<String> renamed) {
    return withForeignKeys(
        schema.foreignKeys().stream()
            .map(
                key ->
                    key.parent().equals(parent)
                        ? new ForeignKey(
                            key.name(),
                            key.columns(),
                            parent,
                            key.parentColumns().stream().map(renamed).toList(),
                            key.onDelete(),
                            key.onUpdate())
                        : key)
            .toList());
  }

  /** The same table whose foreign keys have these names. */
  public TableDefinition withKeyNames(Function<ForeignKey, String> names) {
    return withForeignKeys(
        schema.foreignKeys().stream()
            .map(
                key ->
                    new ForeignKey(
                        names.apply(key),
                        key.columns(),
                        key.parent(),
                        key.parentColumns(),
                        key.onDelete(),
                        key.onUpdate()))
            .toList());
  }

  private TableDefinition withForeignKeys(List<ForeignKey> foreignKeys) {
    TableSchema changed =
        new TableSchema(
            schema.id(),
            schema.columns(),
            schema.key(),
            schema.uniqueKeys(),
            foreignKeys,
            schema.comment());
    return new TableDefinition(
        changed, generated, onUpdate, indexes, collation, estimatedRows, bytesPerRow);
  }

  /** The same table under another name, which foreign keys that the server has named go by. */
  public TableDefinition named(TableId id) {
    TableSchema renamed =
        new TableSchema(
            id,
            schema.columns(),
            schema.key(),
            schema.uniqueKeys(),
            schema.foreignKeys().stream().map(key -> named(key, id)).toList(),
            schema.comment());
    return new TableDefinition(
        renamed, generated, onUpdate, indexes, collation, estimatedRows, bytesPerRow);
  }

  private ForeignKey named(ForeignKey key, TableId id) {
    String begin = schema.id().table() + "_ibfk_";
    if (!key.name().regionMatches(true, 0, begin, 0, begin.length())) {
      return key;
    }
    return new ForeignKey(
        id.table() + "_ibfk_" + key.name().substring(begin.length()),
        key.columns(),
        key.parent(),
        key.parentColumns(),
        key.onDelete(),
        key.onUpdate());
  }

  /** The same table with the key columns a definition names, for one that has no key itself. */
  public TableDefinition withKey(List<String> key) {
    TableSchema keyed =
        new TableSchema(
            schema.id(),
            schema.columns(),
            key,
            schema.uniqueKeys(),
            schema.foreignKeys(),
            schema.comment());
    return new TableDefinition(
        keyed, generated, onUpdate, indexes, collation, estimatedRows, bytesPerRow);
  }
}
