package io.piplan.dts.hive;

import io.piplan.dts.Column;
import io.piplan.dts.PartitionBy;
import io.piplan.dts.PartitionBy.Transform;
import io.piplan.dts.TableId;
import io.piplan.dts.TableSchema;
import io.piplan.dts.schema.TargetReview.Mismatch;
import io.piplan.dts.schema.TypeMapping;
import io.piplan.dts.sql.HiveOptions;
import io.piplan.dts.sql.HiveOptions.Layout;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import org.apache.hadoop.hive.metastore.TableType;
import org.apache.hadoop.hive.metastore.api.FieldSchema;
import org.apache.hadoop.hive.metastore.api.SerDeInfo;
import org.apache.hadoop.hive.metastore.api.StorageDescriptor;
import org.apache.hadoop.hive.metastore.api.Table;

/** What a source table is to be in Hive, by a sync's options, and all that stands against it. */
final class PlannedTable {
  private final TableSchema source;
  private final TableId id;
  private final HiveOptions options;
  private final List<Mismatch> mismatches = new ArrayList<>();
  private final SyncedTable table;

  PlannedTable(TableSchema source, TableId id, HiveOptions options, TypeMapping types) {
    this.source = source;
    this.id = id;
    this.options = options;
    List<HiveColumn> columns = new ArrayList<>();
    for (Column column : source.columns()) {
      columns.add(new HiveColumn(HiveNames.lower(column.name()), types.map(column).ddl()));
    }
    this.table =
        new SyncedTable(
            id,
            options.layout(),
            options.format(),
            columns,
            source.key().stream().map(HiveNames::lower).toList(),
            partitions(),
            ChildKey.of(source).stream()
                .filter(key -> key.columns().stream().allMatch(name -> has(columns, name)))
                .toList(),
            TableHistory.NONE);
    names(columns);
    check();
  }

  private static boolean has(List<HiveColumn> columns, String name) {
    return columns.stream().anyMatch(column -> column.name().equals(name));
  }

  /** The sync's rule for the table, a time column alone read as its day. */
  private List<PartitionBy> partitions() {
    List<PartitionBy> rule = options.partitions().get(source.id().table());
    if (rule == null) {
      rule = options.partitions().getOrDefault(HiveOptions.EVERY_TABLE, List.of());
      if (!rule.stream().allMatch(by -> source.indexOf(by.column()) >= 0)) {
        return List.of();
      }
    }
    List<PartitionBy> resolved = new ArrayList<>();
    for (PartitionBy by : rule) {
      int index = source.indexOf(by.column());
      if (index < 0) {
        mismatch(
            by.column(),
            "'hive.partition' names column "
                + by.column()
                + ", which "
                + source.id()
                + " does not have",
            "name one of " + source.columns().stream().map(Column::name).toList());
        continue;
      }
      Column column = source.columns().get(index);
      boolean day = by.transform() == Transform.VALUE && column.type().isDate();
      PartitionBy one = day ? new PartitionBy(Transform.DAY, column.name(), 0) : by;
      if (!suits(one, column)) {
        mismatch(
            by.column(),
            "'hive.partition' has "
                + one
                + ", but "
                + source.id()
                + "."
                + column.name()
                + " is "
                + column.columnType(),
            "year, month, day and hour take a date or time, range takes a whole number, and a"
                + " column alone text or a whole number");
        continue;
      }
      resolved.add(one);
    }
    return resolved;
  }

  private static boolean suits(PartitionBy by, Column column) {
    return switch (by.transform()) {
      case YEAR, MONTH, DAY -> column.type().isDate();
      case HOUR -> column.type().isDate() && column.type() != io.piplan.dts.ColumnType.DATE;
      case RANGE -> column.type().isInteger();
      case VALUE -> column.type().isInteger() || column.type().isCollated() || isShort(column);
      case BUCKET -> true;
    };
  }

  private static boolean isShort(Column column) {
    return switch (column.type()) {
      case BIT, UUID, DECIMAL -> true;
      default -> false;
    };
  }

