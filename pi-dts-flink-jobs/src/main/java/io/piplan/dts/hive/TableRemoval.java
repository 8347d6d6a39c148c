package io.piplan.dts.hive;

import io.piplan.dts.TableId;
import io.piplan.dts.sql.HiveOptions.Layout;
import java.util.List;
import org.apache.hadoop.fs.Path;

/**
 * Takes a table away with its log and all files, while nobody rewrites it and no writer has a
 * transaction with rows of it. Every step may be repeated; the log goes last, as it says what the
 * others are.
 */
final class TableRemoval {
  private final HiveAccess access;
  private final StateFiles files;
  private final TableFolder marks;
  private final FoundTable found;
  private final TableLease lease;

  TableRemoval(
      HiveAccess access, StateFiles files, TableFolder marks, FoundTable found, TableLease lease) {
    this.access = access;
    this.files = files;
    this.marks = marks;
    this.found = found;
    this.lease = lease;
  }

  List<String> run() {
    SyncedTable table = found.table();
    lease.requireHeld();
    if (table.layout() == Layout.CHANGELOG) {
      access
          .metastore()
          .find(table.id())
          .filter(SyncedTable::isMarked)
          .ifPresent(view -> access.metastore().drop(table.id()));
      if (found.state() != null) {
        files.delete(new Path(found.state().getSd().getLocation()));
        access.metastore().drop(table.state());
      }
    } else {
      try (HiveQueries queries = new HiveQueries(access.server(), access.steps())) {
        queries.run(
            "dropping " + table.id(), "DROP TABLE IF EXISTS " + HiveNames.quote(table.id()));
      }
      if (table.layout() == Layout.PAIMON) {
        files.delete(new PaimonTable(access, table).folder());
      }
    }
    files.delete(found.logFolder());
    marks.forget();
    TableId log = table.log();
    access.metastore().drop(log);
    return List.of(table.id() + " dropped, with its log");
  }
}
