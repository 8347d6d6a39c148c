package io.piplan.dts.binlog;

import io.piplan.dts.ChangeEvent;
import io.piplan.dts.DtsError;
import io.piplan.dts.DtsException;
import io.piplan.dts.Lsn;
import io.piplan.dts.StreamElement;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;

/**
 * The rows of an XA transaction up to its end, which tells whether it has committed. MySQL logs
 * {@code XA COMMIT … ONE PHASE} with the same events as {@code XA PREPARE}, whose commit or
 * rollback comes later, behind other transactions: that one is refused, if it has rows.
 */
final class HeldRows {
  private static final long MOST_BYTES = 32L << 20;

  /** Narrow rows take far more memory than their events do. */
  static final int MOST_ROWS = 100_000;

  private final List<ChangeEvent> rows = new ArrayList<>();
  private long bytes;

  /** One event's rows come. */
  void weigh(RawEvent event, Lsn transaction) {
    bytes += event.length();
    if (bytes > MOST_BYTES) {
      throw tooMany(transaction);
    }
  }

  void add(ChangeEvent row, Lsn transaction) {
    if (rows.size() == MOST_ROWS) {
      throw tooMany(transaction);
    }
    rows.add(row);
  }

  private static DtsException tooMany(Lsn transaction) {
    return new DtsException(
        DtsError.SOURCE_EVENT_UNKNOWN,
        "the XA transaction at "
            + transaction
            + " has more than "
            + (MOST_BYTES >> 20)
            + " MB of rows, or more than "
            + MOST_ROWS
            + " of them, and only its end tells whether it has committed",
        "use an ordinary transaction for so many rows, or leave the tables out");
  }

  /** It has committed. */
  void passTo(Consumer<StreamElement> sink) {
    rows.forEach(sink);
    clear();
  }

  /** It has not, or nobody knows. */
  void refuse(Lsn transaction) {
    if (!rows.isEmpty()) {
      throw new DtsException(
          DtsError.SOURCE_EVENT_UNKNOWN,
          "an XA transaction at "
              + transaction
              + " changes "
              + rows.get(0).table()
              + " and is prepared; its rows are logged before it is known whether it commits",
          "use ordinary transactions, or XA COMMIT … ONE PHASE, for tables that are synchronised, or"
              + " leave the table out");
    }
    clear();
  }

  private void clear() {
    rows.clear();
    bytes = 0;
  }
}
