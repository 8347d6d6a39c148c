package io.piplan.dts.verify;

/** Is told every row that differs. Called by the threads that compare, one at a time. */
@FunctionalInterface
public interface DifferenceSink {
  /** Tells nobody. */
  DifferenceSink NONE = row -> {};

  void differs(DifferentRow row);
}
