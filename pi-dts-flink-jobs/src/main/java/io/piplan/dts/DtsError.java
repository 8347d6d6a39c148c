package io.piplan.dts;

/** Every way PiDTS can fail. Numbers are stable and unique; a retryable one may go by itself. */
public enum DtsError {
  DEFINITION_SYNTAX(1001, false),
  DEFINITION_UNKNOWN_OPTION(1002, false),
  DEFINITION_BAD_OPTION(1003, false),
  DEFINITION_UNKNOWN_OBJECT(1004, false),
  DEFINITION_SECRET_MISSING(1005, false),
  DEFINITION_CHANGED(1006, false),
  DEFINITION_METADATA(1007, false),
  DEFINITION_SECRET_WRITTEN(1008, false),

  SOURCE_UNREACHABLE(2001, true),
  SOURCE_ACCESS_DENIED(2002, false),
  SOURCE_BINLOG_OFF(2003, false),
  SOURCE_BINLOG_FORMAT(2004, false),
  SOURCE_BINLOG_PURGED(2005, false),
  SOURCE_SERVER_ID_TAKEN(2006, false),
  SOURCE_NO_KEY(2007, false),
  SOURCE_TYPE_UNSUPPORTED(2008, false),
  SOURCE_EVENT_UNKNOWN(2009, false),
  SOURCE_SCHEMA_CHANGED(2010, false),
  SOURCE_GAP(2011, false),
  SOURCE_SNAPSHOT(2012, true),
  SOURCE_MISSING_TABLE(2013, false),
  SOURCE_NO_VERSION(2014, false),
  SOURCE_TLS(2015, false),
  SOURCE_CHANGED(2020, false),
  SOURCE_DIVERGED(2021, false),
  SOURCE_DDL_UNSUPPORTED(2022, false),

  TARGET_UNREACHABLE(3001, true),
  TARGET_ACCESS_DENIED(3002, false),
  TARGET_MISSING_TABLE(3003, false),
  TARGET_MISMATCH(3004, false),
  TARGET_BAD_ROW(3005, false),
  TARGET_NOT_EMPTY(3006, false),
  TARGET_FENCED(3007, true),
  TARGET_BEHIND(3008, false),
  TARGET_FAILED(3009, true),
  TARGET_DIVERGED(3010, false),
  TARGET_TLS(3011, false),
  TARGET_DDL_FAILED(3020, false),

  FLINK_UNREACHABLE(4001, true),
  FLINK_REFUSED(4002, false),
  SYNC_UNKNOWN(4003, false),
  SYNC_RUNNING(4004, false),
  SYNC_NO_STATE(4005, false),
  CHECK_FAILED(4006, false),
  SYNC_PAUSED(4007, true),

  INTERNAL(9001, false);

  private final int number;
  private final boolean retryable;

  DtsError(int number, boolean retryable) {
    this.number = number;
    this.retryable = retryable;
  }

  public int number() {
    return number;
  }

  /** Whether the same attempt may succeed later without anybody changing anything. */
  public boolean retryable() {
    return retryable;
  }
}
