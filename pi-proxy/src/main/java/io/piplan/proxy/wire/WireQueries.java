package io.piplan.proxy.wire;

import io.piplan.dal.Column;
import io.piplan.dal.DalError;
import io.piplan.dal.DalException;
import io.piplan.dal.Row;
import io.piplan.dal.RowStream;
import io.piplan.dal.node.NodeConnection.Progress;
import io.piplan.dal.node.NodeConnection.Queries;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeoutException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Queries that were sent to one node all at once, and their rows in the order of the queries. What
 * is left when one fails, or when nobody wants it, is stopped and dropped.
 */
final class WireQueries implements Queries {
  private static final Logger LOG = LoggerFactory.getLogger(WireQueries.class);
  private static final Duration SKIP_TIME = Duration.ofSeconds(5);
  private static final Duration KILL_TIME = Duration.ofSeconds(5);

  private final WireConnection connection;
  private final List<String> statements;
  private final List<WireResponse> responses;

  /** Those that warned before the last one: only the last one's warnings can be asked for. */
  private final List<String> warned = new ArrayList<>();

  private int at;
  private boolean open = true;

  WireQueries(WireConnection connection, List<String> statements, List<WireResponse> responses) {
    this.connection = connection;
    this.statements = statements;
    this.responses = responses;
  }

  @Override
  public void whenTold(Runnable told) {
    responses.forEach(response -> response.whenTold(told));
  }

  @Override
  public Progress progress(long most) {
    Progress all = Progress.READY;
    for (WireResponse response : responses) {
      Progress one = response.progress(most);
      if (one == Progress.OTHER) {
        return one;
      }
      all = one == Progress.WAITS ? one : all;
    }
    return all;
  }

  @Override
  public List<Column> columns() {
    return responses.get(0).columns();
  }

  @Override
  public RowStream next() {
    WireResponse response = responses.get(at);
    Object head = taken(response);
    if (head instanceof WireResponse.Rows begin) {
      return new Part(begin.columns(), response);
    }
    throw failed(head);
  }

  private Object taken(WireResponse response) {
    try {
      return response.next(connection.timeout());
    } catch (TimeoutException e) {
      stop();
      giveUp();
      throw new DalException(
          DalError.TIME_OUT,
          "a statement on node " + connection.node() + " took longer than allowed",
          e);
    } catch (InterruptedException e) {
      giveUp();
      Thread.currentThread().interrupt();
      throw new DalException(DalError.KILLED, "Query execution was interrupted", e);
    }
  }

  /** Else it would run on after the connection is given up. */
  private void stop() {
    try {
      connection.cancel();
    } catch (DalException e) {
      LOG.debug("node {} could not be told to stop: {}", connection.node(), e.getMessage());
    }
  }

  /** One of them was answered by an error, or the connection is lost. */
  private DalException failed(Object end) {
    DalException failure = connection.failed(end);
    at++;
    drop();
    return failure;
  }

  private void giveUp() {
    if (open) {
      open = false;
      connection.stopped();
      connection.discard();
    }
  }

  @Override
  public void drop() {
    while (open && at < responses.size()) {
      WireResponse left = responses.get(at);
      try {
        if (!left.isSkipped(SKIP_TIME)) {
          connection.cancel();
          if (!left.isSkipped(KILL_TIME)) {
            giveUp();
          }
        }
        at++;
      } catch (DalException e) {
        giveUp();
      } catch (InterruptedException e) {
        giveUp();
        Thread.currentThread().interrupt();
      }
    }
    if (open) {
      open = false;
      connection.stopped();
    }
  }

  /** A result was read to its end. */
  private void ended(int warnings) {
    if (warnings > 0 && at < responses.size() - 1) {
      warned.add(statements.get(at));
    }
    at++;
    if (at == responses.size()) {
      open = false;
      connection.ended(warnings);
      for (String sql : warned) {
        again(sql);
      }
    }
  }

  /** A read that is done once more, for its warnings alone. */
  private void again(String sql) {
    if (connection.run(sql) instanceof io.piplan.dal.Result.Rows rows) {
      try (RowStream stream = rows.stream()) {
        Row row = stream.next();
        while (row != null) {
          row = stream.next();
        }
      }
    }
  }

  /** The rows of one of them. */
  private final class Part implements RowStream {
    private final List<Column> columns;
    private final WireResponse response;
    private List<Row> batch = List.of();
    private int row;
    private int warnings;
    private boolean reading = true;

    Part(List<Column> columns, WireResponse response) {
      this.columns = columns;
      this.response = response;
    }

    @Override
    public List<Column> columns() {
      return columns;
    }

    @Override
    public Row next() {
      while (reading && row >= batch.size()) {
        fetch();
      }
      return reading ? batch.get(row++) : null;
    }

    private void fetch() {
      Object next = taken(response);
      if (next instanceof WireResponse.Batch more) {
        batch = more.rows();
        row = 0;
        return;
      }
      reading = false;
      if (next instanceof WireResponse.End end) {
        warnings = end.warnings();
        ended(warnings);
      } else {
        throw failed(next);
      }
    }

    @Override
    public int warnings() {
      return warnings;
    }

    /** What comes after it is dropped too: results are read in their order. */
    @Override
    public void close() {
      if (reading) {
        reading = false;
        drop();
      }
    }
  }
}
