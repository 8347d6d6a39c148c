package io.piplan.dts.job;

import java.util.List;

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

  /** Stops reading the source; what has been read is still applied. Survives restarts. */
  void pause(String sync);

  void resume(String sync);

  /** Limits the copy to so many rows a second; 0 lifts the limit. Takes effect within seconds. */
  void limit(String sync, long rowsPerSecond);

  /**
   * Tries the rows put aside again, each in its own transaction, unless a newer change of the same
   * row has been applied since.
   *
   * @return how many went through
   */
  long retry(String sync);

  @Override
  void close();
}