  private void names(List<HiveColumn> columns) {
    if (!HiveNames.isTable(id.table())) {
      mismatch(
          "",
          "Hive takes no table named " + id.table() + ": only letters a to z, digits and _",
          "RENAME (`" + source.id().table() + "` TO …)");
    }
    Set<String> taken = new HashSet<>();
    for (HiveColumn column : columns) {
      if (!HiveNames.isColumn(column.name()) || LogColumns.isReserved(column.name())) {
        mismatch(
            column.name(),
            "Hive or the log has no room for a column named " + column.name(),
            "rename it at the source, or leave the table out with EXCLUDING TABLES");
      }
      taken.add(column.name());
    }
    for (String name : table.partitionNames()) {
      if (!taken.add(name)) {
        mismatch(
            name,
            source.id() + " has a column " + name + ", which a partition would be called by",
            "choose another 'hive.partition' for " + source.id().table());
      }
    }
  }

  private void check() {
    boolean keyless = source.key().isEmpty();
    if (keyless && options.layout() != Layout.CHANGELOG) {
      mismatch(
          "",
          source.id() + " has no key, which 'hive.layout' = '" + options.layoutName() + "' needs",
          "name one with KEYS, or 'hive.layout' = 'changelog'");
    }
    if (options.layout() == Layout.PAIMON && options.format() != HiveOptions.Format.ORC) {
      mismatch(
          "",
          "'hive.layout' = 'paimon' reads its log as ORC, found 'hive.format' = 'parquet'",
          "leave 'hive.format' out");
    }
    Unfollowed.of(source, name -> source.indexOf(name) < 0, table, options)
        .ifPresent(refusal -> mismatch(refusal.keys().get(0), refusal.why(), refusal.remedy()));
  }

  private void mismatch(String column, String message, String remedy) {
    mismatches.add(new Mismatch(column, message, remedy));
  }

  SyncedTable table() {
    return table;
  }

  /** What stands against it, whatever Hive has. */
  List<Mismatch> mismatches() {
    return List.copyOf(mismatches);
  }

  /** How what was found differs. */
  List<Mismatch> mismatches(FoundTable there) {
    SyncedTable found = there.table();
    List<Mismatch> differences = new ArrayList<>();
    differ(differences, "layout", found.layout(), table.layout());
    differ(differences, "key", found.key(), table.key());
    if (SyncedTable.wasMadeOf(there.log(), source.id())) {
      differ(differences, "partitions", found.partitions(), table.partitions());
    }
    // Else a rule may name it as it was called before: it stays partitioned as it was made.
    Map<String, String> types =
        found.sourceColumns().stream()
            .collect(Collectors.toMap(HiveColumn::name, HiveColumn::type));
    for (HiveColumn column : table.columns()) {
      String type = types.get(column.name());
      if (!column.type().equals(type)) {
        differences.add(
            new Mismatch(
                column.name(),
                HiveNames.log(id)
                    + (type == null
                        ? " has no column " + column.name()
                        : " has column " + column.name() + " " + type)
                    + ", needed is "
                    + column.name()
                    + " "
                    + column.type(),
                anew()));
      }
    }
    return differences;
  }

  /** Whether what was found has other foreign keys than the source has now. */
  boolean isTiedOtherwise(FoundTable there) {
    return !new ChildKeys(there.table().childKeys())
        .areThose(TableParents.stored(there.table(), table.childKeys()));
  }

  private void differ(List<Mismatch> into, String what, Object found, Object wanted) {
    if (!found.equals(wanted)) {
      into.add(
          new Mismatch(
              "",
              HiveNames.log(id) + " has " + what + " " + found + ", needed is " + wanted,
              anew()));
    }
  }

  private String anew() {
    return "drop "
        + names().stream().map(TableId::toString).collect(Collectors.joining(", "))
        + " and begin anew with --fresh, or undo the change";
  }

