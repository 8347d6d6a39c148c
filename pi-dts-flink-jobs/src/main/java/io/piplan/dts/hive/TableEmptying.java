package io.piplan.dts.hive;

import io.piplan.dts.sql.HiveOptions;
import io.piplan.dts.sql.HiveOptions.Format;
import io.piplan.dts.sql.HiveOptions.Layout;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.apache.hadoop.fs.FileStatus;
import org.apache.hadoop.fs.Path;
import org.apache.hadoop.hive.metastore.api.Partition;
import org.apache.hadoop.hive.metastore.api.Table;

/**
 * Empties a table, while nobody rewrites it and no writer has a transaction with rows of it: from
 * then on no row of before counts. The log keeps them, and gets a row of its own that says so.
 * Every step may be repeated.
 */
final class TableEmptying {
  /** How the files of such rows begin; they are never joined with others. */
  static final String FILE = "emptied-";

  private final HiveAccess access;
  private final StateFiles files;
  private final TableFolder marks;
  private final FoundTable found;
  private final TableLease lease;
  private final HiveOptions options;

  TableEmptying(
      HiveAccess access,
      StateFiles files,
      TableFolder marks,
      FoundTable found,
      TableLease lease,
      HiveOptions options) {
    this.access = access;
    this.files = files;
    this.marks = marks;
    this.found = found;
    this.lease = lease;
    this.options = options;
  }

  /**
   * @param place of the statement, as text
   * @return what was done; nothing if it was done before
   */
  List<String> run(String place, long sourceMillis) {
    SyncedTable table = found.table();
    if (table.history().has(place)) {
      return List.of();
    }
    long open = marks.closeSegments();
    SyncedTable emptied = table.with(table.history().withEmptied(place));
    if (table.layout() == Layout.CHANGELOG) {
      // From here on readers find nothing, whatever the state has.
      access
          .metastore()
          .find(table.id())
          .ifPresent(view -> access.metastore().alter(TableAlteration.view(view, emptied)));
      mark(emptied);
      dropState();
    } else {
      marks.raise(MergeRun.MERGED, open);
      lease.requireHeld();
      emptyTable(place);
      mark(emptied);
    }
    if (!isTold(place)) {
      tell(place, sourceMillis, open);
    }
    mark(emptied.with(emptied.history().withChanged(place)));
    return List.of(table.id() + " emptied; its log keeps what it held");
  }

  private void mark(SyncedTable table) {
    lease.requireHeld();
    table.markHistory(found.log());
    access.metastore().alter(found.log());
  }

  private void dropState() {
    if (found.state() != null) {
      List<String> names =
          access.metastore().partitions(HiveMaintenance.id(found.state())).stream()
              .map(found::name)
              .toList();
      lease.requireHeld();
      access.metastore().drop(HiveMaintenance.id(found.state()), names);
    }
  }

  private void emptyTable(String place) {
    if (found.table().layout() == Layout.PAIMON) {
      new PaimonTable(access, found.table()).empty();
      return;
    }
    try (HiveQueries queries = new HiveQueries(access.server(), access.steps())) {
      queries.run(
          "emptying " + found.table().id(), new MergedTable(found.table()).deleteBefore(place));
    }
  }

  // The row of the log.

  private List<String> partition() {
    return found.table().partitions().stream().map(by -> Partitioner.PARENTS).toList();
  }

  private String file(String place) {
    return FILE + place + (found.table().format() == Format.ORC ? ".orc" : ".parquet");
  }

  /** Whether the log has the row, from an attempt that was broken off. */
  private boolean isTold(String place) {
    for (Partition partition : access.metastore().partitions(HiveMaintenance.id(found.log()))) {
      if (FoundTable.values(partition).equals(partition())) {
        for (FileStatus status : files.statuses(new Path(partition.getSd().getLocation()))) {
          if (status.getPath().getName().equals(file(place))) {
            return true;
          }
        }
      }
    }
    return false;
  }

  private void tell(String place, long sourceMillis, long open) {
    Path staged = marks.staged(file(place));
    files.delete(staged);
    RowFormat format = RowFormat.withoutColumns();
    try (RowFile file = OpenFiles.begin(access, options, format, staged)) {
      file.add(new RowFile.Entry(LogColumns.EMPTIED, place, sourceMillis), new RowValues(0));
    } catch (IOException e) {
      throw HiveAccess.failed("writing " + staged, e);
    }
    Segment segment = Segment.log(open);
    Path folder = found.folder(segment, partition());
    lease.requireHeld();
    files.makeFolder(folder);
    files.move(staged, new Path(folder, file(place)));
    List<String> values = FoundTable.values(segment, partition());
    for (Table each : found.tables()) {
      List<Partition> partitions = new ArrayList<>();
      partitions.add(FoundTable.partition(each, values, folder));
      access.metastore().add(HiveMaintenance.id(each), partitions);
    }
  }

  /** What a file of such a row is called that stays by itself when others are joined. */
  static Optional<String> ownName(List<Path> group) {
    String name = group.get(0).getName();
    return group.size() == 1 && name.startsWith(FILE) ? Optional.of(name) : Optional.empty();
  }
}
