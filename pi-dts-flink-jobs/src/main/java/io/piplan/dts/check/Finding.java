package io.piplan.dts.check;

/**
 * One result of a check.
 *
 * @param message what was found and what was expected
 * @param remedy what to do about it; empty if there is nothing to do
 */
public record Finding(
    Severity severity, CheckCode code, Subject subject, String message, String remedy) {

  /** One line, with the remedy on the next. */
  @Override
  public String toString() {
    String place = subject.toString();
    return code
        + (place.isBlank() ? " " : " " + place + ": ")
        + message
        + (remedy.isEmpty() ? "" : "\n  remedy: " + remedy);
  }
}
