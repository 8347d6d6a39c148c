package io.piplan.dts.schema;

import io.piplan.dts.TableSchema;
import java.util.List;
import java.util.Map;

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
