package io.piplan.dal.session;

import io.piplan.dal.DalError;
import io.piplan.dal.DalException;
import io.piplan.dal.NodeSql;
import io.piplan.dal.Result;
import io.piplan.dal.Row;
import io.piplan.dal.RowStream;
import io.piplan.dal.Value;
import io.piplan.dal.node.NodeConnection;
import io.piplan.dal.plan.MovedCopy;
import io.piplan.dal.plan.Plan;
import io.piplan.dal.tx.Transaction;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * Runs an UPDATE of sharding columns inside of a transaction. The servers do the update itself, so
 * that values, errors and affected rows are theirs; then rows that are on the wrong shard by their
 * new values are taken away and written where they belong.
 */
final class RowMover {
  private static final int MOST_ROWS = 100_000;
  private static final int MOST_KEYS = 10_000;

  private final Plan.Move plan;
  private final Transaction transaction;
  private final StatementTime time;
  private final String timeZone;

  /**
   * A mover.
   *
   * @param timeZone of the session, as SET takes it
   */
  RowMover(Plan.Move plan, Transaction transaction, String timeZone) {
    this.plan = plan;
    this.transaction = transaction;
    this.time = plan.copies().size() > 1 ? StatementTime.now() : StatementTime.ofEachNode();
    this.timeZone = timeZone;
  }

  Result.Done run() {
    long affected = -1;
    for (MovedCopy copy : plan.copies()) {
      long changed = run(copy);
      affected = affected < 0 ? changed : affected;
    }
    return new Result.Done(affected, 0, 0, "");
  }

  private long run(MovedCopy copy) {
    Map<Integer, List<List<Value>>> leaving = new LinkedHashMap<>();
    long affected = 0;
    for (MovedCopy.Part part : copy.parts()) {
      List<List<Value>> keys = new ArrayList<>();
      for (List<Value> key : keys(copy, part)) {
        if (copy.shard(key) != part.shard()) {
          keys.add(key);
        }
      }
      NodeConnection connection = transaction.on(part.update().node());
      affected += time.run(connection, part.update().sql()).affectedRows();
      if (!keys.isEmpty()) {
        leaving.put(part.shard(), keys);
      }
    }
    Map<Integer, List<String>> arriving = new TreeMap<>();
    int rows = 0;
    for (Map.Entry<Integer, List<List<Value>>> one : leaving.entrySet()) {
      rows += take(copy, one.getKey(), one.getValue(), arriving, MOST_ROWS - rows);
    }
    arriving.forEach((shard, literals) -> write(copy, shard, literals));
    return affected;
  }

  private List<List<Value>> keys(MovedCopy copy, MovedCopy.Part part) {
    if (part.keys() == null) {
      return copy.known().isEmpty() ? List.of() : List.of(copy.known());
    }
    List<List<Value>> keys = new ArrayList<>();
    for (List<byte[]> row : read(part.keys(), MOST_KEYS)) {
      keys.add(copy.key(row));
    }
    return keys;
  }

  private List<List<byte[]>> read(NodeSql sql, int most) {
    List<List<byte[]>> rows = new ArrayList<>();
    Result result = transaction.on(sql.node()).run(sql.sql());
    try (RowStream stream = ((Result.Rows) result).stream()) {
      for (Row row = stream.next(); row != null; row = stream.next()) {
        rows.add(row.textValues());
        if (rows.size() > most) {
          throw new DalException(
              DalError.TOO_MANY_ROWS,
              "this UPDATE would move more than "
                  + MOST_ROWS
                  + " rows to other shards, or give more than "
                  + MOST_KEYS
                  + " different values to the sharding columns; do it in parts");
        }
      }
    }
    return rows;
  }

  /** Takes rows away, and sorts them by where they belong. */
  private int take(
      MovedCopy copy,
      int shard,
      List<List<Value>> keys,
      Map<Integer, List<String>> arriving,
      int most) {
    NodeSql read = copy.read(shard, keys);
    List<List<byte[]>> rows = inUtc(copy, read.node(), () -> read(read, most));
    for (List<byte[]> row : rows) {
      arriving
          .computeIfAbsent(copy.shard(keyOf(copy, row)), s -> new ArrayList<>())
          .add(copy.literals(row));
    }
    NodeSql delete = copy.delete(shard, keys);
    long deleted = time.run(transaction.on(delete.node()), delete.sql()).affectedRows();
    if (deleted != rows.size()) {
      throw new DalException(
          DalError.NODE_PROTOCOL,
          deleted
              + " rows were taken from node "
              + delete.node()
              + ", but "
              + rows.size()
              + " were read there");
    }
    return rows.size();
  }

  private static List<Value> keyOf(MovedCopy copy, List<byte[]> row) {
    List<byte[]> key = new ArrayList<>();
    copy.keyColumns().forEach(column -> key.add(row.get(copy.columns().indexOf(column))));
    return copy.key(key);
  }

  private void write(MovedCopy copy, int shard, List<String> rows) {
    RowBatches.write(rows, some -> insert(copy.insert(shard, some), copy));
  }

  private void insert(NodeSql sql, MovedCopy copy) {
    NodeConnection connection = transaction.on(sql.node());
    inUtc(copy, sql.node(), () -> time.run(connection, sql.sql()));
  }

  /** TIMESTAMPs are shown and read by the session's time zone, in which an hour may come twice. */
  private <T> T inUtc(MovedCopy copy, String node, java.util.function.Supplier<T> task) {
    if (!copy.hasTimestamps()) {
      return task.get();
    }
    return new TemporaryVariable("time_zone", "'+00:00'", timeZone)
        .during(transaction.on(node), task);
  }
}
