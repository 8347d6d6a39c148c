package io.piplan.dal.session;

import io.piplan.dal.DalError;
import io.piplan.dal.DalException;
import io.piplan.dal.node.NodeConnection;
import io.piplan.dal.plan.RowLiterals;
import io.piplan.dal.rules.ActualTable;
import io.piplan.dal.rules.ColumnShape;
import io.piplan.dal.rules.LogicalTable;
import io.piplan.dal.rules.Strategy;
import io.piplan.dal.rules.TableShape;
import io.piplan.dal.rules.TableType;
import io.piplan.dal.tx.Transaction;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import java.util.Set;
import java.util.function.Supplier;

/**
 * Compares the two copies of a double-sharding table, and makes the second as the first. Rows may
 * be written meanwhile: what looks different is looked at again under locks, and each row is mended
 * in a transaction of its own.
 */
final class CopyRepair {
  /** ER_LOCK_DEADLOCK and ER_LOCK_WAIT_TIMEOUT of MySQL's error list. */
  private static final Set<Integer> LOCKED_OUT = Set.of(1213, 1205);

  /** In seconds: between two servers no one sees that two wait for each other. */
  private static final String LOCK_WAIT = "5";

  private static final int MOST_ATTEMPTS = 20;
  private static final int MOST_EXAMPLES = 20;

  private final LogicalTable table;
  private final Strategy right;
  private final Strategy other;
  private final CopySql sql;
  private final TableShape shape;
  private final SessionNodes nodes;
  private final Supplier<Transaction> transactions;
  private final boolean mends;
  private final List<String> examples = new ArrayList<>();
  private long rows;
  private long differing;
  private long mended;

  /**
   * A repair.
   *
   * @param rightCopy the number of the strategy whose copy is taken for right
   * @param nodes with no session's variables yet
   */
  CopyRepair(
      LogicalTable table,
      TableShape shape,
      int rightCopy,
      SessionNodes nodes,
      Supplier<Transaction> transactions,
      boolean mends) {
    if (table.type() != TableType.DOUBLE_SHARDING || rightCopy < 0 || rightCopy > 1) {
      throw new DalException(
          DalError.REFUSED,
          "table "
              + table.name()
              + " has no copy "
              + rightCopy
              + " to compare; name a double-sharding table, and copy 0 or 1");
    }
    if (mends && !shape.cascades().isEmpty()) {
      throw new DalException(
          DalError.REFUSED,
          "the copies of table "
              + table.name()
              + " would be mended by DELETE and INSERT, and foreign keys act on that: "
              + String.join(", ", shape.cascades())
              + "; make these RESTRICT, or drop them");
    }
    this.table = table;
    this.shape = shape;
    this.right = table.strategies().get(rightCopy);
    this.other = table.strategies().get(1 - rightCopy);
    this.nodes = nodes;
    this.transactions = transactions;
    this.mends = mends;
    List<ColumnShape> columns = shape.stored();
    this.sql = new CopySql(columns, key(columns));
    nodes.set("time_zone", "'+00:00'");
    nodes.set("innodb_lock_wait_timeout", LOCK_WAIT);
  }

  private List<Integer> key(List<ColumnShape> columns) {
    List<Integer> key = new ArrayList<>();
    for (String name : table.lockKey()) {
      for (int i = 0; i < columns.size(); i++) {
        ColumnShape column = columns.get(i);
        boolean ordered = column.isWholeNumber() || column.isDate() || column.comparesBytes();
        if (column.name().equalsIgnoreCase(name) && ordered) {
          key.add(i);
        }
      }
    }
    if (key.isEmpty() || key.size() < table.lockKey().size()) {
      throw new DalException(
          DalError.REFUSED,
          "copies are compared by the lock_key of table "
              + table.name()
              + "; name one in the rules, of whole numbers, dates, or texts of a _bin collation");
    }
    return key;
  }

  CopyReport run() {
    List<CopyCursor> mine = cursors(right);
    List<CopyCursor> theirs = cursors(other);
    while (true) {
      CopyCursor a = first(mine);
      CopyCursor b = first(theirs);
      if (a == null && b == null) {
        return new CopyReport(rows, differing, mended, examples);
      }
      int compared = a == null ? 1 : b == null ? -1 : sql.order().compare(a.peek(), b.peek());
      List<byte[]> row = compared <= 0 ? a.peek() : b.peek();
      boolean good =
          compared == 0
              && CopySql.same(a.peek(), b.peek())
              && isAt(right, a.peek(), a.shard())
              && isAt(other, b.peek(), b.shard());
      rows += compared <= 0 ? 1 : 0;
      if (compared <= 0) {
        a.take();
      }
      if (compared >= 0) {
        b.take();
      }
      if (!good) {
        lookAgain(row);
      }
    }
  }

