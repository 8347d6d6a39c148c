package io.piplan.dts.flink;

import io.piplan.dts.DtsError;
import io.piplan.dts.DtsException;
import io.piplan.dts.Lsn;
import io.piplan.dts.binlog.GtidsUpTo;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Tells which transactions lie before a place of MySQL's binlog. MySQL itself knows that only for
 * the beginnings of files: it logs transactions before it counts them as executed, and may do the
 * latter in another order. So it is asked to send what it has not counted yet, up to the place; it
 * looks through one file for that, and sends next to nothing.
 */
final class GtidsBefore {
  private static final Logger LOG = LoggerFactory.getLogger(GtidsBefore.class);

  /** Places in files of 4 GiB and more are not told whole in events. */
  private static final long LAST_POSITION = 0xFFF0_0000L;

  private static final int ATTEMPTS = 300;
  private static final long PAUSE_MILLIS = 100;

  private final BinlogOptions options;

  GtidsBefore(BinlogOptions options) {
    this.options = options;
  }

  /**
   * @param place where the binlog ended
   * @param committed transactions that had been committed before that was asked for
   * @return as MySQL spells them; empty if they cannot be told
   */
  String find(Lsn place, String committed) {
    // Who has committed nothing can't be asked for all but that.
    if (place.position() > LAST_POSITION || committed.isEmpty()) {
      return "";
    }
    GtidsUpTo found = new GtidsUpTo(place, committed);
    // Where the binlog ends may not be on disk yet, and is not sent before.
    for (int attempt = 0; attempt < ATTEMPTS; attempt++) {
      Optional<String> known = found.text();
      if (known.isEmpty()) {
        return "";
      }
      try {
        read(found, known.get());
      } catch (DtsException e) {
        LOG.warn(
            "the transactions before {} of {} are not known, and with them where the sync could go on"
                + " at another server, until this one begins another file: {}",
            place,
            options.server().address(),
            e.problem());
        return "";
      }
      if (found.reached()) {
        return found.text().orElse("");
      }
      pause();
    }
    LOG.warn("{} does not come to {}, where its binlog ended", options.server().address(), place);
    return "";
  }

  private void read(GtidsUpTo found, String known) {
    BinlogFailures failures = new BinlogFailures(options.server(), "GTID set " + known);
    new BinlogPass(
            options,
            failures,
            event -> {
              found.accept(event);
              return !found.reached();
            })
        .without(known);
  }

  private static void pause() {
    try {
      Thread.sleep(PAUSE_MILLIS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new DtsException(
          DtsError.INTERNAL, "interrupted while looking for a place in the binlog", "try again", e);
    }
  }
}
