package io.piplan.dts.apply;

/** A value that the target's type cannot hold, found before it was sent. */
final class BadValueException extends RuntimeException {
  private final MappedColumn column;

  BadValueException(MappedColumn column, String message) {
    super(message);
    this.column = column;
  }

  MappedColumn column() {
    return column;
  }
}
