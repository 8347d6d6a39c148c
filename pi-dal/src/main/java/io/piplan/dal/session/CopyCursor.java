package io.piplan.dal.session;

import io.piplan.dal.Result;
import io.piplan.dal.Row;
import io.piplan.dal.RowStream;
import io.piplan.dal.node.NodeConnection;
import io.piplan.dal.node.NodeConnections;
import io.piplan.dal.rules.ActualTable;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;

/** The rows of one actual table by a key, some hundred at a time: nothing is held open between. */
final class CopyCursor {
  private static final int ROWS_AT_ONCE = 500;

  private final NodeConnections nodes;
  private final CopySql sql;
  private final ActualTable table;
  private final int shard;
  private final Deque<List<byte[]>> read = new ArrayDeque<>();
  private List<byte[]> last;
  private boolean ended;

  CopyCursor(NodeConnections nodes, CopySql sql, ActualTable table, int shard) {
    this.nodes = nodes;
    this.sql = sql;
    this.table = table;
    this.shard = shard;
  }

  int shard() {
    return shard;
  }

  /** The next row, which stays; null after the last. */
  List<byte[]> peek() {
    if (read.isEmpty() && !ended) {
      fetch();
    }
    return read.peekFirst();
  }

  List<byte[]> take() {
    peek();
    last = read.removeFirst();
    return last;
  }

  private void fetch() {
    NodeConnection connection = nodes.acquire(table.node());
    try {
      List<List<byte[]>> rows = rows(connection, sql.after(table, last, ROWS_AT_ONCE));
      connection.close();
      read.addAll(rows);
      ended = rows.size() < ROWS_AT_ONCE;
    } catch (RuntimeException e) {
      connection.discard();
      throw e;
    }
  }

  static List<List<byte[]>> rows(NodeConnection connection, String text) {
    List<List<byte[]>> rows = new ArrayList<>();
    try (RowStream stream = ((Result.Rows) connection.run(text)).stream()) {
      for (Row row = stream.next(); row != null; row = stream.next()) {
        rows.add(row.textValues());
      }
    }
    return rows;
  }
}
