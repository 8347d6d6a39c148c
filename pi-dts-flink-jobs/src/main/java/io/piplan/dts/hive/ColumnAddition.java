package io.piplan.dts.hive;

import io.piplan.dts.TableId;
import io.piplan.dts.ddl.TextTarget.Added;
import io.piplan.dts.schema.TypeMapping;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;
import org.apache.hadoop.fs.Path;
import org.apache.hadoop.hive.metastore.api.FieldSchema;
import org.apache.hadoop.hive.metastore.api.Table;

/**
 * Gives a table of layout {@code changelog} more columns, at their end, while nobody rewrites it
 * and no writer has a transaction with rows of it. Partitions from before stay as they are, and
 * have NULL there: so the open segment is closed first. Every step may be repeated; the log comes
 * last, since what it has counts.
 */
final class ColumnAddition {
  private static final TypeMapping TYPES = TypeMapping.hive();
  private static final long WAIT_MILLIS = 500;

  private final HiveAccess access;
  private final StateFiles files;
  private final TableFolder marks;
  private final TableId id;

  ColumnAddition(HiveAccess access, StateFiles files, Path database, TableId id) {
    this.access = access;
    this.files = files;
    this.marks = new TableFolder(files, database, id.table());
    this.id = id;
  }

  /**
   * @param before the place of the change
   * @return what was done; nothing if the table is not made yet, or has the columns
   */
  List<String> add(List<Added> columns, String before) throws InterruptedException {
    while (true) {
      try (TableLease lease = TableLease.of(files, marks.leases(), TableLease.SILENCE)) {
        if (lease.isHeld()) {
          Optional<FoundTable> found = Publication.find(access.metastore(), id);
          return found.isEmpty() ? List.of() : add(found.get(), columns, before);
        }
      }
      // Somebody rewrites it, which ends.
      Thread.sleep(WAIT_MILLIS);
    }
  }

  private List<String> add(FoundTable found, List<Added> columns, String before) {
    List<HiveColumn> more = new ArrayList<>();
    List<AddedColumn> added = new ArrayList<>();
    for (Added each : columns) {
      String name = HiveNames.lower(each.column().name());
      if (!found.table().columnNames().contains(name)) {
        more.add(new HiveColumn(name, TYPES.map(each.column()).ddl()));
        if (each.value() != null) {
          added.add(new AddedColumn(name, before, each.value()));
        }
      }
    }
    if (more.isEmpty()) {
      return List.of();
    }
    SyncedTable table = found.table().with(more, added);
    marks.closeSegments();
    if (found.state() != null) {
      extend(found.state(), more);
    }
    view(table, more);
    table.markAdded(found.log());
    extend(found.log(), more);
    return List.of(
        "columns added to "
            + table.log()
            + ": "
            + more.stream()
                .map(column -> column.name() + " " + column.type())
                .collect(Collectors.joining(", ")));
  }

  /** Changes a log or a state, which have the columns of the table last. */
  private void extend(Table table, List<HiveColumn> more) {
    missing(table.getSd().getCols(), more)
        .forEach(column -> table.getSd().addToCols(HiveTables.field(column, "")));
    access.metastore().alter(table);
  }

  private static List<HiveColumn> missing(List<FieldSchema> there, List<HiveColumn> more) {
    return more.stream()
        .filter(column -> there.stream().noneMatch(f -> f.getName().equals(column.name())))
        .toList();
  }

  private void view(SyncedTable table, List<HiveColumn> more) {
    Optional<Table> found = access.metastore().find(table.id());
    if (found.isEmpty()) {
      // Somebody has dropped it; only readers miss it.
      return;
    }
    Table view = found.get();
    List<FieldSchema> fields = new ArrayList<>(view.getSd().getCols());
    // Behind them come those that it is partitioned by.
    int at = fields.size() - table.partitions().size();
    List<HiveColumn> missing = missing(fields, more);
    for (int i = 0; i < missing.size(); i++) {
      fields.add(at + i, HiveTables.field(missing.get(i), ""));
    }
    view.getSd().setCols(fields);
    String sql = new CurrentState(table).view();
    view.setViewOriginalText(sql);
    view.setViewExpandedText(sql);
    access.metastore().alter(view);
  }
}
