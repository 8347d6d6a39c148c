package io.piplan.dts.apply;

import io.piplan.dts.ChangeEvent;
import io.piplan.dts.TableSchema;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.PriorityQueue;

/**
 * What is kept aside for released rows of one table, all of it in the order in which it came, and
 * never more than a part of it in memory. What a row is said to have already is left out.
 */
final class AsideQueue {
  private static final int PAGE = 200;

  private final Connection on;
  private final AsideTable aside;
  private final PriorityQueue<OfRow> rows =
      new PriorityQueue<>(Comparator.comparingLong(OfRow::sequence));
  private long taken;

  AsideQueue(Connection on, AsideTable aside, List<LockedRow> released) throws SQLException {
    this.on = on;
    this.aside = aside;
    for (LockedRow lock : released) {
      OfRow row = new OfRow(lock);
      if (row.hasMore()) {
        rows.add(row);
      }
    }
  }

  /** The change that comes next, as far as it can be told; null at the end. */
  ChangeEvent peek(TableSchema schema) {
    return rows.isEmpty() ? null : rows.peek().page.element().change(schema);
  }

  /**
   * The next changes, at most so many; empty at the end.
   *
   * @throws io.piplan.dts.DtsException {@code TARGET_BAD_ROW} if the table's columns are others
   *     since one of them
   */
  List<ChangeEvent> next(TableSchema schema, int most) throws SQLException {
    List<ChangeEvent> changes = new ArrayList<>();
    while (changes.size() < most && !rows.isEmpty()) {
      OfRow row = rows.poll();
      changes.add(row.page.poll().wholeChange(schema));
      if (row.hasMore()) {
        rows.add(row);
      }
    }
    taken += changes.size();
    return changes;
  }

  /** How many {@link #next} has given. */
  long taken() {
    return taken;
  }

  private final class OfRow {
    private final LockedRow lock;
    private final ArrayDeque<AsideChange> page = new ArrayDeque<>();
    private long read = -1;
    private boolean ended;

    OfRow(LockedRow lock) {
      this.lock = lock;
    }

    long sequence() {
      return page.element().sequence();
    }

    boolean hasMore() throws SQLException {
      while (page.isEmpty() && !ended) {
        List<AsideChange> more = aside.of(on, lock, read, PAGE);
        ended = more.size() < PAGE;
        for (AsideChange change : more) {
          read = change.sequence();
          if (change.lsn().isAfter(lock.upTo())) {
            page.add(change);
          }
        }
      }
      return !page.isEmpty();
    }
  }
}
