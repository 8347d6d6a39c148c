package io.piplan.dal;

/** A statement failed. The message is for the client. */
public final class DalException extends RuntimeException {
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

  /** A node's own error, with its own number and SQLSTATE. */
  public static DalException ofNode(
      int mysqlNumber, String sqlState, String message, Throwable cause) {
    return new DalException(DalError.NODE, mysqlNumber, sqlState, message, cause);
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
