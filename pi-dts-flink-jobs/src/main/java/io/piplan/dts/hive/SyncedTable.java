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
 * @param columns of the source table, in lower case
 * @param key the columns that name a row; empty for an append-only table
 * @param childKeys foreign keys whose actions are followed
 * @param added columns that it got later, and what rows from before have in them
 */
record SyncedTable(
    TableId id,
    Layout layout,
    Format format,
    List<HiveColumn> columns,
    List<String> key,
    List<PartitionBy> partitions,
    List<ChildKey> childKeys,
    List<AddedColumn> added) {
  private static final String SOURCE = "pi.source";
  private static final String LAYOUT = "pi.layout";
  private static final String FORMAT = "pi.format";
  private static final String KEY = "pi.key";
  private static final String PARTITIONS = "pi.partitions";
  private static final String CHILD_KEYS = "pi.child-keys";
  private static final String ADDED = "pi.added";

  SyncedTable {
    columns = List.copyOf(columns);
    key = List.copyOf(key);
    partitions = List.copyOf(partitions);
    childKeys = List.copyOf(childKeys);
    added = List.copyOf(added);
  }

  /** The same table with more columns at its end. */
  SyncedTable with(List<HiveColumn> more, List<AddedColumn> moreAdded) {
    List<HiveColumn> all = new ArrayList<>(columns);
    all.addAll(more);
    List<AddedColumn> allAdded = new ArrayList<>(added);
    allAdded.addAll(moreAdded);
    return new SyncedTable(id, layout, format, all, key, partitions, childKeys, allAdded);
  }

  /** What the rows from before have in a column that was added with a value. */
  Optional<AddedColumn> addition(String column) {
    return added.stream().filter(each -> each.column().equals(column)).findFirst();
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

  /** Marks a log with the columns that it got later. */
  void markAdded(Table log) {
    log.getParameters().put(ADDED, Json.write(added));
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
          Json.MAPPER.readValue(
              properties.getOrDefault(ADDED, "[]"), new TypeReference<List<AddedColumn>>() {}));
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
