package io.piplan.dts.verify;

/** Told how far a diff is; called often, by the thread that runs the diff. */
@FunctionalInterface
public interface DiffProgress {
  /** Tells nobody. */
  DiffProgress NONE = (table, done, estimated) -> {};

  /**
   * @param estimated rows of side A as the server guesses them; may be smaller than {@code done}
   */
  void at(String table, long done, long estimated);
}
