package io.piplan.cli;

import io.piplan.dts.DtsException;
import java.util.List;

/** What {@code bin/pi} ends with. Scripts rely on the numbers. */
public enum ExitCode {
  OK(0, "Done; nothing to complain about."),
  FOUND(1, "Done, and found something: differences, or findings of a check."),
  USAGE(2, "The command line or the definition is wrong."),
  FAILED(3, "It did not work; the message says why and what to do."),
  RETRY(4, "It did not work now, but may later without anybody changing anything."),
  INTERRUPTED(130, "Ended by Ctrl-C.");

  private final int number;
  private final String meaning;

  ExitCode(int number, String meaning) {
    this.number = number;
    this.meaning = meaning;
  }

  public int number() {
    return number;
  }

  public String meaning() {
    return meaning;
  }

  /**
   * Of two endings, the one that is to be told: what may yet go by itself is the lesser trouble.
   */
  public static ExitCode worse(ExitCode one, ExitCode other) {
    List<ExitCode> order = List.of(OK, FOUND, RETRY, USAGE, FAILED, INTERRUPTED);
    return order.indexOf(one) >= order.indexOf(other) ? one : other;
  }

  public static ExitCode of(DtsException failure) {
    if (failure.error().number() < 2000) {
      return USAGE;
    }
    return failure.error().retryable() ? RETRY : FAILED;
  }
}
