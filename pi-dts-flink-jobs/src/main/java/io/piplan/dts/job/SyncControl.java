package io.piplan.dts.job;

import io.piplan.dts.CopyLimit;
import io.piplan.dts.CopyLimits;
import io.piplan.dts.apply.Retried;
import io.piplan.dts.apply.RowLocks;
import java.util.List;
import java.util.Map;

/**
 * What a person can do with syncs that were started. {@code bin/pi sync} is a thin layer over this.
 * Every method throws {@link io.piplan.dts.DtsException} with a remedy when it can't.
 */
public interface SyncControl extends AutoCloseable {
  /** Names of the syncs known to this state directory or cluster, with their state. */
  List<SyncStatus> list();

  SyncStatus status(String sync);

  /**
   * Stops with a savepoint; {@code start} goes on from it.
   *
   * @return the savepoint's path
   */
  String stop(String sync);

  /**
   * Ends the job at once, without a savepoint; {@code start} goes on from the last checkpoint. For
   * syncs that cannot be stopped, as their source or target is gone.
   */
  void end(String sync);

  /** Stops reading the source; what has been read is still applied. Survives restarts. */
  void pause(String sync);

  void resume(String sync);

  /** What holds the copy back now: what the definition says, and what was changed since. */
  CopyLimits limits(String sync);

  /**
   * Changes limits of the copy, which count within seconds and through restarts.
   *
   * @param changes values as a person writes them
   */
  void limit(String sync, Map<CopyLimit, String> changes);

  /** Has all limits of the copy be again what the definition says, and follow it. */
  void resetLimits(String sync);

  /**
   * Tries the rows put aside again, each in its own transaction, unless a newer change of the same
   * row has been applied since.
   */
  Retried retry(String sync);

  /** Conflicts, locked rows and what is kept aside for them. */
  RowLocks locks(String sync);

  @Override
  void close();
}
