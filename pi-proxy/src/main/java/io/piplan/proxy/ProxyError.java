package io.piplan.proxy;

/** What the proxy itself refuses, with the number and SQLSTATE that MySQL uses for its like. */
public enum ProxyError {
  TOO_MANY_CONNECTIONS(1040, "08004"),
  BAD_HANDSHAKE(1043, "08S01"),
  SCHEMA_DENIED(1044, "42000"),
  ACCESS_DENIED(1045, "28000"),
  NO_SCHEMA(1046, "3D000"),
  REFUSED_CONFIGURATION(1105, "HY000"),
  UNKNOWN_COMMAND(1047, "08S01"),
  SHUTDOWN(1053, "08S01"),
  SYNTAX(1064, "42000"),
  NO_SUCH_SESSION(1094, "HY000"),
  NOT_YOUR_SESSION(1095, "HY000"),
  RESULT_TOO_LARGE(1104, "42000"),
  DISK_FULL(1114, "HY000"),
  TABLE_DENIED(1142, "42000"),
  NO_LOCAL_FILES(1148, "42000"),
  STATEMENT_TOO_LARGE(1153, "08S01"),
  OUT_OF_ORDER(1156, "08S01"),
  NODE_LOST(1158, "08S01"),
  CLIENT_TIMEOUT(1159, "08S01"),
  NODE_BUSY(1203, "42000"),
  NOT_IN_CHARSET(1300, "HY000"),
  STOPPED(1317, "70100"),
  USER_LIMIT(1226, "42000"),
  NEEDS_ADMIN(1227, "42000"),
  NOT_SUPPORTED(1235, "42000"),
  NO_SUCH_STATEMENT(1243, "HY000"),
  TOO_MANY_PARAMETERS(1390, "HY000"),
  NO_CURSOR(1421, "HY000"),
  NODE_UNREACHABLE(1429, "HY000"),
  TOO_MANY_STATEMENTS(1461, "42000"),
  MALFORMED_PACKET(1835, "HY000"),
  KILLED(1927, "70100"),
  NODE_TIME_OUT(3024, "HY000"),
  TLS_REQUIRED(3159, "HY000");

  private final int number;
  private final String sqlState;

  ProxyError(int number, String sqlState) {
    this.number = number;
    this.sqlState = sqlState;
  }

  public int number() {
    return number;
  }

  public String sqlState() {
    return sqlState;
  }
}