  private List<CopyCursor> cursors(Strategy strategy) {
    List<CopyCursor> cursors = new ArrayList<>();
    for (int i = 0; i < strategy.shards().size(); i++) {
      cursors.add(new CopyCursor(nodes, sql, strategy.shards().get(i), i));
    }
    return cursors;
  }

  private CopyCursor first(List<CopyCursor> cursors) {
    return cursors.stream()
        .filter(cursor -> cursor.peek() != null)
        .min(Comparator.comparing(CopyCursor::peek, sql.order()))
        .orElse(null);
  }

  private boolean isAt(Strategy strategy, List<byte[]> row, int shard) {
    return shard(strategy, row).equals(OptionalInt.of(shard));
  }

  private OptionalInt shard(Strategy strategy, List<byte[]> row) {
    List<byte[]> key = new ArrayList<>();
    for (String name : strategy.shardingColumns()) {
      ColumnShape column = shape.column(name).orElseThrow();
      byte[] canonical =
          RowLiterals.key(column, row.get(sql.columns().indexOf(column))).orElse(null);
      if (canonical == null) {
        return OptionalInt.empty();
      }
      key.add(canonical);
    }
    return strategy.algorithm().shard(key);
  }

  /** Others lock these rows, too: who loses a deadlock, or waits for too long, tries again. */
  private void lookAgain(List<byte[]> row) {
    for (int attempt = 1; ; attempt++) {
      try {
        look(row);
        return;
      } catch (DalException e) {
        if (!LOCKED_OUT.contains(e.mysqlNumber()) || attempt == MOST_ATTEMPTS) {
          throw e;
        }
      }
    }
  }

  /** Under locks, in a transaction that mends what still differs. */
  private void look(List<byte[]> row) {
    Transaction transaction = transactions.get();
    String found;
    boolean changed;
    try {
      Map<Strategy, List<List<byte[]>>> read = new HashMap<>();
      Map<Strategy, Boolean> atHome = new HashMap<>();
      // In the order in which writers lock rows, whichever is taken for right.
      for (Strategy strategy : table.strategies()) {
        List<List<byte[]>> rowsThere = new ArrayList<>();
        atHome.put(strategy, read(transaction, strategy, row, rowsThere));
        read.put(strategy, rowsThere);
      }
      List<List<byte[]>> mine = read.get(right);
      List<List<byte[]>> theirs = read.get(other);
      boolean placed = atHome.get(right);
      boolean otherPlaced = atHome.get(other);
      boolean equal =
          mine.size() == theirs.size()
              && (mine.isEmpty() || (mine.size() == 1 && CopySql.same(mine.get(0), theirs.get(0))));
      if (equal && placed && otherPlaced) {
        transaction.rollback();
        return;
      }
      found = description(row, mine, theirs, placed && otherPlaced);
      changed = mends && mine.size() <= 1 && mend(transaction, row, mine, placed);
    } catch (RuntimeException e) {
      transaction.rollback();
      throw e;
    }
    if (changed) {
      transaction.commit();
      mended++;
    } else {
      transaction.rollback();
    }
    differing++;
    if (examples.size() < MOST_EXAMPLES) {
      examples.add(found);
    }
  }

  private String description(
      List<byte[]> row, List<List<byte[]>> mine, List<List<byte[]>> theirs, boolean placed) {
    String copies =
        mine.size() == 1 && theirs.size() == 1
            ? (placed ? "the copies differ" : "a copy is on a wrong shard")
            : mine.size() + " rows in the copy taken for right, " + theirs.size() + " in the other";
    return "(" + sql.values(row) + "): " + copies;
  }

  /** Whether all rows that were read are where they belong. */
  private boolean read(
      Transaction transaction, Strategy strategy, List<byte[]> row, List<List<byte[]>> found) {
    boolean placed = true;
    for (int i = 0; i < strategy.shards().size(); i++) {
      ActualTable actual = strategy.shards().get(i);
      NodeConnection connection = transaction.on(actual.node());
      for (List<byte[]> one : CopyCursor.rows(connection, sql.locked(actual, row))) {
        found.add(one);
        placed &= isAt(strategy, one, i);
      }
    }
    return placed;
  }

  /** False if it can't be said where a row belongs. */
  private boolean mend(
      Transaction transaction, List<byte[]> row, List<List<byte[]>> mine, boolean placed) {
    List<Strategy> written = placed ? List.of(other) : table.strategies();
    for (Strategy strategy : written) {
      if (!mine.isEmpty() && shard(strategy, mine.get(0)).isEmpty()) {
        return false;
      }
    }
    for (Strategy strategy : written) {
      for (ActualTable actual : strategy.shards()) {
        transaction.on(actual.node()).run(sql.delete(actual, row));
      }
      if (!mine.isEmpty()) {
        ActualTable actual = strategy.shards().get(shard(strategy, mine.get(0)).getAsInt());
        transaction.on(actual.node()).run(sql.insert(actual, mine.get(0)));
      }
    }
    return true;
  }
}
