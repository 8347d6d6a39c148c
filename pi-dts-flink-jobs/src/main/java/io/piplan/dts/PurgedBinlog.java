package io.piplan.dts;

/** What to do when a source no longer has what a sync has to read next. */
public final class PurgedBinlog {
  /** For whoever runs the sync. */
  public static final String REMEDY =
      "make the target again what the source has, while the sync follows it from now on: bin/pi"
          + " sync start FILE --resync (tables are compared, and only what differs is written); and"
          + " let the source keep its binlog for longer (binlog_expire_logs_seconds)";

  private PurgedBinlog() {}
}
