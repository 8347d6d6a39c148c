package io.piplan.dts.verify;

/** Told how far a diff is; called often, by the threads that compare, one at a time. */
@FunctionalInterface
public interface DiffProgress {
  /** Tells nobody. */
  DiffProgress NONE = status -> {};

  void at(DiffStatus status);
}
