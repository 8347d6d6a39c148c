package io.piplan.dal;

/**
 * What can go wrong in PiDAL. Numbers are stable and unique; a client sees MySQL's number and
 * SQLSTATE, and the message.
 */
public enum DalError {
  /** The statement can't be answered correctly over shards: the message says what to write. */
  REFUSED(6001, 1235, "42000", false),
  SYNTAX(6002, 1064, "42000", false),
  UNKNOWN_SCHEMA(6003, 1049, "42000", false),
  NO_SCHEMA(6004, 1046, "3D000", false),
  UNKNOWN_TABLE(6005, 1146, "42S02", false),
  /** The key's value belongs to no shard. */
  NO_SHARD(6006, 1526, "HY000", false),
  WRONG_PARAMETERS(6007, 1210, "HY000", false),
  /** The node's own error; its number and SQLSTATE are passed on. */
  NODE(6008, 1105, "HY000", false),
  NODE_UNREACHABLE(6009, 1429, "HY000", true),
  NODE_PROTOCOL(6010, 1105, "HY000", false),
  NO_CONNECTION_IN_TIME(6011, 1040, "08004", true),
  TIME_OUT(6012, 3024, "HY000", true),
  KILLED(6013, 1317, "70100", true),
  TOO_MANY_ROWS(6014, 1104, "42000", false),
  READ_ONLY_TRANSACTION(6015, 1792, "25006", false),
  /** A global transaction was rolled back, since one branch couldn't be prepared. */
  ROLLED_BACK(6016, 1402, "XA100", true),
  /** Some nodes committed and others didn't: only in transaction mode {@code simple}. */
  PARTLY_COMMITTED(6018, 1105, "HY000", false),
  DECISION_LOG(6019, 1105, "HY000", false),
  CONFIGURATION(6020, 1105, "HY000", false),
  /** Ids of an AUTO_INCREMENT column could not be had. */
  NO_ID(6022, 1467, "HY000", true),
  UNKNOWN_COLUMN(6023, 1054, "42S22", false),
  COLUMN_COUNT(6027, 1136, "21S01", false),
  /** No number of the zone's clock could be had, so rows can't be written. */
  NO_CLOCK(6024, 11033, "45033", true),
  /** The row's ZSID is owned by another zone, or by none. */
  NOT_OWNED(6025, 11034, "45034", true),
  /** The row has its lock bit set: PiDTS found a conflict there. */
  ROW_LOCKED(6026, 11035, "45035", true),
  CLOSED(6021, 1053, "08S01", true);

  private final int number;
  private final int mysqlNumber;
  private final String sqlState;
  private final boolean retryable;

  DalError(int number, int mysqlNumber, String sqlState, boolean retryable) {
    this.number = number;
    this.mysqlNumber = mysqlNumber;
    this.sqlState = sqlState;
    this.retryable = retryable;
  }

  public int number() {
    return number;
  }

  public int mysqlNumber() {
    return mysqlNumber;
  }

  public String sqlState() {
    return sqlState;
  }

  /** Whether the same statement or transaction may succeed when it is sent again. */
  public boolean isRetryable() {
    return retryable;
  }
}
