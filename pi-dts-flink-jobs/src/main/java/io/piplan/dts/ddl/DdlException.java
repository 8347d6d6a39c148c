package io.piplan.dts.ddl;

/** A statement that is not understood, or whose effect on a table can't be told; says why. */
final class DdlException extends RuntimeException {
  DdlException(String why) {
    super(why);
  }
}
