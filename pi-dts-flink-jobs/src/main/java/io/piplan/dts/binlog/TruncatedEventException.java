package io.piplan.dts.binlog;

/** An event is shorter than its own format says. */
final class TruncatedEventException extends RuntimeException {
  TruncatedEventException(String message) {
    super(message);
  }
}
