package io.piplan.dts.job;

import io.piplan.dts.verify.DiffProgress;
import io.piplan.dts.verify.DiffReport;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;

/**
 * What a person can do about rows of a target that are not what they should be, while the sync
 * runs. {@code bin/pi repair}, {@code bin/pi why} and {@code bin/pi sync resync} are thin layers
 * over this. Every method throws {@link io.piplan.dts.DtsException} with a remedy when it can't.
 */
public interface SyncRepair {
  /**
   * Which rows.
   *
   * @param table the source's name of the table
   * @param keys each a list of values in key order, as the source prints them; empty for those of
   *     the condition
   * @param where a condition as in a SYNC's WHERE; empty for all rows
   */
  record Rows(String table, List<List<String>> keys, Optional<String> where) {
    public Rows {
      keys = keys.stream().map(List::copyOf).toList();
    }
  }

  /** Compares rows of both sides as the sync means them to be; changes nothing. */
  DiffReport compare(String sync, Rows rows, DiffProgress progress);

  /**
   * Finds the rows that are not as they should be, has the running sync mend them, waits for that,
   * and compares again. Locked rows are mended and unlocked, and what was kept aside for them is
   * applied. Can be run again at any time.
   */
  RepairReport repair(
      String sync, Rows rows, DiffProgress progress, Consumer<ResyncStatus> waiting);

  /**
   * Asks the sync to copy rows again, all that are not the same on both sides.
   *
   * @return the number of the request
   */
  long resync(String sync, String table, Optional<String> where);

  /** How far a request is. */
  ResyncStatus resync(String sync, long id);

  /**
   * Waits until a request is done, failed or cancelled.
   *
   * @throws io.piplan.dts.DtsException {@code SYNC_NO_STATE} if the sync does not run
   */
  ResyncStatus awaitResync(String sync, long id, Consumer<ResyncStatus> waiting);

  /** The newest requests, the newest first. */
  List<ResyncStatus> resyncs(String sync);

  /** Ends a request; what is on its way still arrives. Whether it was open. */
  boolean cancelResync(String sync, long id);

  /** What both sides know of a row. */
  default RowHistory why(String sync, String table, List<String> key) {
    return why(sync, table, key, LogRange.NONE, progress -> {});
  }

  /** What is known of a row, with its last changes in the source's binlog. */
  RowHistory why(
      String sync,
      String table,
      List<String> key,
      LogRange range,
      Consumer<RowLog.Progress> progress);
}
