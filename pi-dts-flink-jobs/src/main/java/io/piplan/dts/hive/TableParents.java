package io.piplan.dts.hive;

import io.piplan.dts.sql.HiveOptions.Layout;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import org.apache.hadoop.hive.metastore.api.Table;

/**
 * Lets a table know which foreign keys it has now and what their parents are called, while nobody
 * rewrites it. Every step may be repeated; the log comes last, since what it is marked with counts.
 */
final class TableParents {
  private final HiveAccess access;
  private final FoundTable found;
  private final TableLease lease;

  TableParents(HiveAccess access, FoundTable found, TableLease lease) {
    this.access = access;
    this.found = found;
    this.lease = lease;
  }

  /**
   * @param keys the table's foreign keys that act, as the source has them now
   * @return what was done; nothing if the table knows them
   */
  List<String> run(List<ChildKey> keys) {
    SyncedTable before = found.table();
    List<ChildKey> stored = stored(before, keys);
    ChildKeys known = new ChildKeys(before.childKeys());
    if (known.areThose(stored)) {
      return List.of();
    }
    SyncedTable after = before.withChildKeys(known.followed(stored).all());
    if (after.layout() == Layout.CHANGELOG) {
      // Somebody may have dropped it; only readers miss it then.
      Optional<Table> view = access.metastore().find(after.id());
      view.ifPresent(
          there -> {
            lease.requireHeld();
            access.metastore().alter(TableAlteration.view(there, after));
          });
    }
    lease.requireHeld();
    after.markChildKeys(found.log());
    access.metastore().alter(found.log());
    return done(before, after);
  }

  /** By the columns of the log; one on a column that Hive was left without can do nothing there. */
  static List<ChildKey> stored(SyncedTable table, List<ChildKey> keys) {
    List<ChildKey> stored = new ArrayList<>();
    for (ChildKey key : keys) {
      List<String> columns =
          key.columns().stream()
              .flatMap(name -> table.stored(name).stream())
              .map(HiveColumn::name)
              .toList();
      if (columns.size() == key.columns().size()) {
        stored.add(key.withColumns(columns));
      }
    }
    return stored;
  }

  private static List<String> done(SyncedTable before, SyncedTable after) {
    Set<ChildKey> had = Set.copyOf(before.childKeys());
    List<String> done = new ArrayList<>();
    for (ChildKey key : after.childKeys()) {
      if (!had.contains(key)) {
        done.add(
            after.id()
                + (key.ended()
                    ? " has no key " + key.name() + " any more"
                    : " refers to "
                        + key.parent()
                        + " by "
                        + key.name()
                        + key.columns().stream().collect(Collectors.joining(", ", " (", ")"))));
      }
    }
    return done;
  }
}
