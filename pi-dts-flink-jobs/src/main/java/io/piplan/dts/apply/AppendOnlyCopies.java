package io.piplan.dts.apply;

import io.piplan.dts.ChangeEvent;
import io.piplan.dts.ChunkId;
import io.piplan.dts.DtsError;
import io.piplan.dts.DtsException;
import io.piplan.dts.Lsn;
import io.piplan.dts.TableId;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * Copies of tables without a key. Such a table can't tell its copied rows from those that changes
 * appended: at the first copied rows it is emptied, and what was appended after their snapshot is
 * appended again. Until then the appended changes are kept here.
 */
final class AppendOnlyCopies {
  private final int capacity;
  private final Map<TableId, List<ChangeEvent>> appended = new HashMap<>();
  private final Set<TableId> overflown = new HashSet<>();
  private final Set<TableId> done = new HashSet<>();

  AppendOnlyCopies(int capacity) {
    this.capacity = capacity;
  }

  void changed(ChangeEvent change) {
    TableId table = change.table();
    if (done.contains(table) || overflown.contains(table)) {
      return;
    }
    List<ChangeEvent> changes = appended.computeIfAbsent(table, t -> new ArrayList<>());
    changes.add(change);
    if (changes.size() > capacity) {
      // Harmless unless a copy of this table still comes.
      appended.remove(table);
      overflown.add(table);
    }
  }

  /** Whether such a table has been copied, so that it must not be emptied again. */
  boolean isDone(ChunkId chunk) {
    return done.contains(chunk.table());
  }

  List<ChangeEvent> appendedSince(TableId table, Lsn snapshot) {
    if (overflown.contains(table)) {
      throw new DtsException(
          DtsError.SOURCE_NO_KEY,
          "table "
              + table
              + " has no key, and more than "
              + capacity
              + " rows were appended to it before its copy began: what the copy holds can't be told"
              + " from what was appended",
          "give the table a key (KEYS clause or a primary key), or sync it from"
              + " 'scan.startup.mode'='latest-offset' without a copy");
    }
    return appended.getOrDefault(table, List.of()).stream()
        .filter(change -> change.lsn().isAfter(snapshot))
        .toList();
  }

  /** The table is another one, or empty: it is copied again. */
  void forget(TableId table) {
    done.remove(table);
    overflown.remove(table);
    appended.remove(table);
  }

  void done(ChunkId chunk) {
    done.add(chunk.table());
    appended.remove(chunk.table());
  }
}
