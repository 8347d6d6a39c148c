package io.piplan.proxy.wire;

import io.piplan.dal.Column;
import io.piplan.dal.DalError;
import io.piplan.dal.DalException;
import io.piplan.dal.Row;
import io.piplan.dal.RowStream;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeoutException;

/** Rows of one node as they come, each the payload of its packet. */
final class WireRows implements RowStream {
  private static final Duration SKIP_TIME = Duration.ofSeconds(5);

  private final WireConnection connection;
  private final List<Column> columns;
  private final WireResponse response;
  private List<Row> batch = List.of();
  private int at;
  private int warnings;
  private boolean open = true;

  WireRows(WireConnection connection, List<Column> columns, WireResponse response) {
    this.connection = connection;
    this.columns = columns;
    this.response = response;
  }

  @Override
  public List<Column> columns() {
    return columns;
  }

  @Override
  public Row next() {
    while (open && at >= batch.size()) {
      fetch();
    }
    return open ? batch.get(at++) : null;
  }

  private void fetch() {
    try {
      Object next = response.next(connection.timeout());
      if (next instanceof WireResponse.Batch more) {
        batch = more.rows();
        at = 0;
      } else if (next instanceof WireResponse.End end) {
        open = false;
        warnings = end.warnings();
        connection.ended(warnings);
      } else {
        open = false;
        connection.ended(0);
        throw connection.failed(next);
      }
    } catch (TimeoutException e) {
      open = false;
      throw connection.tooLong(response, e);
    } catch (InterruptedException e) {
      open = false;
      connection.discard();
      Thread.currentThread().interrupt();
      throw new DalException(DalError.KILLED, "Query execution was interrupted", e);
    }
  }

  @Override
  public int warnings() {
    return warnings;
  }

  /** Rows that were not read are dropped as they come; a query that has many more is stopped. */
  @Override
  public void close() {
    if (!open) {
      return;
    }
    open = false;
    try {
      if (!response.isSkipped(SKIP_TIME)) {
        connection.cancel();
        if (!response.isSkipped(SKIP_TIME)) {
          connection.discard();
        }
      }
      connection.ended(0);
    } catch (DalException e) {
      connection.discard();
      connection.ended(0);
    } catch (InterruptedException e) {
      connection.discard();
      Thread.currentThread().interrupt();
    }
  }
}
