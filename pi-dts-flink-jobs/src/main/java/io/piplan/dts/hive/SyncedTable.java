package io.piplan.dts.hive;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.type.TypeReference;
import io.piplan.dts.DtsError;
import io.piplan.dts.DtsException;
import io.piplan.dts.PartitionBy;
import io.piplan.dts.TableId;
import io.piplan.dts.sql.HiveOptions.Format;
import io.piplan.dts.sql.HiveOptions.Layout;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.apache.hadoop.fs.Path;
import org.apache.hadoop.hive.metastore.api.FieldSchema;
import org.apache.hadoop.hive.metastore.api.Table;

/**
 * A source table as it lies in Hive. Everything here is also in the metastore, so that whoever
 * finds the log knows what it is.
 *
 * @param id of what is read: the view of the current state, or the table itself
 * @param columns as they lie in log and state, in lower case: those of the source table, and those
 *     that it had before
 * @param key the columns that name a row; empty for an append-only table
 * @param childKeys foreign keys whose actions are followed, those that ended included
 */
record SyncedTable(
    TableId id,
    Layout layout,
    Format format,
    List<HiveColumn> columns,
    List<String> key,
    List<PartitionBy> partitions,
    List<ChildKey> childKeys,
    TableHistory history) {
  private static final String SOURCE = "pi.source";
  private static final String LAYOUT = "pi.layout";
  private static final String FORMAT = "pi.format";
  private static final String KEY = "pi.key";
  private static final String PARTITIONS = "pi.partitions";
  private static final String CHILD_KEYS = "pi.child-keys";
  private static final String HISTORY = "pi.history";

  /** Of tables that got columns before there was a {@link #HISTORY}. */
  private static final String ADDED = "pi.added";

  SyncedTable {
    columns = List.copyOf(columns);
    key = List.copyOf(key);
    partitions = List.copyOf(partitions);
    childKeys = List.copyOf(childKeys);
  }

  SyncedTable with(List<HiveColumn> newColumns, TableHistory newHistory) {
    return new SyncedTable(id, layout, format, newColumns, key, partitions, childKeys, newHistory);
  }

  SyncedTable named(TableId other) {
    return new SyncedTable(other, layout, format, columns, key, partitions, childKeys, history);
  }

  SyncedTable withChildKeys(List<ChildKey> keys) {
    return new SyncedTable(id, layout, format, columns, key, partitions, keys, history);
  }

  SyncedTable with(TableHistory newHistory) {
    return with(columns, newHistory);
  }

  /** The columns that the source has, under their names there, in the order of log and state. */
  List<HiveColumn> sourceColumns() {
    List<HiveColumn> all = new ArrayList<>();
    for (HiveColumn column : columns) {
      history.sourceName(column.name()).ifPresent(n -> all.add(new HiveColumn(n, column.type())));
    }
    return all;
  }

  /** Where a column of the source lies in log and state. */
  Optional<HiveColumn> stored(String sourceName) {
    return columns.stream()
        .filter(column -> history.sourceName(column.name()).equals(Optional.of(sourceName)))
        .findFirst();
  }

  /** Whether rows are told apart by a column, or lie in a partition by it. */
  boolean isPlacedBy(String stored) {
    return key.contains(stored)
        || partitions.stream().anyMatch(by -> by.column().equalsIgnoreCase(stored));
  }

  /** Whether rows end with others by a column. */
  boolean endsBy(String stored) {
    return childKeys.stream().anyMatch(each -> !each.ended() && each.columns().contains(stored));
  }

  TableId log() {
    return HiveNames.log(id);
  }

  TableId state() {
    return HiveNames.state(id);
  }

  boolean appendOnly() {
    return key.isEmpty();
  }

  List<String> columnNames() {
    return columns.stream().map(HiveColumn::name).toList();
  }

  /** The partition columns before {@link LogColumns#SEGMENT}. */
  List<String> partitionNames() {
    return partitions.stream().map(PartitionBy::name).toList();
  }

  /** The columns of the log and the state: what is known of a change, then the table's own. */
  List<HiveColumn> logColumns() {
    List<HiveColumn> all = new ArrayList<>();
    all.add(new HiveColumn(LogColumns.OP, "string"));
    all.add(new HiveColumn(LogColumns.LSN, "string"));
    all.add(new HiveColumn(LogColumns.SOURCE_TIME, "timestamp"));
    all.addAll(columns);
    return all;
  }

  /** What a metastore's table is marked with. */
  Map<String, String> properties(TableId source) {
    Map<String, String> properties = new HashMap<>();
    properties.put(SOURCE, source.toString());
    properties.put(LAYOUT, layout.name());
    properties.put(FORMAT, format.name());
    properties.put(KEY, Json.write(key));
    properties.put(PARTITIONS, Json.write(partitions));
    properties.put(CHILD_KEYS, Json.write(childKeys));
    return properties;
  }

  /** Whether the table of a log was called so at the source when it was made. */
  static boolean wasMadeOf(Table log, TableId source) {
    return source.toString().equals(log.getParameters().get(SOURCE));
  }

  /** What the table of a log was called at the source when it was made. */
  static String madeOf(Table log) {
    return log.getParameters().getOrDefault(SOURCE, "");
  }

  /** Marks a log with what became of the table. */
  void markHistory(Table log) {
    log.getParameters().put(HISTORY, Json.write(history));
  }

  /** Marks a log with its foreign keys. */
  void markChildKeys(Table log) {
    log.getParameters().put(CHILD_KEYS, Json.write(childKeys));
  }

  private static TableHistory history(Map<String, String> properties)
      throws JsonProcessingException {
    if (properties.containsKey(HISTORY)) {
      return Json.MAPPER.readValue(properties.get(HISTORY), TableHistory.class);
    }
    List<AddedColumn> added =
        Json.MAPPER.readValue(
            properties.getOrDefault(ADDED, "[]"), new TypeReference<List<AddedColumn>>() {});
    return TableHistory.NONE.withAdded(added);
  }

  /** Whether a table of the metastore belongs to a sync. */
  static boolean isMarked(Table table) {
    return table.getParameters() != null && table.getParameters().containsKey(LAYOUT);
  }

  /**
   * Reads what a log is marked with.
   *
   * @param log a table {@code …__log}
   */
  static SyncedTable of(Table log) {
    String name = log.getTableName();
    String suffix = HiveNames.log(new TableId("", "")).table();
    Map<String, String> properties = log.getParameters();
    List<HiveColumn> columns = new ArrayList<>();
    for (FieldSchema field : log.getSd().getCols()) {
      if (!LogColumns.FIRST.contains(field.getName())) {
        columns.add(new HiveColumn(field.getName(), field.getType()));
      }
    }
    try {
      return new SyncedTable(
          new TableId(log.getDbName(), name.substring(0, name.length() - suffix.length())),
          Layout.valueOf(properties.get(LAYOUT)),
          Format.valueOf(properties.get(FORMAT)),
          columns,
          Json.MAPPER.readValue(properties.get(KEY), new TypeReference<List<String>>() {}),
          Json.MAPPER.readValue(
              properties.get(PARTITIONS), new TypeReference<List<PartitionBy>>() {}),
          Json.MAPPER.readValue(properties.get(CHILD_KEYS), new TypeReference<List<ChildKey>>() {}),
          history(properties));
    } catch (JsonProcessingException | IllegalArgumentException e) {
      throw new DtsException(
          DtsError.TARGET_MISMATCH,
          "table "
              + log.getDbName()
              + "."
              + name
              + " has properties pi.* that cannot be read: "
              + e,
          "drop it, or restore its properties",
          e);
    }
  }

  /** The folder of a partition below a table's own, as Hive names it. */
  static Path folder(Path table, List<String> names, List<String> values) {
    Path folder = table;
    for (int i = 0; i < names.size(); i++) {
      folder =
          new Path(
              folder,
              org.apache.hadoop.hive.common.FileUtils.makePartName(
                  List.of(names.get(i)), List.of(values.get(i))));
    }
    return folder;
  }
}
