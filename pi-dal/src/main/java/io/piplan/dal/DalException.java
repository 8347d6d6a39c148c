package io.piplan.dal;

import java.util.Set;

/** A statement failed. The message is for the client. */
public final class DalException extends RuntimeException {
  /** By KILL QUERY, by MariaDB's max_statement_time, by MySQL's max_execution_time. */
  private static final Set<Integer> STOPPED = Set.of(1317, 1969, 3024);

  private final DalError error;
  private final int mysqlNumber;
  private final String sqlState;

  public DalException(DalError error, String message) {
    this(error, message, null);
  }

  public DalException(DalError error, String message, Throwable cause) {
    this(error, error.mysqlNumber(), error.sqlState(), message, cause);
  }

  private DalException(
      DalError error, int mysqlNumber, String sqlState, String message, Throwable cause) {
    super(message, cause);
    this.error = error;
    this.mysqlNumber = mysqlNumber;
    this.sqlState = sqlState;
  }

  /**
   * A node's own error, with its own number and SQLSTATE. A statement that was stopped there is
   * {@link DalError#KILLED}.
   */
  public static DalException ofNode(
      int mysqlNumber, String sqlState, String message, Throwable cause) {
    DalError error = STOPPED.contains(mysqlNumber) ? DalError.KILLED : DalError.NODE;
    return new DalException(error, mysqlNumber, sqlState, message, cause);
  }

  public DalError error() {
    return error;
  }

  public int mysqlNumber() {
    return mysqlNumber;
  }

  /** Five characters. */
  public String sqlState() {
    return sqlState;
  }
}