  /** What the table in Hive will lack. */
  List<String> notes() {
    List<String> notes = new ArrayList<>();
    if (!source.secondaryUniqueKeys().isEmpty() || !source.key().isEmpty()) {
      notes.add("keys and indexes are left out; NOT NULL and defaults too");
    }
    return notes;
  }

  /** All names that it takes in Hive. */
  List<TableId> names() {
    return table.layout() == Layout.CHANGELOG
        ? List.of(id, table.log(), table.state())
        : List.of(id, table.log());
  }

  /** What is made by the metastore alone, but for the log. */
  List<Table> tables(String owner, Map<String, String> properties) {
    return table.layout() == Layout.CHANGELOG
        ? List.of(segmented(table.state(), owner, properties), view(owner, properties))
        : List.of();
  }

  Table log(String owner, Map<String, String> properties) {
    return segmented(table.log(), owner, properties);
  }

  private Table segmented(TableId name, String owner, Map<String, String> properties) {
    Table made = table(name, owner, TableType.EXTERNAL_TABLE, properties);
    made.getParameters().put("EXTERNAL", "TRUE");
    List<FieldSchema> fields = new ArrayList<>();
    for (HiveColumn column : table.logColumns()) {
      fields.add(HiveTables.field(column, comment(column.name())));
    }
    made.getSd().setCols(fields);
    List<FieldSchema> keys = new ArrayList<>();
    for (PartitionBy by : table.partitions()) {
      keys.add(new FieldSchema(by.name(), "string", by.toString()));
    }
    keys.add(new FieldSchema(LogColumns.SEGMENT, "string", "part of the log, or base made of it"));
    made.setPartitionKeys(keys);
    format(made.getSd());
    return made;
  }

  private void format(StorageDescriptor storage) {
    boolean orc = table.format() == HiveOptions.Format.ORC;
    String base =
        orc ? "org.apache.hadoop.hive.ql.io.orc." : "org.apache.hadoop.hive.ql.io.parquet.";
    storage.setInputFormat(base + (orc ? "OrcInputFormat" : "MapredParquetInputFormat"));
    storage.setOutputFormat(base + (orc ? "OrcOutputFormat" : "MapredParquetOutputFormat"));
    storage
        .getSerdeInfo()
        .setSerializationLib(base + (orc ? "OrcSerde" : "serde.ParquetHiveSerDe"));
  }

  private Table view(String owner, Map<String, String> properties) {
    Table view = table(id, owner, TableType.VIRTUAL_VIEW, properties);
    List<FieldSchema> fields = new ArrayList<>();
    for (HiveColumn column : table.columns()) {
      fields.add(HiveTables.field(column, comment(column.name())));
    }
    for (PartitionBy by : table.partitions()) {
      fields.add(new FieldSchema(by.name(), "string", by.toString()));
    }
    view.getSd().setCols(fields);
    view.setPartitionKeys(List.of());
    String sql = new CurrentState(table).view();
    view.setViewOriginalText(sql);
    view.setViewExpandedText(sql);
    return view;
  }

  private String comment(String column) {
    return source.column(column).map(Column::comment).orElse("");
  }

  private static Table table(
      TableId name, String owner, TableType type, Map<String, String> properties) {
    Table made = new Table();
    made.setDbName(name.database());
    made.setTableName(name.table());
    made.setOwner(owner);
    made.setTableType(type.name());
    made.setCreateTime((int) (System.currentTimeMillis() / 1000));
    made.setParameters(new HashMap<>(properties));
    StorageDescriptor storage = new StorageDescriptor();
    storage.setSerdeInfo(new SerDeInfo());
    storage.getSerdeInfo().setParameters(new HashMap<>(Map.of("serialization.format", "1")));
    storage.setParameters(new HashMap<>());
    storage.setBucketCols(new ArrayList<>());
    storage.setSortCols(new ArrayList<>());
    storage.setNumBuckets(-1);
    made.setSd(storage);
    return made;
  }
}
