package io.piplan.dts.job;

import io.piplan.dts.TableId;
import io.piplan.dts.TableSchema;
import io.piplan.dts.apply.TombstoneChoice;
import io.piplan.dts.apply.VersionChoice;
import io.piplan.dts.ddl.TableRules;
import io.piplan.dts.resync.TargetNames;
import io.piplan.dts.schema.TableDefinition;
import io.piplan.dts.sql.TableSelection;
import io.piplan.meta.RowVersion;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * Which tables a sync takes, what they are called on the target, and which columns name their rows.
 */
final class TableNames implements TableRules, TargetNames {
  private final String sourceDatabase;
  private final String targetSchema;
  private final TableSelection selection;
  private final HashMap<String, String> renames;
  private final HashMap<String, List<String>> keys;
  private final HashSet<String> appendOnly;
  private final boolean byVersion;

  /**
   * @param byVersion whether a table needs the column of row versions to take part
   */
  TableNames(
      String sourceDatabase,
      String targetSchema,
      TableSelection selection,
      Map<String, String> renames,
      Map<String, List<String>> keys,
      Set<String> appendOnly,
      boolean byVersion) {
    this.sourceDatabase = sourceDatabase;
    this.targetSchema = targetSchema;
    this.selection = selection;
    this.renames = new HashMap<>(renames);
    this.keys = new HashMap<>(keys);
    this.appendOnly = new HashSet<>(appendOnly);
    this.byVersion = byVersion;
  }

  /** Tells choices of tables apart. */
  String choice() {
    return selection.digest();
  }

  @Override
  public boolean includes(TableId table) {
    return includesDatabase(table.database())
        && !table.table().startsWith("pi_dts_")
        && selection.selects(table.table());
  }

  @Override
  public boolean includesDatabase(String database) {
    return database.equals(sourceDatabase);
  }

  String sourceDatabase() {
    return sourceDatabase;
  }

  @Override
  public String database() {
    return sourceDatabase;
  }

  @Override
  public boolean names(TableId table) {
    return selection.named().contains(table.table());
  }

  @Override
  public Optional<String> leftAside(TableDefinition table) {
    return byVersion && table.schema().column(RowVersion.COLUMN).isEmpty()
        ? Optional.of(
            table.schema().id()
                + " has no column "
                + RowVersion.COLUMN
                + " yet: its changes stay where they are until it has (bin/pi sites triggers)")
        : Optional.empty();
  }

  @Override
  public Optional<String> refusal(TableDefinition table) {
    TableSchema schema = table.schema();
    List<String> named = keys.getOrDefault(schema.id().table(), List.of());
    for (String column : named) {
      if (schema.column(column).isEmpty()) {
        return Optional.of("it has no column " + column + ", which KEYS names");
      }
    }
    if (keyed(table).schema().key().isEmpty() && !appendOnly(schema.id())) {
      return Optional.of("it has neither a primary key nor a unique key without nullable columns");
    }
    return Optional.empty();
  }

  @Override
  public TableId target(TableId table) {
    return new TableId(targetSchema, renames.getOrDefault(table.table(), table.table()));
  }

  /** The target tables whose rows have versions, as far as the definition tells. */
  TombstoneChoice writtenBy(VersionChoice versions) {
    return table ->
        sources(table).stream()
            .anyMatch(
                source -> includes(new TableId(sourceDatabase, source)) && versions.isOf(source));
  }

  /** Source tables that would be written to a target table, if there are any of that name. */
  private List<String> sources(String table) {
    List<String> renamed =
        renames.entrySet().stream()
            .filter(rename -> rename.getValue().equals(table))
            .map(Map.Entry::getKey)
            .toList();
    return renamed.isEmpty() && !renames.containsKey(table) ? List.of(table) : renamed;
  }

  boolean appendOnly(TableId table) {
    return appendOnly.contains(table.table());
  }

  @Override
  public TableDefinition keyed(TableDefinition definition) {
    List<String> named = keys.get(definition.schema().id().table());
    return definition.schema().key().isEmpty() && named != null
        ? definition.withKey(named)
        : definition;
  }

  /** By source table; for {@link io.piplan.dts.schema.LiveSchemaProvider}. */
  Map<TableId, List<String>> declaredKeys() {
    Map<TableId, List<String>> declared = new HashMap<>();
    keys.forEach((table, key) -> declared.put(new TableId(sourceDatabase, table), key));
    return declared;
  }
}
