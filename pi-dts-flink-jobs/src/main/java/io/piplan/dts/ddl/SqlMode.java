package io.piplan.dts.ddl;

/**
 * What of a statement's sql_mode counts here.
 *
 * @param ansiQuotes whether double quotes are around names
 * @param backslashEscapes whether a backslash in text means something
 * @param strict whether values that don't fit are errors
 */
record SqlMode(boolean ansiQuotes, boolean backslashEscapes, boolean strict) {
  static final SqlMode USUAL = new SqlMode(false, true, true);

  private static final long ANSI_QUOTES = 1L << 2;
  private static final long NO_BACKSLASH_ESCAPES = 1L << 20;
  private static final long STRICT_TRANS_TABLES = 1L << 21;
  private static final long STRICT_ALL_TABLES = 1L << 22;

  /** Out of the bits as both servers write them into the binlog. */
  static SqlMode of(long bits) {
    return new SqlMode(
        (bits & ANSI_QUOTES) != 0,
        (bits & NO_BACKSLASH_ESCAPES) == 0,
        (bits & (STRICT_TRANS_TABLES | STRICT_ALL_TABLES)) != 0);
  }
}
