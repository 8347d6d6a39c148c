package io.piplan.dts.ddl;

import io.piplan.dts.DtsException;

/**
 * Brings the target's tables to where a statement of the source has brought the source's. Used by
 * one thread; {@link #abort} may be called by any.
 */
interface DdlRunner {
  /** Returns when every writer has committed all that came before, and it is done. */
  void run(TargetWork work) throws InterruptedException;

  /** Tells people why it is not done; no more than that depends on it. */
  void recordFailure(TargetWork work, DtsException failure);

  /** Cuts off whatever is under way. */
  void abort();
}
