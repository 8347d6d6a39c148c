package io.piplan.dts.flink;

import io.piplan.dts.DtsException;
import org.apache.flink.runtime.execution.SuppressRestartsException;

/** Tells Flink which failures a restart can cure. */
public final class Failures {
  private Failures() {}

  /**
   * What a task should throw: a failure that no restart can cure stops the job at once, with its
   * message, instead of after a hundred attempts.
   */
  public static RuntimeException of(RuntimeException failure) {
    if (failure instanceof DtsException dts && !dts.error().retryable()) {
      return new SuppressRestartsException(dts);
    }
    return failure;
  }
}
