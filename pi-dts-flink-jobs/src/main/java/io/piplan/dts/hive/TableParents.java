package io.piplan.dts.hive;

import java.util.ArrayList;
import java.util.List;

/**
 * Lets a table know what its parents are called now, while nobody rewrites it. What its foreign
 * keys do stays as it was, and so do the rows that tell of ended parents, which name the key.
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
   * @return what was done; nothing if parents are called so already, or the keys are others
   */
  List<String> run(List<ChildKey> keys) {
    List<ChildKey> before = found.table().childKeys();
    if (before.equals(keys) || !differInParentsOnly(before, keys)) {
      return List.of();
    }
    lease.requireHeld();
    found.table().markChildKeys(found.log(), keys);
    access.metastore().alter(found.log());
    List<String> done = new ArrayList<>();
    for (int i = 0; i < keys.size(); i++) {
      if (!before.get(i).parent().equals(keys.get(i).parent())) {
        done.add(
            found.table().id()
                + " refers to "
                + keys.get(i).parent()
                + " by "
                + keys.get(i).op().substring(ChildKey.PREFIX.length()));
      }
    }
    return done;
  }

  static boolean differInParentsOnly(List<ChildKey> before, List<ChildKey> after) {
    boolean same = before.size() == after.size();
    for (int i = 0; same && i < before.size(); i++) {
      same = before.get(i).equals(after.get(i).withParent(before.get(i).parent()));
    }
    return same;
  }
}
