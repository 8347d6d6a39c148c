package io.piplan.dal.session;

import io.piplan.dal.Column;
import io.piplan.dal.DalError;
import io.piplan.dal.DalException;
import io.piplan.dal.ListStream;
import io.piplan.dal.Result;
import io.piplan.dal.Row;
import io.piplan.dal.RowStream;
import io.piplan.dal.node.NodeConnection;
import io.piplan.dal.sql.Token;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Set;

/**
 * Named locks of a session: GET_LOCK and RELEASE_LOCK as the only thing that a SELECT asks for. All
 * are on one node. The session has a connection there for as long as it has a lock.
 */
final class NamedLocks {
  private static final Set<String> FUNCTIONS =
      Set.of("GET_LOCK", "RELEASE_LOCK", "RELEASE_ALL_LOCKS", "IS_FREE_LOCK", "IS_USED_LOCK");

  private final SessionNodes nodes;
  private volatile NodeConnection connection;

  /** That waits for an answer now. */
  private volatile NodeConnection asked;

  private int held;

  NamedLocks(SessionNodes nodes) {
    this.nodes = nodes;
  }

  /** Whether a statement asks for nothing else. */
  static boolean areAsked(List<Token> tokens) {
    boolean called =
        tokens.size() >= 4
            && tokens.get(0).is("SELECT")
            && tokens.get(1).kind() == Token.Kind.WORD
            && FUNCTIONS.contains(tokens.get(1).text().toUpperCase(Locale.ROOT))
            && tokens.get(2).is("(");
    if (!called) {
      return false;
    }
    int close = 3;
    while (close < tokens.size() && !tokens.get(close).is(")")) {
      Token token = tokens.get(close);
      boolean literal =
          token.kind() == Token.Kind.STRING
              || token.kind() == Token.Kind.NUMBER
              || token.is(",")
              || token.is("-")
              || token.is("NULL");
      if (!literal) {
        return false;
      }
      close++;
    }
    int rest = tokens.size() - close - 1;
    return rest == 0
        || (rest == 1 && tokens.get(close + 1).isName())
        || (rest == 2 && tokens.get(close + 1).is("AS"));
  }

  /** Asks the node. */
  Result ask(String sql, List<Token> tokens, String node) {
    NodeConnection used = connection == null ? nodes.apart(node) : connection;
    asked = used;
    List<Column> columns;
    List<Row> rows = new ArrayList<>();
    try (RowStream stream = ((Result.Rows) used.run(sql)).stream()) {
      columns = stream.columns();
      for (Row row = stream.next(); row != null; row = stream.next()) {
        rows.add(row);
      }
    } catch (DalException e) {
      throw failed(used, e);
    } finally {
      asked = null;
    }
    counted(tokens.get(1).text().toUpperCase(Locale.ROOT), rows);
    connection = held > 0 ? used : null;
    if (held == 0) {
      used.close();
    }
    return new Result.Rows(new ListStream(columns, rows));
  }

  /** What the session has it keeps, unless the connection is gone. */
  private DalException failed(NodeConnection used, DalException e) {
    boolean had = held > 0;
    boolean answered = e.error() == DalError.NODE || e.error() == DalError.KILLED;
    if (had && e.error() == DalError.TIME_OUT) {
      // It may have got the lock in the end: the connection is nobody else's before all are gone.
      held++;
    } else if (!answered) {
      connection = null;
      held = 0;
      used.discard();
      return had
          ? new DalException(e.error(), "the session's named locks are lost: " + e.getMessage(), e)
          : e;
    } else if (!had) {
      used.close();
    }
    return e;
  }

  /** Whether the session has locks no more that it was told it has, see {@link NodeConnection}. */
  boolean areLost() {
    NodeConnection had = connection;
    return had != null && had.isLost();
  }

  private void counted(String function, List<Row> rows) {
    byte[] value = rows.get(0).textValues().get(0);
    boolean done = value != null && new String(value, StandardCharsets.US_ASCII).equals("1");
    switch (function) {
      case "GET_LOCK" -> held += done ? 1 : 0;
      case "RELEASE_LOCK" -> held -= done ? 1 : 0;
      case "RELEASE_ALL_LOCKS" -> held = 0;
      default -> {
        // The others change nothing.
      }
    }
  }

  /** Stops waiting for a lock. From any thread. */
  void cancel() {
    NodeConnection waiting = asked;
    if (waiting != null) {
      waiting.cancel();
    }
  }

  /** The session ends, or begins anew. */
  void release() {
    if (connection != null) {
      connection.discard();
    }
    connection = null;
    held = 0;
  }
}
